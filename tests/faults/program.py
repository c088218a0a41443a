"""The program in this process, between a clock that the harness moves and a list of its own of every outside call that it makes.

A hook that cannot be taken off refuses every connection that goes neither to the proxy nor is the harness's own.
"""

import functools
import gc
import logging
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import stripe
from botocore.client import BaseClient
from chalice.config import Config
from chalice.local import LocalGateway
from typing_extensions import override

import app
from chalicelib.settings import settings
from chalicelib.web.routes import answer_with
from chalicelib.wiring import Services, services
from tests.fakes.console import Console
from tests.fakes.stripe import FakeStripe
from tests.faults.clockwork import Clockwork
from tests.faults.surroundings import Proxy, environment

Call = tuple[str, str]
"""Service and operation."""
MAX_REMEMBERED = 6
SECONDS_TO_END = 10
"""For a thread of a process that was killed: each thing it still asks for fails at once."""


class WentPast(RuntimeError):
    """The program tried to reach something that is not behind the proxy."""


class Killed(BaseException):  # no code of ours may survive it
    """The process ends here: whatever is still asked of it never happens."""


class LastWords(logging.Handler):
    """Keeps the last failures that the program has logged, for whoever has to understand a point that failed."""

    def __init__(self) -> None:
        """Nothing was logged yet."""
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep the message and where the failure came from."""
        lines = traceback.format_exception(*record.exc_info)[-3:] if record.exc_info else []
        self.texts = [*self.texts, " ".join([record.getMessage()[:200], *lines])][-MAX_REMEMBERED:]


class Program:
    """Our services, handlers and routes, as a function of ours has them."""

    def __init__(self, proxy: Proxy, clockwork: Clockwork) -> None:
        """Installs the clock, the list and the hook: once in a process."""
        self.proxy = proxy
        self.clockwork = clockwork
        self.calls: list[Call] = []
        self.last_words = LastWords()
        self.dies_before: int | None = None
        """The call, counted from 1, that finds the process dead."""
        self._dead = False
        self._lock = threading.Lock()
        self._talking = 0
        self._ports = {proxy.aws, proxy.stripe}
        os.environ.update(environment(proxy))
        settings.cache_clear()
        services.cache_clear()
        clockwork.install()
        self._quieten()
        self._listen()
        sys.addaudithook(self._watch)
        self.console = Console(services(), LocalGateway(app.app, Config()), FakeStripe())
        answer_with(app.answer)

    @property
    def services(self) -> Services:
        """What this process has built, or builds now."""
        return self.console.services

    @contextmanager
    def harness_talks(self) -> Iterator[None]:
        """Within this the harness itself talks past the proxy."""
        self._talking += 1
        try:
            yield
        finally:
            self._talking -= 1

    def start_cold(self) -> None:
        """Forget what a function that has just started does not know yet: its secrets."""
        self.services.__dict__.pop("secrets", None)
        self.services.stripe._made = None

    def start_over(self) -> None:
        """Be the process that comes after one that was killed: nothing is remembered, no thread goes on."""
        for module in [found for name, found in sys.modules.items() if name.partition(".")[0] == "chalicelib"]:
            for value in vars(module).values():
                if isinstance(value, functools._lru_cache_wrapper):
                    value.cache_clear()
        self.console.services = services()
        gc.collect()
        for thread in threading.enumerate():
            if thread.name.startswith("ThreadPoolExecutor"):
                thread.join(SECONDS_TO_END)
        self._dead, self.dies_before = False, None

    def _call(self, call: Call) -> None:
        """List a call that is about to be made, unless the process is dead by then."""
        with self._lock:
            if self._dead or len(self.calls) + 1 == self.dies_before:
                self._dead = True
                raise Killed
            self.calls.append(call)

    def _quieten(self) -> None:
        root = logging.getLogger()
        for logger in (root, *(logging.getLogger(name) for name in logging.root.manager.loggerDict)):
            logger.handlers.clear()
            logger.propagate = True
        root.addHandler(self.last_words)

    def _listen(self) -> None:
        make_api_call, request = BaseClient._make_api_call, stripe.RequestsClient.request
        behind = f":{self.proxy.aws}"

        def listed_api_call(client: Any, operation: str, parameters: dict[str, object]) -> object:
            if client.meta.endpoint_url.endswith(behind):
                self._call((client.meta.service_model.signing_name, operation))
            return make_api_call(client, operation, parameters)

        def listed_request(client: Any, method: str, url: str, *more: Any, **options: Any) -> object:
            self._call(("stripe", f"{method.upper()} /{url.split('/', 3)[3].partition('?')[0]}"))
            return request(client, method, url, *more, **options)

        mock.patch.object(BaseClient, "_make_api_call", listed_api_call).start()
        mock.patch.object(stripe.RequestsClient, "request", listed_request).start()

    def _watch(self, event: str, arguments: tuple[object, ...]) -> None:
        if event != "socket.connect" or self._talking:
            return
        address = arguments[1]
        if isinstance(address, tuple) and address[1] not in self._ports:
            message = f"a connection to {address} goes past the proxy"
            raise WentPast(message)

"""``python -m tests.stripe_standin --port 12111 --state DIR``: runs the stand-in until SIGTERM or Ctrl-C."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from tests.stripe_standin.api import Api
from tests.stripe_standin.deliveries import Deliveries
from tests.stripe_standin.server import LOOPBACK, StandinServer
from tests.stripe_standin.store import Store
from tests.stripe_standin.world import Options, Target, World

BUSY = 3
"""Exit code when the port is taken."""


def options_from(arguments: argparse.Namespace) -> Options:
    """The stand-in's options from its command line. An empty secret leaves its endpoint out."""
    given = ((arguments.webhook, arguments.webhook_secret, False), (arguments.connect_webhook, arguments.connect_webhook_secret, True))
    return Options(
        api_key=arguments.api_key,
        base_url=f"http://{LOOPBACK}:{arguments.port}",
        targets=tuple(Target(url=url, secret=secret, connect=connect) for url, secret, connect in given if url and secret),
        fee_basis_points=arguments.fee_basis_points,
        fee_fixed_minor=arguments.fee_fixed_minor,
        settle_seconds=arguments.settle_seconds,
    )


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m tests.stripe_standin", description="A stand-in for Stripe on the loopback interface.")
    made.add_argument("--port", type=int, required=True)
    made.add_argument("--state", type=Path, required=True, help="directory that keeps the state")
    made.add_argument("--webhook", help="where the platform's events go")
    made.add_argument("--webhook-secret", default="whsec_standin")
    made.add_argument("--connect-webhook", help="where the events of connected accounts go")
    made.add_argument("--connect-webhook-secret", default="whsec_standin_connect")
    made.add_argument("--api-key", default="sk_test_standin")
    made.add_argument("--fee-basis-points", type=int, default=150)
    made.add_argument("--fee-fixed-minor", type=int, default=20)
    made.add_argument("--settle-seconds", type=int, default=2 * 86_400, help="how long money of charges and top-ups is pending")
    return made


def main() -> int:
    """Serves until it is told to stop; what was answered is on disk by then."""
    arguments = parser().parse_args()
    store = Store(arguments.state)
    api = Api(World(store, options_from(arguments)))
    deliveries = Deliveries(api)
    try:
        server = StandinServer(arguments.port, api, deliveries)
    except OSError as error:
        sys.stderr.write(f"Port {arguments.port} cannot be used ({error.strerror}). Stop what listens there or choose another --port.\n")
        return BUSY
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    deliveries.start()
    sys.stdout.write(f"Stripe stand-in at {api.world.options.base_url}\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.1)
    deliveries.stop()
    with api.lock:
        store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What may go wrong with one piece of work and must not stop the others beside it: it is logged, and comes again."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import PynamoDBException

from chalicelib.core.errors import PrimetimeError

FAILURES_THAT_COME_AGAIN = (
    PrimetimeError,
    BotoCoreError,
    ClientError,
    PynamoDBException,
    RuntimeError,
    LookupError,
    ValueError,
    TypeError,
    ArithmeticError,
    OSError,
)
Item = TypeVar("Item")
log = logging.getLogger("primetime.failures")


def each_by_itself(items: Iterable[Item], work: Callable[[Item], object], name: Callable[[Item], str]) -> None:
    """Do the work of every item. One that fails holds up none behind it; `name` is what it is called in the log."""
    for item in items:
        try:
            work(item)
        except FAILURES_THAT_COME_AGAIN:
            log.exception("%s failed and comes again", name(item))

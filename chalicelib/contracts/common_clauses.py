"""What every contract says alike: which sales are a show's, how amounts are computed, what happens when a show goes wrong. Pure.

Its figures are those of `contracts.periods`, by which shows and disputes are run.
"""

from collections.abc import Iterator
from datetime import timedelta

from chalicelib.contracts import periods
from chalicelib.core.words import plural

MARKETPLACE = "The marketplace is Primetime, which keeps this contract, collects what the brand owes and pays out what is earned."
MOVED = (
    "A show is moved to another time only if both sides agree. "
    "It then belongs to the version of this contract that is in force at its new scheduled start."
)


def attribution(currency: str) -> Iterator[str]:
    """Which sales belong to a show, and what net sales are."""
    yield (
        "A sale belongs to a show by a tracking code of the show; else by the broadcast on the platform in which it was made; else if its "
        "product is in the line-up and it was ordered between the show's actual start and actual end, each extended by the minutes that "
        "are stated with the show."
    )
    equal = "A sale to which several shows have an equal claim"
    yield f"{equal}, or that is not in {currency}, counts for none until the marketplace has decided."
    yield "Net sales are what all sales of a show count for, less what was refunded, whether they earn commission or not."


def computation(currency: str) -> Iterator[str]:
    """What earnings are, and how they are rounded."""
    yield "The earnings of a show are commission, the flat fee that is due less what is given back, the top-up to a pay floor, and bonuses."
    yield f"Each of them is computed exactly and rounded once, to the smallest unit of {currency}, halves away from zero."


def payment() -> Iterator[str]:
    """When the brand pays."""
    yield "The brand pays the deposit that the marketplace asks for before the first show, and the rest when it has matured."
    yield "What it has paid and nobody has earned can be returned after the last show."


def absence() -> Iterator[str]:
    """What counts as a host who did not come."""
    late, silent = _minutes(periods.MISSED_AFTER), _hours(periods.MISSED_BY_CLOCK_AFTER)
    yield "A host who does not appear cancels with no hours left."
    yield (
        f"That a host did not appear can be said from {late} after the scheduled start on, or from the planned end if that is earlier. "
        f"A show that nobody has started {silent} after its planned end counts as one at which the host did not appear."
    )


def delivery() -> Iterator[str]:
    """How it is found out what was delivered."""
    stated, answered = _days(periods.DELIVERY_STATED_WITHIN), _hours(periods.DELIVERY_ANSWERED_WITHIN)
    decided = _days(periods.DELIVERY_DECIDED_WITHIN)
    yield "What is taken off for several of these adds up, to the whole flat fee of the show at most."
    yield f"What was delivered is measured by the marketplace where it can be, and either side may state it within {stated} after the show."
    yield f"What both sides state holds. What one side states, or what was measured, holds if it is not contradicted within {answered}."
    yield (
        f"What the sides contradict each other about is decided by the marketplace within {decided}. "
        "If it is not, the measurement holds, and what was not measured counts as met."
    )


def disputes() -> Iterator[str]:
    """How a dispute about a show begins, goes on and ends."""
    raised, stated, decided = (_days(each) for each in (periods.DISPUTED_WITHIN, periods.STATED_WITHIN, periods.DECIDED_WITHIN))
    yield f"Either side may dispute what became of a show until {raised} after its end. Both sides then have {stated} to state their case."
    yield (
        f"The marketplace decides, with its reasons, within {decided} after the dispute was raised. If it does not, what would hold "
        "without the dispute holds, and a show of which nothing had been recorded counts as one at which the host did not appear."
    )
    yield "Until then what the disputed show has earned and was not paid out yet rests. Nothing else does."
    yield "Where hours or days count from an event, a day is 24 hours."


def signing() -> Iterator[str]:
    """Until when it is signed, and what can change it."""
    within = _days(periods.SIGNED_WITHIN)
    in_time = f"within {within} after it was agreed on or proposed, and before it is to bind a show"
    yield f"If both sides have not signed {in_time}, it binds nobody."
    yield "This form of signature is not meant for agreements for which the law asks for a qualified one."
    yield "Rates are locked: what either side announces or publishes later binds only contracts that are made after it, never this one."


def _minutes(period: timedelta) -> str:
    return plural(period // timedelta(minutes=1), "minute")


def _hours(period: timedelta) -> str:
    return plural(period // timedelta(hours=1), "hour")


def _days(period: timedelta) -> str:
    return plural(period // timedelta(days=1), "day")

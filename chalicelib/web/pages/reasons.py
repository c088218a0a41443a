"""The reasons for a host's place, as pages show them."""

from chalicelib.matching.explanation import Match
from chalicelib.matching.score import MILLINATS
from chalicelib.web.views.common import MINUS
from chalicelib.web.views.deals import Factor


def factors_of(match: Match) -> tuple[Factor, ...]:
    """Each factor with its sentence and its weight."""
    return tuple(
        Factor(
            label=reason.factor.value.replace("_", " ").capitalize(),
            words=reason.sentence,
            weight=thousandths(reason.millinats, signed=True),
            helps=reason.millinats >= 0,
        )
        for reason in match.reasons
    )


def thousandths(millinats: int, *, signed: bool) -> str:
    """``+0.125``; without `signed` only a minus sign is written."""
    whole, rest = divmod(abs(millinats), MILLINATS)
    sign = MINUS if millinats < 0 else "+" if signed else ""
    return f"{sign}{whole}.{rest:03}"

"""Why a side does not sign, as it has to say: both sides read it. Pure."""

from chalicelib.contracts.errors import ReasonMissing

MAX_REASON_CHARACTERS = 500


def reason_given(reason: str) -> str:
    """Why a side does not sign, in its own words. Raises `ReasonMissing`."""
    reason = reason.strip()
    if not 0 < len(reason) <= MAX_REASON_CHARACTERS:
        raise ReasonMissing(f"Say in at most {MAX_REASON_CHARACTERS} characters why you do not sign.", fields={"reason": "needed"})
    return reason

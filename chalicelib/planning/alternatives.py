"""Why a slot has its host and not another: what either brings, less what the host's time and the fee would bring elsewhere."""

from dataclasses import dataclass

from chalicelib.planning.model import MONEY, MarginalPrices, Match, Plan, Season


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """A host in a slot, in minor units. `others_minor`: what all others would lose; `money_minor`: what its fee would bring the brand."""

    host_id: str
    value_minor: int
    others_minor: int
    money_minor: int

    @property
    def net_minor(self) -> int:
        """What it brings beyond these prices."""
        return self.value_minor - self.others_minor - self.money_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """The host that was asked about, and the one of the plan; None: the slot is open."""

    asked: Worth
    planned: Worth | None


def alternative(season: Season, plan: Plan, slot_id: str, host_id: str) -> Alternative | None:
    """None when the host is no match for the slot, or the plan has no prices."""
    found = {each.host_id: each for each in season.matches if each.slot_id == slot_id}
    if plan.prices is None or host_id not in found:
        return None
    brand_id = next(slot.brand_id for slot in season.slots if slot.slot_id == slot_id)
    planned = plan.hosts.get(slot_id)
    return Alternative(
        asked=_worth(plan.prices, found[host_id], brand_id),
        planned=_worth(plan.prices, found[planned], brand_id) if planned is not None else None,
    )


def _worth(prices: MarginalPrices, match: Match, brand_id: str) -> Worth:
    return Worth(
        host_id=match.host_id,
        value_minor=match.value_minor,
        others_minor=prices.hosts.get(match.slot_id, {}).get(match.host_id, 0),
        money_minor=prices.money.get(brand_id, 0) * match.fee_minor // MONEY,
    )

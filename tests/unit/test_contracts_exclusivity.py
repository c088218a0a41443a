"""What a host has promised to one brand keeps another's deal away: when offered, accepted, signed and moved, with the conflict named."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.contracts.exclusivity import BoundToAnother, LiveContract, NewDeal, conflicts
from chalicelib.contracts.offers import WantedShow
from chalicelib.contracts.rules import Contract
from chalicelib.contracts.service import SigningContext
from chalicelib.contracts.terms import Exclusivity
from chalicelib.core.access import Principal
from chalicelib.core.errors import Conflict
from chalicelib.matching.rules import BriefWindow
from chalicelib.matching.service import NewBrief
from tests.fakes.console import STARTS, Market, console, market

__all__ = ["console", "market"]

NEXT_DAY = STARTS + timedelta(days=1)
ALONE = Exclusivity(categories=("Home",), from_day="2011-01-09", until_day="2011-01-11")


def context(market: Market) -> SigningContext:
    """Somebody who has just signed in."""
    return SigningContext(authenticated_at=market.console.services.clock.real_now(), address="192.0.2.1", user_agent="Browser/1")


def briefed(market: Market, who: Principal, category: str = "home") -> str:
    """A brief of another brand."""
    found = market.console.services
    brief = found.matching.brief(market.brand, market.brief_id)
    new = NewBrief(
        title="Rival",
        category=category,
        market=brief.market,
        language=brief.language,
        platform=brief.platform,
        minimum_audience=brief.minimum_audience,
        skus=(),
        windows=(BriefWindow(starts_at=NEXT_DAY, minutes=60),),
        budget_minor=brief.budget_minor,
        currency=brief.currency,
        flat_fee_minor=brief.flat_fee_minor,
        commission_basis_points=brief.commission_basis_points,
    )
    return found.matching.post_brief(who, new).brief_id


def offered(market: Market, who: Principal, brief_id: str, starts_at: datetime = NEXT_DAY, exclusivity: Exclusivity | None = None) -> str:
    """An offer of a brand for one show."""
    made = market.console.services.contracts.offers.make(
        who,
        brief_id=brief_id,
        creator_id=market.host.tenant_id,
        shows=[WantedShow(starts_at=starts_at, minutes=60, title="Evening")],
        terms=replace(market.terms(), exclusivity=exclusivity),
        expires_in_hours=48,
    )
    return made.offer_id


def drafted(market: Market, offer_id: str) -> Contract:
    """An offer that the host accepts."""
    contracts = market.console.services.contracts
    contracts.offers.accept(market.host, offer_id, 1)
    return contracts.draft(offer_id)


def sign(market: Market, contract: Contract, *who: Principal) -> None:
    """Whoever signs."""
    for each in who:
        market.console.services.contracts.document(each, contract.contract_id, context(market))
        market.console.services.contracts.sign(
            each,
            contract.contract_id,
            document_sha256=contract.document_sha256,
            typed_name="Somebody Real",
            consent=True,
            context=context(market),
        )


def signed_alone(market: Market) -> Contract:
    """The host works for the first brand alone for three days."""
    contract = drafted(market, offered(market, market.brand, market.brief_id, STARTS, ALONE))
    sign(market, contract, market.brand, market.host)
    market.console.work()
    return contract


def test_an_offer_for_a_day_that_is_promised_to_another_brand_is_refused_with_the_day_and_not_the_brand(market: Market) -> None:
    signed_alone(market)
    with pytest.raises(BoundToAnother) as refused:
        offered(market, market.rival, briefed(market, market.rival))
    assert "2011-01-11" in refused.value.message
    assert "Kettles" not in refused.value.message
    offered(market, market.rival, briefed(market, market.rival), NEXT_DAY + timedelta(days=1))
    offered(market, market.rival, briefed(market, market.rival, "toys"))
    offered(market, market.brand, market.brief_id, NEXT_DAY)


def test_an_offer_made_before_the_promise_cannot_be_accepted_after_it_and_the_history_says_so(market: Market) -> None:
    waiting = offered(market, market.rival, briefed(market, market.rival))
    signed_alone(market)
    with pytest.raises(BoundToAnother):
        market.console.services.contracts.offers.accept(market.host, waiting, 1)
    offer = market.console.services.contracts.offers.offer(waiting)
    last = market.console.services.history.of_deal(offer.contract_id)[-1]
    assert last.act == "accept"
    assert last.refused is not None


def test_a_contract_accepted_before_the_promise_cannot_be_signed_after_it(market: Market) -> None:
    waiting = drafted(market, offered(market, market.rival, briefed(market, market.rival)))
    sign(market, waiting, market.rival)
    signed_alone(market)
    with pytest.raises(BoundToAnother, match="2011-01-11"):
        sign(market, waiting, market.host)
    assert market.console.services.contracts.contract(waiting.contract_id).signed_at is None


def test_nobody_is_promised_what_a_booked_show_of_another_brand_breaks_already(market: Market) -> None:
    sign(market, drafted(market, offered(market, market.rival, briefed(market, market.rival))), market.rival, market.host)
    with pytest.raises(BoundToAnother, match="does so already on 2011-01-11"):
        offered(market, market.brand, market.brief_id, STARTS, ALONE)


def test_of_two_contracts_that_exclude_each_other_and_are_signed_at_once_one_binds(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    first = drafted(market, offered(market, market.brand, market.brief_id, STARTS, ALONE))
    second = drafted(market, offered(market, market.rival, briefed(market, market.rival)))
    for contract, brand in ((first, market.brand), (second, market.rival)):
        sign(market, contract, brand)
    exclusivities = market.console.services.contracts.offers.exclusivities
    checked = exclusivities.demand_free

    def somebody_is_faster(**what: object) -> None:
        checked(**what)  # type: ignore[arg-type]
        monkeypatch.setattr(exclusivities, "demand_free", checked)
        sign(market, second, market.host)

    monkeypatch.setattr(exclusivities, "demand_free", somebody_is_faster)
    with pytest.raises(Conflict):
        sign(market, first, market.host)
    contracts = market.console.services.contracts
    assert contracts.contract(second.contract_id).signed_at is not None
    assert contracts.contract(first.contract_id).signed_at is None
    with pytest.raises(BoundToAnother):
        sign(market, first, market.host)


def test_conflicts_name_at_most_five_days_and_go_by_the_zone_of_whose_promise_it_is(market: Market) -> None:
    contract = signed_alone(market)
    live = LiveContract(contract=market.console.services.contracts.contract(contract.contract_id), category="home", moments=(STARTS,))
    new = NewDeal(
        contract_id="ctr_2",
        brand_id="brd_2",
        creator_id=market.host.tenant_id,
        category="home",
        terms=replace(market.terms(), exclusivity=None),
        moments=tuple(datetime(2011, 1, 9, hour, tzinfo=UTC) for hour in range(24)),
    )
    (sentence,) = conflicts(new, [live])
    assert sentence.count("2011-01-09") == 1
    wide = Exclusivity(categories=("home",), from_day="2011-01-01", until_day="2011-12-31")
    many = replace(live, moments=tuple(STARTS + timedelta(days=day) for day in range(8)))
    taken = conflicts(replace(new, moments=(), terms=replace(new.terms, exclusivity=wide)), [many])
    assert taken[0].endswith("2011-01-14 and 3 more days.")

"""Money that waits for a second person of finance, in words for mail. Pure; without that person it goes back to where it was."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from chalicelib.core.access import APPROVERS, PLATFORM_TENANT
from chalicelib.core.money import with_currency
from chalicelib.core.words import plural
from chalicelib.notices.rules import DAY, FINANCE_TOLD, About, Audience, Happening, Kind, Seen, Wait
from chalicelib.payouts.rules.prepaid_refunds import RefundOfPrepaid, RefundOfPrepaidState
from chalicelib.payouts.rules.settlements import APPROVED_WITHIN, ReversalStage, Settlement, SettlementState

SETTLEMENT, REVERSAL, REFUND = "settlement_approval", "reversal_approval", "refund_approval"
SETTLEMENTS_PREPARED = Kind(
    name="settlements_prepared",
    subject="To approve: {count}",
    lines=("{count} wait for the approval of a second person. What nobody approves until {ends_at} is payable again.",),
    link_label="See the settlements",
)
SETTLEMENTS_AWAITED = Kind(
    name="settlements_awaited",
    subject="Waits for approval until {ends_at}: {count}",
    lines=("{count} still wait for the approval of a second person.", "What nobody approves until {ends_at} is payable again."),
    link_label="See the settlements",
    required=True,
)
SETTLEMENT_LAPSED = Kind(
    name="settlement_lapsed",
    subject="Not approved in time: {amount}",
    lines=("Nobody approved the settlement of {amount} for {payee} until {ends_at}. It is void, and the money is payable again.",),
    link_label="See the settlement",
    required=True,
)
REVERSAL_AWAITED = Kind(
    name="reversal_awaited",
    subject="To approve until {ends_at}: {amount} taken back of {payee}",
    lines=("Taking back {amount} of a transfer to {payee} waits for the approval of a second person.", "It lapses at {ends_at}."),
    link_label="See the settlement",
    required=True,
)
REFUND_PREPARED = Kind(
    name="refund_prepared",
    subject="To approve: {amount} back to {brand}",
    lines=(
        "{amount} of unused prepaid money is to go back to {brand}, and waits for the approval of a second person.",
        "Without it the money is the contract's again at {ends_at}.",
    ),
    link_label="See the refund",
)
REFUND_AWAITED = Kind(
    name="refund_awaited",
    subject="Waits for approval until {ends_at}: {amount} back to {brand}",
    lines=(
        "{amount} of unused prepaid money for {brand} still waits for the approval of a second person.",
        "Without it the money is the contract's again at {ends_at}.",
    ),
    link_label="See the refund",
    required=True,
)
REFUND_LAPSED = Kind(
    name="refund_lapsed",
    subject="Not approved in time: {amount} back to {brand}",
    lines=("Nobody approved the refund of {amount} to {brand} until {ends_at}. It is void, and the money is the contract's again.",),
    link_label="See the refund",
    required=True,
)
REMINDERS = (7 * DAY, DAY)
APPROVERS_TOLD = Audience(tenant_id=PLATFORM_TENANT, roles=APPROVERS)


def of_settlements(settlements: Sequence[Settlement]) -> Seen:
    """Settlements of a payee and what is to be taken back of them. Who is asked to approve settlements is asked for all at once."""
    open_ = [each for each in settlements if each.state is SettlementState.OPEN]
    waits = (*(_until_lapsed(each) for each in open_), *_reversals(settlements))
    return Seen(waits=waits, happenings=tuple(_lapsed(each) for each in settlements if each.lapsed_at is not None))


def of_desk(settlements: Sequence[Settlement]) -> Seen:
    """Settlements that wait, in one mail for all that were prepared on a day (UTC): a run makes one for each payee."""
    days: dict[date, list[Settlement]] = {}
    for each in settlements:
        if each.state is SettlementState.OPEN:
            days.setdefault(each.prepared_at.date(), []).append(each)
    return Seen(waits=tuple(_of_day(day, each) for day, each in days.items()), happenings=tuple(_prepared(days)))


def of_refunds(refunds: Sequence[RefundOfPrepaid]) -> Seen:
    """Refunds of a contract's prepaid money that wait, and those for which nobody was there."""
    waiting = [each for each in refunds if each.state is RefundOfPrepaidState.PREPARED]
    return Seen(waits=tuple(_refund(each) for each in waiting), happenings=tuple(_of_refunds(refunds)))


def _until_lapsed(settlement: Settlement) -> Wait:
    return Wait(
        state=SETTLEMENT,
        key=settlement.settlement_id,
        ends_at=settlement.prepared_at + APPROVED_WITHIN,
        began_at=settlement.prepared_at,
        about=_about_settlement(settlement, settlement.amount_minor, settlement.prepared_at + APPROVED_WITHIN),
    )


def _reversals(settlements: Sequence[Settlement]) -> Iterator[Wait]:
    for settlement in settlements:
        for each in settlement.reversals:
            if each.stage is ReversalStage.PROPOSED:
                ends_at = each.proposed_at + APPROVED_WITHIN
                yield Wait(
                    state=REVERSAL,
                    key=settlement.settlement_id,
                    ends_at=ends_at,
                    began_at=each.proposed_at,
                    asked=(APPROVERS_TOLD,),
                    reminder=REVERSAL_AWAITED,
                    before=REMINDERS,
                    about=_about_settlement(settlement, each.amount_minor, ends_at),
                )


def _lapsed(settlement: Settlement) -> Happening:
    about = _about_settlement(settlement, settlement.amount_minor, settlement.prepared_at + APPROVED_WITHIN)
    key, at = settlement.settlement_id, settlement.lapsed_at
    return Happening(kind=SETTLEMENT_LAPSED, key=key, at=at, told=(FINANCE_TOLD,), about=about)


def _of_day(day: date, settlements: Sequence[Settlement]) -> Wait:
    began_at = min(each.prepared_at for each in settlements)
    return Wait(
        state="settlements",
        key=day.isoformat(),
        ends_at=began_at + APPROVED_WITHIN,
        began_at=began_at,
        asked=(APPROVERS_TOLD,),
        reminder=SETTLEMENTS_AWAITED,
        before=REMINDERS,
        about=_about_day(settlements, began_at + APPROVED_WITHIN),
    )


def _prepared(days: Mapping[date, Sequence[Settlement]]) -> Iterator[Happening]:
    for day, settlements in days.items():
        began_at = min(each.prepared_at for each in settlements)
        about = _about_day(settlements, began_at + APPROVED_WITHIN)
        yield Happening(kind=SETTLEMENTS_PREPARED, key=day.isoformat(), at=began_at, told=(APPROVERS_TOLD,), about=about)


def _refund(refund: RefundOfPrepaid) -> Wait:
    return Wait(
        state=REFUND,
        key=refund.refund_id,
        ends_at=refund.prepared_at + APPROVED_WITHIN,
        began_at=refund.prepared_at,
        asked=(APPROVERS_TOLD,),
        reminder=REFUND_AWAITED,
        before=REMINDERS,
        about=_about_refund(refund),
    )


def _of_refunds(refunds: Sequence[RefundOfPrepaid]) -> Iterator[Happening]:
    for each in refunds:
        key, about = each.refund_id, _about_refund(each)
        if each.state is RefundOfPrepaidState.PREPARED:
            yield Happening(kind=REFUND_PREPARED, key=key, at=each.prepared_at, told=(APPROVERS_TOLD,), about=about)
        if each.lapsed_at is not None:
            yield Happening(kind=REFUND_LAPSED, key=key, at=each.lapsed_at, told=(FINANCE_TOLD,), about=about)


def _about_settlement(settlement: Settlement, amount_minor: int, ends_at: datetime) -> About:
    return About(
        path=f"/finance/settlements/{settlement.settlement_id}",
        facts={"amount": with_currency(amount_minor, settlement.currency)},
        times={"ends_at": ends_at},
        names={"payee": settlement.payee_id},
    )


def _about_day(settlements: Sequence[Settlement], ends_at: datetime) -> About:
    count = plural(len(settlements), "settlement")
    return About(path="/finance/settlements", facts={"count": count}, times={"ends_at": ends_at})


def _about_refund(refund: RefundOfPrepaid) -> About:
    return About(
        path=f"/finance/refunds/{refund.refund_id}",
        facts={"amount": with_currency(refund.amount_minor, refund.currency)},
        times={"ends_at": refund.prepared_at + APPROVED_WITHIN},
        names={"brand": refund.brand_id},
    )

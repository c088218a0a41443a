"""What queues and schedules ask for: each topic names one piece of work, and the schedule takes its steps each minute."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import workers
from chalicelib.adapters.dynamo import Transaction
from chalicelib.bookings.states import Move, Party, State
from chalicelib.bridges import hosts
from chalicelib.history.rules import PLATFORM
from chalicelib.notices.rules import deal_subject
from chalicelib.reconciliation.stripe_reports import of_upload

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chalicelib.wiring import Services


def import_work(found: Services, body: str) -> None:
    """A message of the imports queue: a bucket notification, of a sales file or of one of Stripe's reports."""
    for key in workers.uploaded_keys(body):
        report_id = of_upload(key)
        if report_id is None:
            found.intake.receive(key)
        else:
            found.reconciliation.reports.arrived(report_id)


def part_work(found: Services) -> workers.Work:
    """The parts queue."""
    return workers.by_topic({"sales.part": found.intake.store_part})


def general_work(found: Services) -> workers.Work:
    """The work queue."""
    table: Mapping[str, workers.Work] = {
        "sales.link": found.intake.link,
        "sales.attribute": lambda key: found.intake.attribute_anew(*found.shows.span(key)),
        "sales.fold": lambda key: _fold(found, key),
        "earnings.accrue": lambda key: _ignored(found.payouts.accruals.accrue(key)),
        "offer.accepted": lambda key: _offer_accepted(found, key),
        "contract.signed": lambda key: _contract_signed(found, key),
        "contract.amended": lambda key: _contract_amended(found, key),
        "contract.rebooked": lambda key: _contract_rebooked(found, key),
        "contract.file": lambda key: _ignored(found.contracts.filing.file(key)),
        "contract.funded": lambda key: _contract_funded(found, key),
        "show.publish": lambda key: found.shows.publish(key),  # noqa: PLW0108  # built for its own topic only
        "links.measure": lambda key: _ignored(found.delivery.deliverables.measure(key)),
        "clock.advanced": lambda _: release(found),
        "matching.learn": lambda key: _ignored(found.matching.learn(key)),
        "tenant.changed": lambda key: _ignored(found.notices.look(f"tenant#{key}")),
        "notices.look": lambda key: _ignored(found.notices.look(key)),
        **hosts.index_work(lambda: found.matching.indexing),
        "tax_invoices.issue": lambda key: found.payouts.tax_invoices.issue(key),  # noqa: PLW0108  # built for its own topic only
        "tax_invoices.make_out": lambda key: found.payouts.tax_invoices.make_out(key),  # noqa: PLW0108  # likewise
        "stripe_report.take_in": lambda key: found.reconciliation.reports.take_in(key),  # noqa: PLW0108  # likewise
        "reconciliation.compare": lambda key: found.reconciliation.compare(key),  # noqa: PLW0108  # likewise
    }
    return workers.by_topic(table)


def payout_work(found: Services) -> workers.Work:
    """The payouts queue: all that reaches Stripe."""
    payouts = found.payouts
    table: Mapping[str, workers.Work] = {
        "payee.connect": lambda key: _ignored(payouts.accounts.open_account(key)),
        "deposit.checkout": lambda key: _ignored(payouts.fundings.create_checkout(key)),
        "deposit.look_up": lambda key: _ignored(payouts.fundings.look_up(key)),
        "settlement.send": lambda key: _ignored(payouts.transfers.send(key)),
        "prepaid.refund": lambda key: _ignored(payouts.refunds.send(key)),
        "stripe.event": lambda key: _ignored(found.reconciliation.payee_payouts.observe(payouts.webhooks.process(key))),
        "reconciliation.snapshot": found.reconciliation.snapshot,
    }
    return workers.by_topic(table)


def probe_work(found: Services) -> workers.Work:
    """The probes queue: all that reaches addresses which people typed in."""
    return workers.by_topic({"links.probe": found.delivery.probing.probe})


def release(found: Services) -> None:
    """What time itself changes: returns that closed, offers that expired, contracts nobody signed, and whatever else waits."""
    workers.each_step(
        lambda: found.payouts.accruals.release(),  # noqa: PLW0108  # what fails to be built fails as a step
        lambda: found.contracts.end_silence(),  # noqa: PLW0108  # likewise
        lambda: found.payouts.invoices.remind(),  # noqa: PLW0108  # likewise
        lambda: found.delivery.follow_up(),  # noqa: PLW0108  # likewise
        lambda: found.endings.schedule.end_silence(),  # noqa: PLW0108  # likewise
        lambda: found.notices.follow_up(),  # noqa: PLW0108  # likewise
    )


def tick(found: Services) -> None:
    """Each minute: the same, and what was left behind."""
    workers.each_step(
        lambda: workers.redrive_outbox(found.queues, found.clock),
        found.imports_follow_up.pick_up,
        lambda: release(found),
        lambda: found.payouts.transfers.follow_up(),  # noqa: PLW0108  # what fails to be built fails as a step
        lambda: found.payouts.fundings.follow_up(),  # noqa: PLW0108  # likewise
        lambda: found.matching.ask_to_learn(),  # noqa: PLW0108  # likewise
        lambda: found.matching.indexing.follow_up(),  # noqa: PLW0108  # likewise
        lambda: found.planning.follow_up(),  # noqa: PLW0108  # likewise
        lambda: found.reconciliation.nightly(),  # noqa: PLW0108  # likewise
        lambda: found.payouts.refunds.follow_up(),  # noqa: PLW0108  # likewise
    )


def _fold(found: Services, show_id: str) -> None:
    """A show's sales changed: its contract is accrued anew from all facts, buckets included, and its host has another record."""
    show = found.shows.show(show_id)
    found.payouts.accruals.accrue(show.contract_id)
    found.matching.indexing.sold(show.creator_id)


def _offer_accepted(found: Services, offer_id: str) -> None:
    """The contract is drawn up and waits for signatures from now on."""
    found.notices.look(deal_subject(found.contracts.draft(offer_id).contract_id))


def _contract_signed(found: Services, contract_id: str) -> None:
    found.shows.open_for(contract_id)
    found.endings.schedule.watch(contract_id)
    found.payouts.accruals.accrue(contract_id)
    found.contracts.filing.file(contract_id)
    found.notices.look(deal_subject(contract_id))


def _contract_rebooked(found: Services, contract_id: str) -> None:
    """A show has another time, or a make-up show was agreed on."""
    found.shows.open_for(contract_id)
    found.endings.schedule.watch(contract_id)
    found.payouts.accruals.accrue(contract_id)
    found.notices.look(deal_subject(contract_id))


def _contract_amended(found: Services, contract_id: str) -> None:
    found.payouts.accruals.accrue(contract_id)
    found.contracts.filing.file(contract_id)


def _contract_funded(found: Services, contract_id: str) -> None:
    """The deposit came; a show that has begun without it stays as it is."""
    for booked in found.contracts.contract(contract_id).bookings:
        if found.bookings.booking(booked.booking_id).state is State.CONTRACTED:
            transaction = Transaction()
            found.bookings.move_in(transaction, booked.booking_id, Move.FUND, Party.PLATFORM)
            sentence = "The deposit came."
            found.history.note(transaction, contract_id, actor=PLATFORM, act="fund", sentence=sentence, booking_id=booked.booking_id)
            transaction.commit()


def _ignored(_: object) -> None:
    """A worker's answer goes nowhere."""

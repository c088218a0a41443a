"""Invoices month by month: they add up to the statement, have numbers without gaps, and are made out once."""

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pypdf import PdfReader

from chalicelib.adapters.dynamo import OutboxItem
from chalicelib.contracts.terms import FeeMode, PlatformFee, Tax
from chalicelib.core.access import PLATFORM_TENANT, Role
from chalicelib.core.periods import NoSuchPeriod
from chalicelib.payouts.rules.tax_invoices import MonthNotOver, NoSuchTaxInvoice, TaxInvoice, TaxInvoiceKind
from chalicelib.payouts.tax_invoice_documents import to_html, wording
from tests.conftest import StandingClock
from tests.fakes.deals import CREATOR, HOST, MANAGER, OWNER, PREPARER, TERMS, House, build_house, person, refund, sale, show

TAXED = replace(TERMS, tax=Tax(platform_fee_basis_points=2_000, host_invoice_basis_points=2_000))
FEBRUARY, MARCH, APRIL = (datetime(2011, month, 1, tzinfo=UTC) for month in (2, 3, 4))


@pytest.fixture
def house(tables: None, clock: StandingClock) -> House:  # noqa: ARG001  # the tables must be there
    """A show of January that sold 333.33; the host keeps four fifths of fee and commission."""
    built = build_house(clock, (show(terms=TAXED),))
    built.market.add("ctr_1", show(terms=TAXED), terms=TAXED)
    built.market.sales.append(sale("l1", 333_33))
    clock.instant = FEBRUARY
    built.payouts.accruals.accrue("ctr_1")
    return built


def made_out(house: House, period: str) -> list[TaxInvoice]:
    house.payouts.tax_invoices.request(period)
    while messages := list(OutboxItem.scan(OutboxItem.pk.startswith("outbox#"))):
        for message in messages:
            message.delete()
            work = {"tax_invoices.issue": house.payouts.tax_invoices.issue, "tax_invoices.make_out": house.payouts.tax_invoices.make_out}
            if message.topic in work:
                work[message.topic](message.key)
    return house.payouts.tax_invoices.of_period(period)


def figures(invoices: list[TaxInvoice]) -> dict[str, tuple[int, int]]:
    return {invoice.number: (invoice.base_minor, invoice.tax_minor) for invoice in invoices}


def test_a_months_documents_are_the_hosts_share_and_the_platforms_fee_with_tax_on_their_own_lines(house: House) -> None:
    """January: the fee of 100 is due and the sale has matured: 133.33 for payees, 106.66 of it the host's, 13.33 the platform's on top."""
    found = made_out(house, "2011-01")
    assert figures(found) == {"PF-2011-00001": (13_33, 2_67), f"SB-{HOST}-2011-00001": (106_66, 21_33)}
    assert {invoice.account.kind: (invoice.account.supplier_id, invoice.account.customer_id) for invoice in found} == {
        TaxInvoiceKind.SELF_BILLED: (HOST, "brd_1"),
        TaxInvoiceKind.PLATFORM_FEE: (PLATFORM_TENANT, "brd_1"),
    }


def test_what_came_back_later_is_a_credit_note_and_all_of_it_adds_up_to_the_statement(house: House, clock: StandingClock) -> None:
    made_out(house, "2011-01")
    house.market.refunds.append(refund("l1", 333_33, FEBRUARY + timedelta(days=2)))
    clock.instant = MARCH
    found = made_out(house, "2011-02")
    assert figures(found) == {"PF-2011-00002": (-3_33, -67), f"SB-{HOST}-2011-00002": (-26_66, -5_33)}
    assert all(invoice.is_credit_note for invoice in found)
    statement = house.payouts.accruals.computed("ctr_1", MARCH).statement
    tax = {line.document: (line.base.matured_minor, line.tax.matured_minor) for line in statement.tax}
    own = house.payouts.tax_invoices.listed(CREATOR)
    assert (sum(each.base_minor for each in own), sum(each.tax_minor for each in own)) == tax["host_invoice"]


def test_asking_again_makes_no_second_document_and_a_quiet_month_makes_none(house: House, clock: StandingClock) -> None:
    first = made_out(house, "2011-01")
    assert made_out(house, "2011-01") == first
    clock.instant = APRIL
    assert made_out(house, "2011-02") == []
    house.market.refunds.append(refund("l1", 333_33, datetime(2011, 1, 30, tzinfo=UTC)))
    assert made_out(house, "2011-01") == first, "a month that has its documents keeps them; what came late is the next month's"


def test_a_fact_that_was_recorded_after_the_month_belongs_to_the_next(house: House, clock: StandingClock) -> None:
    late = replace(refund("l1", 333_33, datetime(2011, 1, 30, tzinfo=UTC)), recorded_at=FEBRUARY + timedelta(days=1))
    house.market.refunds.append(late)
    clock.instant = MARCH
    assert figures(made_out(house, "2011-01"))[f"SB-{HOST}-2011-00001"] == (106_66, 21_33)
    assert figures(made_out(house, "2011-02"))[f"SB-{HOST}-2011-00002"] == (-26_66, -5_33)


def test_numbers_have_no_gap_over_contracts_whoever_makes_them_out(house: House) -> None:
    for place in range(2, 5):
        house.market.add(f"ctr_{place}", show(f"shw_{place}", terms=TAXED), terms=TAXED)
        house.payouts.accruals.accrue(f"ctr_{place}")
    numbers = sorted(invoice.number for invoice in made_out(house, "2011-01"))
    assert numbers == [*(f"PF-2011-0000{n}" for n in range(1, 5)), *(f"SB-{HOST}-2011-0000{n}" for n in range(1, 5))]


def test_a_number_taken_by_somebody_else_at_the_same_moment_is_not_used_twice(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    first = made_out(house, "2011-01")
    store = house.payouts.tax_invoices._store  # what it read before another worker wrote
    real, stale = store.count, iter([0])
    monkeypatch.setattr(store, "count", lambda supplier, year: next(stale, real(supplier, year)))
    house.market.add("ctr_2", show("shw_2", terms=TAXED), terms=TAXED)
    house.payouts.accruals.accrue("ctr_2")
    assert len(made_out(house, "2011-01")) == len(first) + 2
    assert next(stale, None) is None, "the stale number was tried"


def test_a_fee_that_is_taken_from_earnings_is_invoiced_to_the_host(tables: None, clock: StandingClock) -> None:  # noqa: ARG001
    terms = replace(TAXED, platform_fee=PlatformFee(rate_basis_points=1_000, mode=FeeMode.TAKEN))
    house = build_house(clock)
    house.market.add("ctr_1", show(terms=terms), terms=terms)
    clock.instant = FEBRUARY
    house.payouts.accruals.accrue("ctr_1")
    fee = next(invoice for invoice in made_out(house, "2011-01") if invoice.account.kind is TaxInvoiceKind.PLATFORM_FEE)
    assert (fee.account.customer_id, fee.base_minor, fee.tax_minor) == (HOST, 10_00, 2_00)


def test_a_month_that_has_not_ended_and_a_month_that_is_none_are_refused(house: House) -> None:
    with pytest.raises(MonthNotOver, match="2011-02 has not ended yet"):
        house.payouts.tax_invoices.request("2011-02")
    with pytest.raises(NoSuchPeriod):
        house.payouts.tax_invoices.request("2011-13")


def test_only_its_parties_and_the_marketplace_see_a_document(house: House) -> None:
    made_out(house, "2011-01")
    number = f"SB-{HOST}-2011-00001"
    assert {house.payouts.tax_invoices.get(who, number).number for who in (CREATOR, OWNER, PREPARER)} == {number}
    for stranger in (MANAGER, person("brd_2", Role.BRAND_OWNER)):
        assert house.payouts.tax_invoices.listed(stranger) == []
        with pytest.raises(NoSuchTaxInvoice):
            house.payouts.tax_invoices.get(stranger, number)
    assert len(house.payouts.tax_invoices.listed(OWNER)) == 2


def test_the_document_says_who_owes_whom_what_for_and_is_safe_to_show(house: House) -> None:
    invoice = made_out(house, "2011-01")[-1]
    text = to_html(wording(replace(invoice, title="<Mugs>"), supplier="Nadia & Co", customer="Kettles"))
    for words in ("Self-billed invoice", "Nadia &amp; Co", "&lt;Mugs&gt;", "106.66", "21.33", "127.99", "VAT 20.00 %", "2011-01"):
        assert words in text
    assert "Credit note" in to_html(wording(replace(invoice, base_minor=-1, tax_minor=0), supplier="a", customer="b"))


def test_its_pdf_says_the_same_and_is_kept_once(house: House) -> None:
    number = made_out(house, "2011-01")[-1].number
    address = house.payouts.tax_invoices.pdf(CREATOR, number)
    assert house.payouts.tax_invoices.pdf(OWNER, number) == address
    (key,) = (key for key in house.bucket.objects if key.startswith(f"tax-invoices/{number}"))
    said = house.payouts.tax_invoices.wording(CREATOR, number)
    (page,) = PdfReader(io.BytesIO(house.bucket.get(key).body)).pages
    printed = " ".join(page.extract_text().split())
    for words in (
        said.title,
        said.about,
        *(f"{role}: {name} ({id_})" for role, name, id_ in said.parties),
        *said.head,
        *sum(said.rows, ()),
    ):
        assert " ".join(words.split()) in printed
    assert "Supplier: The crt_1 (crt_1)" in printed
    with pytest.raises(NoSuchTaxInvoice):
        house.payouts.tax_invoices.pdf(person("crt_2", Role.CREATOR), number)

"""Imports of sales files: upload, progress, rejected rows; a brand's own, and finance's of any brand."""

from collections.abc import Iterator, Sequence

from chalicelib.core.access import PLATFORM_TENANT, Action, Principal
from chalicelib.directory.rules import Tenant
from chalicelib.sales.feeds import PROFILES
from chalicelib.sales.feeds.read import MAX_IMPORT_BYTES, RejectedRow
from chalicelib.sales.imports import Import, ImportNotFound, State
from chalicelib.sales.service import ImportStatus
from chalicelib.web.pages.declared import routes
from chalicelib.web.pages.words import cell, import_row, status, table
from chalicelib.web.routes import Call, Page, Redirect
from chalicelib.web.views.common import Figure, Table, money
from chalicelib.web.views.money import FeedChoice, ImportPage, Progress
from chalicelib.wiring import services

CURRENCIES = ("GBP", "EUR", "USD")
MAX_LISTED = 50
MEGABYTE = 1024 * 1024
ENDED = frozenset({State.DONE, State.REFUSED})
BASES = {True: "/finance/imports", False: "/brand/imports"}


@routes.page("GET", "/brand/imports", action=Action.SEE_PRODUCTS)
def brand_imports(call: Call[None]) -> Page:
    """The brand's imports."""
    return _page(call.principal, None)


@routes.page("GET", "/brand/imports/{import_id}", action=Action.SEE_PRODUCTS)
def brand_import(call: Call[None], import_id: str) -> Page:
    """One import of the brand's."""
    return _page(call.principal, services().sales.status(call.principal, import_id))


@routes.page("GET", "/finance/imports", action=Action.RECONCILE)
def finance_imports(call: Call[None]) -> Page:
    """The newest imports of all brands."""
    return _page(call.principal, None)


@routes.page("GET", "/finance/imports/{import_id}", action=Action.RECONCILE)
def finance_import(call: Call[None], import_id: str) -> Page | Redirect:
    """One import; without ?brand_id its brand is looked for first."""
    brand_id = call.query.get("brand_id")
    if brand_id is None:
        return Redirect(path=f"/finance/imports/{import_id}?brand_id={_brand_of(call.principal, import_id)}")
    return _page(call.principal, services().sales.status(call.principal, import_id, brand_id))


def newest(principal: Principal) -> list[tuple[Import, str]]:
    """The newest imports that the reader may see, each with the address of its page."""
    if principal.tenant_id != PLATFORM_TENANT:
        return [(record, f"/brand/imports/{record.import_id}") for record in services().sales.list(principal)[:MAX_LISTED]]
    every = [record for brand in services().directory.brands() for record in services().sales.list(principal, brand.tenant_id)]
    every.sort(key=lambda record: (record.started_at, record.import_id), reverse=True)
    return [(record, _address(record)) for record in every[:MAX_LISTED]]


def recent(principal: Principal) -> Table:
    """The newest imports as a table."""
    rows = [import_row(record, href) for record, href in newest(principal)]
    return table("Imports", "File,Rows,Rejected,Started,State", rows, "No sales file was imported yet.", numbers=(1, 2))


def _address(record: Import) -> str:
    return f"/finance/imports/{record.import_id}?brand_id={record.brand_id}"


def _brand_of(principal: Principal, import_id: str) -> str:
    for brand in services().directory.brands():
        try:
            return services().sales.status(principal, import_id, brand.tenant_id).record.brand_id
        except ImportNotFound:
            continue
    raise ImportNotFound("There is no such import. Look in the list of imports.")


def _page(principal: Principal, found: ImportStatus | None) -> Page:
    is_finance = principal.tenant_id == PLATFORM_TENANT
    brands: Sequence[Tenant] = services().directory.brands() if is_finance else ()
    record = found.record if found else None
    rejected: Sequence[RejectedRow] = ()
    if record is not None:
        rejected = services().sales.rejected(principal, record.import_id, brand_id=record.brand_id)
    view = ImportPage(
        start_url="/api/v1/imports",
        imports_url=BASES[is_finance],
        max_bytes=MAX_IMPORT_BYTES,
        max_size=f"{MAX_IMPORT_BYTES // MEGABYTE} MiB",
        feeds=tuple(FeedChoice(value=name, label=name.replace("_", " ").capitalize()) for name in PROFILES),
        currencies=CURRENCIES,
        brands=tuple(FeedChoice(value=brand.tenant_id, label=brand.name) for brand in brands),
        file_name=record.filename if record else "",
        status=status(record.state) if record else None,
        progress=_progress(found, _address(found.record) if is_finance else f"/brand/imports/{found.record.import_id}") if found else None,
        figures=tuple(_figures(record)) if record else (),
        rejected=table(
            "Rejected rows",
            "Row,Why,Text",
            [
                (cell(f"{row.row_number:,}"), cell(row.reason), cell(row.source))
                for row in sorted((*rejected, *(found.changed if found else ())), key=lambda row: row.row_number)
            ],
            "No row was rejected.",
            numbers=(0,),
        ),
        recent=recent(principal),
    )
    return Page(template="sales/import.html", view=view)


def _progress(found: ImportStatus, path: str) -> Progress:
    record = found.record
    total, done = max(record.parts, 1), found.parts_done
    if record.state in ENDED:
        done = total
    words = record.reason or f"{record.rows:,} rows; {done} of {record.parts} parts taken in"
    return Progress(done=done, total=total, words=words, running=record.state not in ENDED, path=path)


def _figures(record: Import) -> Iterator[Figure]:
    tally, currency = record.tally, record.currency
    yield Figure(label="Rows", value=f"{record.rows:,}", hint="accepted and rejected")
    yield Figure(
        label="Accepted", value=f"{record.accepted:,}", hint=f"{tally.new:,} new, {tally.known:,} known, {tally.changed:,} changed"
    )
    yield Figure(label="Rejected", value=f"{record.rejected:,}")
    yield Figure(label="In shows", value=f"{tally.attributed:,}", hint=money(tally.attributed_minor, currency))
    ties = f", {tally.ties:,} tied" if tally.ties else ""
    yield Figure(label="Without a show", value=f"{tally.unattributed:,}", hint=money(tally.unattributed_minor, currency) + ties)
    yield Figure(label="Taken back", value=f"{tally.taken_back:,}", hint=money(tally.taken_back_minor, currency))
    if tally.reinstated:
        yield Figure(label="Reinstated", value=f"{tally.reinstated:,}", hint=money(tally.reinstated_minor, currency))
    yield Figure(label="No sale", value=f"{tally.not_a_sale:,}", hint="fees, samples, corrections")

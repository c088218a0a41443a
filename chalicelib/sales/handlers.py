"""Routes of sales: announce a file, follow its import, see what was left out."""

from typing import Annotated

import msgspec

from chalicelib.core.access import PLATFORM_TENANT, Action
from chalicelib.core.errors import Invalid
from chalicelib.sales.facts import ShowSales
from chalicelib.sales.feeds.read import MAX_IMPORT_BYTES, RejectedRow
from chalicelib.sales.imports import MAX_FILENAME_CHARACTERS, Import
from chalicelib.sales.service import Announced, FeedTotals, ImportStatus, Upload
from chalicelib.web.routes import Call, Routes
from chalicelib.wiring import services

routes = Routes(__name__)

TenantId = Annotated[str, msgspec.Meta(max_length=64)]


class NewImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sales file that is to be uploaded. Finance names the brand whose sales they are."""

    filename: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_FILENAME_CHARACTERS)]
    profile: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, msgspec.Meta(ge=0, le=2**53, description=f"At most {MAX_IMPORT_BYTES} bytes are taken.")]
    brand_id: TenantId | None = None


@routes.api("POST", "/api/v1/imports", action=Action.UPLOAD_SALES, body=NewImport, status=201)
def start_import(call: Call[NewImport]) -> Upload:
    """Announce a sales file; the answer says where to PUT its bytes."""
    body = call.body
    if call.principal.tenant_id == PLATFORM_TENANT and body.brand_id is not None:
        services().directory.brand(body.brand_id)
    announced = Announced(
        filename=body.filename, profile=body.profile, currency=body.currency, sha256=body.sha256, size_bytes=body.size_bytes
    )
    return services().sales.start_import(call.principal, announced, body.brand_id, import_id=call.new_id("imp"))


@routes.api("GET", "/api/v1/imports", action=Action.SEE_SALES)
def list_imports(call: Call[None]) -> tuple[Import, ...]:
    """The newest imports; finance names the brand in ?brand_id."""
    return services().sales.list(call.principal, call.query.get("brand_id"))


@routes.api("GET", "/api/v1/imports/{import_id}", action=Action.SEE_SALES)
def see_import(call: Call[None], import_id: str) -> ImportStatus:
    """Where an import stands."""
    return services().sales.status(call.principal, import_id, call.query.get("brand_id"))


@routes.api("GET", "/api/v1/imports/{import_id}/rejected", action=Action.SEE_SALES)
def list_rejected(call: Call[None], import_id: str) -> tuple[RejectedRow, ...]:
    """Rejected rows with their reasons, those beyond ?after (a row number)."""
    after = call.query.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 10):  # noqa: PLR2004  # rows of a file
        raise Invalid("Give after as a row number such as 200.", fields={"after": "not a row number"})
    return tuple(services().sales.rejected(call.principal, import_id, int(after), call.query.get("brand_id")))


@routes.api("GET", "/api/v1/feeds", action=Action.SEE_SALES)
def list_feeds(call: Call[None]) -> tuple[FeedTotals, ...]:
    """Each feed in all: attributed and unattributed sales and orphans, by count and value."""
    return services().sales.totals(call.principal, call.query.get("brand_id"))


@routes.api("GET", "/api/v1/shows/{show_id}/sales", action=Action.SEE_SHOW)
def see_show_sales(call: Call[None], show_id: str) -> ShowSales:
    """What a show has sold and what came back of it, to its parties and to finance."""
    show = services().shows.get(call.principal, show_id)
    return services().sales.summary_of(show.show_id)

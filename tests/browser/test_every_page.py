"""Every page as its readers see it: no violation of axe-core's rules, no overflow on a phone, nothing to complain of, light and dark."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from demo.client import Person
from tests.browser.conftest import Open
from tests.browser.visitor import DESKTOP, PHONE
from tests.world import World

LOOKS: Mapping[str, tuple[tuple[int, int], str]] = {
    "desktop": (DESKTOP, "light"),
    "narrow": ((1100, 800), "light"),
    "phone": (PHONE, "light"),
    "dark": (DESKTOP, "dark"),
}
PAGES: Mapping[str, tuple[Callable[[World], Person], tuple[str, ...]]] = {
    "booker": (
        lambda world: world.booker,
        (
            "/brand",
            "/brand/briefs/new",
            "/brand/templates",
            "/brand/imports",
            "/brand/money",
            "/account",
            "/brand/briefs/{brief}",
            "/brand/briefs/{brief}/answers",
            "/brand/briefs/{brief}/hosts/{host}/offer",
            "/brand/briefs/{brief}/hosts?name=ada",
            "/plans",
            "/offers/{offer}",
            "/contracts/{contract}",
            "/contracts/{unsigned}",
            "/contracts/{contract}/amendment",
            "/contracts/{contract}/document",
            "/contracts/{contract}/payment",
            "/console/shows/{show}",
            "/console/bookings/{booking}",
        ),
    ),
    "host": (
        lambda world: world.cast.host("ada"),
        (
            "/creator",
            "/creator/briefs",
            "/creator/inbox",
            "/creator/hosts/{host}/briefs/{brief}",
            "/calendar",
            "/calendar?view=week",
            "/calendar/{host}/series?first=2010-03-20T12:00&rhythm=weekly&times=3&minutes=60",
            "/creator/payouts",
            "/creator/bank-payouts",
            "/offers/{offer}",
            "/contracts/{contract}",
            "/contracts/{contract}/statement",
            "/api/v1/contracts/{contract}/statement?format=html",
            "/console/shows/{show}",
        ),
    ),
    "agency": (lambda world: world.manager, ("/calendar", "/calendar/{host}")),
    "finance": (
        lambda world: world.preparer,
        (
            "/finance",
            "/finance/imports",
            "/finance/settlements",
            "/finance/payees",
            "/finance/brands",
            "/finance/contracts/{contract}/money",
            "/finance/tax-invoices",
            "/finance/reconciliation",
            "/finance/exceptions",
            "/finance/stripe-reports",
            "/finance/bank-payouts",
            "/finance/ledger",
        ),
    ),
    "operator": (lambda world: world.cast.staff("operator"), ("/operator", "/plans")),
    "newcomer": (lambda world: world.cast.person("newcomer@elsewhere.example"), ("/welcome",)),
}


@pytest.mark.parametrize("reader", PAGES)
def test_the_pages_of_a_reader_are_clean_in_every_look(visitor: Open, world: World, reader: str, pictures: Path | None) -> None:
    who, paths = PAGES[reader]
    signed_in = visitor()
    signed_in.sign_in(who(world).email, world.cast.password())
    ids = {
        "brief": world.brief_id,
        "offer": world.offer_id,
        "contract": world.contract_id,
        "show": world.show_id,
        "booking": world.show_id.replace("shw_", "bkg_"),
        "host": world.cast.tenants["ada"],
    }
    ids["unsigned"] = world.contract_to_sign
    wrong: list[str] = []
    for number, path in enumerate(paths):
        signed_in.open(path.format(**ids))
        assert signed_in.path == path.format(**ids).partition("?")[0]
        for name, (size, scheme) in LOOKS.items():
            _look(signed_in.page, size, scheme)
            if name != "narrow":  # it shows what the desktop shows
                wrong += [f"{name} {line}" for line in signed_in.violations()]
            if (pixels := signed_in.overflow()) > 0:
                wrong.append(f"{name} {path} is {pixels} px too wide")
            wrong += [f"{name} {path}: {words}" for words in signed_in.overlapping("header a, header .who-mail, header .who-role")]
            signed_in.photograph(pictures, f"{reader}-{number}-{name}")
    assert wrong == []


def test_the_first_page_and_the_page_of_a_mistake_are_clean_in_every_look(visitor: Open, world: World, pictures: Path | None) -> None:
    stranger, booker = visitor(), visitor()
    booker.sign_in(world.booker.email, world.cast.password())
    stranger.open("/")
    booker.open("/contracts/ctr_of_somebody_else")
    assert booker.page.get_by_role("link", name="Go to your home page").is_visible()
    wrong: list[str] = []
    for reader, title in ((stranger, "first"), (booker, "mistake")):
        for name, (size, scheme) in LOOKS.items():
            _look(reader.page, size, scheme)
            wrong += reader.violations()
            assert reader.overflow() <= 0
            reader.photograph(pictures, f"{title}-{name}")
    assert wrong == []
    booker.excuse("404")


def _look(page: Any, size: tuple[int, int], scheme: str) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.emulate_media(color_scheme=scheme)

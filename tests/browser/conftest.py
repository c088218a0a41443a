"""Every test in this directory drives Chromium on the local stack; `PRIMETIME_SCREENSHOTS=directory` keeps pictures of the pages."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.visitor import DESKTOP, Visitor, launch
from tests.stack import Stack
from tests.world import World, build_world

HERE = Path(__file__).parent
Open = Callable[..., Visitor]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what lies here, so that no test can forget it."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def world(stack: Stack) -> World:
    """People, a signed contract whose show is over, another one that waits for its signatures."""
    return build_world(stack, "-in-browser")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser process for a module; Playwright's event loop ends with it."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visitor(stack: Stack, chromium: Browser) -> Iterator[Open]:
    """Opens browser profiles: ``visitor(size=PHONE, color_scheme="dark")``. In the end none of them may have complained of anything."""
    opened: list[Visitor] = []

    def open_profile(size: tuple[int, int] = DESKTOP, **options: object) -> Visitor:
        width, height = size
        context = chromium.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce", **options)  # type: ignore[arg-type]  # as Playwright names them
        opened.append(Visitor(stack.site_url, context))
        return opened[-1]

    yield open_profile
    complaints = [complaint for each in opened for complaint in each.complaints]
    for each in opened:
        each.context.close()
    assert complaints == []


@pytest.fixture(scope="session")
def pictures() -> Path | None:
    """Where pictures go, if anywhere."""
    named = os.environ.get("PRIMETIME_SCREENSHOTS")
    if named is None:
        return None
    Path(named).mkdir(parents=True, exist_ok=True)
    return Path(named)

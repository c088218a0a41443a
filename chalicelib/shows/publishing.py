"""Publishing: a show's page, its state and its calendar entry go to the pages bucket; viewers never reach our functions.

Workers may overlap and repeat. The state object is only ever replaced by a higher version, and a worker goes on until what it
wrote is what the store has.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from chalicelib.adapters.objects import ObjectChanged, ObjectExists, ObjectMissing, ObjectStore
from chalicelib.core.clock import Clock
from chalicelib.shows.pages import page_path, show_page, sitemap, state_document
from chalicelib.shows.ports import PageRenderer
from chalicelib.shows.rules import Show, ShowState
from chalicelib.shows.store import ShowStore

MAX_ROUNDS = 5
PAGE_CACHE = "public, max-age=60"
STATE_CACHE = "public, max-age=1"
CALENDAR_CACHE = "public, max-age=300"
PAGE_TEMPLATE = "show/page.html"
SITEMAP_KEY = "sitemap.xml"


class Publisher:
    """Writes published pages."""

    def __init__(self, *, store: ShowStore, pages: ObjectStore, renderer: PageRenderer, clock: Clock, site_url: str) -> None:
        """`pages` is the bucket behind the site; `site_url` has no trailing slash."""
        self._store = store
        self._pages = pages
        self._renderer = renderer
        self._clock = clock
        self._site_url = site_url

    def html(self, show: Show) -> str:
        """The page as it would be published now."""
        return self._renderer.render(PAGE_TEMPLATE, view=show_page(show, site_url=self._site_url, now=self._clock.now()))

    def publish(self, show_id: str) -> None:
        """Make page, calendar entry, state and sitemap of a show again. A draft has no page.

        A show that changes all the while is left to the messages of its later changes: each change announces its own.
        """
        show = self._store.load(show_id)
        for _ in range(MAX_ROUNDS):
            if show.state is ShowState.DRAFT:
                return
            self._write(show)
            stored = self._store.load(show_id)
            if stored.version == show.version:
                return
            show = stored

    def _write(self, show: Show) -> None:
        folder = f"shows/{show.slug}"
        self._pages.put(f"{folder}/index.html", self.html(show).encode(), "text/html; charset=utf-8", cache_control=PAGE_CACHE)
        entry = calendar_entry(show, site_url=self._site_url, now=self._clock.now())
        self._pages.put(f"{folder}/show.ics", entry, "text/calendar; charset=utf-8", cache_control=CALENDAR_CACHE)
        self._write_state(f"{folder}/state.json", show)
        listed = sitemap(self._site_url, list(self._store.published_slugs())).encode()
        self._pages.put(SITEMAP_KEY, listed, "application/xml", cache_control=PAGE_CACHE)

    def _write_state(self, key: str, show: Show) -> None:
        """Put the state unless the bucket has a later one."""
        body = state_document(show, self._clock.now())
        for _ in range(MAX_ROUNDS):
            try:
                there = self._pages.get(key)
            except ObjectMissing:
                there = None
            if there is not None and int(msgspec.json.decode(there.body)["version"]) > show.version:
                return
            try:
                self._pages.put(
                    key,
                    body,
                    "application/json",
                    only_if_new=there is None,
                    only_if_etag=there.etag if there else None,
                    cache_control=STATE_CACHE,
                )
            except (ObjectExists, ObjectChanged):
                continue
            return
        message = f"{key} was written by others {MAX_ROUNDS} times in a row"
        raise RuntimeError(message)


def calendar_entry(show: Show, *, site_url: str, now: datetime) -> bytes:
    """An iCalendar file: its UID stays for ever, SEQUENCE grows when the entry changes."""
    from icalendar import Calendar, Event  # noqa: PLC0415  # heavy, and only publishing needs it

    event = Event()
    event.add("uid", f"{show.show_id}@{urlsplit(site_url).hostname}")
    event.add("sequence", show.page_sequence)
    event.add("dtstamp", now)
    event.add("dtstart", show.starts_at)
    event.add("dtend", show.starts_at + timedelta(minutes=show.minutes))
    event.add("summary", show.title)
    event.add("description", show.description or f"{show.host_name} shows {show.brand_name} live.")
    event.add("url", site_url + page_path(show.slug))
    event.add("status", "CANCELLED" if show.state is ShowState.CANCELLED else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", "-//Primetime//Shows//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())

"""What viewers see of a show: the view model of its page, the small state that their pages poll, structured data, its address.

Pure: text and values in, text and values out. Everything for people is formatted here, so that the template only lays it out.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.core.clock import iso
from chalicelib.core.money import for_people, to_major
from chalicelib.shows.rules import LineUpItem, Show, ShowState, next_poll_seconds, on_stage, plan

MAX_SLUG_CHARACTERS = 60
MAX_STRUCTURED_ITEMS = 20
"""Search engines read the first items; more would only make the page heavier than its budget."""
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
HEADLINES = {
    ShowState.DRAFT: "Preview: not published yet",
    ShowState.PUBLISHED: "Coming up",
    ShowState.LIVE: "Live now",
    ShowState.ENDED: "This show has ended",
    ShowState.CANCELLED: "This show was cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCard:
    """A product of the line-up as people read it."""

    sku: str
    title: str
    price: str
    link: str | None
    on_stage: bool = False
    deal_price: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """When a product came on stage, counted from the start of the show: ``12:05``."""

    offset: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoCard:
    """A link to the platform; with `frame_url` the page can show it in place after a click."""

    platform: str
    watch_url: str
    frame_url: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowPage:
    """The public page."""

    title: str
    description: str
    brand: str
    host: str
    state: str
    headline: str
    starts_at: str
    starts_for_people: str
    length: str
    canonical: str
    path: str
    indexed: bool
    version: int
    poll_seconds: int
    line_up: tuple[ProductCard, ...]
    stage: ProductCard | None
    chapters: tuple[Chapter, ...]
    video: VideoCard | None
    structured: tuple[dict[str, Any], ...]


def slugs(title: str, starts_at: datetime, timezone: str, show_id: str) -> tuple[str, ...]:
    """Addresses to try, best first: title and day, then numbered, at last with the show's id, which nobody else can have."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain)[:MAX_SLUG_CHARACTERS].strip("-") or "show"
    first = f"{words}-{starts_at.astimezone(ZoneInfo(timezone)):%Y-%m-%d}"
    return (first, f"{first}-2", f"{first}-3", f"{first}-{show_id.rpartition('_')[2].lower()}")


def price(minor: int, currency: str) -> str:
    """``£12.50``, or ``12.50 CHF`` where no symbol is common."""
    text = for_people(minor, currency)
    return f"{SYMBOLS[currency]}{text}" if currency in SYMBOLS else f"{text} {currency}"


def page_path(slug: str) -> str:
    """Where a show's page is on our site."""
    return f"/shows/{slug}/"


def show_page(show: Show, *, site_url: str, now: datetime) -> ShowPage:
    """The page as it is at `now`."""
    stage = on_stage(show, now)
    deal = None if stage is None or stage.deal_until is None or now >= stage.deal_until else stage.deal_price_minor
    cards = tuple(_card(item, stage.sku if stage else None, deal) for item in show.line_up)
    zone = ZoneInfo(show.timezone)
    return ShowPage(
        title=show.title,
        description=show.description or f"{show.host_name} shows {show.brand_name} live.",
        brand=show.brand_name,
        host=show.host_name,
        state=show.state.value,
        headline=HEADLINES[show.state],
        starts_at=iso(show.starts_at),
        starts_for_people=f"{show.starts_at.astimezone(zone):%A %-d %B %Y, %H:%M} ({show.timezone.replace('_', ' ')})",
        length=f"{show.minutes} minutes",
        canonical=site_url + page_path(show.slug),
        path=page_path(show.slug),
        indexed=show.state is not ShowState.DRAFT,
        version=show.version,
        poll_seconds=next_poll_seconds(show, now),
        line_up=cards,
        stage=next((card for card in cards if card.on_stage), None),
        chapters=_chapters(show) if show.state is ShowState.ENDED else (),
        video=_video(show, site_url),
        structured=(_event(show, site_url), _items(show)),
    )


def state_document(show: Show, now: datetime) -> bytes:
    """What viewers' pages poll: small, with a version that only grows, and the plan with absolute times."""
    document = {
        "version": show.version,
        "state": show.state.value,
        "headline": HEADLINES[show.state],
        "starts_at": iso(show.starts_at),
        "poll_seconds": next_poll_seconds(show, now),
        "plan": [
            {"sku": pin.sku, "at": iso(pin.at)}
            | (
                {"deal_price": price(pin.deal_price_minor, show.currency), "deal_until": iso(pin.deal_until)}
                if pin.deal_price_minor is not None and pin.deal_until is not None
                else {}
            )
            for pin in _since(show, now)
        ]
        if show.state is ShowState.LIVE
        else [],
    }
    return msgspec.json.encode(document)


def sitemap(site_url: str, slugs_in_order: Sequence[str]) -> str:
    """The list of published pages for search engines. Addresses are made of letters, digits and hyphens, so nothing needs escaping."""
    entries = "".join(f"<url><loc>{site_url}{page_path(slug)}</loc></url>\n" for slug in slugs_in_order)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'


def _since(show: Show, now: datetime) -> list[Any]:
    """What is on stage and what comes: pages need nothing of the past."""
    pins = plan(show)
    past = [place for place, pin in enumerate(pins) if pin.at <= now]
    return list(pins[past[-1] if past else 0 :])


def _card(item: LineUpItem, stage_sku: str | None, deal_minor: int | None) -> ProductCard:
    on = item.sku == stage_sku
    return ProductCard(
        sku=item.sku,
        title=item.title,
        price=price(item.price_minor, item.currency),
        link=item.link,
        on_stage=on,
        deal_price=price(deal_minor, item.currency) if on and deal_minor is not None else None,
    )


def clock_offset(seconds: int) -> str:
    """Minutes and seconds since the start, with hours when there are any: ``1:02:03``."""
    hours, rest = divmod(max(seconds, 0), 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def _chapters(show: Show) -> tuple[Chapter, ...]:
    titles = {item.sku: item.title for item in show.line_up}
    return tuple(Chapter(offset=clock_offset(entry.offset_seconds), title=titles[entry.sku]) for entry in show.log)


def _video(show: Show, site_url: str) -> VideoCard | None:
    if show.video is None:
        return None
    frame = show.video.frame_url(urlsplit(site_url).hostname or "")
    return VideoCard(platform=show.video.platform_name, watch_url=show.video.watch_url, frame_url=frame)


def _event(show: Show, site_url: str) -> dict[str, Any]:
    status = "EventCancelled" if show.state is ShowState.CANCELLED else "EventScheduled"
    url = site_url + page_path(show.slug)
    return {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": show.title,
        "startDate": iso(show.starts_at),
        "endDate": iso(show.starts_at + timedelta(minutes=show.minutes)),
        "eventStatus": f"https://schema.org/{status}",
        "eventAttendanceMode": "https://schema.org/OnlineEventAttendanceMode",
        "location": {"@type": "VirtualLocation", "url": show.video.watch_url if show.video else url},
        "organizer": {"@type": "Organization", "name": show.brand_name},
        "performer": {"@type": "Person", "name": show.host_name},
        "url": url,
    }


def _items(show: Show) -> dict[str, Any]:
    return {
        "@context": "https://schema.org",
        "@type": "ItemList",
        "itemListElement": [
            {"@type": "ListItem", "position": place, "item": _product(item)}
            for place, item in enumerate(show.line_up[:MAX_STRUCTURED_ITEMS], start=1)
        ],
    }


def _product(item: LineUpItem) -> dict[str, Any]:
    product: dict[str, Any] = {
        "@type": "Product",
        "sku": item.sku,
        "name": item.title,
        "offers": {"@type": "Offer", "price": to_major(item.price_minor, item.currency), "priceCurrency": item.currency},
    }
    if item.link is not None:
        product["offers"]["url"] = item.link
    return product

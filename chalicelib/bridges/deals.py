"""How a deal is brought together from features that do not know each other: applications with terms, templates with examples."""

import functools
from collections.abc import Mapping
from typing import Any, Protocol

import msgspec

from chalicelib.bridges.examples import EarningsOfExamples
from chalicelib.bridges.features import FactsOfShows, SalesOfShows
from chalicelib.contracts.applied import Applied
from chalicelib.contracts.service import Contracts
from chalicelib.contracts.template_service import Templates
from chalicelib.contracts.template_store import TemplateStore
from chalicelib.contracts.terms_input import read_terms
from chalicelib.core.clock import Clock
from chalicelib.directory.service import Directory
from chalicelib.matching.approach_service import Approaches
from chalicelib.matching.approach_store import ApproachStore
from chalicelib.matching.service import Matching
from chalicelib.matching.store import BriefStore
from chalicelib.sales.service import Sales
from chalicelib.shows.service import Shows


class House(Protocol):
    """The features that a deal brings together; each is built when it is first asked."""

    @property
    def directory(self) -> Directory:
        """Who speaks for whom."""
        ...

    @property
    def matching(self) -> Matching:
        """Briefs."""
        ...

    @property
    def contracts(self) -> Contracts:
        """Terms and offers."""
        ...

    @property
    def shows(self) -> Shows:
        """Shows that are over."""
        ...

    @property
    def sales(self) -> Sales:
        """What they sold."""
        ...

    @property
    def clock(self) -> Clock:
        """Business time."""
        ...


class Deals:
    """What comes before an offer, and what helps to make one."""

    def __init__(self, house: House) -> None:
        """Each service is built when it is first asked for."""
        self._house = house

    @functools.cached_property
    def approaches(self) -> Approaches:
        """Invitations, applications and questions, with the terms of applications read as contracts read them."""
        house = self._house
        return Approaches(
            store=ApproachStore(),
            briefs=BriefStore(),
            matching=house.matching,
            directory=house.directory,
            check_terms=self._check_terms,
            clock=house.clock,
        )

    @functools.cached_property
    def applied(self) -> Applied:
        """Applications that become offers."""
        return Applied(offers=self._house.contracts.offers, approaches=self.approaches, directory=self._house.directory)

    @functools.cached_property
    def templates(self) -> Templates:
        """Templates of terms, with examples computed as earnings are."""
        house = self._house
        examples = EarningsOfExamples(
            of_host=lambda creator_id: house.shows.of_host(creator_id),  # noqa: PLW0108  # built when an example is asked for
            shows=FactsOfShows(house.shows, house.contracts),
            sales=SalesOfShows(house.sales, house.shows, house.directory),
        )
        return Templates(store=TemplateStore(), directory=house.directory, would_have_paid=examples, clock=house.clock)

    def _check_terms(self, raw: Mapping[str, Any], currency: str, creator_id: str) -> Mapping[str, Any]:
        terms = self._house.contracts.offers.checked(read_terms(raw), currency, creator_id)
        full: dict[str, Any] = msgspec.to_builtins(terms)
        return full

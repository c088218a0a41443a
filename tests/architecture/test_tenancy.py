"""No id opens another tenant's door: the real views are asked for things of others, and for the same things by those whose they are."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import msgspec
import pytest

import app
from chalicelib.adapters.dynamo import Transaction
from chalicelib.core.access import ALLOWED, Principal, Role
from chalicelib.directory.rules import TenantKind
from chalicelib.matching.approach_store import ApproachStore
from chalicelib.matching.approaches import Application, ApplicationState, Question
from chalicelib.payouts.refund_store import RefundStore
from chalicelib.payouts.rules.prepaid_refunds import RefundOfPrepaid, RefundOfPrepaidState
from chalicelib.web.routes import answer_with
from tests.architecture.routes import GUARDED, PLATFORM, Caller, name_of
from tests.fakes.console import Market, console, market, tenant
from tests.unit.planning_kit import connect, evening, planned, post_brief

__all__ = ["console", "market"]

OF_EVERYBODY = {
    "/api/v1/creators/{creator_id}",  # a host's profile is there to be found by brands
    "/api/v1/creators/{creator_id}/slots",  # so are the times when they are free
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """A brand's and a host's things, and people of other tenants in every role that is not the marketplace's."""

    ids: Mapping[str, str]
    others: Mapping[Role, Principal]
    bodies: Mapping[str, Mapping[str, Any]]
    """By path, a body that would be taken from those whose things they are."""


@pytest.fixture
def deal(market: Market) -> Deal:
    """Everything there can be an id of: a brief, an offer, a contract, a show, an import, a payment, settlements, a refund."""
    contract = market.funded()
    found = market.console.services
    found.payouts.settlements.prepare(market.preparer, "GBP")
    (settlement, *_) = found.payouts.settlements.listed(market.approver)
    (funding, *_) = found.payouts.fundings.of_contract(market.brand, contract.contract_id)
    (imported, *_) = found.sales.list(market.brand, None)
    found.payouts.tax_invoices.request("2011-01")
    market.console.work()
    refund_id = _refund_of(contract.contract_id, market)
    connect(market, market.host)
    brief_id = post_brief(market, market.brand, "Spring", evening(days=60))
    plan = planned(market, market.brand, brief_id)
    assert plan.outcome is not None
    template = found.deals.templates.save(market.brand, "Ours", "", market.terms(), "")
    question = _question_of(market, brief_id)
    number = next(
        each.number for each in found.payouts.tax_invoices.listed(market.host) if each.account.supplier_id == market.host.tenant_id
    )
    ids = {
        "brief_id": brief_id,
        "contract_id": contract.contract_id,
        "offer_id": contract.offer_id,
        "booking_id": contract.bookings[0].booking_id,
        "show_id": contract.bookings[0].show_id,
        "import_id": imported.import_id,
        "funding_id": funding.funding_id,
        "settlement_id": settlement.settlement_id,
        "creator_id": market.host.tenant_id,
        "number": number,
        "refund_id": refund_id,
        "template_id": template.template_id,
        "question_id": question.question_id,
        "plan_id": plan.run.plan_id,
        "slot_id": plan.outcome.places[0].slot_id,
        "proposal_id": "prp_none",
        "answer": "accept",
    }
    host = tenant(market.console, TenantKind.CREATOR, Role.CREATOR, "other_host")
    agency = tenant(market.console, TenantKind.AGENCY, Role.AGENCY_MANAGER, "other_agency")
    others = {
        Role.BRAND_OWNER: market.rival,
        Role.BRAND_BOOKER: market.console.member(market.rival.tenant_id, Role.BRAND_BOOKER, "other_booker"),
        Role.BRAND_VIEWER: market.console.member(market.rival.tenant_id, Role.BRAND_VIEWER, "other_viewer"),
        Role.CREATOR: host,
        Role.AGENCY_MANAGER: agency,
    }
    return Deal(ids=ids, others=others, bodies=_bodies(market, contract.document_sha256))


def _refund_of(contract_id: str, market: Market) -> str:
    """A refund that waits for approval, as if something had been left over."""
    refund = RefundOfPrepaid(
        refund_id="pbk_waiting",
        contract_id=contract_id,
        brand_id=market.brand.tenant_id,
        currency="GBP",
        amount_minor=100,
        reason="left over",
        state=RefundOfPrepaidState.PREPARED,
        prepared_by=market.preparer.user_id,
        prepared_at=market.console.services.clock.now(),
    )
    writes = Transaction()
    RefundStore().add(writes, refund)
    writes.commit()
    return refund.refund_id


def _question_of(market: Market, brief_id: str) -> Question:
    """What the host has asked and the brand was told, about the brief that the host is invited to."""
    store, now, host_id = ApproachStore(), market.console.services.clock.now(), market.host.tenant_id
    question = Question(question_id="qst_1", brief_id=brief_id, creator_id=host_id, text="When?", asked_at=now)
    brief = market.console.services.matching.brief(market.brand, brief_id)
    market.console.services.deals.approaches.invite(market.brand, brief.brief_id, host_id, "Come!")
    applied = Application(
        brief_id=brief.brief_id,
        brand_id=brief.brand_id,
        creator_id=host_id,
        message="I am free.",
        terms=None,
        state=ApplicationState.SENT,
        applied_at=now,
        applied_by=host_id,
    )
    writes = Transaction()
    store.add_question(writes, question, 1)
    store.put_application(writes, None, applied)
    writes.commit()
    return question


def _bodies(market: Market, document_sha256: str) -> Mapping[str, Mapping[str, Any]]:
    signature = {"document_sha256": document_sha256, "typed_name": "Somebody Real", "consent": True}
    return {
        "/contracts/{contract_id}/sign": {**signature, "consent": "true", "consent_version": "1"},
        "/api/v1/contracts/{contract_id}/sign": signature,
        "/contracts/{contract_id}/amendments/{version}/sign": {**signature, "consent": "true", "consent_version": "1"},
        "/api/v1/contracts/{contract_id}/amendments/{version}/sign": signature,
        "/api/v1/contracts/{contract_id}/amendments": {
            "terms": msgspec.to_builtins(market.terms(400_00)),
            "in_force_from": "2031-01-01T00:00:00Z",
        },
        "/api/v1/contracts/{contract_id}/decline": {"reason": "Too early"},
        "/contracts/{contract_id}/decline": {"reason": "Too early"},
        "/api/v1/contracts/{contract_id}/amendments/{version}/decline": {"reason": "Too early"},
        "/contracts/{contract_id}/amendments/{version}/decline": {"reason": "Too early"},
        "/api/v1/contracts/{contract_id}/fundings": {"kind": "balance"},
        "/api/v1/offers/{offer_id}/accept": {"version": 1},
        "/api/v1/offers/{offer_id}/counter": {"version": 1, "terms": msgspec.to_builtins(market.terms(400_00))},
        "/api/v1/offers/{offer_id}/decline": {"version": 1},
        "/api/v1/offers/{offer_id}/withdraw": {"version": 1},
        "/api/v1/briefs/{brief_id}/visibility": {"visibility": "private"},
        "/api/v1/briefs/{brief_id}/invitations": {"creator_id": market.host.tenant_id, "message": "Come!"},
        "/api/v1/briefs/{brief_id}/applications/{creator_id}/decline": {"reason": "No."},
        "/api/v1/briefs/{brief_id}/questions/{question_id}/answer": {"text": "Soon."},
        "/api/v1/creators/{creator_id}/briefs/{brief_id}/answer": {"interested": True},
        "/api/v1/creators/{creator_id}/briefs/{brief_id}/application": {"message": "I am free."},
        "/api/v1/creators/{creator_id}/briefs/{brief_id}/questions": {"text": "When?"},
        "/api/v1/terms-templates/{template_id}/rename": {"name": "Mine"},
        "/plans/{plan_id}/again": {"creator_id": market.host.tenant_id},
        "/plans/{plan_id}/offers": {"slot_id": "brf_x.1"},
        "/brand/briefs/{brief_id}/offers": {"creator_id": market.host.tenant_id},
        "/offers/{offer_id}/counter": {"version": 1, "fee": "400.00"},
        "/offers/{offer_id}/accept": {"version": 1},
        "/offers/{offer_id}/decline": {"version": 1},
        "/offers/{offer_id}/withdraw": {"version": 1},
        "/api/v1/creators/{creator_id}/calendars/{calendar_id}": {"ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"},
        "/api/v1/bookings/{booking_id}/cancellation": {"confirmed_minor": 0, "reason": "Ill"},
        "/api/v1/bookings/{booking_id}/no-show": {"confirmed_minor": 0, "statement": "Nobody came"},
        "/api/v1/bookings/{booking_id}/disputes": {"statement": "It was otherwise"},
        "/api/v1/bookings/{booking_id}/disputes/statements": {"statement": "It was otherwise"},
        "/console/bookings/{booking_id}/cancellation": {"confirmed_minor": 0, "reason": "Ill"},
        "/console/bookings/{booking_id}/no-show": {"confirmed_minor": 0, "reason": "Nobody came"},
        "/console/bookings/{booking_id}/disputes": {"about": "show", "statement": "It was otherwise"},
        "/console/bookings/{booking_id}/disputes/statements": {"statement": "It was otherwise"},
        "/api/v1/shows/{show_id}": {"title": "Taken over"},
        "/api/v1/shows/{show_id}/pins": {"sku": "22423"},
        "/api/v1/shows/{show_id}/make-ups": {"starts_at": "2031-01-01T19:00:00Z"},
        "/api/v1/bookings/{booking_id}/reschedules": {"starts_at": "2031-01-01T19:00:00Z"},
        "/console/bookings/{booking_id}/reschedules": {"starts_at": "2031-01-01 19:00"},
        "/console/bookings/{booking_id}/make-ups": {"starts_at": "2031-01-01 19:00"},
        "/console/bookings/{booking_id}/delivery": {"kind": "host_appears", "result": "met", "words": "The host appeared."},
        "/api/v1/shows/{show_id}/delivery": {"kind": "host_appears", "result": "met", "statement": "The host appeared."},
        "/console/shows/{show_id}": {"version": 1, "title": "Taken over"},
        "/console/shows/{show_id}/pins": {"sku": "22423"},
        "/console/shows/{show_id}/delivery": {"kind": "host_appears", "result": "met", "name": "The host appeared."},
    }


def _stored() -> dict[str, list[Any]]:
    """Every item of every table but the sessions, which asking itself touches."""
    client = boto3.client("dynamodb")
    names = client.list_tables()["TableNames"]
    pages = {name: client.get_paginator("scan").paginate(TableName=name) for name in names if not name.endswith("-sessions")}
    return {name: sorted((item for page in found for item in page["Items"]), key=repr) for name, found in pages.items()}


def test_another_tenants_ids_open_nothing_and_change_nothing(market: Market, deal: Deal) -> None:
    caller, before = Caller(market.console), _stored()
    answer_with(app.answer)
    asked = 0
    for declared in GUARDED:
        names = re.findall(r"{(\w+)}", declared.path)
        if not names or declared.path in OF_EVERYBODY:
            continue
        assert declared.action is not None
        for role in sorted(ALLOWED[declared.action] - PLATFORM):
            answer = caller.ask(declared, deal.others[role], deal.ids, deal.bodies.get(declared.path))
            assert answer.status_code == 404, (*name_of(declared), role, answer.body)
            asked += 1
    assert asked > 80
    assert _stored() == before


def test_the_same_ids_are_there_for_those_whose_they_are(market: Market, deal: Deal) -> None:
    caller = Caller(market.console)
    answer_with(app.answer)
    owners = {
        Role.BRAND_OWNER: market.brand,
        Role.BRAND_VIEWER: market.viewer,
        Role.CREATOR: market.host,
        Role.AGENCY_MANAGER: market.agency,
    }
    reads = [declared for declared in GUARDED if declared.method == "GET" and "{" in declared.path and declared.path not in OF_EVERYBODY]
    answers = {
        (*name_of(declared), role): caller.ask(declared, who, deal.ids).status_code
        for declared in reads
        for role, who in owners.items()
        if declared.action is not None and role in ALLOWED[declared.action] and "settlement" not in declared.path
    }
    assert {asked: status for asked, status in answers.items() if status not in {200, 303}} == {}
    assert len(answers) > 30

"""Who may do what: one table, read by the web layer and walked by the tests.

A `Principal` acts for one tenant in one role at a time. Stores build their keys from it, so no query can leave its tenant.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

PLATFORM_TENANT = "platform"
"""The marketplace itself: finance people and operators belong to it."""


class Role(StrEnum):
    """What a member may be within a tenant."""

    BRAND_OWNER = "brand_owner"
    BRAND_BOOKER = "brand_booker"
    BRAND_VIEWER = "brand_viewer"
    CREATOR = "creator"
    AGENCY_MANAGER = "agency_manager"
    FINANCE_ANALYST = "finance_analyst"
    FINANCE_PREPARER = "finance_preparer"
    FINANCE_APPROVER = "finance_approver"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is acting, for which tenant (`brd_...`, `crt_...`, `agy_...` or ``platform``), in which role."""

    user_id: str
    email: str
    tenant_id: str
    role: Role


BRAND_WRITERS = frozenset({Role.BRAND_OWNER, Role.BRAND_BOOKER})
BRAND = BRAND_WRITERS | {Role.BRAND_VIEWER}
CREATORS = frozenset({Role.CREATOR})
AGENCIES = frozenset({Role.AGENCY_MANAGER})
PREPARERS = frozenset({Role.FINANCE_PREPARER})
APPROVERS = frozenset({Role.FINANCE_APPROVER})
FINANCE = frozenset({Role.FINANCE_ANALYST, Role.FINANCE_PREPARER, Role.FINANCE_APPROVER})
OPERATORS = frozenset({Role.OPERATOR})
PARTIES = BRAND_WRITERS | CREATORS | AGENCIES
EVERYONE = frozenset(Role)


class Action(StrEnum):
    """What can be done; each route declares one."""

    CREATE_TENANT = "create_tenant"
    SEE_OWN_ACCOUNT = "see_own_account"
    ADD_MEMBERS = "add_members"
    APPROVE_TENANTS = "approve_tenants"
    EDIT_PRODUCTS = "edit_products"
    SEE_PRODUCTS = "see_products"
    EDIT_PROFILE = "edit_profile"
    EDIT_AVAILABILITY = "edit_availability"
    POST_BRIEF = "post_brief"
    SEE_MATCHES = "see_matches"
    SEE_OPEN_BRIEFS = "see_open_briefs"
    INVITE = "invite"
    MAKE_OFFER = "make_offer"
    APPLY = "apply"
    SEE_TEMPLATES = "see_templates"
    EDIT_TEMPLATES = "edit_templates"
    ASK_PLAN = "ask_plan"
    SEE_PLANS = "see_plans"
    SEE_SLOTS = "see_slots"
    NEGOTIATE = "negotiate"
    SEE_DEAL = "see_deal"
    SIGN = "sign"
    FUND = "fund"
    EDIT_SHOW = "edit_show"
    SEE_SHOW = "see_show"
    RECORD_DELIVERY = "record_delivery"
    MOVE_SHOW = "move_show"
    CANCEL_BOOKING = "cancel_booking"
    REPORT_NO_SHOW = "report_no_show"
    DISPUTE_BOOKING = "dispute_booking"
    DECIDE_DISPUTES = "decide_disputes"
    UPLOAD_SALES = "upload_sales"
    SEE_SALES = "see_sales"
    SEE_EARNINGS = "see_earnings"
    SEE_TAX_INVOICES = "see_tax_invoices"
    PREPARE_SETTLEMENT = "prepare_settlement"
    APPROVE_SETTLEMENT = "approve_settlement"
    VOID_SETTLEMENT = "void_settlement"
    SEE_SETTLEMENTS = "see_settlements"
    PROPOSE_REVERSAL = "propose_reversal"
    APPROVE_REVERSAL = "approve_reversal"
    RECONCILE = "reconcile"
    CLOSE_PERIOD = "close_period"
    PROPOSE_WRITE_OFF = "propose_write_off"
    APPROVE_WRITE_OFF = "approve_write_off"
    SEE_LEDGER = "see_ledger"
    PREPARE_REFUND = "prepare_refund"
    APPROVE_REFUND = "approve_refund"
    SEE_REFUNDS = "see_refunds"
    SEE_INVOICES = "see_invoices"
    SEE_OWN_FUNDS = "see_own_funds"
    CONNECT_PAYOUTS = "connect_payouts"
    SET_CLOCK = "set_clock"
    SEE_HEALTH = "see_health"


ALLOWED: Mapping[Action, frozenset[Role]] = {
    Action.CREATE_TENANT: EVERYONE,
    Action.SEE_OWN_ACCOUNT: EVERYONE,
    Action.ADD_MEMBERS: frozenset({Role.BRAND_OWNER, Role.CREATOR, Role.AGENCY_MANAGER, Role.OPERATOR}),
    Action.APPROVE_TENANTS: OPERATORS,
    Action.EDIT_PRODUCTS: BRAND_WRITERS,
    Action.SEE_PRODUCTS: BRAND,
    Action.EDIT_PROFILE: CREATORS | AGENCIES,
    Action.EDIT_AVAILABILITY: CREATORS | AGENCIES,
    Action.POST_BRIEF: BRAND_WRITERS,
    Action.SEE_MATCHES: BRAND,
    Action.SEE_OPEN_BRIEFS: CREATORS | AGENCIES,
    Action.INVITE: BRAND_WRITERS,
    Action.MAKE_OFFER: BRAND_WRITERS,
    Action.APPLY: CREATORS | AGENCIES,
    Action.SEE_TEMPLATES: BRAND | CREATORS | AGENCIES,
    Action.EDIT_TEMPLATES: BRAND_WRITERS,
    Action.ASK_PLAN: BRAND_WRITERS | OPERATORS,
    Action.SEE_PLANS: BRAND | OPERATORS,
    Action.SEE_SLOTS: BRAND | CREATORS | AGENCIES,
    Action.NEGOTIATE: PARTIES,
    Action.SEE_DEAL: BRAND | CREATORS | AGENCIES | FINANCE | OPERATORS,
    Action.SIGN: frozenset({Role.BRAND_OWNER, Role.BRAND_BOOKER, Role.CREATOR}),
    Action.FUND: frozenset({Role.BRAND_OWNER, Role.BRAND_BOOKER}),
    Action.EDIT_SHOW: BRAND_WRITERS,
    Action.SEE_SHOW: BRAND | CREATORS | AGENCIES | OPERATORS | FINANCE,
    Action.RECORD_DELIVERY: BRAND_WRITERS | CREATORS | OPERATORS,
    Action.MOVE_SHOW: PARTIES,
    Action.CANCEL_BOOKING: PARTIES,
    Action.REPORT_NO_SHOW: BRAND_WRITERS | OPERATORS,
    Action.DISPUTE_BOOKING: PARTIES,
    Action.DECIDE_DISPUTES: OPERATORS,
    Action.UPLOAD_SALES: BRAND_WRITERS | FINANCE,
    Action.SEE_SALES: BRAND | FINANCE,
    Action.SEE_EARNINGS: BRAND | CREATORS | AGENCIES | FINANCE,
    Action.SEE_TAX_INVOICES: BRAND | CREATORS | FINANCE,
    Action.PREPARE_SETTLEMENT: PREPARERS,
    Action.APPROVE_SETTLEMENT: APPROVERS,
    Action.VOID_SETTLEMENT: PREPARERS | APPROVERS,
    Action.SEE_SETTLEMENTS: FINANCE | CREATORS | AGENCIES,
    Action.PROPOSE_REVERSAL: PREPARERS | APPROVERS,
    Action.APPROVE_REVERSAL: APPROVERS,
    Action.RECONCILE: FINANCE,
    Action.CLOSE_PERIOD: APPROVERS,
    Action.PROPOSE_WRITE_OFF: PREPARERS | APPROVERS,
    Action.APPROVE_WRITE_OFF: APPROVERS,
    Action.SEE_LEDGER: FINANCE,
    Action.PREPARE_REFUND: PREPARERS,
    Action.APPROVE_REFUND: APPROVERS,
    Action.SEE_REFUNDS: BRAND | FINANCE,
    Action.SEE_INVOICES: BRAND | FINANCE,
    Action.SEE_OWN_FUNDS: BRAND,
    Action.CONNECT_PAYOUTS: CREATORS | AGENCIES,
    Action.SET_CLOCK: OPERATORS,
    Action.SEE_HEALTH: OPERATORS,
}


def may(role: Role, action: Action) -> bool:
    """Whether a member in this role may do this within their own tenant."""
    return role in ALLOWED[action]

"""The manifest says why a settlement is as large as it is: components and buckets since the last one, to the penny."""

import hashlib
from dataclasses import replace

from chalicelib.payouts.records import Manifest, Reached
from chalicelib.payouts.rules.funding import FundingKind
from chalicelib.payouts.rules.manifests import version_of
from chalicelib.payouts.service import manifest_findings
from chalicelib.payouts.store import PayoutsStore
from tests.fakes.deals import AGENCY, HOST, OWNER, PREPARER, House, sale
from tests.unit.settlement_kit import fund, house

__all__ = ["house"]


def manifests(house: House) -> dict[str, Manifest]:
    """A run's manifests by payee."""
    run = house.payouts.settlements.prepare(PREPARER, "GBP")
    return {each.payee_id: house.payouts.manifest(each) for each in run.settlements}


def parts(made: dict[str, Manifest]) -> dict[str, tuple[int, int, int]]:
    """What the one contract adds for each payee: its share, what of it is held, what is paid."""
    return {
        payee: (contract.share_since_minor, contract.held_since_minor, contract.amount_minor)
        for payee, manifest in made.items()
        for contract in manifest.contracts
    }


def reached() -> Reached:
    accrual = PayoutsStore().accrual("ctr_1")
    assert accrual is not None
    return Reached(statement_key=accrual.statement_key, statement_sha256=accrual.statement_sha256)


def test_the_first_manifest_lists_all_components_and_the_versions_of_their_buckets(house: House) -> None:
    manifest = manifests(house)[HOST]
    (contract,) = manifest.contracts
    assert {each.component: (each.since_minor, each.to_date_minor) for each in contract.components} == {
        "commission:all": (100_00, 100_00),
        "flat_fee": (100_00, 100_00),
        "platform_fee_on_top": (20_00, 20_00),
    }
    assert (contract.share_since_minor, contract.held_since_minor, contract.amount_minor) == (160_00, 0, 160_00)
    assert (contract.statement, contract.since) == (reached(), None)
    (bucket,) = contract.buckets
    assert (bucket.show_id, bucket.rule_id, bucket.base_kept_before_minor, bucket.base_kept_minor) == ("shw_1", "all", 0, 1_000_00)
    (folded,) = house.payouts.accruals.computed("ctr_1", house.payouts._store.accrual("ctr_1").as_of).buckets  # type: ignore[union-attr]
    assert bucket.version == version_of(folded)
    assert hashlib.sha256(house.bucket.objects[contract.statement.statement_key]).hexdigest() == contract.statement.statement_sha256


def test_the_next_manifest_lists_what_has_changed_since(house: House) -> None:
    first = manifests(house)[HOST]
    house.market.sales.append(sale("l3", 150_00))
    fund(house)
    second = manifests(house)[HOST]
    (contract,) = second.contracts
    assert {each.component: (each.since_minor, each.to_date_minor) for each in contract.components} == {
        "commission:all": (15_00, 115_00),
        "platform_fee_on_top": (1_50, 21_50),
    }
    assert (contract.share_since_minor, contract.held_since_minor, contract.amount_minor) == (12_00, 0, 12_00)
    assert contract.since == first.reached["ctr_1"]
    (before,), (after,) = first.contracts[0].buckets, contract.buckets
    assert (after.base_kept_before_minor, after.base_kept_minor) == (1_000_00, 1_150_00)
    assert before.version != after.version
    assert house.problems() == []


def test_what_the_brand_has_not_paid_for_is_held_and_comes_with_a_later_settlement(house: House) -> None:
    """The platform's 20.00 were paid for and pay the payees first; then the brand pays 50.00, then the rest.

    With the agency's 4.00, which nobody took yet, 54.00 are shared in proportion to what is lacking: 64.00 and 20.00.
    """
    manifests(house)
    house.market.sales.append(sale("l3", 1_000_00))
    house.payouts.accruals.accrue("ctr_1")
    assert parts(manifests(house)) == {HOST: (80_00, 64_00, 16_00)}, "4.00 for the agency are below the minimum"
    funding = house.payouts.fundings.request(OWNER, "ctr_1", FundingKind.BALANCE)
    house.work()
    checkout = f"cs_{funding.funding_id}"
    house.stripe.checkouts[checkout] = replace(house.stripe.checkouts[checkout], amount_minor=50_00)
    house.stripe.pay(checkout)
    house.payouts.fundings.observe(house.stripe.checkout(checkout))
    house.work()
    assert parts(manifests(house)) == {HOST: (0, -41_14, 41_14), AGENCY: (20_00, 7_14, 12_86)}
    fund(house)
    (rest,) = manifests(house)[HOST].contracts
    assert (rest.components, rest.buckets) == ((), ()), "nothing more was earned"
    assert (rest.share_since_minor, rest.held_since_minor, rest.amount_minor) == (0, -22_86, 22_86)
    assert house.problems() == []


def test_a_manifest_whose_contracts_do_not_add_up_is_found(house: House) -> None:
    run = house.payouts.settlements.prepare(PREPARER, "GBP")
    settlement = next(each for each in run.settlements if each.payee_id == HOST)
    manifest = house.payouts.manifest(settlement)
    assert manifest_findings(settlement, manifest) == []
    (contract,) = manifest.contracts
    altered = replace(manifest, contracts=(replace(contract, held_since_minor=1),))
    assert [finding.drift_minor for finding in manifest_findings(settlement, altered)] == [-1]


def test_a_bucket_that_is_gone_keeps_nothing(house: House) -> None:
    manifests(house)
    house.market.sales[:] = [sale("l9", 2_000_00, at=house.market.sales[0].ordered_at.replace(day=4))]
    fund(house)
    (contract,) = manifests(house)[HOST].contracts
    assert [(each.base_kept_before_minor, each.base_kept_minor, each.version == "") for each in contract.buckets] == [
        (1_000_00, 0, True),
        (0, 2_000_00, False),
    ]

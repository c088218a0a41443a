"""What may go back to a brand, and over which charges."""

from datetime import UTC, datetime

import pytest

from chalicelib.payouts.rules.positions import ContractEarnings, Funds, PayeeShare, ShowEarnings, unused_minor
from chalicelib.payouts.rules.prepaid_refunds import ChargesTooSmall, over_charges, part_of_reference


@pytest.mark.parametrize(
    ("amount", "refundable", "shares"),
    [
        (50, [60, 100], {"c0": 50}),
        (60, [60, 100], {"c0": 60}),
        (160, [60, 100], {"c0": 60, "c1": 100}),
        (70, [0, 60, -5, 100], {"c1": 60, "c3": 10}),
    ],
)
def test_a_refund_goes_over_as_many_charges_as_it_needs(amount: int, refundable: list[int], shares: dict[str, int]) -> None:
    assert over_charges(amount, [(f"c{place}", minor) for place, minor in enumerate(refundable)], "GBP") == shares


def test_charges_that_do_not_suffice_say_what_they_can_give() -> None:
    with pytest.raises(ChargesTooSmall, match=r"give back 0\.60 GBP"):
        over_charges(61, [("c", 60)], "GBP")


@pytest.mark.parametrize("reference", ["", "pbk_1", "pbk_1-", "pbk_1-x", "fnd_1-1"])
def test_a_reference_of_another_kind_names_no_part(reference: str) -> None:
    assert part_of_reference(reference) is None


def test_what_a_payee_holds_and_owes_back_is_not_unused() -> None:
    earned = ContractEarnings(
        contract_id="c",
        brand_id="b",
        currency="GBP",
        shows=(
            ShowEarnings(
                show_id="s",
                starts_at=datetime(2011, 1, 2, 12, tzinfo=UTC),
                payees=(PayeeShare(payee_id="p", earned_minor=40, matured_minor=40),),
                fee_earned_minor=5,
                fee_matured_minor=5,
            ),
        ),
    )
    assert unused_minor(earned, Funds(received_minor=100, locked_minor={})) == 55
    assert unused_minor(earned, Funds(received_minor=100, locked_minor={"p": 70})) == 25
    assert unused_minor(earned, Funds(received_minor=30, locked_minor={})) == 0

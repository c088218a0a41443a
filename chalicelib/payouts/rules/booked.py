"""A statement in the words of the books."""

from chalicelib.payouts.earnings import ShowFacts, Statement
from chalicelib.payouts.ports import ContractParties
from chalicelib.payouts.rules.positions import ContractEarnings, PayeeShare, ShowEarnings

TAX_ON_DOCUMENTS = "~tax"
"""The pseudo show, after all others, that carries the tax of the contract's documents."""


def as_booked(parties: ContractParties, shows: tuple[ShowFacts, ...], statement: Statement) -> ContractEarnings:
    """A statement in the words of the books. Tax belongs to documents of the whole contract, so it stands after the last show."""
    starts = {show.show_id: show.scheduled_start for show in shows}
    of_shows = [
        ShowEarnings(
            show_id=show.show_id,
            starts_at=starts[show.show_id],
            payees=tuple(
                PayeeShare(payee_id=share.payee_id, earned_minor=share.earned_minor, matured_minor=share.matured_minor)
                for share in show.shares
            ),
            fee_earned_minor=show.platform_fee.earned_minor,
            fee_matured_minor=show.platform_fee.matured_minor,
            disputed=show.disputed,
        )
        for show in statement.shows
    ]
    host_tax = [line.tax for line in statement.tax if line.document == "host_invoice"]
    fee_tax = [line.tax for line in statement.tax if line.document == "platform_fee"]
    if host_tax or fee_tax:
        share = PayeeShare(
            payee_id=parties.creator_id,
            earned_minor=sum(tax.earned_minor for tax in host_tax),
            matured_minor=sum(tax.matured_minor for tax in host_tax),
        )
        of_shows.append(
            ShowEarnings(
                show_id=TAX_ON_DOCUMENTS,
                starts_at=max(starts.values()),
                payees=(share,),
                fee_tax_earned_minor=sum(tax.earned_minor for tax in fee_tax),
                fee_tax_matured_minor=sum(tax.matured_minor for tax in fee_tax),
            )
        )
    return ContractEarnings(
        contract_id=statement.contract_id, brand_id=parties.brand_id, currency=statement.currency, shows=tuple(of_shows)
    )

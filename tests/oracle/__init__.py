"""The oracle: what the demo must come to, worked out a second time, in SQL, from the sales file and the scenario alone.

It shares no code with `chalicelib`. The rules are those of the product's money specification; DuckDB does all arithmetic on whole
numbers (`sql/*.sql`, run in the order of their names), Python only reads the two files and hands rows over.

`expected(csv_path, scenario_path, as_of)` returns a dictionary with

- `as_of`: the instant asked for, in UTC; `file`: the upload known by then (its step's `file`), or None when there was none yet;
- `rows`: `accepted` (readable rows), `rejected`, `not_a_sale` (no goods, or free), `cancellations` (of goods), `attributed`,
  `unattributed` (sales of goods with and without a show), `orphans` (cancellations that found no sale for all their units),
  `ties`; accepted = not_a_sale + cancellations + attributed + unattributed. Their values: `orphan_units`, `orphan_minor`,
  `unattributed_minor`;
- `links`: sorted texts `cancellation InvoiceNo,CODE,occurrence,sale InvoiceNo,occurrence,quantity`; `links_units`; `links_sha256` of the
  texts with a newline after each; `attributions`: sorted texts
  `InvoiceNo,CODE,quantity,YYYY-MM-DDTHH:MM,UnitPrice,occurrence,show slug`, and `attributions_sha256` likewise;
- `shows[slug]`: `contract`, `lines`, `cancellations` (that reach its sales), `cancellations_after_maturity`, `gross_minor`,
  `refunds_minor`, `net_minor` (gross less every refund), `kept_minor` (what the contract counts: under `final` late refunds are
  not taken off), `components{name: minor}`, `matured_components{name: minor}`,
  `earned_minor`, `matured_minor`, `pending_minor` (before the split) and `shares{payee slug: {"earned", "matured"}}`.

Component names: `commission:{rule_id}`, `cap`, `flat_fee` (what is due by facts, before any give-back), `guarantee_give_back`,
`floor_top_up`, `bonus:{id}`, `platform_fee`. Signs are what a component does to the host's side: `cap`, `guarantee_give_back` and a
`taken` platform fee are negative or 0. An `on_top` platform fee is positive; the brand pays it and it is in no sum or share. A
component that the contract does not have is absent.

Dates and times are compared in the feed's zone, which must be each contract's too; `Unsupported` is raised for terms that
these statements do not cover, so that no number is ever half right.
"""

from tests.oracle.recompute import expected
from tests.oracle.scenario import Unsupported

__all__ = ["Unsupported", "expected"]

-- What each show sold and kept, and how much of it is matured, for its contract: by line first, then by (show, rule).
-- A line matures when its order day plus the window has ended; under `final` a refund later than that does not count.

CREATE OR REPLACE TABLE counted_refund AS
SELECT link.sale_row AS row_no, sum(link.units) AS units_back,
    coalesce(sum(link.units) FILTER (NOT (contract.refunds_after_maturity = 'final' AND c.ordered_at >= matures_at)), 0) AS units_counted,
    count(DISTINCT link.cancellation_row) AS cancellations,
    count(DISTINCT link.cancellation_row) FILTER (c.ordered_at >= matures_at) AS cancellations_after_maturity
FROM link
JOIN attributed ON attributed.row_no = link.sale_row
JOIN airing USING (slug)
JOIN contract ON contract.name = airing.contract
JOIN sale ON sale.row_no = link.sale_row
JOIN cancellation AS c ON c.row_no = link.cancellation_row,
LATERAL (SELECT date_trunc('day', sale.ordered_at) + to_days((contract.return_window_days + 1)::INTEGER) AS matures_at)
GROUP BY ALL;

CREATE OR REPLACE TABLE show_line AS
SELECT
    attributed.slug, airing.contract, airing.place, row_no, gross_minor,
    half_away((sale.units - coalesce(units_back, 0)) * price_micro, 10000) AS net_minor,
    half_away((sale.units - coalesce(units_counted, 0)) * price_micro, 10000) AS kept_minor,
    coalesce(cancellations, 0) AS cancellations,
    coalesce(cancellations_after_maturity, 0) AS cancellations_after_maturity,
    asked.as_of >= date_trunc('day', ordered_at) + to_days((contract.return_window_days + 1)::INTEGER) AS is_matured,
    (
        SELECT rule.rule_id FROM rule LEFT JOIN product ON product.code = sale.code
        WHERE rule.contract = airing.contract
            AND (len(rule.skus) = 0 OR list_contains(rule.skus, sale.code))
            AND (rule.category IS NULL OR rule.category = product.category)
        ORDER BY rule.place LIMIT 1
    ) AS rule_id
FROM attributed JOIN airing USING (slug) JOIN contract ON contract.name = airing.contract JOIN sale USING (row_no)
LEFT JOIN counted_refund USING (row_no), asked;

-- One row for every rule of every show of its contract, also where nothing was sold: later shows build on it.
CREATE OR REPLACE TABLE show_rule AS
SELECT airing.slug, airing.contract, airing.place, rule.rule_id, rule.mode, rule.accumulates_over,
    coalesce(sum(gross_minor), 0)::HUGEINT AS sold_all,
    coalesce(sum(kept_minor), 0)::HUGEINT AS kept_all,
    coalesce(sum(gross_minor) FILTER (is_matured), 0)::HUGEINT AS sold_matured,
    coalesce(sum(kept_minor) FILTER (is_matured), 0)::HUGEINT AS kept_matured
FROM airing JOIN rule USING (contract)
LEFT JOIN show_line ON show_line.slug = airing.slug AND show_line.rule_id = rule.rule_id
GROUP BY ALL;

-- Every other component, in the order of the contract, as what it does to the host's side (a cap and a give-back are negative).
-- Columns of `component`: earned (all that is due by facts and kept sales) and matured (what no open return window can take back).

CREATE OR REPLACE TABLE commission_sum AS
SELECT slug, contract, place, sum(earned) AS earned, sum(matured) AS matured FROM commission GROUP BY ALL;

CREATE OR REPLACE TABLE cap_row AS
WITH upto AS (
    SELECT slug, s.contract, place, cap_minor, CASE cap_scope WHEN 'contract' THEN '' ELSE slug END AS scope,
        sum(earned) OVER w AS earned_upto, sum(earned) OVER w - earned AS earned_before,
        sum(matured) OVER w AS matured_upto, sum(matured) OVER w - matured AS matured_before
    FROM commission_sum AS s JOIN contract ON contract.name = s.contract
    WHERE cap_minor IS NOT NULL
    WINDOW w AS (PARTITION BY s.contract, CASE cap_scope WHEN 'contract' THEN '' ELSE slug END ORDER BY place)
)
SELECT slug,
    least(0, cap_minor - earned_upto) - least(0, cap_minor - earned_before) AS earned,
    least(0, cap_minor - matured_upto) - least(0, cap_minor - matured_before) AS matured
FROM upto;

-- The fee of each show: its own, or the contract's spread evenly with the largest remainder in the order of shows.
CREATE OR REPLACE TABLE fee AS
SELECT slug, airing.contract, place,
    CASE fee_scope
        WHEN 'show' THEN fee_minor
        ELSE fee_minor // shows + CASE WHEN place <= fee_minor % shows THEN 1 ELSE 0 END
    END::HUGEINT AS whole_minor
FROM airing JOIN contract ON contract.name = airing.contract
JOIN (SELECT contract, count(*) AS shows FROM airing GROUP BY ALL) AS size ON size.contract = airing.contract
WHERE fee_minor IS NOT NULL;

CREATE OR REPLACE TABLE flat_fee AS
SELECT slug, whole_minor, half_away(whole_minor * due_basis_points, 10000) AS due_minor
FROM (
    SELECT fee.slug, whole_minor, coalesce(sum(part.basis_points), 0) AS due_basis_points
    FROM fee JOIN airing USING (slug) JOIN contract ON contract.name = fee.contract CROSS JOIN asked
    LEFT JOIN fee_part AS part ON part.contract = fee.contract AND (
        (part.due = 'signing' AND contract.signed_at <= asked.as_of)
        OR (part.due = 'show_completed' AND airing.completed_at <= asked.as_of)
        OR (part.due = 'returns_closed' AND airing.completed_at <= asked.as_of AND airing.returns_close_at <= asked.as_of)
    )
    GROUP BY fee.slug, whole_minor
);

-- Kept sales of a show, also those that no rule matches.
CREATE OR REPLACE TABLE kept AS
SELECT airing.slug, airing.contract, airing.place,
    coalesce(sum(kept_minor), 0)::HUGEINT AS all_minor,
    coalesce(sum(kept_minor) FILTER (is_matured), 0)::HUGEINT AS matured_minor
FROM airing LEFT JOIN show_line USING (slug) GROUP BY ALL;

CREATE OR REPLACE TABLE give_back AS
SELECT airing.slug,
    CASE WHEN asked.as_of >= airing.returns_close_at AND kept.all_minor < guarantee_minor
        THEN -half_away(whole_minor * (guarantee_minor - greatest(kept.all_minor, 0)), guarantee_minor) ELSE 0
    END AS minor
FROM airing JOIN contract ON contract.name = airing.contract JOIN kept USING (slug) JOIN fee USING (slug) CROSS JOIN asked
WHERE guarantee_minor IS NOT NULL;

CREATE OR REPLACE TABLE top_up AS
SELECT airing.slug,
    CASE WHEN asked.as_of >= airing.completed_at
        THEN greatest(0, floor_minor - coalesce(due_minor, 0) - c.earned - coalesce(cap_row.earned, 0)) ELSE 0
    END AS earned,
    CASE WHEN asked.as_of >= airing.completed_at
        THEN least(
            greatest(0, floor_minor - coalesce(due_minor, 0) - c.earned - coalesce(cap_row.earned, 0)),
            greatest(0, floor_minor - coalesce(due_minor, 0) - c.matured - coalesce(cap_row.matured, 0))
        ) ELSE 0
    END AS matured
FROM airing JOIN contract ON contract.name = airing.contract JOIN commission_sum AS c USING (slug) CROSS JOIN asked
LEFT JOIN flat_fee USING (slug) LEFT JOIN cap_row USING (slug)
WHERE floor_minor IS NOT NULL;

CREATE OR REPLACE MACRO paid(net, milestone, amount) AS CASE WHEN net >= milestone THEN amount ELSE 0 END;

CREATE OR REPLACE TABLE bonus_row AS
WITH upto AS (
    SELECT kept.slug, kept.contract, place, bonus_id, amount_minor, milestone_minor, scope,
        sum(all_minor) OVER w AS all_upto, sum(all_minor) OVER w - all_minor AS all_before,
        sum(matured_minor) OVER w AS matured_upto, sum(matured_minor) OVER w - matured_minor AS matured_before
    FROM kept JOIN bonus USING (contract)
    WINDOW w AS (PARTITION BY kept.contract, bonus_id, CASE scope WHEN 'contract' THEN '' ELSE slug END ORDER BY place)
)
SELECT slug, bonus_id,
    paid(all_upto, milestone_minor, amount_minor) - paid(all_before, milestone_minor, amount_minor) AS earned,
    least(paid(all_upto, milestone_minor, amount_minor), paid(matured_upto, milestone_minor, amount_minor))
    - least(paid(all_before, milestone_minor, amount_minor), paid(matured_before, milestone_minor, amount_minor)) AS matured
FROM upto;

CREATE OR REPLACE TABLE component AS
SELECT slug, 'commission:' || rule_id AS label, 1 AS position, earned, matured FROM commission
UNION ALL SELECT slug, 'cap', 2, earned, matured FROM cap_row
UNION ALL SELECT slug, 'flat_fee', 3, due_minor, due_minor FROM flat_fee
UNION ALL SELECT slug, 'guarantee_give_back', 4, minor, minor FROM give_back
UNION ALL SELECT slug, 'floor_top_up', 5, earned, matured FROM top_up
UNION ALL SELECT slug, 'bonus:' || bonus_id, 6, earned, matured FROM bonus_row;

-- The marketplace's share: taken from the sum (negative), or on top of it (positive, paid by the brand, outside the splits).
INSERT INTO component
SELECT slug, 'platform_fee', 7, direction * half_away(earned * fee_basis_points, 10000), direction * half_away(matured * fee_basis_points, 10000)
FROM (SELECT slug, sum(earned) AS earned, sum(matured) AS matured FROM component GROUP BY slug)
JOIN airing USING (slug) JOIN contract ON contract.name = airing.contract,
LATERAL (SELECT CASE platform_fee_mode WHEN 'taken' THEN -1 ELSE 1 END AS direction);

CREATE OR REPLACE TABLE to_share AS
SELECT airing.slug, airing.contract,
    coalesce(sum(earned) FILTER (label <> 'platform_fee' OR platform_fee_mode = 'taken'), 0)::HUGEINT AS earned,
    coalesce(sum(matured) FILTER (label <> 'platform_fee' OR platform_fee_mode = 'taken'), 0)::HUGEINT AS matured
FROM airing JOIN contract ON contract.name = airing.contract LEFT JOIN component USING (slug) GROUP BY ALL;

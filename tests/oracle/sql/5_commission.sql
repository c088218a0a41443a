-- Commission of each rule for each show: R(f(shows 1..k)) - R(f(shows 1..k-1)) where a rule accumulates over its contract,
-- R(f(show k)) where it does not. Tiers are worked in basis points times minor units: whole numbers until the one rounding.

CREATE OR REPLACE MACRO tier_value(mode, base, from_value, next_value, basis_points) AS
    CASE mode
        WHEN 'marginal' THEN basis_points * greatest(0, least(base, next_value) - from_value)
        ELSE CASE WHEN base >= from_value AND base < next_value THEN basis_points * base ELSE 0 END
    END::HUGEINT;

CREATE OR REPLACE TABLE total AS
SELECT slug, contract, place, rule_id, mode, accumulates_over, which, base,
    sum(base) OVER (PARTITION BY contract, rule_id, which, scope ORDER BY place) AS upto,
    sum(base) OVER (PARTITION BY contract, rule_id, which, scope ORDER BY place) - base AS before
FROM (
    SELECT *, CASE accumulates_over WHEN 'contract' THEN '' ELSE slug END AS scope
    FROM show_rule UNPIVOT (base FOR which IN (sold_all, kept_all, sold_matured, kept_matured))
);

CREATE OR REPLACE TABLE tier_amount AS  -- in minor units x 10,000
SELECT slug, contract, place, rule_id, which,
    sum(tier_value(mode, upto, from_value, next_value, basis_points)) AS upto,
    sum(tier_value(mode, before, from_value, next_value, basis_points)) AS before
FROM total JOIN tier USING (contract, rule_id)
GROUP BY ALL;

CREATE OR REPLACE TABLE gross_and_kept AS
SELECT slug, contract, place, rule_id, refund_policy, phase,
    max(upto) FILTER (side = 'kept') AS kept_upto, max(before) FILTER (side = 'kept') AS kept_before,
    max(upto - before) FILTER (side = 'sold') AS sold_difference
FROM (
    SELECT *, split_part(which, '_', 1) AS side, split_part(which, '_', 2) AS phase FROM tier_amount
) AS t JOIN contract ON contract.name = t.contract
GROUP BY ALL;

CREATE OR REPLACE TABLE commission AS
WITH by_phase AS (
    SELECT g.slug, g.contract, g.place, g.rule_id, g.phase,
        CASE refund_policy
            WHEN 'rerate' THEN half_away(kept_upto, 10000) - half_away(kept_before, 10000)
            ELSE CASE WHEN sold.base = 0 THEN 0 ELSE half_away(sold_difference * kept.base, 10000 * sold.base) END
        END AS minor
    FROM gross_and_kept AS g
    JOIN total AS sold ON sold.slug = g.slug AND sold.rule_id = g.rule_id AND sold.which = 'sold_' || g.phase
    JOIN total AS kept ON kept.slug = g.slug AND kept.rule_id = g.rule_id AND kept.which = 'kept_' || g.phase
), scoped AS (
    SELECT p.slug, p.contract, p.place, p.rule_id, phase, minor,
        sum(minor) OVER (
            PARTITION BY p.contract, p.rule_id, phase, CASE accumulates_over WHEN 'contract' THEN '' ELSE p.slug END ORDER BY p.place
        ) AS upto
    FROM by_phase AS p JOIN show_rule USING (slug, rule_id)
), cumulative AS (
    SELECT slug, contract, place, rule_id,
        sum(minor) FILTER (phase = 'all') AS earned,
        sum(upto) FILTER (phase = 'all') AS all_upto,
        sum(upto) FILTER (phase = 'matured') AS matured_upto
    FROM scoped GROUP BY ALL
), lower AS (
    SELECT cumulative.*, accumulates_over, least(all_upto, matured_upto) AS safe_upto
    FROM cumulative JOIN show_rule USING (slug, rule_id)
)
SELECT lower.slug, lower.contract, lower.place, lower.rule_id, earned,
    safe_upto - coalesce(lag(safe_upto) OVER (
        PARTITION BY lower.contract, lower.rule_id, CASE accumulates_over WHEN 'contract' THEN '' ELSE lower.slug END ORDER BY lower.place
    ), 0) AS matured
FROM lower;

-- The rest is split: largest remainder, ties by the payee's name, the host last; a negative rest is the mirror image.
-- Needs: `payee` (contract, payee, basis_points, is_host), the host holding what the agencies leave.

CREATE OR REPLACE TABLE share AS
WITH exact AS (
    SELECT slug, payee, is_host, phase, sign(rest)::HUGEINT AS side, abs(rest) AS size,
        abs(rest) * basis_points // 10000 AS whole, abs(rest) * basis_points % 10000 AS remainder
    FROM (SELECT * FROM to_share UNPIVOT (rest FOR phase IN (earned, matured))) JOIN payee USING (contract)
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY slug, phase ORDER BY remainder DESC, is_host, payee) AS place,
        size - sum(whole) OVER (PARTITION BY slug, phase) AS left_over
    FROM exact
)
SELECT slug, payee, phase, side * (whole + CASE WHEN place <= left_over THEN 1 ELSE 0 END) AS minor FROM ranked;

-- Which sale each cancellation takes back. Cancellations come in their order, each takes lines of its own customer, code and
-- price that are strictly older, latest first, while they have units left. `try_one` numbers these tries within a group; the
-- recursion walks them one by one and carries how many units each line still has.

CREATE OR REPLACE TABLE ranked_cancellation AS
SELECT *, row_number() OVER (
    PARTITION BY customer, code, price ORDER BY ordered_at, invoice, occurrence, units, whole_row
) AS cancellation_rank
FROM cancellation WHERE customer <> '';

CREATE OR REPLACE TABLE ranked_sale AS
SELECT sale.*, row_number() OVER (
    PARTITION BY customer, code, price
    ORDER BY ordered_at DESC, invoice DESC, occurrence DESC, units DESC, whole_row DESC
) AS sale_rank
FROM sale SEMI JOIN ranked_cancellation USING (customer, code, price);

CREATE OR REPLACE TABLE try_one AS
SELECT
    customer, code, price, c.row_no AS cancellation_row, s.row_no AS sale_row, sale_rank, wanted_units,
    row_number() OVER (PARTITION BY customer, code, price ORDER BY cancellation_rank, sale_rank) AS step,
    row_number() OVER (PARTITION BY customer, code, price, cancellation_rank ORDER BY sale_rank) = 1 AS begins
FROM ranked_cancellation AS c JOIN ranked_sale AS s USING (customer, code, price)
WHERE s.ordered_at < c.ordered_at;

CREATE OR REPLACE TABLE link AS
WITH RECURSIVE walk AS (
    SELECT customer, code, price, 0::BIGINT AS step, list(units ORDER BY sale_rank) AS units_left,
        0::BIGINT AS still_wanted, 0::BIGINT AS taken, 0::BIGINT AS cancellation_row, 0::BIGINT AS sale_row
    FROM ranked_sale GROUP BY ALL
    UNION ALL
    SELECT t.customer, t.code, t.price, t.step,
        list_concat(walk.units_left[:t.sale_rank - 1], [walk.units_left[t.sale_rank] - now.taken], walk.units_left[t.sale_rank + 1:]),
        now.wanted - now.taken, now.taken, t.cancellation_row, t.sale_row
    FROM walk
    JOIN try_one AS t ON t.customer = walk.customer AND t.code = walk.code AND t.price = walk.price AND t.step = walk.step + 1,
    LATERAL (
        SELECT
            CASE WHEN t.begins THEN t.wanted_units ELSE walk.still_wanted END AS wanted,
            least(walk.units_left[t.sale_rank], CASE WHEN t.begins THEN t.wanted_units ELSE walk.still_wanted END) AS taken
    ) AS now
)
SELECT cancellation_row, sale_row, taken AS units FROM walk WHERE taken > 0;

CREATE OR REPLACE VIEW link_text AS
SELECT concat_ws(',', c.invoice, c.code, c.occurrence, s.invoice, s.occurrence, link.units) AS line
FROM link JOIN cancellation AS c ON c.row_no = cancellation_row JOIN sale AS s ON s.row_no = sale_row;

-- What found no sale, wholly or in part.
CREATE OR REPLACE VIEW orphan AS
SELECT row_no, wanted_units - coalesce(found, 0) AS units, half_away((wanted_units - coalesce(found, 0)) * price_micro, 10000) AS minor
FROM cancellation LEFT JOIN (SELECT cancellation_row AS row_no, sum(units) AS found FROM link GROUP BY ALL) USING (row_no)
WHERE wanted_units > coalesce(found, 0);

-- A sale belongs to the show that has its code in the line-up and was on air, or shortly before or after, when it was ordered.
-- Needs: `airing` (slug, opens_at, closes_at: local wall time of the feed; end exclusive) and `line_up`. Two shows are a tie, never a guess.

CREATE OR REPLACE TABLE candidate AS
SELECT row_no, slug FROM sale JOIN line_up USING (code) JOIN airing USING (slug)
WHERE ordered_at >= airing.opens_at AND ordered_at < airing.closes_at;

CREATE OR REPLACE TABLE attributed AS
SELECT row_no, any_value(slug) AS slug FROM candidate GROUP BY row_no HAVING count(*) = 1;

CREATE OR REPLACE VIEW tie AS SELECT row_no FROM candidate GROUP BY row_no HAVING count(*) > 1;

CREATE OR REPLACE VIEW attribution_text AS
SELECT concat_ws(',', invoice, code, units, strftime(ordered_at, '%Y-%m-%dT%H:%M'), price_text, occurrence, slug) AS line
FROM attributed JOIN sale USING (row_no);

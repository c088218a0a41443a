-- Every row of the file as it is known at $as_of, typed, with its occurrence number among rows equal in all columns.
-- Needs: the table `raw` (all eight columns as text, `row_no`), the table `asked` (as_of and known_before, local wall time of the feed).

CREATE OR REPLACE MACRO half_away(numerator, denominator) AS
    -- The one rounding: whole units, halves away from zero. Whole numbers in, whole number out.
    (sign(numerator)::HUGEINT * ((2 * abs(numerator::HUGEINT) + denominator::HUGEINT) // (2 * denominator::HUGEINT)))::HUGEINT;

CREATE OR REPLACE TABLE file_row AS
SELECT
    row_no,
    InvoiceNo AS invoice,
    upper(StockCode) AS code,
    Description AS title,
    try_cast(Quantity AS BIGINT) AS units,
    try_cast(InvoiceDate AS TIMESTAMP) AS ordered_at,
    try_cast(UnitPrice AS DECIMAL(18, 6)) AS price,
    UnitPrice AS price_text,
    CustomerID AS customer,
    concat_ws(',', InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country) AS whole_row,
    row_number() OVER (
        PARTITION BY InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country ORDER BY row_no
    ) AS occurrence
FROM raw;

-- Known is what an upload brought and what had happened by then.
CREATE OR REPLACE TABLE known AS
SELECT
    file_row.*,
    starts_with(invoice, 'C') AS cancels,
    (regexp_full_match(code, '[0-9]{5}[A-Z]{0,2}') OR starts_with(code, 'DCGS')) AND price <> 0 AS goods,
    (price * 1000000)::HUGEINT AS price_micro
FROM file_row, asked
WHERE units IS NOT NULL AND ordered_at IS NOT NULL AND price IS NOT NULL
    AND ordered_at < asked.known_before AND ordered_at <= asked.as_of;

CREATE OR REPLACE TABLE sale AS
SELECT *, half_away(units * price_micro, 10000) AS gross_minor FROM known WHERE goods AND NOT cancels;

CREATE OR REPLACE TABLE cancellation AS
SELECT *, -units AS wanted_units, half_away(-units * price_micro, 10000) AS wanted_minor FROM known WHERE goods AND cancels;

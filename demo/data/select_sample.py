# ruff: noqa: INP001  # a script beside its data, no package
"""Select the demo's sample from the full file of real sales: every line of some customers, and some invoices without one.

Usage: ``python demo/data/select_sample.py FULL_FILE.csv[.gz] > online_retail_sample.csv``
"""

import csv
import gzip
import io
import sys
import zlib
from pathlib import Path

EVERY_NTH_CUSTOMER = 6
EVERY_NTH_ANONYMOUS_INVOICE = 24


def is_selected(row: dict[str, str]) -> bool:
    """Whether a line is in the sample: by its customer, or by its invoice where it has no customer."""
    customer, invoice = row["CustomerID"], row["InvoiceNo"]
    if customer:
        return zlib.crc32(customer.encode()) % EVERY_NTH_CUSTOMER == 0
    return zlib.crc32(invoice.encode()) % EVERY_NTH_ANONYMOUS_INVOICE == 0


def main(path: Path) -> None:
    """Write the header and the selected lines, in the order of the full file, to standard output."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode()
    rows = csv.DictReader(io.StringIO(text, newline=""))
    writer = csv.DictWriter(sys.stdout, fieldnames=list(rows.fieldnames or ()), lineterminator="\n")
    writer.writeheader()
    writer.writerows(row for row in rows if is_selected(row))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

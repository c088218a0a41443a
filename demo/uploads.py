"""A sales file on its way from a brand to the books, with progress."""

import hashlib
import time
from collections.abc import Callable

from demo.client import DemoFailed, Person, fetch
from demo.scenario import Entry, Scenario

OK = 200
IMPORT_SECONDS = 600
TELL_EVERY_SECONDS = 5


class Progress:
    """Tells how far an import is, every few seconds."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        """`tell` prints a line."""
        self._tell = tell
        self._told_at = time.monotonic()

    def ended(self, seen: Entry) -> bool:
        """Whether the import has come to its end."""
        record = seen["record"]
        if time.monotonic() - self._told_at > TELL_EVERY_SECONDS:
            self._told_at = time.monotonic()
            self._tell(f"    {record['state']}: {seen['parts_done']} of {record['parts']} parts stored")
        return record["state"] in {"done", "refused"}


def upload_sales(booker: Person, scenario: Scenario, step: Entry, tell: Callable[[str], None]) -> str:
    """Announce the file, put its bytes, follow the import to its end; its id. Raises `DemoFailed` when it is refused."""
    feed, body = scenario.content["feed"], scenario.sales_file(step.get("rows_before"))
    asked = {"filename": step["file"], "profile": feed["profile"], "currency": feed["currency"], "size_bytes": len(body)}
    upload = booker.post("/api/v1/imports", asked | {"sha256": hashlib.sha256(body).hexdigest()})
    path = f"/api/v1/imports/{upload['import_id']}"
    if booker.get(path)["record"]["state"] == "awaiting_upload":
        put = fetch("PUT", upload["url"], body, upload["headers"])
        if put.status != OK:
            message = f"The bucket refused the upload ({put.status}): {put.text[:300]}"
            raise DemoFailed(message)
    record = booker.wait(path, Progress(tell).ended, f"The import of {step['file']}", IMPORT_SECONDS)["record"]
    if record["state"] != "done":
        message = f"{step['file']} was refused: {record['reason']}"
        raise DemoFailed(message)
    rows, tally = record["accepted"] + record["rejected"], record["tally"]
    tell(f"{step['file']}: {rows:,} rows, {tally['new']:,} new, {tally['known']:,} known before")
    return str(upload["import_id"])

"""Objects in memory, written through to one SQLite file: what a call changed is kept whole or not at all, over restarts too."""

import copy
import json
import sqlite3
from pathlib import Path

from tests.stripe_standin.errors import Obj

FILE_NAME = "stripe.sqlite3"


class Store:
    """Rows by kind and id in the order of their creation. Not thread-safe: the caller holds one lock."""

    def __init__(self, directory: Path) -> None:
        """Opens or creates the file in `directory` and loads every row."""
        directory.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(directory / FILE_NAME, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("CREATE TABLE IF NOT EXISTS rows (kind TEXT, id TEXT, seq INTEGER, body TEXT, PRIMARY KEY (kind, id))")
        self._rows: dict[str, dict[str, Obj]] = {}
        self._dirty: set[tuple[str, str]] = set()
        for kind, identifier, body in self._database.execute("SELECT kind, id, body FROM rows ORDER BY seq"):
            self._rows.setdefault(kind, {})[identifier] = json.loads(body)
        self._seq = int(self._database.execute("SELECT COALESCE(MAX(seq), 0) FROM rows").fetchone()[0])

    def get(self, kind: str, identifier: str) -> Obj | None:
        """A copy of the row; changes count only when they are `put`."""
        row = self._rows.get(kind, {}).get(identifier)
        return None if row is None else copy.deepcopy(row)

    def all(self, kind: str) -> list[Obj]:
        """All rows of a kind, oldest first, to read only: change what `get` gave."""
        return list(self._rows.get(kind, {}).values())

    def put(self, kind: str, identifier: str, row: Obj) -> None:
        """Adds or replaces a row in the current, uncommitted call."""
        self._rows.setdefault(kind, {})[identifier] = copy.deepcopy(row)
        self._dirty.add((kind, identifier))

    def commit(self) -> None:
        """Writes all changed rows in one transaction."""
        if not self._dirty:
            return
        self._database.execute("BEGIN IMMEDIATE")
        for kind, identifier in sorted(self._dirty):
            self._seq += 1
            body = json.dumps(self._rows[kind][identifier], separators=(",", ":"))
            self._database.execute(
                "INSERT INTO rows VALUES (?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
                (kind, identifier, self._seq, body),
            )
        self._database.execute("COMMIT")
        self._dirty.clear()

    def rollback(self) -> None:
        """Forgets what was put since the last commit."""
        for kind, identifier in self._dirty:
            found = self._database.execute("SELECT body FROM rows WHERE kind = ? AND id = ?", (kind, identifier)).fetchone()
            if found is None:
                self._rows[kind].pop(identifier, None)
            else:
                self._rows[kind][identifier] = json.loads(found[0])
        self._dirty.clear()

    def clear(self) -> None:
        """Removes everything."""
        self._database.execute("DELETE FROM rows")
        self._rows.clear()
        self._dirty.clear()

    def rows(self) -> list[tuple[str, str, Obj]]:
        """Everything as (kind, id, row), the rows of a kind oldest first."""
        return [(kind, identifier, copy.deepcopy(row)) for kind, rows in self._rows.items() for identifier, row in rows.items()]

    def load(self, rows: list[tuple[str, str, Obj]]) -> None:
        """Has exactly these rows from now on, once it is committed."""
        self.clear()
        for kind, identifier, row in rows:
            self.put(kind, identifier, row)

    def close(self) -> None:
        """Closes the file; what is committed stays."""
        self._database.close()

"""What came of the demo: the table for people, `build/demo.json` for machines, and whether all of it is right."""

import json
from pathlib import Path

from chalicelib.core.money import for_people
from demo.people import Cast
from demo.scenario import ROOT, Entry
from demo.steps import Play

RESULTS = ROOT.parent / "build" / "demo.json"
SETTLED_TO_THE_END = "reconciled"
COMPONENT, PAYEE = "component", "payee"
"""The parts of a statement that a show's lines belong to."""


class Results:
    """Read through the API, after everything was played."""

    def __init__(self, play: Play, cast: Cast) -> None:
        """`play` has been performed."""
        self.play = play
        self.cast = cast
        self._analyst = cast.staff("finance_analyst")
        self.statements = {slug: self._analyst.get(f"/api/v1/contracts/{contract}/statement") for slug, contract in play.contracts.items()}
        self.settlements: list[Entry] = self._analyst.get("/api/v1/settlements")
        self.audit: list[Entry] = self._analyst.get("/api/v1/ledger/audit")
        self.periods: list[Entry] = self._analyst.get("/api/v1/periods")

    def document(self) -> Entry:
        """What `build/demo.json` holds."""
        report = self.play.reports[-1]
        return {
            "rows": self._rows(),
            "unexplained_minor": report["unexplained_minor"],
            "seconds": {step: round(seconds, 2) for step, seconds in self.play.seconds.items()},
            "shows": [self._show(entry) for entry in self.play.scenario.all("shows")],
        }

    def write(self, file: Path = RESULTS) -> Path:
        """Write it, and say where."""
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(self.document(), indent=2) + "\n")
        return file

    def problems(self) -> list[str]:
        """Sentences about what is not as it must be; none when all is right."""
        document = self.document()
        found = [f"{minor} minor units {currency} are unexplained" for currency, minor in document["unexplained_minor"].items() if minor]
        found += [f"the audit found: {finding['message']} ({finding['subject']})" for check in self.audit for finding in check["findings"]]
        found += [
            f"settlement {each['settlement_id']} is {each['state']}" for each in self.settlements if each["state"] != SETTLED_TO_THE_END
        ]
        found += [f"{show['slug']} is not reconciled" for show in document["shows"] if not show["reconciled"]]
        wanted = [step["period"] for step in self.play.scenario.all("steps") if step["do"] == "close"]
        closed = {period["period"] for period in self.periods if period["sha256"]}
        found += [f"{period} is not closed" for period in wanted if period not in closed]
        if not document["shows"] or not self.settlements:
            found.append("nothing was settled")
        return found

    def table(self) -> list[str]:
        """Lines for the terminal."""
        document = self.document()
        rows = document["rows"]
        lines = ["", "rows      " + "  ".join(f"{name} {count:,}" for name, count in rows.items()), ""]
        lines.append(
            f"{'show':<20}{'contract':<20}{'lines':>6}{'gross':>12}{'refunds':>11}{'net':>12}{'earned':>11}{'paid':>11}  reconciled"
        )
        for show in document["shows"]:
            amounts = "".join(
                f"{_pounds(show[name]):>{width}}"
                for name, width in (
                    ("gross_minor", 12),
                    ("refunds_minor", 11),
                    ("net_minor", 12),
                    ("statement_minor", 11),
                    ("transfer_minor", 11),
                )
            )
            lines.append(f"{show['slug']:<20}{show['contract']:<20}{show['lines']:>6}{amounts}  {'yes' if show['reconciled'] else 'NO'}")
            lines += [f"    {name:<36}{_pounds(minor):>12}" for name, minor in show["components"].items()]
        lines.append("")
        slugs = {tenant: slug for slug, tenant in self.cast.tenants.items()}
        lines += [
            f"settlement  {slugs[each['payee_id']]:<16}{_pounds(each['amount_minor']):>10} {each['currency']}  {each['state']}"
            for each in sorted(self.settlements, key=lambda each: (each["prepared_at"], slugs[each["payee_id"]]))
        ]
        lines += [f"period      {period['period']} closed, SHA-256 {period['sha256'][:16]}..." for period in self.periods]
        lines.append(
            f"unexplained {document['unexplained_minor']}   audit {'passed' if not any(c['findings'] for c in self.audit) else 'FAILED'}"
        )
        return lines

    def _rows(self) -> dict[str, int]:
        """Of the last upload, which holds the whole file; what became of its lines, whichever upload brought them first."""
        booker = self.cast.booker(self.play.scenario.content["feed"]["brand"])
        (feed,) = booker.get("/api/v1/feeds")
        last = booker.get(f"/api/v1/imports/{self.play.imports[-1]}")["record"]
        tally = feed["tally"]
        return {
            "accepted": last["accepted"],
            "rejected": last["rejected"],
            "not_a_sale": tally["not_a_sale"],
            "attributed": tally["attributed"],
            "unattributed": tally["unattributed"],
            "orphans": feed["summary"]["orphans"],
        }

    def _show(self, entry: Entry) -> Entry:
        statement = self.statements[entry["contract"]]
        show_id = self.play.shows[entry["slug"]]
        lines = next(each["lines"] for each in statement["shows"] if each["show_id"] == show_id)
        shares = [line for line in lines if line["part"] == PAYEE]
        sales = self._analyst.get(f"/api/v1/shows/{show_id}/sales")
        earned, matured = (sum(line[name] for line in shares) for name in ("earned_minor", "matured_minor"))
        return {
            "slug": entry["slug"],
            "contract": entry["contract"],
            "currency": statement["currency"],
            **{name: sales[name] for name in ("lines", "gross_minor", "refunds_minor", "net_minor")},
            "components": {line["name"]: line["earned_minor"] for line in lines if line["part"] == COMPONENT},
            "statement_minor": earned,
            "transfer_minor": matured if self._all_paid() else 0,
            "reconciled": earned == matured and self._all_paid(),
        }

    def _all_paid(self) -> bool:
        """Whether the transfers of all settlements add up to exactly what has matured over all shows, payee by payee."""
        matured: dict[str, int] = {}
        for statement in self.statements.values():
            for line in (line for show in statement["shows"] for line in show["lines"] if line["part"] == PAYEE):
                matured[line["name"]] = matured.get(line["name"], 0) + line["matured_minor"]
        paid: dict[str, int] = {}
        for settlement in self.settlements:
            if settlement["state"] == SETTLED_TO_THE_END:
                paid[settlement["payee_id"]] = paid.get(settlement["payee_id"], 0) + settlement["amount_minor"]
        return {payee: minor for payee, minor in matured.items() if minor} == paid


def _pounds(minor: int) -> str:
    return for_people(minor, "GBP")

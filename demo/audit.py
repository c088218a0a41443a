"""`python -m demo.audit`: the invariants of the books over the local store, a line for each."""

import sys

from chalicelib.wiring import Services
from demo.__main__ import tell
from infra import engine
from infra.operator import acting_on
from infra.place import Place
from infra.processes import LocalStackFailed


def audit(found: Services) -> bool:
    """Print each invariant with what breaks it; whether all hold."""
    checks = {
        name: [f"{finding.subject}: {finding.message} ({finding.drift_minor})" for finding in findings]
        for name, findings in found.payouts.audit().items()
    }
    checks["7 closed periods are reproducible"] = [
        f"{period} has other bytes than when it was closed" for period in found.reconciliation.changed_periods()
    ]
    for name, findings in sorted(checks.items()):
        tell(f"{'ok  ' if not findings else 'FAIL'} {name}")
        for finding in findings:
            tell(f"       {finding}")
    return not any(checks.values())


def main() -> int:
    """Start the engine for as long as it takes, unless it runs."""
    place = Place.from_environment()
    if not place.facts_file.exists():
        sys.exit("There is no local data yet. Run make demo first.")
    ran = place.engine.pid() is not None
    if not ran:
        engine.start(place)
    try:
        with acting_on(place) as found:
            return 0 if audit(found) else 1
    finally:
        if not ran:
            place.engine.stop()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LocalStackFailed as failure:
        sys.exit(str(failure))

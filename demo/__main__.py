"""`python -m demo`: everything from an empty folder to closed books; then the pages are served until Ctrl-C (SERVE=0: not)."""

import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from demo.client import DemoFailed
from demo.people import Cast
from demo.results import RESULTS, Results
from demo.scenario import Scenario
from demo.steps import Play
from infra import local
from infra.deploy import DeploymentFailed
from infra.operator import make_operator
from infra.package import PackagingFailed
from infra.place import Place
from infra.processes import LocalStackFailed


def tell(line: str) -> None:
    """A line of progress."""
    print(line, flush=True)  # the demo speaks on the terminal


def play(place: Place, tell: Callable[[str], None], results_file: Path = RESULTS) -> Results:
    """Play the scenario on a running stack, tell of it, and read and write down what came of it."""
    scenario = Scenario()
    operator = next(entry["email"] for entry in scenario.all("staff") if entry["role"] == "operator")
    make_operator(place, operator)
    cast = Cast(place, scenario)
    performance = Play(scenario, cast, tell)
    with performance.timed("set_up"):
        cast.staff("operator").put("/api/v1/clock", {"now": scenario.all("steps")[0]["at"].isoformat()})
        cast.assemble(tell)
        cast.connect_payouts(tell)
    performance.perform()
    results = Results(performance, cast)
    for line in results.table():
        tell(line)
    tell(f"written: {results.write(results_file)}")
    tell(f"everybody's password: {cast.password()}")
    return results


def who_is_who(scenario: Scenario) -> list[tuple[str, str]]:
    """Whom to sign in as, and what they are."""
    people = [
        (f"{member['role'].replace('_', ' ')}, {brand['name']}", member["email"])
        for brand in scenario.all("brands")
        for member in brand["members"]
    ]
    people += [(f"agency manager, {agency['name']}", agency["contact_email"]) for agency in scenario.all("agencies")]
    people += [(f"host, {host['name']}", host["email"]) for host in scenario.all("hosts")]
    return people + [(entry["role"].replace("_", " "), entry["email"]) for entry in scenario.all("staff")]


def main() -> int:
    """The command; 0 only if all of it is right."""
    place = Place.from_environment()
    serve = os.environ.get("SERVE", "1") != "0"
    try:
        local.up(place, tell)
        problems = play(place, tell).problems()
        for problem in problems:
            tell(f"NOT RIGHT: {problem}")
        if serve and not problems:
            tell(f"\nThe pages are at {place.site_url}/ - Ctrl-C ends. Sign in as one of")
            for who, email in who_is_who(Scenario()):
                tell(f"    {email:<32}{who}")
            _wait_for_ctrl_c()
    finally:
        local.down(place, tell)
    return 1 if problems else 0


def _wait_for_ctrl_c() -> None:
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (DemoFailed, LocalStackFailed, DeploymentFailed, PackagingFailed) as failure:
        sys.exit(f"\n{failure}")
    except (BotoCoreError, ClientError) as failure:
        sys.exit(f"\nThe local engine does not answer as it should: {failure}\nIts log is .local/engine.log. Start again with: make demo")
    except KeyboardInterrupt:
        sys.exit("\nStopped. What was done so far is kept; make demo goes on, make clean-data starts over.")

"""One point: a workflow with one fault at one of its calls, brought to its end as production would, compared and audited."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.faults.hands import Work
from tests.faults.house import Arrival, Checkpoint, House, Step, WorkFailed
from tests.faults.known import AsBefore, HarnessWrong, Outcome, Undisturbed
from tests.faults.second import Order, Second
from tests.faults.snapshot import differences, without_names
from tests.faults.wire import Way

MADE_BY_REQUESTS = frozenset({"/api/v1/imports", "/api/v1/reconciliations"})
"""What each request makes a new one of: the second one comes from the same client, under the same Idempotency-Key."""


LOOKS_FOR_CALLS = 20
SECONDS_ON_THE_WAY = 0.05
KILLED_WITHIN_SECONDS = 20
LET_IT_WORK = threading.Event()
"""Never set: waiting for it takes the time it says, unlike `time.sleep`, which is the harness's."""
MAX_LOOKS = 2
"""Before the work that was hit comes again, and after it."""


def undisturbed(house: House, name: str, steps: tuple[Step, ...]) -> Undisturbed:
    """Play a workflow without any fault. Raises `HarnessWrong` when that does not end well."""
    checkpoints: list[Checkpoint] = []
    program = house.program
    house.situation.step = 0
    situation, snapshot = house.take()
    before = Checkpoint(calls=0, situation=situation, snapshot=snapshot)
    house.count_anew()

    def watch(work: Work) -> None:
        situation, snapshot = house.take()
        situation.waiting.insert(0, work)
        checkpoints.append(Checkpoint(calls=len(program.calls), situation=situation, snapshot=snapshot, lines=snapshot.lines()))

    house.strict = True
    try:
        house.play(steps, watch)
    except WorkFailed as failure:
        message = f"{name}: {failure}\n{program.last_words.texts}"
        raise HarnessWrong(message) from failure
    finally:
        house.strict = False
    problems = _uncounted(house)
    with program.harness_talks():
        counted = house.around.proxy.calls()
    calls = tuple(program.calls)
    at_once = house.take()[1].lines()
    house.pass_time()
    findings = audit(house)
    if problems or findings:
        message = f"{name} without any fault: {problems + findings}\n{program.last_words.texts}"
        raise HarnessWrong(message)
    situation, snapshot = house.take()
    return Undisturbed(
        name=name,
        steps=steps,
        calls=calls,
        writes=tuple(bool(call["write"]) for call in counted),
        parts=tuple(int(call["parts"]) for call in counted),
        before=before,
        checkpoints=tuple(checkpoints),
        at_once=at_once,
        in_the_end=snapshot.lines(),
        after=Checkpoint(calls=len(calls), situation=situation, snapshot=snapshot),
    )


def with_fault(house: House, known: Undisturbed, number: int, way: Way) -> Outcome:
    """Let one call fail in one way."""
    entry = known.entry(number)
    service, operation = known.calls[number - 1]
    what = f"call {number} of {len(known.calls)}, {service} {operation}: {way}"

    def arm() -> None:
        if way is Way.KILLED:
            house.program.dies_before = number - entry.calls
            return
        with house.program.harness_talks():
            house.around.proxy.begin(number - entry.calls, way)
        house.heal_after = number - entry.calls

    return _tried(house, known, entry, what, arm, _until_as_before(house, known, retried=way in {Way.NEVER, Way.KILLED}))


def killed_for_real(house: House, known: Undisturbed, number: int, second: Second) -> Outcome:
    """Have another process do the invocation, and kill it while it waits for the answer to this call; this process does it again."""
    entry = known.entry(number)
    service, operation = known.calls[number - 1]
    clockwork, proxy = house.program.clockwork, house.around.proxy

    def in_the_other(work: Work) -> bool | None:
        if house.heal_after is None:
            return None
        cookies = dict(house.program.console.cookies)
        second.begin(Order(work=work, now=clockwork.now, drawn=clockwork.drawn, cookies=cookies))
        with house.program.harness_talks():
            deadline = time.monotonic() + KILLED_WITHIN_SECONDS
            while len(calls := proxy.calls()) < number - entry.calls and time.monotonic() < deadline:
                LET_IT_WORK.wait(0.005)
            second.kill()
        house.program.calls.extend((call["service"], call["operation"]) for call in calls)
        return work.kind == "stream"

    def arm() -> None:
        house.instead = in_the_other
        with house.program.harness_talks():
            proxy.begin(number - entry.calls, Way.HELD)
        house.heal_after = number - entry.calls

    try:
        what = f"call {number} of {len(known.calls)}, {service} {operation}: {Way.HELD}"
        return _tried(house, known, entry, what, arm, _until_as_before(house, known, retried=True))
    finally:
        house.instead = None


def in_disorder(house: House, known: Undisturbed, order: Arrival) -> Outcome:
    """Let messages and notices arrive otherwise than they were sent."""

    def arm() -> None:
        house.order = order

    try:
        return _tried(house, known, known.before, f"messages and notices: {order}", arm)
    finally:
        house.order = Arrival.AS_SENT


def with_a_second(house: House, known: Undisturbed, second: Second, lead_seconds: float) -> Outcome:
    """Let another process do each invocation at the same time; `lead_seconds` is by how much this one is ahead (or behind)."""
    clockwork = house.program.clockwork

    def both(work: Work) -> bool | None:
        if work.tries:
            return None
        other = replace(work, key=work.key if work.path in MADE_BY_REQUESTS else f"{work.key}, of somebody else")
        cookies = dict(house.program.console.cookies)
        hold = max(lead_seconds, 0)
        second.begin(Order(work=other, now=clockwork.now, drawn=clockwork.drawn, cookies=cookies, hold_seconds=hold))
        clockwork.sleep(max(-lead_seconds, 0))
        done = house.hands.perform(work)
        its = second.end()
        house.program.calls.extend(its.calls)
        house.program.last_words.texts.extend(f"second: {text}" for text in its.words)
        if not its.done:
            house.situation.waiting.append(replace(other, tries=1))
        return done

    def arm() -> None:
        house.instead = both
        clockwork.wait_really()

    try:
        return _tried(house, known, known.before, f"two processes at once, {lead_seconds * 1_000:+.0f} ms", arm)
    finally:
        house.instead = None
        clockwork.wait_really(really=False)


def audit(house: House) -> list[str]:
    """A line for each broken invariant."""
    found = house.program.services
    broken = [f"audit: {name}: {finding.message}" for name, findings in found.payouts.audit().items() for finding in findings]
    return broken + [f"audit: 7 {period} is not what was closed" for period in found.reconciliation.changed_periods()]


def _until_as_before(house: House, known: Undisturbed, *, retried: bool) -> Callable[[Work], None]:
    """Ends the play as soon as the fault is over and everything is as it was at some moment of the undisturbed run.

    What is kept and what waits decide all that follows, so it would end as that run did. Where it is not so, the play goes on to its end.
    With `retried`, the work that the fault hit must be done first: so what a failure leaves in the process's memory is tried as well.
    A request must be anyway, since what its Idempotency-Key has left is not compared.
    """
    looks = 0

    def watch(work: Work) -> None:
        nonlocal looks
        waiting = [work, *house.situation.waiting]
        must_come_again = any(each.tries and (retried or each.kind == "request") for each in waiting)
        if looks == MAX_LOOKS or house.faulty or must_come_again:
            return
        looks += 1
        for twin in known.checkpoints:
            same = twin.situation.step == house.situation.step and _told(twin.situation.waiting) == _told(waiting)
            if same and twin.lines == house.take()[1].lines():
                raise AsBefore

    return watch


def _told(waiting: Sequence[Work]) -> list[tuple[str, str, str]]:
    return [(work.kind, work.path, without_names(work.body)) for work in waiting]


def _tried(  # each of them is another part of a point
    house: House,
    known: Undisturbed,
    entry: Checkpoint,
    what: str,
    arm: Callable[[], None],
    watch: Callable[[Work], None] | None = None,
) -> Outcome:
    house.put_back(entry.situation, entry.snapshot)
    house.count_anew()
    arm()
    problems: list[str] = []
    try:
        as_before = _played(house, known, watch)
        problems += [] if not house.faulty else ["the fault never struck: the workflow made fewer calls than before"]
        problems += _uncounted(house)
        problems += [] if as_before else _compared(house, known)
    except WorkFailed as failure:
        problems.append(str(failure))
    except Exception as failure:  # noqa: BLE001  # a point that breaks the harness is a point that fails
        problems.append(f"{type(failure).__name__}: {failure}"[:500])
    finally:
        house.heal_after = house.program.dies_before = None
        with house.program.harness_talks():
            house.around.proxy.heal()
    words = tuple(house.program.last_words.texts) if problems else ()
    return Outcome(workflow=known.name, what=what, problems=tuple(problems), words=words)


def _played(house: House, known: Undisturbed, watch: Callable[[Work], None] | None) -> bool:
    """Play to the end, or until everything is as in the undisturbed run (True)."""
    try:
        house.play(known.steps, watch)
    except AsBefore:
        return True
    return False


def _compared(house: House, known: Undisturbed) -> list[str]:
    """Differences from the undisturbed run, and what the audit finds.

    Where everything is as it was in that run at the same moment, the schedule and the audit, which go by nothing else, would find what they
    found then. Else the schedule gets its time to bring on what was left behind, and the audit has to look.
    """
    if house.take()[1].lines() == known.at_once:
        return []
    house.pass_time()
    return differences(known.in_the_end, house.take()[1].lines()) + audit(house)


def _uncounted(house: House) -> list[str]:
    """What the proxy has counted otherwise than the program's own list; threads may have swapped places.

    A thread whose answer nobody waits for any more may have listed a call that is still on its way.
    """
    for _ in range(LOOKS_FOR_CALLS):
        if not _unlike(house):
            return []
        LET_IT_WORK.wait(SECONDS_ON_THE_WAY)
    return _unlike(house)


def _unlike(house: House) -> list[str]:
    with house.program.harness_talks():
        counted = [(call["service"], call["operation"]) for call in house.around.proxy.calls()]
    missing, extra = Counter(house.program.calls) - Counter(counted), Counter(counted) - Counter(house.program.calls)
    return (
        [f"calls that the proxy has not seen: {dict(missing)}, that the program has not listed: {dict(extra)}"] if missing or extra else []
    )

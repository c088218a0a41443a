"""One piece of work that fails is logged and holds up none behind it."""

import pytest

from chalicelib.adapters.failures import each_by_itself


def test_what_fails_is_named_in_the_log_and_holds_up_nothing(our_log: pytest.LogCaptureFixture) -> None:
    done = list[str]()

    def work(name: str) -> None:
        if name == "b":
            raise OverflowError
        done.append(name)

    each_by_itself(["a", "b", "c"], work, lambda name: f"the work of {name}")
    assert done == ["a", "c"]
    assert [record.message for record in our_log.records] == ["the work of b failed and comes again"]


def test_what_ends_the_process_is_not_held_back() -> None:
    def work(_: str) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        each_by_itself(["a"], work, str)

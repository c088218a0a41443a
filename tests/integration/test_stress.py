"""Bookers in processes of their own want the same hosts: no quarter hour is sold twice, and none is refused for ever."""

from tests.stress.__main__ import MUST_BE_NONE, SEED, stressed


def test_a_crowd_on_two_hosts_sells_nothing_twice_and_leaves_every_free_start_bookable() -> None:
    report = stressed(3, ["crt_stress_a", "crt_stress_b"], 12, SEED)
    assert report["attempts"] >= 36
    assert report["booked"] > 0
    assert {name: report[name] for name in MUST_BE_NONE} == dict.fromkeys(MUST_BE_NONE, 0)

"""What is said of a host's place is true: reasons add up, a counterfactual that is tried again does as it said, rejections are complete."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.matching.explanation import PROMISING_EVERY, match, places, rank
from chalicelib.matching.priors import START_PRIORS, Priors, learn
from chalicelib.matching.rules import Brief, BriefWindow, Candidate, Filter, PastShow, Rejection, counted, failed_filters
from chalicelib.matching.score import Factor, order, scored
from chalicelib.matching.whatif import changed, keys_of, remedies, with_another_fee

NOW = datetime(2011, 1, 3, tzinfo=UTC)
WORDS = ("home", "toys", "Beauty")
PLACES = ("GB", "DE")
patient = settings(deadline=None)
ONE_OF_MANY = re.compile(r"(?<![\d,.])1 (shows|followers|categories|units)\b")
CALLED = {("Unlikely to" if chance <= 40 else "May" if chance < 60 else "Likely to", chance) for chance in range(101)}
NAMES = [f"crt_{number}" for number in range(12)]

past_shows = st.builds(
    PastShow,
    category=st.sampled_from(WORDS),
    currency=st.sampled_from(("GBP", "EUR")),
    net_sales_minor=st.integers(-1_000, 50_000_00),
    minutes=st.integers(15, 240),
    units_sold=st.integers(0, 1_000),
    units_returned=st.integers(0, 1_000),
    delivered=st.booleans(),
    platform=st.sampled_from(("", "youtube", "TikTok")),
    starts_at=st.none() | st.integers(0, 800).map(lambda days: NOW - timedelta(days=days)),
)
windows = st.integers(1, 5).map(lambda day: BriefWindow(starts_at=NOW + timedelta(days=day, hours=19), minutes=60))


@st.composite
def hosts(draw: st.DrawFn, creator_id: str, brief: Brief) -> Candidate:
    return Candidate(
        creator_id=creator_id,
        name=creator_id,
        categories=tuple(draw(st.lists(st.sampled_from(WORDS), unique=True))),
        refused_categories=tuple(draw(st.lists(st.sampled_from(WORDS), max_size=1))),
        languages=tuple(draw(st.lists(st.sampled_from(("en", "de")), unique=True))),
        markets=tuple(draw(st.lists(st.sampled_from(PLACES), unique=True))),
        audiences=draw(st.dictionaries(st.sampled_from(("YouTube", "tiktok")), st.integers(0, 10**7))),
        rate_card_minor=draw(st.integers(0, 2_000_00)),
        currency=draw(st.sampled_from(("GBP", "EUR"))),
        minimum_commission_basis_points=draw(st.integers(0, 2_000)),
        busy_windows=tuple(window for window in brief.windows if draw(st.booleans())),
        can_be_paid=draw(st.booleans()),
        bound_to_competitor=draw(st.booleans()),
        past_shows=tuple(draw(st.lists(past_shows, max_size=6))),
    )


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    wanted = tuple(draw(st.lists(windows, min_size=1, max_size=3, unique_by=lambda window: window.starts_at)))
    fee = draw(st.integers(0, 500_00))
    return Brief(
        brief_id="brf_1",
        brand_id="brd_1",
        title="January",
        category=draw(st.sampled_from(WORDS)),
        market="GB",
        language="en",
        platform="youtube",
        minimum_audience=draw(st.integers(0, 10**6)),
        skus=(),
        windows=wanted,
        budget_minor=fee * len(wanted) + draw(st.integers(0, 3_000_00)),
        currency="GBP",
        flat_fee_minor=fee,
        commission_basis_points=draw(st.integers(0, 3_000)),
        excluded_creator_ids=tuple(draw(st.lists(st.sampled_from(NAMES), max_size=2))),
        created_at=NOW,
    )


@st.composite
def markets(draw: st.DrawFn) -> tuple[Brief, list[Candidate], Priors]:
    brief = draw(briefs())
    found = [draw(hosts(name, brief)) for name in NAMES[: draw(st.integers(1, len(NAMES)))]]
    return brief, found, learn(found, before=START_PRIORS, as_of=NOW) if draw(st.booleans()) else START_PRIORS


@patient
@given(market=markets())
def test_factors_add_up_to_the_score_and_the_score_orders(market: tuple[Brief, list[Candidate], Priors]) -> None:
    brief, found, priors = market
    ranked = rank(brief, found, priors)
    assert all(each.score_millinats == sum(reason.millinats for reason in each.reasons) for each in ranked)
    assert all([reason.factor for reason in each.reasons] == list(Factor) for each in ranked)
    assert [(-each.score_millinats, each.creator_id) for each in ranked] == sorted(
        (-each.score_millinats, each.creator_id) for each in ranked
    )
    assert all(each.likely_from_minor <= each.expected_sales_minor <= each.likely_to_minor for each in ranked)


@patient
@given(market=markets())
def test_sentences_count_as_people_do_and_call_likely_what_is(market: tuple[Brief, list[Candidate], Priors]) -> None:
    brief, found, priors = market
    for host in found:
        told = {reason.factor: reason.sentence for reason in match(brief, host, priors).reasons}
        told_out = [each.sentence for each in failed_filters(brief, host)]
        assert not [each for each in (*told.values(), *told_out) if ONE_OF_MANY.search(each) or not each.endswith(".")]
        word, _, rest = told[Factor.ACCEPTANCE].partition(" accept (")
        assert (word, int(rest.partition(" ")[0])) in CALLED


@patient
@given(market=markets(), number=st.integers(0, len(NAMES) - 1))
def test_the_fee_that_is_named_puts_the_host_where_it_says_and_no_smaller_one_does(
    market: tuple[Brief, list[Candidate], Priors], number: int
) -> None:
    brief, found, priors = market
    host = found[number % len(found)]
    ordered = order(brief, found, priors)
    now = next(each for each in ordered if each.creator_id == host.creator_id)
    told = with_another_fee(brief, host, now, keys_of(ordered))

    def place(fee_minor: int) -> int:
        offered = {host.creator_id: replace(brief, flat_fee_minor=fee_minor)}
        again = [(-match(offered.get(each.creator_id, brief), each, priors).score_millinats, each.creator_id) for each in found]
        return sorted(again).index(next(key for key in again if key[1] == host.creator_id)) + 1

    most = brief.budget_minor // len(brief.windows)
    if told is None:
        assert place(max(most, brief.flat_fee_minor)) == place(brief.flat_fee_minor)
        return
    assert (place(brief.flat_fee_minor), place(told.fee_minor)) == (told.place_now, told.place)
    assert told.place < told.place_now
    assert place(told.fee_minor - 1) > told.place
    assert brief.flat_fee_minor < told.fee_minor <= most
    assert f"number {told.place} by score" in told.sentence


@patient
@given(market=markets())
def test_a_rejection_names_all_filters_and_undoing_what_a_brand_can_change_leaves_only_what_it_cannot(
    market: tuple[Brief, list[Candidate], Priors],
) -> None:
    brief, found, _ = market
    for host in found:
        failed = failed_filters(brief, host)
        moves = {window.starts_at: window.starts_at + timedelta(hours=1) for window in host.busy_windows}
        told = remedies(brief, host, failed, moves)
        assert [each.filter for each in told] == [each.filter for each in failed]
        for each in told:
            if each.brief is not None:
                free = replace(host, busy_windows=tuple(window for window in host.busy_windows if window in each.brief.windows))
                after = {left.filter for left in failed_filters(each.brief, free)}
                assert after == {left.filter for left in failed} - {each.filter}
        better = changed(brief, host, failed, moves)
        free = replace(host, busy_windows=tuple(window for window in host.busy_windows if window in better.windows))
        assert {left.filter for left in failed_filters(better, free)} == {each.filter for each in told if each.brief is None}


@patient
@given(market=markets())
def test_each_filter_decides_alone_and_every_one_that_fails_is_counted(market: tuple[Brief, list[Candidate], Priors]) -> None:
    brief, found, _ = market
    rejected = [Rejection(creator_id=host.creator_id, name=host.name, failed=failed_filters(brief, host)) for host in found]
    expected: dict[Filter, Callable[[Candidate], bool]] = {
        Filter.PAYABLE: lambda host: not host.can_be_paid,
        Filter.EXCLUSIVITY: lambda host: host.bound_to_competitor,
        Filter.AVAILABILITY: lambda host: bool(host.busy_windows),
        Filter.EXCLUDED: lambda host: host.creator_id in brief.excluded_creator_ids,
        Filter.LANGUAGE: lambda host: "en" not in host.languages,
        Filter.MARKET: lambda host: "GB" not in host.markets,
    }
    for name, fails in expected.items():
        assert counted(rejected).get(name.value, 0) == sum(fails(host) for host in found)


@patient
@given(market=markets(), count=st.integers(1, 12))
def test_one_of_five_places_goes_to_a_new_host_as_long_as_there_is_one_and_nobody_is_shown_twice(
    market: tuple[Brief, list[Candidate], Priors], count: int
) -> None:
    brief, found, priors = market
    ordered = order(brief, found, priors)
    shown = places(ordered, count)
    names = [each.creator_id for each, _ in shown]
    assert len(names) == len(set(names)) == min(count, len(found))
    by_merit = [each for each, kept in shown if not kept]
    assert keys_of(by_merit) == sorted(keys_of(by_merit))
    new = {each.creator_id for each in ordered if each.sales.shows == 0}
    for begin in range(0, len(names) - PROMISING_EVERY + 1, PROMISING_EVERY):
        block = set(names[begin : begin + PROMISING_EVERY])
        assert block & new or new <= set(names[:begin])
        assert sum(kept for _, kept in shown[begin : begin + PROMISING_EVERY]) <= 1
    assert all(each.creator_id in new for each, kept in shown if kept)


@patient
@given(market=markets())
def test_what_is_learned_from_shows_is_the_same_in_any_order_and_a_host_is_never_expected_to_sell_nothing(
    market: tuple[Brief, list[Candidate], Priors],
) -> None:
    brief, found, _ = market
    assume(any(host.past_shows for host in found))
    priors = learn(found, before=START_PRIORS, as_of=NOW)
    assert priors == learn(found[::-1], before=START_PRIORS, as_of=NOW)
    assert (priors.version, priors.shows) == (1, sum(len(host.past_shows) for host in found))
    assert all(scored(brief, host, priors).sales.low > 0 for host in found)

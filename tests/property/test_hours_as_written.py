"""Hours as a person writes them: what is kept comes back as text that is read as the same, and no text breaks the reader."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.bookings.rules import Availability, BadAvailability, Window
from chalicelib.web.pages.hours_form import hours_text, read, windows_of

quarters = st.lists(st.integers(0, 96), max_size=24, unique=True).map(sorted)


@given(quarters)
def test_windows_are_written_so_that_they_are_read_as_the_same(bounds: list[int]) -> None:
    pairs = [(15 * start, 15 * end) for start, end in list(pairwise(bounds))[::2]]
    assert windows_of(hours_text(pairs)) == tuple(Window(from_minute=start, until_minute=end) for start, end in pairs)


@given(st.text(alphabet="0123456789:-,; \N{EN DASH}apm", max_size=40))
def test_any_text_is_understood_or_refused_with_a_sentence(text: str) -> None:
    sentence = ""
    windows: tuple[Window, ...] = ()
    try:
        windows = windows_of(text)
    except BadAvailability as error:
        sentence = error.message
    assert not sentence or sentence.endswith(".")
    assert all(0 <= window.from_minute < window.until_minute <= 1440 for window in windows)


FIELDS = (
    "timezone",
    "before",
    "after",
    "day-0",
    "day-6",
    "exception-0-first",
    "exception-0-last",
    "exception-0-repeat",
    "exception-0-hours",
)


@given(st.dictionaries(st.sampled_from(FIELDS), st.one_of(st.text(max_size=20), st.sampled_from(("2011-02-01", "UTC", "18-20", "weekly")))))
def test_any_form_is_read_or_has_a_sentence_beside_one_of_its_fields(sent: dict[str, str]) -> None:
    availability, mistakes = read(sent)
    assert isinstance(availability, Availability) != bool(mistakes)
    assert set(mistakes) <= set(FIELDS)

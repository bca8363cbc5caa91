"""The URL is the one place where a choice lives."""

from datetime import date
from urllib.parse import parse_qs, urlencode

from hypothesis import given
from hypothesis import strategies as st

from dashboards.choice.filters import Filters

WORDS = st.text("abcdefghijklmnopqrstuvwxyz_0123456789é拼 &=?#/+%", min_size=1, max_size=12)
MANY = st.lists(WORDS, max_size=4).map(tuple)
DAYS = st.dates(date(2015, 1, 1), date(2030, 1, 1))
PERIODS = st.one_of(
    st.sampled_from(["6m", "28d", "all"]),
    DAYS.map(lambda day: f"{day:%Y-%m}"),
    DAYS.map(lambda day: f"{day.year}-Q{(day.month + 2) // 3}"),
    st.tuples(DAYS, DAYS).map(lambda days: f"{min(days)}..{max(days)}"),
)
CHOICES = st.builds(
    Filters,
    period=PERIODS,
    compare=st.sampled_from(["previous", "year"]),
    platform=MANY,
    tier_reading=st.sampled_from(["fixed", "at_date"]),
    tier=MANY,
    courier=MANY,
    channel=MANY,
    currency=st.sampled_from(["", "CNY", "BRL"]),
)


@given(CHOICES)
def test_a_colleague_who_opens_the_url_sees_the_same_choice(chosen: Filters) -> None:
    url = urlencode(chosen.to_query(), doseq=True)
    assert Filters.from_query(parse_qs(url)) == chosen


@given(CHOICES)
def test_clearing_every_chip_leaves_an_empty_url(chosen: Filters) -> None:
    for name in chosen.active():
        chosen = chosen.without(name)
    assert chosen == Filters()
    assert chosen.to_query() == {}


def test_what_is_no_choice_of_ours_is_left_alone() -> None:
    query = {"compare": ["yesterday"], "tier_reading": ["guess"], "merchant": ["x"], "platform": ["", "jd"]}
    assert Filters.from_query(query) == Filters(platform=("jd",))

"""Which places the seeds resolve from names alone; what is ambiguous stays unknown."""

from collections import defaultdict

import pytest
from reference.feeds import seed


@pytest.fixture(scope="module")
def names() -> dict[str, set[str]]:
    """Name → the cities that it may be, anywhere in China."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in seed("cities").iter_rows(named=True):
        found[row["city_name_zh"]].add(row["adcode"])
        found[row["city_short_zh"]].add(row["adcode"])
    for row in seed("city_aliases").iter_rows(named=True):
        found[row["alias"]].add(row["adcode"])
    return found


def test_no_other_name_of_a_city_takes_the_own_name_of_another(names: dict[str, set[str]]) -> None:
    own = seed("cities").select("city_name_zh", "city_short_zh", "adcode").iter_rows()
    assert [name for *both, adcode in own for name in both if names[name] != {adcode}] == []


@pytest.mark.parametrize(
    ("name", "adcode"),
    [
        ("济源市", "419001"),  # directly under Henan
        ("昆山市", "320500"),
        ("义乌", "330700"),
        ("余杭区", "330100"),
        ("襄樊市", "420600"),  # Xiangyang since 2010
        ("莱芜市", "370100"),  # part of Jinan since 2019
        ("思茅市", "530800"),
    ],
)
def test_a_county_a_short_and_an_old_name_lead_to_their_city(
    names: dict[str, set[str]], name: str, adcode: str
) -> None:
    assert names[name] == {adcode}


def test_a_district_name_of_several_cities_is_none_of_them(names: dict[str, set[str]]) -> None:
    assert len(names["朝阳区"]) == 2
    assert len(names["鼓楼区"]) > 2

"""Places outside China: how names are compared, and that what a name means is what it should be."""

import re
from pathlib import Path

import duckdb
import polars as pl
import pycountry
import pytest

from dbt_project.places.folded import folded, letters

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
PLACES = PROJECT / "places"


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    return dict(pl.read_parquet(PLACES / "city_names.parquet").select("place_key", "adcode").iter_rows())


@pytest.fixture(scope="module")
def cities() -> pl.DataFrame:
    return pl.read_parquet(PLACES / "cities.parquet")


def test_sql_folds_every_name_of_a_city_as_the_keys_were_folded(cities: pl.DataFrame) -> None:
    macro = (PROJECT / "macros/places/world.sql").read_text(encoding="utf-8")
    body = re.search(r"macro folded\(name\) -%}(.*?){%- endmacro", macro, re.DOTALL)
    assert body is not None
    sql = body.group(1).replace("{{ name }}", "name")
    told = [
        *cities["city_name"].unique(),
        "Ma'ān",
        "St. John’s",
        "Sa\u0303o Paulo",
        "İSTANBUL",
        "x" + letters()[0],
    ]
    connection = duckdb.connect()
    connection.register("told", pl.DataFrame({"name": told}))
    found = connection.sql(f"select name, {sql} as folded from told").pl()
    assert found.filter(pl.col("folded") != pl.Series(map(folded, found["name"]))).rows() == []


@pytest.mark.parametrize(
    ("key", "city"),
    [
        ("US-OH/columbus", "Columbus"),
        ("US-GA/columbus", "Columbus"),
        ("US-MO/saint louis", "St. Louis"),
        ("US-NY/new york", "New York City"),
        ("BR-SP/sao paulo", "São Paulo"),
        ("BR-RJ/sao goncalo", "São Gonçalo"),
        ("DE-BY/munchen", "Munich"),
        ("GB-ENG/london", "London"),
        ("RU-MOW/москва", "Moscow"),
        ("US-CA/洛杉矶", "Los Angeles"),
        ("FR//paris", "Paris"),
    ],
)
def test_a_name_means_the_place_that_people_mean(
    names: dict[str, str], cities: pl.DataFrame, key: str, city: str
) -> None:
    found = cities.filter(adcode=names[key])
    assert found["city_name"].to_list() == [city]
    division = key.split("/")[0]
    assert "-" not in division or found["province_id"].to_list() == [division]


@pytest.mark.parametrize(
    "key", ["US//springfield", "US//columbus", "US//paris", "BR//santa luzia", "BR-MA/santa rita"]
)
def test_a_name_of_several_places_means_none(names: dict[str, str], key: str) -> None:
    assert key not in names


def test_every_key_means_a_city_that_is_listed_in_that_division(
    names: dict[str, str], cities: pl.DataFrame
) -> None:
    where = {
        adcode: (division, country)
        for adcode, division, country in cities.select("adcode", "province_id", "country_code").iter_rows()
    }
    assert cities["adcode"].is_unique().all()
    wrong = [key for key, adcode in names.items() if key.split("/")[0] not in where[adcode]]
    assert wrong == []


def test_divisions_are_iso_and_chinas_places_are_left_to_the_seeds(cities: pl.DataFrame) -> None:
    divisions = pl.read_parquet(PLACES / "divisions.parquet")
    assert set(divisions["province_id"]) <= {division.code for division in pycountry.subdivisions}
    assert set(cities["province_id"].drop_nulls()) == set(divisions["province_id"])
    assert not {"CN", "HK", "MO", "TW"}.intersection(cities["country_code"])
    states = {code for code in divisions["province_id"] if code.startswith("BR-")}
    assert len(states) == 27


def test_at_least_98_in_100_customers_of_olist_live_in_a_city_that_is_found(
    names: dict[str, str], real_data: Path
) -> None:
    customers = pl.read_csv(real_data / "olist" / "olist_customers_dataset.csv", infer_schema=False)
    keys = [
        f"BR-{state}/{folded(city)}"
        for city, state in customers.select("customer_city", "customer_state").iter_rows()
    ]
    assert sum(key in names for key in keys) / len(keys) >= 0.98

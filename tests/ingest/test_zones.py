import duckdb
import pytest

from ingest.shapes.zones import country_sql, zone_sql


@pytest.mark.parametrize(
    ("sent", "code"), [("BRA", "BR"), ("CHN", "CN"), ("GB", "GB"), ("Nowhere", "Nowhere")]
)
def test_a_country_in_three_letters_becomes_two_and_what_is_none_stays(sent: str, code: str) -> None:
    assert duckdb.execute(f"select {country_sql('place')} from (select ? as place)", [sent]).fetchone() == (
        code,
    )


@pytest.mark.parametrize(
    ("country", "state", "zone"),
    [
        ("CHN", None, "Asia/Shanghai"),
        ("de", None, "Europe/Berlin"),
        ("USA", "CA", "America/Los_Angeles"),
        (None, "NY", "America/New_York"),
        ("BR", None, None),
    ],
)
def test_a_place_has_a_clock_where_its_country_or_state_keeps_one(
    country: str | None, state: str | None, zone: str | None
) -> None:
    sql = f"select {zone_sql('country', 'state')} from (select ?::varchar as country, ?::varchar as state)"
    assert duckdb.execute(sql, [country, state]).fetchone() == (zone,)

"""The menu and the filters offer what there is something of."""

from pathlib import Path

import duckdb
import pytest

from dashboards.choice.menu import has_couriers, is_listed
from serving.published import Published
from warehouse.settings import Settings


@pytest.fixture
def unnamed(market: Settings, tmp_path: Path) -> Published:
    """The published market as if no provider had said who carried the parcels, and none were silent."""
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as copy:
        copy.execute(f"attach '{market.current.resolve()}' as market (read_only)")
        copy.execute("copy from database market to build")
        copy.execute("update dim_couriers set has_parcels = courier_id = 'unknown'")
        copy.execute("create or replace table mart_stalled_parcels as from mart_stalled_parcels limit 0")
    return Published(path)


def test_couriers_are_offered_where_parcels_name_theirs(serving: Published, unnamed: Published) -> None:
    assert has_couriers(serving)
    assert not has_couriers(unnamed)
    assert [is_listed(build, "courier_share") for build in (serving, unnamed)] == [True, False]


def test_a_page_whose_table_is_empty_is_not_listed(serving: Published, unnamed: Published) -> None:
    assert [is_listed(build, "stalled") for build in (serving, unnamed)] == [True, False]
    assert is_listed(unnamed, "data_health")

"""The feed by days of arrival, against the whole feed of the same market."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market

SIZE, DAYS, SEED = 6_000, (date(2019, 6, 1), date(2019, 6, 20)), 5
UNTIL = date(2019, 7, 5)
KEYS = {
    "orders": ["platform_id", "order_number"],
    "order_lines": ["platform_id", "order_number", "order_line_number"],
}
#: The time at which a row came to be known.
TIMES = {
    "orders": "updated_at",
    "order_lines": "updated_at",
    "payments": "paid_at",
    "refunds": "refunded_at",
    "waybills": "registered_at",
    "waybill_events": "received_at",
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("whole")
    write_market(SIZE, *DAYS, SEED, folder, until_date=UNTIL)
    return Written(folder)


@pytest.fixture(scope="module")
def by_day(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("daily")
    write_market(SIZE, *DAYS, SEED, folder, until_date=UNTIL, daily=True)
    return Written(folder)


def arrived(market: Written, entity: str) -> pl.DataFrame:
    """All rows of an entity, with the day of their folder."""
    paths = sorted(market.folder.glob(f"feeds/waymart/*/{entity}.parquet"))
    return pl.concat(
        pl.read_parquet(path).with_columns(day=pl.lit(date.fromisoformat(path.parent.name))) for path in paths
    )


def test_every_day_has_a_folder_to_the_last_day_known(by_day: Written) -> None:
    folders = sorted(path.name for path in (by_day.folder / "feeds/waymart").iterdir())
    assert folders == [str(DAYS[0] + timedelta(days=n)) for n in range((UNTIL - DAYS[0]).days + 1)]


@pytest.mark.parametrize(
    "entity", ["payments", "refunds", "waybills", "waybill_events", "consumers", "merchants", "products"]
)
def test_all_days_together_hold_the_rows_of_the_whole_feed(
    whole: Written, by_day: Written, entity: str
) -> None:
    there = whole.feed(entity).collect()
    here = arrived(by_day, entity).select(there.columns)
    assert here.sort(here.columns).equals(there.sort(there.columns))


@pytest.mark.parametrize("entity", KEYS)
def test_the_latest_snapshot_is_the_row_of_the_whole_feed(
    whole: Written, by_day: Written, entity: str
) -> None:
    there = whole.feed(entity).sort(KEYS[entity]).collect()
    rows = arrived(by_day, entity)
    assert len(rows) > 1.01 * len(there)
    here = rows.sort("updated_at").unique(KEYS[entity], keep="last").sort(KEYS[entity]).select(there.columns)
    if entity == "order_lines":  # a line does not come again each time its order changes
        here, there = here.drop("updated_at"), there.drop("updated_at")
    assert here.equals(there)


@pytest.mark.parametrize("entity", TIMES)
def test_a_row_arrives_on_the_day_on_which_it_came_to_be(by_day: Written, entity: str) -> None:
    rows = arrived(by_day, entity)
    at = pl.coalesce(TIMES[entity], "occurred_at") if entity == "waybill_events" else pl.col(TIMES[entity])
    assert rows.filter((at + timedelta(hours=8)).dt.date() != pl.col("day")).is_empty()


def test_no_snapshot_tells_of_a_later_day(by_day: Written) -> None:
    orders = arrived(by_day, "orders")
    end = (pl.col("day") + timedelta(days=1)).cast(pl.Datetime("us", "UTC")) - timedelta(hours=8)
    for name in ("paid_at", "received_at", "cancelled_at"):
        assert orders.filter(pl.col(name) >= end).is_empty()
    assert orders.filter(pl.col("paid_at").is_null() & pl.col("paid_amount").is_not_null()).is_empty()
    steps = orders.sort("updated_at").group_by("order_number", maintain_order=True).agg("status_code")
    assert ["paid", "shipped", "received"] in steps["status_code"].to_list()


def test_the_truth_is_that_of_the_whole_feed(whole: Written, by_day: Written) -> None:
    for table in ("orders", "waybills", "gmv", "courier_shares", "percentiles"):
        here, there = by_day.truth(table), whole.truth(table)
        assert here.sort(here.columns).equals(there.sort(there.columns)), table


def test_the_number_of_threads_changes_no_byte_of_the_days(by_day: Written, tmp_path: Path) -> None:
    write_market(SIZE, *DAYS, SEED, tmp_path, until_date=UNTIL, daily=True, threads=1)
    for path in sorted(by_day.folder.glob("feeds/waymart/*/*.parquet")):
        assert path.read_bytes() == (tmp_path / path.relative_to(by_day.folder)).read_bytes(), path


@pytest.mark.parametrize("wrong", [{"feeds": "providers"}, {"faults": {"duplicates": 0.01}}])
def test_only_the_contract_without_faults_comes_by_days(tmp_path: Path, wrong: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValueError, match="by days"):
        write_market(10, *DAYS, SEED, tmp_path, daily=True, **wrong)
    assert not (tmp_path / "feeds").exists()


def test_a_day_with_hardly_an_order_is_written_too(tmp_path: Path) -> None:
    write_market(3, *DAYS, SEED, tmp_path, daily=True)
    assert len(list(tmp_path.glob("feeds/waymart/*/orders.parquet"))) >= 1

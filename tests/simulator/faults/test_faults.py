"""Faults against the same market without them: what is listed differs, and nothing else."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market
from simulator.faults.rates import FAULTS, usual

SIZE, DAYS, SEED = 12_000, (date(2019, 5, 20), date(2019, 6, 25)), 8
RATES = {fault: 3 * rate for fault, rate in usual("contract").items() if fault != "recycled_numbers"}
SCAN = ["courier_code", "waybill_number", "event_code", "event_text", "occurred_at"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Written, Written]:
    """The market, and the same with faults."""
    folder = tmp_path_factory.mktemp("faults")
    write_market(SIZE, *DAYS, SEED, folder / "sound")
    write_market(SIZE, *DAYS, SEED, folder / "faulty", faults=RATES)
    return Written(folder / "sound"), Written(folder / "faulty")


@pytest.fixture(scope="module")
def listed(pair: tuple[Written, Written]) -> pl.DataFrame:
    return pair[1].truth("faults")


def files(market: Written, entity: str, fault: str) -> pl.DataFrame:
    return pl.read_parquet(market.folder / "feeds/waymart" / entity / f"*_{fault}.parquet")


def main_feed(market: Written, entity: str = "waybill_events") -> pl.DataFrame:
    """The rows outside the files of faults."""
    paths = sorted((market.folder / "feeds/waymart" / entity).glob("*.parquet"))
    return pl.concat(pl.read_parquet(path) for path in paths if "_" not in path.name)


def test_every_fault_happens_and_ends_where_its_kind_ends(listed: pl.DataFrame) -> None:
    assert dict(listed.select("fault", "outcome").unique().iter_rows()) == {
        fault: outcome for fault, (_, outcome) in FAULTS.items() if fault in RATES
    }


def test_faults_leave_the_truth_alone(pair: tuple[Written, Written]) -> None:
    sound, faulty = pair
    for table in ("orders", "waybills", "gmv", "courier_shares", "percentiles"):
        assert faulty.truth(table).equals(sound.truth(table))


def test_the_rest_of_the_feed_is_the_sound_one(pair: tuple[Written, Written], listed: pl.DataFrame) -> None:
    sound, faulty = pair
    touched = listed.filter(
        pl.col("fault").is_in(["missing_scans", "clock_skew", "wrong_zones", "planted_people"])
    )
    here = pl.concat([main_feed(faulty), files(faulty, "waybill_events", "late_arrival")]).select(SCAN)
    there = sound.feed("waybill_events").select(SCAN).collect()
    for rows in (here.join(there, on=SCAN, how="anti"), there.join(here, on=SCAN, how="anti")):
        assert len(rows) > 0
        assert rows.join(touched, on=["courier_code", "waybill_number"], how="anti").is_empty()
    for entity in ("orders", "order_lines", "payments", "refunds", "waybills", "consumers"):
        assert main_feed(faulty, entity).equals(sound.feed(entity).collect())


def test_repeated_rows_are_copies_of_rows_that_came_before(pair: tuple[Written, Written]) -> None:
    _, faulty = pair
    for fault in ("duplicates", "resent_histories"):
        copies = files(faulty, "waybill_events", fault)
        assert len(copies) > 50
        assert copies.join(main_feed(faulty), on=SCAN, how="anti").is_empty()
    again = files(faulty, "orders", "duplicates")
    assert again.join(main_feed(faulty, "orders"), on=again.columns, how="anti", nulls_equal=True).is_empty()


def test_each_listed_row_stands_at_its_file_and_line(
    pair: tuple[Written, Written], listed: pl.DataFrame
) -> None:
    _, faulty = pair
    with_rows = listed.filter(pl.col("file_name").is_not_null(), pl.col("entity") == "waybill_events")
    for (name,), rows in with_rows.group_by(["file_name"]):
        path = faulty.folder / str(name)
        assert rows["line_number"].sort().to_list() == list(range(1, len(rows) + 1))
        if path.suffix == ".parquet":
            told = rows.sort("line_number").select("courier_code", "waybill_number")
            assert pl.read_parquet(path).select(told.columns).equals(told)
        else:
            assert len(path.read_text(encoding="utf-8").splitlines()) == len(rows)


def test_spoiled_copies_have_their_reason(pair: tuple[Written, Written], listed: pl.DataFrame) -> None:
    refused = listed.filter(pl.col("outcome") == "quarantined")
    assert set(refused["reason"]) == {
        "not_a_timestamp", "missing_value", "malformed_record", "not_an_amount", "not_a_boolean",
        "not_a_date", "before_2000",
    }  # fmt: skip
    times = files(pair[1], "waybill_events", "sentinel_times")["occurred_at"]
    assert set(times) == {datetime.fromtimestamp(946_656_000, UTC)}
    assert refused.filter(pl.col("reason") != "malformed_record")["field"].null_count() == 0


def test_planted_people_stand_in_the_texts(pair: tuple[Written, Written], listed: pl.DataFrame) -> None:
    texts = files(pair[1], "waybill_events", "planted_people")["event_text"].to_list()
    planted = listed.filter(pl.col("fault") == "planted_people").sort("file_name", "line_number")[
        "planted_text"
    ]
    assert len(planted) > 100
    for text, person in zip(texts, planted.to_list(), strict=True):
        name, phone = person.rsplit(" ", 1)
        assert name in text
        assert phone in text


def test_silent_faults_are_small_and_impossible_orders_are_not(pair: tuple[Written, Written]) -> None:
    sound, faulty = pair
    moved = main_feed(faulty).select(SCAN).join(
        sound.feed("waybill_events").select(SCAN).collect(), on=SCAN[:-1], suffix="_true"
    )  # fmt: skip
    shift = moved.filter(pl.col("event_code") == "picked_up").select(
        (pl.col("occurred_at") - pl.col("occurred_at_true")).alias("by")
    )["by"]
    wrong = shift.filter(shift != timedelta(0))
    assert len(wrong) > 20
    assert all(by == -timedelta(hours=8) or timedelta(minutes=-21) < by < timedelta(0) for by in wrong)
    early = files(faulty, "waybill_events", "impossible_orders")
    assert set(early["event_code"]) == {"out_for_delivery"}


def test_used_numbers_come_back_months_later_with_the_same_courier(tmp_path: Path) -> None:
    write_market(20_000, date(2018, 11, 1), date(2019, 7, 31), 4, tmp_path, faults={"recycled_numbers": 0.01})
    market = Written(tmp_path)
    rounds = (
        market.feed("waybills")
        .group_by("courier_code", "waybill_number")
        .agg(first=pl.min("registered_at"), last=pl.max("registered_at"), rounds=pl.len())
        .filter(pl.col("rounds") > 1)
        .collect()
    )
    assert 20 < len(rounds) < 200
    assert set(rounds["rounds"]) == {2}
    assert (rounds["last"] - rounds["first"]).min() > timedelta(days=120)
    told = market.truth("faults")
    assert (
        told.select("courier_code", "waybill_number", "registered_at")
        .sort(pl.all())
        .equals(rounds.select("courier_code", "waybill_number", registered_at="last").sort(pl.all()))
    )


@pytest.mark.parametrize("faults", [{"gremlins": 0.1}, {"duplicates": 1.5}])
def test_an_unknown_fault_or_rate_is_refused(tmp_path: Path, faults: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="fault"):
        write_market(10, *DAYS, 1, tmp_path, faults=faults)

"""What was told of parcels under way: once, as the levels said at that time, and never changed after."""

import os
import signal
import subprocess
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random, SystemRandom
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import polars as pl
import pytest
from small_line import ROOT, SmallLine

from estimates.delivery.levels import LEVELS, WITH_LEARNT, answer, levels
from estimates.delivery.market import IS_DELIVERY, READ, delivery_estimates, started
from simulator import write_market
from warehouse.build import build
from warehouse.estimates_given import give

NOW = datetime(2026, 6, 11, 9, 30, tzinfo=UTC)
ZONE = "Asia/Shanghai"

WAYBILLS = """
    create table core.fct_waybills (
        waybill_id varchar, merchant_id varchar, provider_id varchar, courier_id varchar,
        service varchar, purpose varchar, status varchar,
        origin_province_id varchar, destination_province_id varchar,
        destination_adcode varchar, destination_country_code varchar, is_cancelled boolean,
        is_forwarded boolean, is_returned boolean, is_open boolean, registered_at timestamptz,
        clock_started_at timestamptz, picked_up_at timestamptz, first_attempt_at timestamptz,
        promised_delivery_at timestamptz
    )
"""
PLACES = """
    create table core.dim_provinces as
        from (values ('330000', 'east', 'CN', 30.3, 120.2), ('510000', 'west', 'CN', 30.7, 104.1))
        as t(province_id, region, country_code, latitude, longitude);
    create table core.dim_cities as from (values ('330100', '330000', 'Asia/Shanghai'))
        as t(adcode, province_id, time_zone);
"""


def waybill(name: str, registered_at: datetime, **values: Any) -> dict[str, Any]:
    """Return a parcel from Zhejiang to Zhejiang that was paid when it was registered."""
    return {
        **{"waybill_id": name, "provider_id": "p", "courier_id": "zto", "service": "standard"},
        **{"purpose": "sale", "status": "created", "origin_province_id": "330000"},
        **{"destination_province_id": "330000", "destination_adcode": "330100"},
        **{"destination_country_code": "CN", "is_cancelled": False, "is_forwarded": False},
        **{"is_returned": False, "is_open": True, "registered_at": registered_at},
        **{"clock_started_at": registered_at, "picked_up_at": None, "first_attempt_at": None},
        **{"promised_delivery_at": None},
        **values,
    }


def past(random: Random, count: int) -> list[dict[str, Any]]:
    """Return parcels of the last 80 days by two couriers, all arrived."""
    rows = []
    for number in range(count):
        begun = NOW - timedelta(days=6 + 74 * random.random())
        took = timedelta(hours=random.lognormvariate(3.5, 0.5))
        values = {
            "courier_id": random.choice(["zto", "zto", "yto"]),
            "service": random.choice(["standard", None]),
            "destination_province_id": random.choice(["330000", "510000"]),
            "is_open": False,
            "picked_up_at": begun + took / 4,
            "first_attempt_at": min(begun + took, NOW - timedelta(hours=1)),
        }
        rows.append(waybill(f"past:{number}", begun, **values))
    return rows


class Warehouse:
    """The tables that the ledger reads, made by hand; the mart by the pure functions."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        connection.execute("set timezone = 'UTC'; create schema core; create schema reports")
        connection.execute(PLACES)

    def build(self, rows: list[dict[str, Any]], as_of: datetime = NOW, learnt: Collection[str] = ()) -> None:
        """Make the tables anew, as a full refresh does; with the learnt level of these targets."""
        run = self.connection.execute
        run("drop table if exists core.fct_waybills; drop table if exists core.dim_providers")
        run(WAYBILLS)
        types = {
            name: pl.Datetime("us", "UTC") if name.endswith("_at") else pl.Boolean
            for name in rows[0]
            if name.endswith("_at") or name.startswith("is_")
        }
        frame = pl.DataFrame(rows, schema_overrides=types, infer_schema_length=None)
        self.connection.register("rows", frame)
        run("insert into core.fct_waybills by name from rows")
        run(
            "create table core.dim_providers as select 'p' as provider_id, ? as time_zone, ? as as_of_at",
            [ZONE, as_of],
        )
        mart = delivery_estimates(
            self.waybills(), self.table("dim_providers"), self.table("dim_provinces"), learnt
        )
        self.connection.register("mart", mart)
        run("create or replace table reports.mart_delivery_estimates as from mart")

    def waybills(self) -> pl.DataFrame:
        return self.connection.table("core.fct_waybills").filter(IS_DELIVERY).select(*READ, "waybill_id").pl()

    def table(self, name: str) -> pl.DataFrame:
        return self.connection.table(f"core.{name}").pl()

    def ledger(self) -> list[dict[str, Any]]:
        rows = self.connection.execute("from given.estimates_given order by waybill_id, given_at").pl()
        return rows.to_dicts()

    def kept(self, told_by: str, percentile: int | None) -> tuple[Any, ...]:
        """Return told, judged, kept, compared and earlier of one teller."""
        found = self.connection.execute(
            "select sum(told_count), sum(day_over_count), sum(kept_count), sum(compared_count),"
            " sum(earlier_count) from given.promises_kept"
            " where told_by = ? and percentile is not distinct from ?",
            [told_by, percentile],
        ).fetchone()
        assert found is not None
        return found


@pytest.fixture
def random() -> Random:
    seed = SystemRandom().randrange(2**31)
    print(f"seed {seed}")
    return Random(seed)


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    with duckdb.connect() as connection:
        yield Warehouse(connection)


@pytest.mark.parametrize("learnt", [(), ("pickup",)])
def test_a_parcel_is_told_what_the_levels_say_at_that_time(
    warehouse: Warehouse, random: Random, learnt: Collection[str]
) -> None:
    now = [
        waybill(
            f"now:{number}",
            NOW - timedelta(hours=40 * random.random()),
            courier_id=random.choice(["zto", "yto", "sf"]),
            service=random.choice(["standard", None, "express"]),
            destination_province_id=random.choice(["330000", "510000", None]),
            picked_up_at=random.choice([None, NOW - timedelta(minutes=random.randrange(300))]),
        )
        for number in range(60)
    ]
    warehouse.build([*past(random, 900), *now], learnt=learnt)
    assert give(warehouse.connection) == len(now)
    given = {row["waybill_id"]: row for row in warehouse.ledger()}
    parcels = started(
        warehouse.waybills(), warehouse.table("dim_providers"), warehouse.table("dim_provinces")
    )
    used = set()
    for target, is_picked_up in (("payment", False), ("pickup", True)):
        ids = [row["waybill_id"] for row in now if bool(row["picked_up_at"]) is is_picked_up]
        known = levels(parcels[target], NOW + timedelta(microseconds=1))
        among = WITH_LEARNT if target in learnt else LEVELS
        asked = parcels[target].filter(pl.col("waybill_id").is_in(ids))
        for told in answer(asked, known, among).iter_rows(named=True):
            row = given[told["waybill_id"]]
            used.add(told["level"])
            assert (row["estimate_target"], row["estimate_level"]) == (target, told["level"])
            assert (row["sampled_count"], row["arrived_count"]) == (
                told["parcel_count"],
                told["finished_count"],
            )
            for share in (50, 80, 90, 95):
                hours, day = row[f"p{share}_estimate_hours"], row[f"p{share}_date"]
                assert hours == pytest.approx(told[f"p{share}"], abs=1e-6)
                ends = told["started_at"] + timedelta(hours=hours)
                assert day == ends.astimezone(ZoneInfo(ZONE)).date()
    assert {"lane", "market", *(["learnt"] if learnt else [])} <= used


def test_a_parcel_is_told_at_registration_again_at_pickup_and_never_twice(
    warehouse: Warehouse, random: Random
) -> None:
    before, registered = past(random, 300), waybill("a", NOW - timedelta(hours=3), promised_delivery_at=NOW)
    warehouse.build([*before, registered])
    assert (give(warehouse.connection), give(warehouse.connection)) == (1, 0)
    (first,) = warehouse.ledger()
    assert (first["given_at"], first["is_first_estimate"], first["estimate_target"]) == (NOW, True, "payment")
    later = NOW + timedelta(days=3)
    moved = {**registered, "picked_up_at": NOW + timedelta(hours=8), "promised_delivery_at": later}
    # Made from other parcels, so that what is told now would differ.
    warehouse.build([*past(random, 400), moved], later)
    assert (give(warehouse.connection), give(warehouse.connection)) == (1, 0)
    kept, revision = warehouse.ledger()
    assert kept == first
    assert (revision["given_at"], revision["is_first_estimate"], revision["estimate_target"]) == (
        later,
        False,
        "pickup",
    )
    assert (first["promised_delivery_at"], revision["promised_delivery_at"]) == (NOW, later)
    warehouse.build([*before, {**moved, "first_attempt_at": later, "is_open": False}], later)
    assert give(warehouse.connection) == 0
    assert warehouse.ledger() == [kept, revision]


def test_of_a_history_that_is_loaded_afterwards_nothing_was_told(
    warehouse: Warehouse, random: Random
) -> None:
    old = NOW - timedelta(days=2, seconds=1)
    rows = [
        waybill("old", old),
        waybill("old and picked up since", old, picked_up_at=NOW - timedelta(hours=1)),
        waybill("fresh", NOW - timedelta(days=2)),
    ]
    warehouse.build([*past(random, 300), *rows])
    give(warehouse.connection)
    assert [row["waybill_id"] for row in warehouse.ledger()] == ["fresh"]


def test_of_what_is_over_or_no_delivery_and_of_what_nothing_is_known_nothing_is_told(
    warehouse: Warehouse, random: Random
) -> None:
    at = NOW - timedelta(hours=5)
    rows = [
        waybill("there", at, picked_up_at=at, first_attempt_at=NOW - timedelta(hours=1)),
        waybill("lost", at, picked_up_at=at, is_open=False),
        waybill("called off", at, is_cancelled=True, is_open=False),
        waybill("goes back", at, purpose="return"),
        waybill("never paid", at, clock_started_at=None),
    ]
    warehouse.build([*past(random, 300), *rows])
    assert give(warehouse.connection) == 0
    warehouse.build([*past(random, 29), waybill("of a market of 29", at)])
    assert give(warehouse.connection) == 0


def test_the_first_word_is_judged_when_its_day_is_over_beside_the_platforms_promise(
    warehouse: Warehouse, random: Random
) -> None:
    at = NOW - timedelta(hours=2)
    promised = NOW + timedelta(days=30)
    rows = [waybill(name, at, promised_delivery_at=promised) for name in ("early", "late", "never")]
    rows.append(waybill("no promise", at))
    before = past(random, 400)
    warehouse.build([*before, *rows])
    give(warehouse.connection)
    day = warehouse.ledger()[0]["p90_date"]
    assert warehouse.kept("estimate", 90) == (4, 0, 0, 3, 3)
    last = datetime(day.year, day.month, day.day, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Shanghai
    rows[0] |= {"first_attempt_at": last}
    rows[1] |= {"first_attempt_at": last + timedelta(seconds=1)}
    rows[3] |= {"is_cancelled": True}
    warehouse.build([*before, *rows], last)
    give(warehouse.connection)
    # The day is not over: even what is there already is not judged.
    assert warehouse.kept("estimate", 90) == (3, 0, 0, 3, 3)
    warehouse.build([*before, *rows], last + timedelta(seconds=1))
    give(warehouse.connection)
    assert warehouse.kept("estimate", 90) == (3, 3, 1, 3, 3)
    assert warehouse.kept("platform", None) == (3, 0, 0, 3, 0)
    warehouse.build([*before, *rows], promised + timedelta(days=1))
    give(warehouse.connection)
    assert warehouse.kept("platform", None) == (3, 3, 2, 3, 0)


#: Kill this process once a step of publishing is done, or before it begins.
_KILL = """
import os, signal
from warehouse import publish as step
was = step.{function}
def killed(*arguments, **named):
    result = {result}
    os.kill(os.getpid(), signal.SIGKILL)
    return result
step.{function} = killed
cli.main()
"""
_DONE = "was(*arguments, **named)"


@pytest.mark.slow
def test_what_was_told_outlives_full_refreshes_and_kills(tmp_path: Path) -> None:
    line = SmallLine(tmp_path / "line", is_whole=True)
    write_market(4000, date(2019, 4, 1), date(2019, 6, 30), 5, tmp_path / "market")
    files = sorted((tmp_path / "market" / "feeds" / "waymart").rglob("*.parquet"))
    line.load(*files, is_simulated=True)
    told = "from given.estimates_given order by all"
    line.build()
    report = line.audit()
    accept = ["--accept", "a small market"] if report.errors else []
    for function, result in (("give", _DONE), ("_sync", _DONE), ("_switch", "None"), ("_switch", _DONE)):
        program = line.program(_KILL.format(function=function, result=result))
        done = subprocess.run([*program, "publish", *accept], cwd=ROOT, check=False)
        assert done.returncode == -signal.SIGKILL, os.fspath(tmp_path)
        rows = line.rows(told)
        assert len(rows) > 20
        assert len({row[:2] for row in rows}) == len(rows)
    line.publish(accept=accept[-1] if accept else None)
    assert line.rows(told) == rows
    build(line.settings, full_refresh=True)
    report = line.audit()
    line.publish(accept="a small market" if report.errors else None)
    assert line.rows(told) == rows
    assert line.published_rows("from estimates_given order by all") == rows

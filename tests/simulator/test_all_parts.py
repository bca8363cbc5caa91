"""A market with all its parts is written, and read, in every way in which a plain one is."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from ingest.finding.find import find_files
from ingest.loading.load import create_raw, load_files
from simulator import write_market
from simulator.faults.rates import usual

DAYS, UNTIL = (date(2019, 5, 20), date(2019, 6, 25)), date(2019, 8, 31)
KEY = b"a key of the tests, 32 bytes long"


def loaded(folder: Path, provider: str) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    create_raw(connection)
    files = find_files(provider, [folder]).files
    for _, _, error in load_files(connection, provider, files, pseudonym_key=KEY):
        assert not error
    return connection


@pytest.mark.parametrize("how", [{}, {"daily": True}, {"story": "off"}], ids=["whole", "daily", "quiet"])
def test_every_row_of_the_contract_is_taken(tmp_path: Path, how: dict[str, Any]) -> None:
    write_market(1_500, *DAYS, 3, tmp_path, until_date=UNTIL, cross_border=0.2, parts=["all"], **how)
    connection = loaded(tmp_path, "waymart")
    counts = connection.sql("select sum(quarantined_count), sum(duplicate_count) from raw.loads").fetchall()
    assert counts == [(0, 0)]
    for entity in ("pickup_points", "returns", "claims", "waybills", "waybill_events"):
        files = [f"{path}" for path in (tmp_path / "feeds").rglob(f"{entity}*") if path.suffix == ".parquet"]
        files += [f"{path}" for path in (tmp_path / "feeds/waymart" / entity).glob("*.parquet")]
        written = sum(len(pl.read_parquet(path)) for path in set(files))
        assert connection.sql(f"select count(*) from raw.{entity}").fetchall() == [(written,)]
        assert written > 0


def test_trackers_tell_of_overdue_parcels_in_their_own_codes(tmp_path: Path) -> None:
    write_market(
        4_000, *DAYS, 3, tmp_path, until_date=UNTIL, cross_border=0.2, parts=["all"], feeds="providers"
    )
    for provider, code in (("kuaidi100", "205"), ("kdniao", "412")):
        connection = loaded(tmp_path / "feeds" / provider, provider)
        assert connection.sql("select count(*) from raw.quarantine").fetchall() == [(0,)]
        ((overdue,),) = connection.sql(
            f"select count(*) from raw.waybill_events where event_code = '{code}'"
        ).fetchall()
        assert overdue > 5, provider


def test_faults_touch_such_a_market_as_they_do_a_plain_one(tmp_path: Path) -> None:
    write_market(2_000, *DAYS, 3, tmp_path, cross_border=0.2, parts=["all"], faults=usual("contract"))
    connection = loaded(tmp_path, "waymart")
    ((quarantined,),) = connection.sql("select count(*) from raw.quarantine").fetchall()
    faults = pl.read_parquet(tmp_path / "truth/faults.parquet")
    assert quarantined == faults.filter(pl.col("outcome") == "quarantined").height > 5

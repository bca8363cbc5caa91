"""Small files load together, and leave what they would have left one by one."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from intake import KEY

from ingest.contract import CONTRACT
from ingest.errors import IntakeError
from ingest.finding.find import Found
from ingest.loading.load import create_raw, load_file, load_files


def push(number: int, scans: int) -> str:
    said = [
        {"time": f"2019-05-{1 + scan:02} 09:00:00", "context": "快件已揽收", "status": "揽收"}
        for scan in range(scans)
    ]
    return json.dumps({"lastResult": {"com": "yunda", "nu": f"43000{number}", "data": said}})


def write_pushes(folder: Path) -> list[Found]:
    """Write pushes of one file each: repeats, more than one in a file, none at all, and what is no JSON."""
    folder.mkdir()
    for number in range(40):
        (folder / f"{number:03}.json").write_text(push(number % 13, 1 + number % 5))
    (folder / "041.jsonl").write_text(f"{push(1, 3)}\nnonsense\n\n{push(50, 2)}")
    (folder / "042.jsonl").write_text(push(51, 2))
    (folder / "043.json").write_text(f"[{push(52, 1)}, {push(53, 1)}]")
    (folder / "044.json").write_text('[{"not": "a push"}]')
    return [Found(path, path.name, False) for path in sorted(folder.iterdir())]


def state(connection: duckdb.DuckDBPyConnection) -> dict[str, list[Any]]:
    names = "columns(name -> name not in ('started_at', 'loaded_at'))"
    tables = ["loads", "quarantine", *(entity.name for entity in CONTRACT)]
    return {t: connection.sql(f"select {names} from raw.{t} order by all").fetchall() for t in tables}


def open_raw() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    create_raw(connection)
    return connection


def test_they_leave_what_they_leave_one_by_one(tmp_path: Path) -> None:
    files = write_pushes(tmp_path / "pushes")
    with open_raw() as alone, open_raw() as together:
        for file in files:
            load_file(alone, "kuaidi100", file.path, pseudonym_key=KEY)
        done = list(load_files(together, "kuaidi100", files, pseudonym_key=KEY))
        assert state(together) == state(alone)
        assert max(len(pack) for pack, _, _ in done) == 40
        assert [error for _, _, error in done if error] == []


def test_one_that_cannot_be_read_keeps_no_other_out(tmp_path: Path) -> None:
    files = write_pushes(tmp_path / "pushes")
    files[7].path.write_text('{"breaks')
    with open_raw() as connection:
        done = list(load_files(connection, "kuaidi100", files, pseudonym_key=KEY))
        assert [files[7].path.name in error for _, _, error in done if error] == [True]
        loaded = connection.sql("select file_name from raw.loads").fetchall()
        repeats = {load.file_name for _, loads, _ in done for load in loads if load.is_repeat}
        assert {name for (name,) in loaded} | repeats == {f.file_name for f in files} - {"007.json"}


def test_another_pseudonym_key_is_refused(tmp_path: Path) -> None:
    files = write_pushes(tmp_path / "pushes")
    with open_raw() as connection:
        load_file(connection, "kuaidi100", files[0].path, pseudonym_key=KEY)
        with pytest.raises(IntakeError, match="pseudonym key is not the one"):
            load_file(connection, "kuaidi100", files[1].path, pseudonym_key=KEY[::-1])
        assert connection.sql("select count(*) from raw.loads").fetchall() == [(1,)]
        ((check,),) = connection.sql("from raw.pseudonym_key").fetchall()
        assert KEY.hex() not in check
        load_file(connection, "kuaidi100", files[1].path, pseudonym_key=KEY)


def test_a_warehouse_from_before_a_column_gets_it(tmp_path: Path) -> None:
    files = write_pushes(tmp_path / "pushes")
    with open_raw() as connection:
        load_file(connection, "kuaidi100", files[3].path, pseudonym_key=KEY)
        connection.execute("alter table raw.waybill_events drop column former_courier_code")
        create_raw(connection)
        load_file(connection, "kuaidi100", files[4].path, pseudonym_key=KEY)
        rows = "select waybill_number, former_courier_code, count(*) from raw.waybill_events group by all"
        assert sorted(connection.sql(rows).fetchall()) == [("430003", None, 4), ("430004", None, 5)]


def test_the_same_file_with_another_year_is_another_file(tmp_path: Path) -> None:
    path = tmp_path / "delivery.csv"
    path.write_text("order_id,city,courier_id,accept_time,delivery_time,ds\n7,H,1,03-01 09:00:00,nan,0301\n")
    with open_raw() as connection:
        for year in ("2021", "2022", "2022"):
            load_file(connection, "lade", path, pseudonym_key=KEY, options={"year": year})
        years = "select year(occurred_at) from raw.waybill_events order by all"
        assert connection.sql(years).fetchall() == [(2021,), (2022,)]

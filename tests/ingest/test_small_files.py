"""Small files load together, and leave what they would have left one by one."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pytest
from intake import KEY

from ingest.contract import CONTRACT
from ingest.errors import IntakeError
from ingest.finding.find import Found, find_files
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


def write_days(folder: Path) -> list[Found]:
    """Write a file of each of three entities for thirty days: Parquet of three schemas, CSV, lines of JSON.

    Among them are rows that come twice, bad ones, blank lines, records over lines, files without rows.
    """
    for day in range(1, 31):
        at = folder / f"2019-05-{day:02}"
        at.mkdir(parents=True)
        columns = ["courier_code", "waybill_number", "occurred_at", "event_text"][: 3 + day % 2]
        columns = columns[::-1] if day % 3 == 0 else columns
        duckdb.sql(
            f"""copy (select {", ".join(columns)} from (select 'zto' as courier_code,
                'Z' || i % 50 as waybill_number, i % 17 || ' scans' as event_text,
                case when i % 17 <> 3 then timestamptz '2019-05-01 00:00:00+00' + to_days({day % 9}) end
                as occurred_at from range({day % 5 * 40}) as numbers(i)))
                to '{at / "waybill_events.parquet"}'"""
        )
        lines = [f"jd,{n},name {n}" for n in range(day % 5)]
        lines += {2: ["", "", 'jd,9,"two', "", 'lines"', "", ",8,"], 3: ["jd,7,8,9", "", "jd,6,\xff"]}.get(
            day % 7, []
        )
        text = "\n".join(["platform_id,merchant_code,merchant_name", *lines, "jd,last,one", ""])
        (at / "merchants.csv").write_bytes(text.encode("latin-1"))
        (at / "products.jsonl").write_text('{"platform_id": "jd", "product_code": "1"}\n\nnone\n' * (day % 3))
    return list(find_files("waymart", [folder]).files)


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
        assert max(len(pack) for pack, _, _ in done) == 44
        assert [error for _, _, error in done if error] == []


def test_days_leave_what_they_leave_file_by_file(tmp_path: Path) -> None:
    files = write_days(tmp_path / "days")
    with open_raw() as alone, open_raw() as together:
        for file in files:
            load_file(alone, "waymart", file.path, pseudonym_key=KEY, file_name=file.file_name)
        done = list(load_files(together, "waymart", files, pseudonym_key=KEY))
        assert [(len(pack), error) for pack, _, error in done] == [(90, "")]
        found = state(together)
        assert found == state(alone)
        reasons = dict(together.sql("select reason, count(*) from raw.quarantine group by all").fetchall())
    assert set(reasons) == {"malformed_record", "missing_value", "wrong_encoding"}
    assert all(found[entity] for entity in ("waybill_events", "merchants", "products"))


@pytest.mark.parametrize(
    ("name", "content"),
    [("waybill_events.parquet", b"PAR1 breaks"), ("merchants.csv", b"platform_id,no_such_column\njd,1\n")],
)
def test_a_file_among_days_that_cannot_be_read_fails_alone(name: str, content: bytes, tmp_path: Path) -> None:
    files = write_days(tmp_path / "days")
    broken = next(file for file in files if file.file_name == f"2019-05-12/{name}")
    broken.path.write_bytes(content)
    with open_raw() as connection:
        done = list(load_files(connection, "waymart", files, pseudonym_key=KEY))
        assert [(pack, loads) for pack, loads, error in done if error] == [([broken], [])]
        loaded = {print_ for (print_,) in connection.sql("select file_fingerprint from raw.loads").fetchall()}
    assert loaded == {sha256(file.path.read_bytes()).hexdigest() for file in files if file != broken}


def test_a_name_that_is_a_pattern_means_no_other_file(tmp_path: Path) -> None:
    files = write_days(tmp_path / "days[1-9]")
    with open_raw() as connection:
        done = list(load_files(connection, "waymart", files, pseudonym_key=KEY))
    assert {len(pack) for pack, _, _ in done} == {1}


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

"""Files come from standard input, S3, PostgreSQL, Excel sheets and a watched folder: one command each."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from intake import SAMPLES
from moto.server import ThreadedMotoServer
from openpyxl import Workbook

OLIST_DATES = (
    "order_approved_at",
    "order_delivered_carrier_date",
    "order_delivered_customer_date",
    "order_estimated_delivery_date",
)
SAMPLE = (SAMPLES / "pinduoduo" / "list.json").read_bytes()


def waymart(
    home: Path, *arguments: str, given: bytes = b"", **more: str
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from commands.cli import main; main()", "ingest", *arguments]
    return subprocess.run(
        command,
        input=given,
        capture_output=True,
        check=False,
        env=os.environ | {"WAYMART_HOME": str(home)} | more,
    )


def counted(home: Path, table: str) -> int:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        row = connection.sql(f"select count(*) from raw.{table}").fetchone()
    assert row is not None
    return int(row[0])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_standard_input_is_a_file_like_any_other(tmp_path: Path) -> None:
    done = waymart(tmp_path, "pinduoduo", "-", "--name", "list.json", given=SAMPLE)
    assert done.returncode == 0, done.stderr
    assert counted(tmp_path, "orders") == 3


def test_a_dry_run_tells_rows_reasons_and_codes_and_writes_nothing(tmp_path: Path) -> None:
    lines = SAMPLE.replace(b'"order_status": 3', b'"order_status": 77').replace(b"\n", b"") + b"\nnonsense\n"
    done = waymart(tmp_path / "home", "pinduoduo", "-", "--dry-run", given=lines, COLUMNS="200")
    assert done.returncode == 0, done.stderr
    told = done.stdout.decode()
    assert "malformed_record" in told
    assert "1/77" in told
    assert "Nothing was written" in told
    assert not list((tmp_path / "home").rglob("*"))


def test_a_dry_run_knows_the_families_of_codes(tmp_path: Path) -> None:
    sample = (SAMPLES / "cainiao" / "across.json").read_bytes()
    lines = sample.replace(b"PU_PICKUP_SUCCESS", b"CC_EX_UNHEARD_OF").replace(
        b"CC_IM_SUCCESS", b"XX_UNHEARD_OF"
    )
    done = waymart(tmp_path, "cainiao", "-", "--name", "a.json", "--dry-run", given=lines, COLUMNS="200")
    told = done.stdout.decode()
    assert "XX_UNHEARD_OF" in told
    assert "CC_EX_UNHEARD_OF" not in told


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server that speaks S3, on this machine."""
    port = free_port()
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield f"http://127.0.0.1:{port}"
    server.stop()


def test_a_prefix_of_a_compatible_store_is_a_folder(store: str, tmp_path: Path) -> None:
    import boto3

    client = boto3.client("s3", endpoint_url=store)
    client.create_bucket(Bucket="exports")
    client.put_object(Bucket="exports", Key="2019/05/list.json", Body=SAMPLE)
    client.put_object(Bucket="exports", Key="2019/notes.pdf", Body=b"no export")
    done = waymart(tmp_path, "pinduoduo", "s3://exports/2019")
    assert done.returncode == 0, done.stderr
    assert counted(tmp_path, "orders") == 3
    again = waymart(tmp_path, "pinduoduo", "s3://exports/2019/05/list.json")
    assert again.returncode == 0, again.stderr
    assert counted(tmp_path, "loads") == 4
    nowhere = waymart(tmp_path, "pinduoduo", "s3://exports/2031")
    assert nowhere.returncode == 1
    assert len(nowhere.stderr.decode().splitlines()) == 1


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    """A PostgreSQL of its own, which root may not start: then another user does."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs:
        pytest.skip("PostgreSQL is not installed (make system)")
    bin_folder, port = programs[-1].parent, free_port()
    folder = Path("/tmp") / f"waymart-postgres-{os.getpid()}"
    folder.mkdir()
    user: int | None = None
    if os.geteuid() == 0:
        user = pwd.getpwnam("nobody").pw_uid
        os.chown(folder, user, -1)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, capture_output=True, user=user, cwd=folder)

    data = str(folder / "data")
    try:
        run(str(bin_folder / "initdb"), "-D", data, "-U", "shop", "-A", "trust", "--no-sync")
        settings = f"-h 127.0.0.1 -p {port} -k {folder}"
        run(str(bin_folder / "pg_ctl"), "-D", data, "-w", "-l", str(folder / "log"), "-o", settings, "start")
        yield f"postgresql://shop@127.0.0.1:{port}/postgres"
        run(str(bin_folder / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_the_tables_of_an_order_database_are_files_of_the_contract(postgres: str, tmp_path: Path) -> None:
    psql = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"))[-1]
    statements = """
        create table sales (number text, paid numeric(10, 2), at timestamptz);
        insert into sales values ('007', 19.90, '2019-05-03 09:00:00+08');
        insert into sales values ('8', null, '2019-05-04 09:00:00+08');
        create view orders as select 'taobao' as platform_id, number as order_number, 'placed' as status_code,
            'CNY' as currency, paid as paid_amount, at as placed_at from sales;
    """
    subprocess.run(
        [psql, postgres, "-v", "ON_ERROR_STOP=1", "-c", statements], check=True, capture_output=True
    )
    done = waymart(tmp_path, "waymart", postgres)
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.sql(
            "select order_number, paid_amount::varchar, placed_at::varchar from raw.orders order by placed_at"
        ).fetchall()
    assert rows == [("007", "19.90", "2019-05-03 01:00:00+00"), ("8", None, "2019-05-04 01:00:00+00")]
    wrong = waymart(tmp_path, "waymart", postgres.replace("/postgres", "/nobody"))
    assert wrong.returncode == 1
    assert "cannot be read" in wrong.stderr.decode()


def test_an_order_sheet_of_excel_is_read_as_its_csv_would_be(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(
        [
            "order_id",
            "order_item_id",
            "product_id",
            "seller_id",
            "shipping_limit_date",
            "price",
            "freight_value",
        ]
    )
    sheet.append(["o1", 1, "p1", "007", "2018-07-03 09:05:00", 19.9, 3])
    sheet.append(["o1", 2, "p2", "007", "2018-07-03 09:05:00", 100, 0.5])
    book.save(tmp_path / "items.xlsx")
    done = waymart(tmp_path, "olist", str(tmp_path / "items.xlsx"))
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        rows = connection.sql(
            "select order_line_number, merchant_code, goods_amount::varchar, postage_amount::varchar "
            "from raw.order_lines order by 1"
        ).fetchall()
    assert rows == [("1", "007", "19.90", "3.00"), ("2", "007", "100.00", "0.50")]
    folder = tmp_path / "sheets" / "2018"
    folder.mkdir(parents=True)
    sheet.append(["o1", 3, "p3", "007", "2018-07-03 09:05:00", 5, 0])
    book.save(folder / "items.xlsx")
    (folder / "notes.txt").write_text("mine")
    in_folder = waymart(tmp_path, "olist", str(tmp_path / "sheets"))
    assert in_folder.returncode == 0, in_folder.stderr
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        loads = "select file_name, read_count, loaded_count, duplicate_count from raw.loads order by load_id"
        assert connection.sql(loads).fetchall() == [("items.csv", 2, 2, 0), ("2018/items.csv", 3, 1, 2)]
    (tmp_path / "broken.xlsx").write_bytes(b"PK no workbook")
    broken = waymart(tmp_path, "olist", str(tmp_path / "broken.xlsx"))
    assert (broken.returncode, len(broken.stderr.decode().splitlines())) == (1, 1)


def test_each_cell_of_excel_is_read_by_its_own_type(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["courier_code", "waybill_number", "occurred_at"])
    # Excel keeps 15 digits of a number, and the zeros before it only where it is text.
    for number in (7319001234567890, 731900123456789, "0073190012345678"):
        sheet.append(["zto", number, "2019-05-03T09:00:00Z"])
    sheet.append(["zto", "Z4", datetime(2019, 5, 3, 9)])
    book.save(tmp_path / "waybill_events.xlsx")
    done = waymart(tmp_path, "waymart", str(tmp_path / "waybill_events.xlsx"), COLUMNS="200")
    assert done.returncode == 0, done.stderr
    told = done.stdout.decode()
    assert "rounded_number" in told
    # A time of Excel's has no zone: the contract asks for one, other providers have a rule.
    assert "not_a_timestamp" in told
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        kept = connection.sql("select waybill_number from raw.waybill_events order by 1").fetchall()
    assert kept == [("0073190012345678",), ("731900123456789",)]


def test_what_is_only_formatted_is_nothing(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["courier_code", "waybill_number", "event_code", "occurred_at"])
    sheet.append(["zto", "Z1", None, "2019-05-03T09:00:00Z"])
    sheet.append([None])
    sheet.append(["zto", "Z2", "picked_up", "2019-05-03T09:00:00Z"])
    for row, column in ((1, 7), (3, 2), (900, 3)):
        sheet.cell(row, column).number_format = "0.00"
    book.save(tmp_path / "waybill_events.xlsx")
    done = waymart(tmp_path, "waymart", str(tmp_path / "waybill_events.xlsx"))
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        lines = connection.sql("select waybill_number, _line_number from raw.waybill_events order by 1")
        assert lines.fetchall() == [("Z1", 2), ("Z2", 4)]
    assert counted(tmp_path, "quarantine") == 0


def test_dates_of_excel_are_dates_wherever_they_stand(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["order_id", "customer_id", "order_status", "order_purchase_timestamp", *OLIST_DATES])
    sheet.append(["o1", "c1", "created", datetime(2018, 7, 3, 9, 5), None, None, None, None])
    sheet.append(["o2", "c2", "created", "2018-07-03 09:06:00", datetime(2018, 7, 3, 9, 7), *[None] * 3])
    book.save(tmp_path / "olist_orders_dataset.xlsx")
    done = waymart(tmp_path, "olist", str(tmp_path / "olist_orders_dataset.xlsx"))
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'America/Sao_Paulo'")
        times = connection.sql("select placed_at::varchar, paid_at::varchar from raw.orders order by 1")
        assert times.fetchall() == [
            ("2018-07-03 09:05:00-03", None),
            ("2018-07-03 09:06:00-03", "2018-07-03 09:07:00-03"),
        ]


def test_a_damaged_workbook_in_a_folder_is_named_and_the_rest_is_loaded(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "sheets"
    folder.mkdir()
    (folder / "olist_orders_dataset.xlsx").write_bytes(b"PK no workbook")
    sound = (SAMPLES / "olist" / "olist_customers_dataset.csv").read_bytes()
    (folder / "olist_customers_dataset.csv").write_bytes(sound)
    done = waymart(home, "olist", str(folder))
    assert done.returncode == 1
    (said,) = done.stderr.decode().splitlines()
    assert "olist_orders_dataset.xlsx" in said
    assert counted(home, "consumers") == len(sound.splitlines()) - 1
    rehearsed = waymart(home, "olist", str(folder), "--dry-run", COLUMNS="200").stdout.decode()
    assert "olist_orders_dataset.xlsx" in rehearsed


def test_a_watched_folder_gives_its_files_once_they_are_complete_and_leaves_the_warehouse_free(
    tmp_path: Path,
) -> None:
    home, drop = tmp_path / "home", tmp_path / "drop"
    drop.mkdir()
    command = [sys.executable, "-c", "from commands.cli import main; main()"]
    command += ["ingest", "pinduoduo", "--watch", str(drop)]
    watcher = subprocess.Popen(
        command,
        env=os.environ | {"WAYMART_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        with (drop / "list.json").open("wb") as file:
            for start in range(0, len(SAMPLE), 1000):
                file.write(SAMPLE[start : start + 1000])
                file.flush()
                time.sleep(0.2)
        ended = time.monotonic() + 60
        loads = 0
        while loads < 4 and time.monotonic() < ended:
            time.sleep(0.5)
            try:
                # Between loads anyone may open the warehouse.
                loads = counted(home, "loads") if (home / "warehouse.duckdb").exists() else 0
            except duckdb.Error:
                loads = 0
        assert loads == 4
        assert (counted(home, "orders"), counted(home, "quarantine")) == (3, 0)
    finally:
        watcher.send_signal(signal.SIGINT)
        assert watcher.wait(30) == 130


def test_a_row_of_a_workbook_that_lacks_something_goes_to_quarantine_and_is_not_made_up(
    tmp_path: Path,
) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["courier_code", "waybill_number", "event_text", "occurred_at"])
    at = "2018-11-11T00:00:03Z"
    sheet.append(["zto", "Z2", "x" * 32_766, at])
    sheet.append(["zto", "Z3", "x" * 40_000, at])  # openpyxl, as Excel, cuts it off
    sheet.append(["zto", '="Z"&4', "x", at])  # calculated by no one yet
    sheet.append(["zto", "Z5", "x", at])
    book.save(tmp_path / "waybill_events.xlsx")
    done = waymart(tmp_path, "waymart", str(tmp_path / "waybill_events.xlsx"))
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as connection:
        loaded = connection.sql("select waybill_number from raw.waybill_events order by 1").fetchall()
        kept_out = "select file_name, line_number, reason from raw.quarantine order by 2"
        assert connection.sql(kept_out).fetchall() == [
            ("waybill_events.csv", 3, "malformed_record"),
            ("waybill_events.csv", 4, "malformed_record"),
        ]
    assert loaded == [("Z2",), ("Z5",)]

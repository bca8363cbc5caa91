"""A load that is killed leaves the warehouse as it was or as it should be, and no secret in its bytes."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
from intake import KEY

from ingest.load import create_raw, load_file

LOADER = """
import sys, pathlib, duckdb
from ingest.load import load_file
connection = duckdb.connect(sys.argv[1])
print("started", flush=True)
load_file(connection, "waymart", pathlib.Path(sys.argv[2]), pseudonym_key=bytes.fromhex(sys.argv[3]))
print("loaded", flush=True)
"""
ROWS = 60_000
KILLS = 8


def write_events(path: Path) -> None:
    duckdb.sql(
        f"""copy (select 'zto' as courier_code, 'Z' || i as waybill_number, 'picked_up' as event_code,
        '取件人: 王小明 电话 13812345678' as event_text,
        timestamptz '2018-11-11 00:00:00+00' + to_seconds(i) as occurred_at
        from range({ROWS}) as numbers(i)) to '{path}' (format csv)"""
    )


def state(warehouse: Path) -> tuple[int, int]:
    with duckdb.connect(str(warehouse)) as connection:
        counted = "select (select count(*) from raw.waybill_events), (select count(*) from raw.loads)"
        row = connection.sql(counted).fetchone()
    assert row is not None
    return row


def test_a_load_killed_at_any_moment_is_whole_or_not_there(tmp_path: Path) -> None:
    seed = int(os.environ.get("WAYMART_TEST_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    moments = random.Random(seed)
    warehouse, path = tmp_path / "warehouse.duckdb", tmp_path / "waybill_events.csv"
    duckdb.sql("set TimeZone = 'UTC'")
    write_events(path)
    with duckdb.connect(str(warehouse)) as connection:
        create_raw(connection)
    command = [sys.executable, "-c", LOADER, str(warehouse), str(path), KEY.hex()]
    seconds = 0.5
    for attempt in range(KILLS):
        loader = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert loader.stdout is not None
        assert loader.stdout.readline() == "started\n"
        begun = time.monotonic()
        if attempt == 0:
            # The first one runs to its end, to know how long there is something to kill.
            loader.wait()
            seconds = time.monotonic() - begun
            assert state(warehouse) == (ROWS, 1)
            with duckdb.connect(str(warehouse)) as connection:
                connection.execute("delete from raw.waybill_events")
                connection.execute("delete from raw.loads")
            continue
        time.sleep(moments.uniform(0, seconds))
        loader.send_signal(signal.SIGKILL)
        loader.wait()
        assert state(warehouse) in {(0, 0), (ROWS, 1)}
    with duckdb.connect(str(warehouse)) as connection:
        load_file(connection, "waymart", path, pseudonym_key=KEY)
    assert state(warehouse) == (ROWS, 1)


def test_neither_key_nor_people_nor_codes_stand_in_the_bytes_of_the_warehouse(tmp_path: Path) -> None:
    warehouse, events = tmp_path / "warehouse.duckdb", tmp_path / "waybill_events.csv"
    write_events(events)
    orders = tmp_path / "orders.csv"
    orders.write_text(
        "platform_id,order_number,consumer_code,status_code,currency,placed_at\n"
        "taobao,7001,secret-account-77,paid,CNY,2018-11-11T00:00:03Z\n"
        "taobao,7002,secret-account-77,paid,CNY,王小明 13812345678\n",
        encoding="utf-8",
    )
    with duckdb.connect(str(warehouse)) as connection:
        create_raw(connection)
        for path in (orders, events):
            load_file(connection, "waymart", path, pseudonym_key=KEY)
        written = b"".join(file.read_bytes() for file in tmp_path.glob("warehouse.duckdb*"))
        connection.execute("checkpoint")
    written += b"".join(file.read_bytes() for file in tmp_path.glob("warehouse.duckdb*"))
    assert b"picked_up" in written
    for secret in (KEY, KEY.hex().encode(), b"secret-account-77", "王小明".encode(), b"13812345678"):
        assert secret not in written

"""What a load leaves on the disk holds no secret and no person."""

from pathlib import Path

import duckdb
from intake import KEY

from ingest.loading.load import create_raw, load_file

ROWS = 1_000


def write_events(path: Path) -> None:
    duckdb.sql(
        f"""copy (select 'zto' as courier_code, 'Z' || i as waybill_number, 'picked_up' as event_code,
        '取件人: 王小明 电话 13812345678' as event_text,
        timestamptz '2018-11-11 00:00:00+00' + to_seconds(i) as occurred_at
        from range({ROWS}) as numbers(i)) to '{path}' (format csv)"""
    )


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

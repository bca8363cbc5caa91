"""Olist: the real part of its order book, and the rule of its times."""

import itertools
import os
import random
from pathlib import Path

import duckdb
import pytest
from intake import KEY, LoadText, contents, counts

from ingest.finding.find import find_files
from ingest.loading.load import Load, create_raw, load_file

ENTITIES = ("orders", "order_lines", "payments", "consumers", "merchants", "products")


def load_all(connection: duckdb.DuckDBPyConnection, paths: list[Path]) -> list[Load]:
    loads = [load_file(connection, "olist", path, pseudonym_key=KEY) for path in paths]
    return list(itertools.chain.from_iterable(loads))


@pytest.mark.parametrize("session_zone", ["UTC", "Asia/Shanghai", "America/Sao_Paulo"])
@pytest.mark.parametrize(
    ("local", "instant"),
    [
        ("2018-07-01 12:00:00", "2018-07-01 15:00:00+00"),
        ("2018-01-01 12:00:00", "2018-01-01 14:00:00+00"),
        # Clocks went back from 00:00 to 23:00: 23:30 came twice, the later one counts.
        ("2018-02-17 23:30:00", "2018-02-18 02:30:00+00"),
        ("2018-02-17 22:59:59", "2018-02-18 00:59:59+00"),
    ],
)
def test_a_local_time_is_sao_paulo_s_and_the_later_one_where_it_came_twice(
    local: str, instant: str, session_zone: str, connection: duckdb.DuckDBPyConnection, load_text: LoadText
) -> None:
    connection.execute(f"set TimeZone = '{session_zone}'")
    header = (
        "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
        "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
    )
    load = load_text("olist_orders_dataset.csv", f"{header}o,c,created,{local},,,,\n", provider="olist")
    assert counts(load) == (1, 1, 0, 0)
    query = f"select placed_at = timestamptz '{instant}' from raw.orders"
    assert connection.sql(query).fetchall() == [(True,)]


def test_the_real_orders_are_all_there_and_sum_up(
    real_data: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    files = [found.path for found in find_files("olist", [real_data / "olist"]).files]
    loads = load_all(connection, files)
    assert {load.entity: counts(load) for load in loads if load.entity in ("orders", "order_lines")} == {
        "orders": (11637, 11637, 0, 0),
        "order_lines": (13212, 13212, 0, 0),
    }
    assert all(load.quarantined_count == 0 for load in loads)
    money = connection.sql(
        "select sum(goods_amount)::varchar, sum(postage_amount)::varchar from raw.order_lines"
    )
    assert money.fetchall() == [("1590096.92", "264355.45")]
    delivered = connection.sql(
        "select count(*), round(avg(epoch(delivered_at) - epoch(placed_at)) / 86400, 3), "
        "round(median(epoch(delivered_at) - epoch(placed_at)) / 86400, 3) "
        "from raw.orders where status_code = 'delivered' and delivered_at is not null"
    )
    assert delivered.fetchall() == [(11293, 12.557, 10.199)]
    paid = connection.sql(
        "select count(*), round(avg(epoch(delivered_at) - epoch(paid_at)) / 86400, 3) from raw.orders "
        "where status_code = 'delivered' and delivered_at is not null and paid_at is not null"
    )
    assert paid.fetchall() == [(11290, 12.119)]


def test_the_real_files_twice_and_in_any_order_give_the_same_warehouse(
    real_data: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    files = [found.path for found in find_files("olist", [real_data / "olist"]).files]
    load_all(connection, files)
    seed = int(os.environ.get("WAYMART_TEST_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    random.Random(seed).shuffle(files)
    with duckdb.connect() as other:
        other.execute("set TimeZone = 'UTC'")
        create_raw(other)
        load_all(other, files)
        assert all(load.is_repeat for load in load_all(other, files))
        for entity in ENTITIES:
            assert contents(other, entity) == contents(connection, entity)

"""What Spark reads of the raw tables: exactly what is loaded, copied once."""

import json
from pathlib import Path

import duckdb
import pytest

from warehouse.settings import Settings
from warehouse.spark_files import export_raw, load_built


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("""
        create schema raw;
        create table raw.loads (load_id bigint);
        create table raw.quarantine (load_id bigint);
        create table raw.refunds (refund_number varchar, _load_id bigint);
        create table raw.orders as
            select 'order ' || range as order_number, range // 3 as _load_id from range(6);
        create table raw.pseudonym_key (digest varchar);
    """)
    return connection


def exported(settings: Settings, table: str) -> list[tuple[object, ...]]:
    files = f"read_parquet('{settings.spark_raw / table}/**/*.parquet', hive_partitioning = true)"
    return duckdb.sql(f"select * from {files} order by all").fetchall()


def test_every_row_is_exported_and_the_key_is_not(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    export_raw(connection, settings)
    assert exported(settings, "orders") == connection.sql("from raw.orders order by all").fetchall()
    assert exported(settings, "refunds") == []
    assert {folder.name for folder in settings.spark_raw.iterdir()} == {
        "loads",
        "quarantine",
        "refunds",
        "orders",
    }


def test_a_load_that_lies_there_is_not_copied_again(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    export_raw(connection, settings)
    [first] = (settings.spark_raw / "orders" / "_load_id=0").iterdir()
    before = first.stat()
    connection.execute(
        "insert into raw.orders values ('late', 7); insert into raw.refunds values ('first', 7)"
    )
    assert export_raw(connection, settings), "all that lay there stayed"
    assert first.stat() == before
    assert exported(settings, "orders") == connection.sql("from raw.orders order by all").fetchall()
    assert exported(settings, "refunds") == [("first", 7)]


def test_what_was_erased_leaves_the_files(settings: Settings, connection: duckdb.DuckDBPyConnection) -> None:
    export_raw(connection, settings)
    connection.execute("delete from raw.orders where order_number = 'order 1' or _load_id = 1")
    assert not export_raw(connection, settings), "a build of what is new would not see them go"
    assert exported(settings, "orders") == [("order 0", 0), ("order 2", 0)]
    connection.execute("delete from raw.orders")
    assert not export_raw(connection, settings)
    assert exported(settings, "orders") == []


def test_a_new_column_is_in_the_files_of_old_loads(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    export_raw(connection, settings)
    connection.execute("alter table raw.orders add column channel_code varchar")
    assert not export_raw(connection, settings)
    assert all(len(row) == 3 for row in exported(settings, "orders"))


def test_a_table_without_a_date_comes_back_empty(
    settings: Settings, connection: duckdb.DuckDBPyConnection
) -> None:
    of_model = {"resource_type": "model", "schema": "core", "columns": {"order_id": {"data_type": "varchar"}}}
    nodes = {name: {**of_model, "alias": name} for name in ("fct_orders", "fct_order_lines")}
    settings.manifest.parent.mkdir(parents=True)
    settings.manifest.write_text(json.dumps({"nodes": nodes}))
    folder = settings.spark_warehouse / "core.db" / "fct_orders" / "partition_date=2019-06-10"
    folder.mkdir(parents=True)
    connection.execute(f"copy (select 'one' as order_id) to '{folder}/part.parquet'")
    load_built(connection, settings)
    assert connection.sql("from core.fct_orders").fetchall() == [("one",)]
    assert connection.sql("from core.fct_order_lines").fetchall() == []

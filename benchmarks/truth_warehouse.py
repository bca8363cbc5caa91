"""A warehouse whose facts are what the simulator says happened, and the reports that find changes in them."""

import importlib.util
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from types import TracebackType

import duckdb
import polars as pl

from benchmarks.compiled import PROJECT, compiled_nodes, empty_table, place
from estimates.findings.what_needs_you import Market, measured

_FINDINGS = PROJECT / "models/marts/reports/findings/mart_findings.py"
#: In the order in which they are made.
_MADE = ("dim_event_weeks", "mart_lane_weeks", "mart_merchant_weeks", "mart_category_weeks")


def compiled() -> dict[str, str]:
    """Return the SQL of the models that are made, and the empty tables that they and the findings read."""
    nodes = compiled_nodes(*_MADE)
    by_name = {node["alias"]: node for node in nodes.values() if node["resource_type"] == "model"}
    sql = {
        name: f"create or replace table {place(by_name[name])} as {by_name[name]['compiled_code']}"
        for name in _MADE
    }
    read = {id for name in (*_MADE, "mart_findings") for id in by_name[name]["depends_on"]["nodes"]}
    for id in sorted(read - {by_name[name]["unique_id"] for name in _MADE}):
        sql[f"empty {nodes[id]['alias']}"] = empty_table(nodes[id])
    return sql


class TruthWarehouse:
    """The warehouse of one simulated market, in memory; one provider, as old as one asks it to be."""

    def __init__(self, market: Path, sql: Mapping[str, str]) -> None:
        self._sql = sql
        self._connection = duckdb.connect()
        self._connection.execute("set timezone = 'UTC'; attach ':memory:' as warehouse; use warehouse")
        for schema in ("seeds", "core", "reports"):
            self._connection.execute(f"create schema warehouse.{schema}")
        for name, text in sql.items():
            if name.startswith("empty "):
                self._connection.execute(text)
        self._load(market)

    def __enter__(self) -> "TruthWarehouse":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def findings(self, as_of: date) -> pl.DataFrame:
        """Make the reports as they would be at the beginning of a day in China."""
        self._connection.execute(
            "create or replace table core.dim_providers as select 'waymart' as provider_id,"
            " 'Asia/Shanghai' as time_zone, timezone('Asia/Shanghai', ?::timestamp) as as_of_at",
            [as_of],
        )
        for name in _MADE:
            self._connection.execute(self._sql[name])
        spec = importlib.util.spec_from_file_location("mart_findings", _FINDINGS)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found: pl.DataFrame = module.model(self, self._connection)
        return found

    def config(self, **_: str) -> None:
        """Take what a model tells dbt of itself."""

    def ref(self, name: str) -> duckdb.DuckDBPyRelation:
        """Return a table, as dbt does for a model in Python."""
        schema = "reports" if name.startswith("mart_") else "core"
        return self._connection.sql(f"from warehouse.{schema}.{name}")

    def measured(self) -> dict[str, pl.DataFrame]:
        """Return each metric's rows as they were searched last."""
        names = ("mart_lane_weeks", "mart_merchant_weeks", "mart_category_weeks")
        lanes, merchants, categories = (self.ref(name).pl() for name in names)
        none = pl.DataFrame()
        return measured(Market(lanes, merchants, categories, none, none, none, none))

    def hand_over(self, courier: str, taker: str, monday: date) -> None:
        """Let another courier carry half of a courier's parcels of a week."""
        self._connection.execute(
            "update core.fct_waybills set courier_id = ? where courier_id = ?"
            " and picked_up_date between ? and ? and hash(waybill_number) % 2 = 0",
            [taker, courier, monday, monday + timedelta(days=6)],
        )

    def _load(self, market: Path) -> None:
        run, feed = self._connection.execute, market / "feeds/waymart"
        run(f"insert into seeds.calendar_events by name from read_csv('{PROJECT}/seeds/calendar_events.csv')")
        run(f"""
            insert into core.fct_waybills by name
            select
                waybill_number as waybill_id, 'waymart' as provider_id, courier_code as courier_id,
                merchant_code as merchant_id, waybill_number, purpose,
                origin_adcode[:2] || '0000' as origin_province_id,
                destination_adcode[:2] || '0000' as destination_province_id,
                if(destination_country_code = 'CN', tier, 'abroad') as tier_fixed,
                handling_seconds, end_to_end_seconds, clock_started_at, consigned_at, picked_up_at,
                delivered_at is not null as is_delivered, handed_over_at is not null as is_handed_over,
                is_returned, is_cancelled,
                timezone('Asia/Shanghai', clock_started_at)::date as paid_date,
                timezone('Asia/Shanghai', picked_up_at)::date as picked_up_date
            from '{market}/truth/waybills.parquet'
        """)
        # Joined from the files themselves it takes 40 seconds.
        run(f"""
            create temporary table orders as
            select platform_id, order_number, tier, is_paid, order_date from '{market}/truth/orders.parquet'
        """)
        run(f"""
            create temporary table products as
            select platform_id, product_code, category_code from '{feed}/products/*.parquet'
        """)
        run(f"""
            create temporary table lines as
            select platform_id, order_number, product_code from '{feed}/order_lines/*.parquet'
        """)
        run("""
            insert into core.fct_order_lines by name
            select
                'waymart' as provider_id, platform_id, products.category_code as category_id,
                orders.tier as tier_fixed, orders.is_paid, orders.order_date
            from lines
            inner join orders using (platform_id, order_number)
            inner join products using (platform_id, product_code)
        """)

"""Facts about consumers as the simulator says they happened, for programs that run a mart's SQL over them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from benchmarks.compiled import compiled_nodes, empty_table, place

#: Tables that are filled, and how.
FACTS = (
    *("fct_consumer_orders", "fct_orders", "fct_waybill_orders", "fct_waybills", "fct_order_lines"),
    *("dim_products", "dim_platforms"),
)
_IN_ORDER = "over (partition by consumer_id order by placed_at, order_id)"
#: Of a row that the feed sends again, the newest.
_FILLED = f"""
    create table happened as
    select
        *, platform_id || ':' || order_number as order_id, tier as tier_fixed,
        platform_id || ':' || consumer_code as consumer_id
    from '{{truth}}/orders.parquet' where consumer_code is not null;

    insert into core.fct_orders by name
    select
        order_id, platform_id, consumer_id, currency, tier_fixed, gmv_paid, platform_subsidy_amount, is_paid,
        order_date, placed_at
    from happened;

    insert into core.dim_platforms by name
    select distinct platform_id, 'Asia/Shanghai' as time_zone from happened;

    insert into core.fct_consumer_orders by name
    select
        order_id, platform_id, consumer_id, currency, tier_fixed, gmv_paid, order_date,
        row_number() {_IN_ORDER} as order_rank,
        lead(order_date) {_IN_ORDER} as next_order_date
    from happened;

    insert into core.dim_products by name
    select distinct on (platform_id, product_code)
        platform_id || ':' || product_code as product_id, brand_name,
        platform_id || ':' || category_code as category_id
    from '{{feeds}}/products/*.parquet' order by updated_at desc;

    insert into core.fct_order_lines by name
    select distinct on (lines.platform_id, lines.order_number, lines.order_line_number)
        happened.order_id, happened.platform_id, happened.consumer_id, happened.currency, happened.order_date,
        happened.is_paid, lines.platform_id || ':' || lines.product_code as product_id,
        products.category_id, lines.goods_amount as gmv_paid
    from '{{feeds}}/order_lines/*.parquet' as lines
    inner join happened using (platform_id, order_number)
    left join core.dim_products as products
        on lines.platform_id || ':' || lines.product_code = products.product_id
    order by lines.updated_at desc;

    insert into core.fct_waybills by name
    select courier_code || ':' || waybill_number as waybill_id, platform_id, purpose, first_attempt_at
    from '{{truth}}/waybills.parquet';

    insert into core.fct_waybill_orders by name
    select distinct
        courier_code || ':' || waybill_number as waybill_id,
        platform_id || ':' || unnest(order_numbers) as order_id
    from '{{feeds}}/waybills/*.parquet' where platform_id is not null;
"""


def compiled(mart: str) -> dict[str, str]:
    """Return the SQL that makes the facts' empty tables, and that of a mart over them."""
    by_name: dict[str, Any] = {node["alias"]: node for node in compiled_nodes(mart).values()}
    sql = {name: empty_table(by_name[name]) for name in FACTS}
    return sql | {mart: f"create table {place(by_name[mart])} as {by_name[mart]['compiled_code']}"}


def make(connection: duckdb.DuckDBPyConnection, market: Path, sql: Mapping[str, str]) -> None:
    """Fill the facts from a written market and make the mart, in a database called warehouse."""
    connection.execute("set timezone = 'UTC'; attach ':memory:' as warehouse; use warehouse")
    connection.execute("create schema core; create schema reports")
    for name in FACTS:
        connection.execute(sql[name])
    connection.execute(_FILLED.format(truth=market / "truth", feeds=market / "feeds" / "waymart"))
    for name, made in sql.items():
        if name not in FACTS:
            connection.execute(made)

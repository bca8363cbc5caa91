"""Cells hold the sum of as many rows as anyone sends, be each as large as intake lets pass."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from built_warehouse import KEY, PROJECT, Loads, load, run_dbt

from ingest.contract import LIMITS
from ingest.loading.load import load_file

#: Two portions, each below what 18 digits hold and together above.
_PORTION = 6_000
_AMOUNT = Decimal(LIMITS["amount"]) - Decimal("0.01")
_COUNT = LIMITS["count"] - 1
_AT = "timestamptz '2019-06-01 04:00:00+00'"
_ORDER = "'jd' as platform_id, n::varchar as order_number, 'CNY' as currency"
#: Rows by entity, of orders numbered `n`: all in one cell of every table.
_FEEDS = {
    "orders": f"""{_ORDER}, 'c' || n as consumer_code, 'paid' as status_code,
        {_AMOUNT} as paid_amount, {_AMOUNT} as postage_amount, '110000' as destination_city_code,
        {_AT} as placed_at, {_AT} as paid_at""",
    "order_lines": f"""{_ORDER}, '1' as order_line_number, 'm' as merchant_code, 'p' as product_code,
        {_COUNT} as unit_count, {_AMOUNT} as goods_amount, {_AMOUNT} as cost_amount""",
    "refunds": f"""{_ORDER}, '1' as refund_number, '1' as order_line_number, {_AMOUNT} as amount,
        {_AT} as refunded_at""",
    "waybills": f"""'sf' as courier_code, 'w' || n as waybill_number, 'jd' as platform_id,
        'm' as merchant_code, [n::varchar] as order_numbers, [n || ':1'] as order_line_numbers,
        '110000' as origin_city_code, '310000' as destination_city_code, 'CNY' as currency,
        {_COUNT} as weight_grams, {_AMOUNT} as freight_cost_amount, {_AT} as registered_at""",
    "waybill_events": f"""'sf' as courier_code, 'w' || n as waybill_number,
        unnest(['picked_up', 'delivered']) as event_code,
        {_AT} + unnest([0, 20]) * interval 1 day as occurred_at""",
}
_SUMS = {
    "mart_city_tier_gmv": dict.fromkeys(
        ("gmv_placed", "gmv_paid", "postage_amount", "paid_amount", "refunded_amount"), _AMOUNT
    ),
    "mart_category_gmv": {"goods_amount": _AMOUNT, "gmv_paid": _AMOUNT, "unit_count": _COUNT},
    "mart_courier_share": {"gmv_paid": _AMOUNT, "freight_cost_amount": _AMOUNT, "weight_grams": _COUNT},
    "mart_courier_lanes": {"gmv_paid": _AMOUNT, "freight_cost_amount": _AMOUNT},
    "mart_merchant_couriers": {"gmv_paid": _AMOUNT, "freight_cost_amount": _AMOUNT},
    "mart_lane_time": {"end_to_end_seconds": 20 * 86_400},
}


def _portion(folder: Path, first: int) -> Loads:
    folder.mkdir()
    for entity, columns in _FEEDS.items():
        rows = f"select {columns} from range({first}, {first + _PORTION}) numbers(n)"
        duckdb.sql(f"copy ({rows}) to '{folder}/{entity}.parquet'")
    return [("waymart", folder / f"{entity}.parquet") for entity in _FEEDS]


def test_the_sums_of_one_order_have_the_limit_of_one_amount() -> None:
    macro = (PROJECT / "macros" / "sums" / "totals.sql").read_text(encoding="utf-8")
    assert f"{{% macro amount_limit() %}}{LIMITS['amount']}{{% endmacro %}}" in macro


@pytest.mark.slow
def test_twelve_thousand_rows_of_the_largest_amounts_and_counts_add_up_in_one_cell(tmp_path: Path) -> None:
    home = tmp_path / "home"
    load(home, _portion(tmp_path / "first", 0))
    run_dbt(home, "build", "--exclude-resource-type", "unit_test")
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        for provider, path in _portion(tmp_path / "second", _PORTION):
            load_file(connection, provider, path, pseudonym_key=KEY)
    # The cells settle: what came is added to what they hold.
    run_dbt(home, "build", "--exclude-resource-type", "unit_test")
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        for table, sums in _SUMS.items():
            names = ", ".join(f"max({name})" for name in sums)
            found = connection.execute(f"select {names} from reports.{table}").fetchone()
            assert found == tuple(2 * _PORTION * one for one in sums.values()), table
        built = "select bool_or(after_load_id is not null) from arrivals.builds"
        assert connection.execute(built).fetchall() == [(True,)]

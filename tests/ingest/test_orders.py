"""Order exports: several entities from one file, in any envelope, each row counted where it belongs."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from intake import KEY, SAMPLES, counts

from ingest.errors import IntakeError
from ingest.loading.load import load_file


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text(encoding="utf-8"))


def load(
    connection: duckdb.DuckDBPyConnection,
    provider: str,
    path: Path,
    document: object,
    **options: str,
) -> dict[str, tuple[int, int, int, int]]:
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    loads = load_file(connection, provider, path, pseudonym_key=KEY, options=options)
    return {one.entity: counts(one) for one in loads}


def test_an_order_is_the_same_in_every_envelope(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    page = sample("pinduoduo/list.json")
    orders = page["order_list_get_response"]["order_list"]
    envelopes: dict[str, object] = {
        "page.json": page,
        "single.json": {"order_info_get_response": {"order_info": orders[0]}},
        "lines.jsonl": "".join(json.dumps(order) + "\n" for order in orders),
        "pages.json": [page, page],
        "stored.json": {"status": 200, "body": json.dumps(page)},
        "list.json": {"data": {"list": orders}},
    }
    read = {
        name: load(connection, "pinduoduo", tmp_path / name, content)["orders"]
        for name, content in envelopes.items()
    }
    assert read == {
        "page.json": (3, 3, 0, 0),
        "single.json": (1, 0, 1, 0),
        "lines.jsonl": (3, 0, 3, 0),
        "pages.json": (6, 0, 6, 0),
        "stored.json": (3, 0, 3, 0),
        "list.json": (3, 0, 3, 0),
    }


def test_a_record_without_an_order_is_counted_once_and_not_in_each_entity(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    order = json.dumps(sample("pinduoduo/list.json")["order_list_get_response"]["order_list"][0])
    lines = f'{order}\nnonsense\n{{"error_response": {{"code": 1}}}}\n'
    assert load(connection, "pinduoduo", tmp_path / "orders.jsonl", lines) == {
        "orders": (3, 1, 0, 2),
        "order_lines": (1, 1, 0, 0),
        "products": (1, 1, 0, 0),
        "waybills": (2, 2, 0, 0),
    }
    quarantined = connection.sql("select entity, reason, line_number from raw.quarantine order by 3")
    assert quarantined.fetchall() == [("orders", "malformed_record", 2), ("orders", "malformed_record", 3)]


def test_a_price_that_is_no_amount_is_quarantined_in_its_line_and_the_order_stays(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    order = sample("pinduoduo/list.json")["order_list_get_response"]["order_list"][0]
    order["item_list"][0]["goods_price"] = "19,90"
    assert load(connection, "pinduoduo", tmp_path / "o.json", order)["order_lines"] == (1, 0, 0, 1)
    quarantined = connection.sql("select entity, reason, field from raw.quarantine").fetchall()
    assert quarantined == [("order_lines", "not_an_amount", "goods_amount")]
    assert connection.sql("select count(*) from raw.orders").fetchall() == [(1,)]


def test_orders_that_travel_together_share_one_waybill(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    first = sample("pinduoduo/list.json")["order_list_get_response"]["order_list"][0]
    orders = [first, first | {"order_sn": "190503-9", "extra_delivery_list": None}]
    load(connection, "pinduoduo", tmp_path / "o.json", orders)
    rows = connection.sql("select waybill_number, order_numbers from raw.waybills order by 1").fetchall()
    assert rows == [
        ("YT900000102", ["190503-100000000000001"]),
        ("ZT900000101", ["190503-100000000000001", "190503-9"]),
    ]


def test_floating_yuan_become_exact_decimals(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    order = sample("pinduoduo/list.json")["order_list_get_response"]["order_list"][0]
    order |= {"seller_discount": 0.1 + 0.2, "pay_amount": 1e2, "order_change_amount": 0.1 * 3}
    order["item_list"][0] |= {"goods_price": 4.35, "goods_count": 100}
    load(connection, "pinduoduo", tmp_path / "o.json", order)
    money = "select merchant_discount_amount, paid_amount, adjustment_amount from raw.orders"
    assert [str(amount) for amount in connection.sql(money).fetchall()[0]] == ["0.30", "100.00", "-0.30"]
    assert str(connection.sql("select goods_amount from raw.order_lines").fetchall()[0][0]) == "435.00"


def test_a_group_that_is_not_complete_is_not_paid(connection: duckdb.DuckDBPyConnection) -> None:
    load_file(connection, "pinduoduo", SAMPLES / "pinduoduo" / "list.json", pseudonym_key=KEY)
    load_file(connection, "taobao", SAMPLES / "taobao" / "sold.json", pseudonym_key=KEY)
    forming = "group_status_code in ('0', 'PAID_FORBID_CONSIGN')"
    rows = connection.sql(f"select count(*), count(paid_at) from raw.orders where {forming}").fetchall()
    assert rows == [(2, 0)]


def test_only_one_of_the_two_closed_trades_was_paid(connection: duckdb.DuckDBPyConnection) -> None:
    load_file(connection, "taobao", SAMPLES / "taobao" / "sold.json", pseudonym_key=KEY)
    rows = connection.sql(
        "select status_code, paid_at is not null, cancelled_at is not null from raw.orders "
        "where status_code like 'TRADE_CLOSED%' order by 1"
    ).fetchall()
    assert rows == [("TRADE_CLOSED", True, True), ("TRADE_CLOSED_BY_TAOBAO", False, True)]


def test_the_shop_is_what_the_user_says_where_orders_do_not(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    load(connection, "shopify", tmp_path / "o.json", sample("shopify/orders.json"), shop="sample.example")
    shops = "select distinct merchant_code from raw.order_lines"
    assert connection.sql(shops).fetchall() == [("sample.example",)]


def test_an_option_that_a_provider_does_not_have_is_one_sentence(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(IntakeError, match="has no option year: it has shop, time_format"):
        load(connection, "shopify", tmp_path / "o.json", {}, year="2019")


def test_the_real_rows_of_the_jd_data_set_load_whole(
    real_data: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    for name in ("orders", "skus", "users", "delivery"):
        path = real_data / "jd_msom2020" / f"head_{name}.csv"
        for one in load_file(connection, "jd_msom2020", path, pseudonym_key=KEY):
            assert one.read_count == one.loaded_count > 0
    # Read off the first row by hand: 89.0 less 10.0, no promise.
    row = connection.sql(
        "select lines.goods_amount::varchar, lines.merchant_discount_amount::varchar, paid_amount::varchar, "
        "promised_delivery_date, placed_at::varchar from raw.orders join raw.order_lines lines "
        "using (order_number) where order_number = 'd0cf5cc6db'"
    ).fetchall()
    assert row == [("89.00", "10.00", "79.00", None, "2018-03-01 09:14:25+00")]

"""Every field is judged by its type: what no sum, date or page could hold goes to quarantine, by itself."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from intake import KEY, LoadText, counts

from ingest.contract import CONTRACT, Entity
from ingest.finding.find import find_files
from ingest.loading.load import load_files

NOW = datetime.now(UTC)


def day(days: float) -> str:
    return (NOW + timedelta(days=days)).isoformat()


#: What fits, what does not and why, what lies on the edge; by type.
GOOD = {
    "text": "x1",
    "texts": "x1|x2",
    "masked": "x",
    "pseudonym": "u",
    "currency": "CNY",
    "timestamp": "2019-06-01T00:00:00Z",
    "date": "2019-06-01",
    "amount": "9.99",
    "count": "3",
    "boolean": "true",
}
POISON = {
    "timestamp": {
        "0001-01-01T00:00:00Z": "before_2000",
        "1999-12-31T23:59:59Z": "before_2000",
        "9999-12-31T23:59:59Z": "in_the_future",
    },
    "date": {"0001-01-01": "before_2000", "9999-12-31": "in_the_future"},
    "amount": {"9999999999999999.99": "too_large", "1000000000000.00": "too_large"},
    "count": {str(2**63 - 1): "too_large", "1000000000": "too_large", "-1": "negative"},
    "currency": {"XXX": "not_a_currency", "cny": "not_a_currency", "RMB": "not_a_currency"},
}
#: One less than what is good.
JUST_BEFORE = {"date": "2019-05-31", "count": "2"}
EDGE = {
    "timestamp": ["2000-01-01T00:00:00Z", day(0.5)],
    "date": ["2000-01-01"],
    "amount": ["999999999999.99", "0"],
    "count": ["999999999", "0"],
    "currency": ["BRL", "XOF"],
}


def table(entity: Entity, rows: list[dict[str, str]]) -> str:
    written = io.StringIO()
    writer = csv.DictWriter(written, [column.name for column in entity.columns], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


@pytest.mark.parametrize("entity", CONTRACT, ids=lambda entity: entity.name)
def test_what_no_field_of_its_kind_can_be_is_quarantined_by_name_and_all_else_is_loaded(
    entity: Entity, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    good = {column.name: GOOD[column.type] for column in entity.columns}
    spoiled, edges, expected = [], [], []
    for column in entity.columns:
        poison = dict(POISON.get(column.type, {}))
        edge = list(EDGE.get(column.type, []))
        if column.type == "amount" and column.name != "adjustment_amount":
            poison["-0.01"] = "negative"
        if column.type in ("date", "timestamp") and column.name.startswith("promised_"):
            poison[day(740)[:10] if column.type == "date" else day(740)] = "in_the_future"
            edge.append(day(720)[:10] if column.type == "date" else day(720))
        elif column.name.startswith("valid_"):
            poison[day(3660)[:10]] = "in_the_future"
            edge.append(day(3640)[:10])
        elif column.type == "timestamp":
            poison[day(2)] = "in_the_future"
        for value, reason in poison.items():
            spoiled.append(good | {column.name: value})
            expected.append((reason, column.name))
        if column.begun_by:
            spoiled.append(good | {column.name: JUST_BEFORE[column.type]})
            expected.append(("ends_before_it_begins", column.name))
        if column.name not in ("order_currency", "currency"):
            ends = [other.name for other in entity.columns if other.begun_by == column.name]
            # What ends may do so where it begins.
            span = (column.name, column.begun_by or column.name, *ends)
            edges += [good | dict.fromkeys(span, value) for value in edge]
        elif column.name == "currency":
            edges += [good | {name: value for name in good if name.endswith("currency")} for value in edge]
    load = load_text(f"{entity.name}.csv", table(entity, [*spoiled, good, *edges]))
    assert load.quarantined_count == len(spoiled)
    assert load.read_count == len(spoiled) + 1 + len(edges)
    found = connection.sql("select reason, field, line_number from raw.quarantine order by 3").fetchall()
    assert found == [(*fault, line) for line, fault in enumerate(expected, start=2)]


@pytest.mark.parametrize("entity", ["order_lines", "refunds"])
def test_a_part_in_another_currency_than_the_row_says_the_order_is_in_is_quarantined(
    entity: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    row = {
        "platform_id": "jd", "order_number": "1", "order_line_number": "1", "merchant_code": "m",
        "refund_number": "1", "amount": "1.00", "refunded_at": "2019-06-01T00:00:00Z", "currency": "USD",
    }  # fmt: skip
    shape = next(e for e in CONTRACT if e.name == entity)
    known = {column.name for column in shape.columns}
    said = [row | {"order_currency": currency} for currency in ("CNY", "USD", "")]
    content = table(shape, [{k: v for k, v in one.items() if k in known} for one in said])
    # The third says the same as the second: whose currency the order has is no part of the row.
    assert counts(load_text(f"{entity}.csv", content)) == (3, 1, 1, 1)
    assert connection.sql("select reason, field from raw.quarantine").fetchall() == [
        ("other_currency", "order_currency")
    ]


def test_a_line_of_shopify_in_another_currency_than_its_order_s_is_quarantined(
    tmp_path: Any, connection: duckdb.DuckDBPyConnection
) -> None:
    money = {"shop_money": {"amount": "5.00", "currency_code": "USD"}}
    order = {
        "id": 1, "created_at": "2019-06-01T00:00:00Z", "financial_status": "paid", "currency": "CNY",
        "total_price": "10.00",
        "line_items": [{"id": 1, "quantity": 1, "price": "5.00", "price_set": money},
                       {"id": 2, "quantity": 1, "price": "5.00"}],
        "refunds": [{"id": 1, "created_at": "2019-06-01T00:00:00Z", "refund_line_items": [
            {"id": 1, "line_item_id": 2, "subtotal": "5.00", "subtotal_set": money}]}],
    }  # fmt: skip
    (tmp_path / "orders.json").write_text(json.dumps({"orders": [order]}))
    list(load_files(connection, "shopify", find_files("shopify", [tmp_path]).files, pseudonym_key=KEY))
    found = connection.sql("select entity, reason from raw.quarantine order by 1").fetchall()
    assert found == [("order_lines", "other_currency"), ("refunds", "other_currency")]
    assert connection.sql("select currency from raw.order_lines").fetchall() == [("CNY",)]


def test_a_parquet_file_with_columns_inside_of_columns_is_named_and_the_others_are_loaded(
    tmp_path: Any, connection: duckdb.DuckDBPyConnection
) -> None:
    good = {"platform_id": ["jd"], "merchant_code": ["m"], "updated_at": [NOW]}
    nested: dict[str, Any] = good | {"updated_at": [{"when": NOW, "by": "x"}]}
    listed: dict[str, Any] = good | {"merchant_code": [["m"]]}
    for name, rows in {"a": nested, "b": listed, "c": good}.items():
        pyarrow.parquet.write_table(pyarrow.table(rows), tmp_path / f"merchants-{name}.parquet")
    found = find_files("waymart", [tmp_path]).files
    done = list(load_files(connection, "waymart", found, pseudonym_key=KEY))
    assert ["merchants-a.parquet" in done[0][2], "merchants-b.parquet" in done[1][2]] == [True, True]
    assert ["updated_at" in done[0][2], "merchant_code" in done[1][2], done[2][2]] == [True, True, ""]
    assert connection.sql("select count(*) from raw.merchants").fetchall() == [(1,)]


def test_a_parquet_column_of_another_type_is_judged_by_how_it_reads(
    load_text: LoadText, tmp_path: Any, connection: duckdb.DuckDBPyConnection
) -> None:
    rows: dict[str, Any] = {
        "platform_id": ["jd"] * 2, "product_code": [7, 8], "weight_grams": ["12", "heavy"],
        "updated_at": [NOW, NOW],
    }  # fmt: skip
    pyarrow.parquet.write_table(pyarrow.table(rows), tmp_path / "made.parquet")
    assert counts(load_text("products.parquet", (tmp_path / "made.parquet").read_bytes())) == (2, 1, 0, 1)
    rows = {"platform_id": ["jd"], "product_code": ["7"], "weight_grams": [NOW]}
    pyarrow.parquet.write_table(pyarrow.table(rows), tmp_path / "made.parquet")
    assert counts(load_text("products-2.parquet", (tmp_path / "made.parquet").read_bytes())) == (1, 0, 0, 1)
    assert connection.sql("select distinct reason from raw.quarantine").fetchall() == [("not_a_count",)]


HALF = (
    '{{"courier_code":"zto","waybill_number":"Z{n}","event_text":"{text}",'
    '"occurred_at":"2018-11-11T00:00:03Z"}}'
)


@pytest.mark.parametrize("form", ["jsonl", "json"])
@pytest.mark.parametrize("half", ["\\ud800", "x\\uDC00", "\\ud83d\\ud83d"])
def test_half_a_character_keeps_its_own_row_out_and_no_other(
    half: str, form: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    rows = [HALF.format(n=n, text=text) for n, text in enumerate(["ok", half, "\\ud83d\\ude00", "9.90"])]
    content = "\n".join(rows) if form == "jsonl" else f"[{','.join(rows)}]"
    assert counts(load_text(f"waybill_events.{form}", content)) == (4, 3, 0, 1)
    assert connection.sql("select line_number from raw.quarantine").fetchall() == [(2,)]
    assert ("😀",) in connection.sql("select event_text from raw.waybill_events").fetchall()


def test_half_a_character_in_a_scan_or_an_order_keeps_that_one_out(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    scans = [
        {"time": f"2019-06-01 0{n}:00:00", "context": text} for n, text in enumerate(["a", "\ud800", "b"])
    ]
    push = json.dumps({"lastResult": {"nu": "7", "com": "zhongtong", "data": scans}})
    for name in ("push.json", "push.jsonl"):
        assert counts(load_text(name, push + " " * (name == "push.json"), provider="kuaidi100"))[3] == 1
    assert connection.sql("select count(*) from raw.waybill_events").fetchall() == [(2,)]


def test_another_key_is_one_sentence_however_many_files_there_are(
    tmp_path: Any, connection: duckdb.DuckDBPyConnection
) -> None:
    for n in range(3):
        (tmp_path / f"merchants-{n}.csv").write_text(f"platform_id,merchant_code\njd,{n}\n")
    found = find_files("waymart", [tmp_path]).files
    list(load_files(connection, "waymart", found[:1], pseudonym_key=KEY))
    with pytest.raises(Exception, match="pseudonym key is not the one"):
        list(load_files(connection, "waymart", found, pseudonym_key=b"another key of that length"))
    assert connection.sql("select count(*) from raw.merchants").fetchall() == [(1,)]

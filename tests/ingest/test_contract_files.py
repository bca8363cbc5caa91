"""Files of our own contract: every format, every reason, every refusal."""

import gzip
import hashlib
import hmac
from pathlib import Path

import duckdb
import pyarrow
import pytest
from intake import KEY, LoadText, contents, counts

from ingest.contract import REASONS
from ingest.errors import IntakeError
from ingest.loading.load import load_file

HEADER = (
    "platform_id,order_number,consumer_code,status_code,currency,goods_amount,is_cash_on_delivery,"
    "promised_delivery_date,placed_at,paid_at\n"
)
ROW = "taobao,7001,u-1,paid,CNY,19.90,false,2018-11-14,2018-11-11T00:00:03+08:00,2018-11-11 00:01:00+08\n"
JSON_ROW = (
    '{"platform_id":"taobao","order_number":"7001","consumer_code":"u-1","status_code":"paid","currency":"CNY",'
    '"goods_amount":19.90,"is_cash_on_delivery":false,"promised_delivery_date":"2018-11-14",'
    '"placed_at":"2018-11-11T00:00:03+08:00","paid_at":"2018-11-11 00:01:00+08"}'
)


def parquet_bytes(tmp_path: Path, zone: str = "timestamptz") -> bytes:
    path = tmp_path / "made.parquet"
    duckdb.sql(
        f"""copy (select 'taobao' as platform_id, '7001' as order_number, 'u-1' as consumer_code,
        'paid' as status_code, 'CNY' as currency, 19.90::decimal(18, 2) as goods_amount,
        false as is_cash_on_delivery, date '2018-11-14' as promised_delivery_date,
        {zone} '2018-11-10 16:00:03+00' as placed_at, {zone} '2018-11-10 16:01:00+00' as paid_at)
        to '{path}' (format parquet)"""
    )
    return path.read_bytes()


def test_the_same_order_is_the_same_in_every_format(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    csv, lines = (HEADER + ROW).encode(), (JSON_ROW + "\n").encode()
    files = {
        "orders.csv": csv,
        "orders-2.csv.gz": gzip.compress(csv),
        "orders-3.csv.zst": pyarrow.compress(csv, codec="zstd", asbytes=True),
        "orders-4.csv": b"\xef\xbb\xbf" + csv.replace(b"\n", b"\r\n"),
        "orders.jsonl": lines,
        "orders.jsonl.gz": gzip.compress(lines),
        "orders.jsonl.zst": pyarrow.compress(lines, codec="zstd", asbytes=True),
        "orders.json": b"[" + lines + b"]",
        "orders.parquet": parquet_bytes(tmp_path),
    }
    loads = [load_text(name, content) for name, content in files.items()]
    assert counts(loads[0]) == (1, 1, 0, 0)
    assert {counts(load) for load in loads[1:]} == {(1, 0, 1, 0)}
    (order,) = contents(connection, "orders")
    assert order["goods_amount"] == "19.90"
    assert order["is_cash_on_delivery"] is False
    assert order["promised_delivery_date"] == "2018-11-14"
    assert order["placed_at"] == "2018-11-10 16:00:03+00:00"
    assert order["paid_at"] == "2018-11-10 16:01:00+00:00"


def test_the_same_file_twice_loads_nothing(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    first, again = load_text("orders.csv", HEADER + ROW), load_text("orders-copy.csv", HEADER + ROW)
    assert not first.is_repeat
    assert again.is_repeat
    assert again.load_id == first.load_id
    assert counts(again) == (0, 0, 0, 0)
    assert connection.sql("select count(*) from raw.loads").fetchall() == [(1,)]


def test_the_ledger_holds_what_load_file_returns(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    load = load_text("orders.csv", HEADER + ROW + ROW + "x,y\n")
    stored = connection.sql("select * from raw.loads").fetchall()
    assert counts(load) == (3, 1, 1, 1)
    assert stored[0][:10] == (1, "waymart", "orders", "orders.csv", load.file_fingerprint, False, 3, 1, 1, 1)


BAD_ROWS = {
    "taobao,7001": ("malformed_record", None),
    "taobao,7001,u,paid,CNY,,,,2018-11-11T00:00:03Z,,more": ("malformed_record", None),
    "taobao,,u,paid,CNY,,,,2018-11-11T00:00:03Z,": ("missing_value", "order_number"),
    "taobao,7001,u,paid,CNY,,,,,": ("missing_value", "placed_at"),
    "taobao,7001,u,paid,CNY,,,,2018-11-11 00:00:03,": ("not_a_timestamp", "placed_at"),
    "taobao,7001,u,paid,CNY,,,,2018-02-30T00:00:03Z,": ("not_a_timestamp", "placed_at"),
    "taobao,7001,u,paid,CNY,,,,2018-11-11T00:00:03Z,11/12/2018": ("not_a_timestamp", "paid_at"),
    "taobao,7001,u,paid,CNY,,,,infinity,": ("not_a_timestamp", "placed_at"),
    "taobao,7001,u,paid,CNY,,,,1999-12-31T23:59:59Z,": ("before_2000", "placed_at"),
    "taobao,7001,u,paid,CNY,,,2018-13-01,2018-11-11T00:00:03Z,": ("not_a_date", "promised_delivery_date"),
    "taobao,7001,u,paid,CNY,ten,,,2018-11-11T00:00:03Z,": ("not_an_amount", "goods_amount"),
    "taobao,7001,u,paid,CNY,99999999999999999.00,,,2018-11-11T00:00:03Z,": ("not_an_amount", "goods_amount"),
    "taobao,7001,u,paid,CNY,,maybe,,2018-11-11T00:00:03Z,": ("not_a_boolean", "is_cash_on_delivery"),
}


@pytest.mark.parametrize("row", BAD_ROWS)
def test_a_bad_row_is_quarantined_with_its_reason_and_line_and_the_load_goes_on(
    row: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    load = load_text("orders.csv", HEADER + ROW + row + "\n" + ROW.replace("7001", "7002"))
    assert counts(load) == (3, 2, 0, 1)
    quarantined = connection.sql(
        "select reason, field, file_name, line_number from raw.quarantine"
    ).fetchall()
    assert quarantined == [(*BAD_ROWS[row], "orders.csv", 3)]
    lines = connection.sql("select _line_number from raw.orders order by 1").fetchall()
    assert lines == [(2,), (4,)]
    assert BAD_ROWS[row][0] in REASONS


def test_a_record_that_is_not_utf_8_is_quarantined(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    load = load_text("orders.csv", (HEADER + ROW).encode() + ROW.replace("paid", "已付款").encode("gb18030"))
    assert counts(load) == (2, 1, 0, 1)
    assert connection.sql("select reason, line_number from raw.quarantine").fetchall() == [
        ("wrong_encoding", 3)
    ]


@pytest.mark.parametrize(
    "line", ["nonsense", "[1, 2]", "7", '{"order_number": ', '{"ordr_number": "7001"}', "{}"]
)
def test_a_json_line_that_is_no_record_of_the_contract_is_quarantined(
    line: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    load = load_text("orders.jsonl", f"{JSON_ROW}\n\n{line}\n")
    assert counts(load) == (2, 1, 0, 1)
    quarantined = connection.sql("select reason, line_number from raw.quarantine").fetchall()
    assert quarantined == [("malformed_record", 3)]


def test_the_quarantine_never_holds_what_the_row_said(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    load_text("orders.csv", HEADER + "taobao,7001,王小明,paid,CNY,13812345678,,,2018-11-11T00:00:03Z,\n")
    assert "13812345678" not in str(connection.sql("from raw.quarantine").fetchall())


def test_a_count_with_a_fraction_is_quarantined_and_not_rounded(load_text: LoadText) -> None:
    head = "platform_id,product_code,weight_grams\n"
    assert counts(load_text("products.csv", head + "olist,a,1.5\nolist,b,2.0\nolist,c,\n")) == (3, 2, 0, 1)


def test_lists_are_split_at_the_bar_in_csv_and_taken_as_they_are_in_json(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    head = "courier_code,waybill_number,order_numbers,registered_at\n"
    load_text("waybills.csv", head + "zto,Z1,7001|7002,2018-11-11T00:00:03Z\n")
    line = (
        '{"courier_code":"zto","waybill_number":"Z1","order_numbers":["7001","7002"],'
        '"registered_at":"2018-11-11T00:00:03Z"}'
    )
    assert counts(load_text("waybills.jsonl", line)) == (1, 0, 1, 0)
    assert connection.sql("select order_numbers from raw.waybills").fetchall() == [(["7001", "7002"],)]


def test_waybills_without_a_time_are_loaded_once(load_text: LoadText) -> None:
    head = "courier_code,waybill_number,registered_at\n"
    assert counts(load_text("waybills.csv", head + "zto,Z1,\nzto,Z2,2018-11-11T00:00:03Z\n")) == (2, 2, 0, 0)
    again = "zto,Z3,\nzto,Z1,\nzto,Z2,2018-11-11T00:00:03Z\nzto,Z4,1999-11-11T00:00:03Z\n"
    assert counts(load_text("waybills-2.csv", head + again)) == (4, 1, 2, 1)


def test_a_pseudonym_is_the_keyed_hash_of_platform_and_code(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    load_text("orders.csv", HEADER + ROW)
    expected = hmac.new(KEY, b"taobao:u-1", hashlib.sha256).hexdigest()
    assert connection.sql("select consumer_code from raw.orders").fetchall() == [(expected,)]


@pytest.mark.parametrize("length", [16, 64, 65, 200])
def test_a_key_of_any_length_keys_as_the_standard_says(
    length: int, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    key = bytes(range(1, length + 1))
    path = tmp_path / "consumers.csv"
    path.write_text("platform_id,consumer_code\ntaobao,ünï\n", encoding="utf-8")
    load_file(connection, "waymart", path, pseudonym_key=key)
    expected = hmac.new(key, "taobao:ünï".encode(), hashlib.sha256).hexdigest()
    assert connection.sql("select consumer_code from raw.consumers").fetchall() == [(expected,)]


REFUSED = {
    "orders.csv": (b"", "empty"),
    "orders-a.csv": (b"platform_id,surprise\n", "surprise"),
    "orders-b.csv": (b"platform_id,order_number\n", "lacks columns"),
    "orders-c.csv": (b"platform_id,platform_id\n", "twice"),
    "orders-d.csv": ((HEADER + ROW).encode("utf-16"), "UTF-8"),
    "orders-e.csv.gz": (gzip.compress((HEADER + ROW * 9).encode())[:-9], "damaged"),
    "orders-f.csv.zst": (b"not compressed", "damaged"),
    "orders-g.parquet": (b"PAR1 and no more", "damaged"),
    "orders-h.json": (b'[{"platform_id": "taobao"}, {"plat', "damaged"),
    "orders-i.xml": (b"<orders/>", "not taken"),
    "surprise.csv": ((HEADER + ROW).encode(), "not taken"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_one_sentence_and_leaves_nothing_behind(
    name: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    content, word = REFUSED[name]
    with pytest.raises(IntakeError) as caught:
        load_text(name, content)
    sentence = str(caught.value)
    assert word in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    for table in ("loads", "quarantine", "orders"):
        assert connection.sql(f"select count(*) from raw.{table}").fetchall() == [(0,)]
    temporary = "select count(*) from duckdb_tables() where temporary"
    assert connection.sql(temporary).fetchall() == [(0,)]


def test_a_parquet_time_without_a_zone_is_refused_rather_than_guessed(
    load_text: LoadText, tmp_path: Path
) -> None:
    with pytest.raises(IntakeError, match="placed_at"):
        load_text("orders.parquet", parquet_bytes(tmp_path, zone="timestamp"))


def test_an_unknown_provider_is_refused_with_the_known_ones(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(IntakeError, match=r"kuaidi100.*olist.*waymart"):
        load_file(connection, "nobody", tmp_path / "x.csv", pseudonym_key=KEY)


def test_an_order_line_file_is_not_taken_for_an_order_file(load_text: LoadText) -> None:
    head = "platform_id,order_number,order_line_number,merchant_code,currency\n"
    assert load_text("order_lines-2018.csv", head + "taobao,1,1,m,CNY\n").entity == "order_lines"

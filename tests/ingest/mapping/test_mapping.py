"""Exports of shop systems: which column is which is suggested, corrected and loaded like any feed."""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake import KEY

from ingest.errors import IntakeError
from ingest.loading.load import load_file
from ingest.mapping.as_provider import as_provider
from ingest.mapping.mapping import ColumnMapping, Field, read_mapping, write_mapping
from ingest.mapping.suggest import Known, encoding_of, suggest, unused

SAMPLES = Path(__file__).parent / "samples"
COURIERS = Path(__file__).parents[3] / "dbt_project" / "seeds" / "couriers.csv"
CHINA = Known(platform_id="pinduoduo", currency="CNY", time_zone="Asia/Shanghai")

PINDUODUO = (SAMPLES / "pinduoduo.csv").read_text(encoding="utf-8")

#: Of a second line of an order Shopify says the line alone.
SHOPIFY = (SAMPLES / "shopify.csv").read_text(encoding="utf-8")


def suggested(tmp_path: Path, text: str, known: Known) -> tuple[Path, ColumnMapping]:
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    return path, suggest(path, "my_shop", known, "utf-8", COURIERS)


def load(
    connection: duckdb.DuckDBPyConnection, path: Path, mapping: ColumnMapping
) -> dict[str, tuple[int, int]]:
    """Load the export; return rows loaded and quarantined of each entity."""
    loads = load_file(connection, as_provider(mapping), path, pseudonym_key=KEY, options=mapping.options)
    return {load.entity: (load.loaded_count, load.quarantined_count) for load in loads}


def test_a_chinese_export_is_read_without_a_correction(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path, mapping = suggested(tmp_path, PINDUODUO, CHINA)
    assert unused(path, mapping) == ["备注"]
    assert load(connection, path, mapping) == {
        "orders": (3, 0), "order_lines": (3, 0), "merchants": (1, 0), "products": (2, 0), "waybills": (2, 0),
    }  # fmt: skip
    connection.execute("set timezone = 'UTC'")
    assert connection.execute(
        "select order_number, status_code, goods_amount::varchar, paid_amount::varchar, placed_at::varchar, "
        "paid_at::varchar, destination_city_name from raw.orders order by 1"
    ).fetchall() == [
        (
            "190618-001",
            "shipped",
            "20.00",
            "19.00",
            "2019-06-18 02:05:00+00",
            "2019-06-18 02:06:00+00",
            "杭州市",
        ),
        (
            "190618-002",
            "received",
            "1030.50",
            "1030.50",
            "2019-06-18 03:05:00+00",
            "2019-06-18 03:06:00+00",
            "苏州市",
        ),
        # A word without a known meaning stays what it is, to be counted.
        ("190618-003", "等待上帝", "10.00", "10.00", "2019-06-18 04:00:00+00", None, "深圳市"),
    ]
    assert connection.execute(
        "select courier_code, waybill_number, order_numbers from raw.waybills order by 2"
    ).fetchall() == [("zto", "773100", ["190618-001"]), ("yto", "YT001", ["190618-002"])]


def test_lines_of_an_order_are_one_order_and_a_price_of_one_unit_counts_for_all(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path, mapping = suggested(tmp_path, SHOPIFY, Known(platform_id="shopify"))
    assert load(connection, path, mapping)["orders"] == (2, 0)
    connection.execute("set timezone = 'UTC'")
    assert connection.execute(
        "select order_number, status_code, currency, paid_amount::varchar, placed_at::varchar, "
        "destination_province_name from raw.orders order by 1"
    ).fetchall() == [
        ("#1001", "paid", "USD", "35.00", "2024-05-01 14:05:00+00", "OH"),
        ("#1002", "placed", "USD", "7.50", "2024-05-02 13:00:00+00", "TX"),
    ]
    lines = connection.execute(
        "select order_number, order_line_number, product_code, unit_count, goods_amount::varchar, currency "
        "from raw.order_lines order by 1, 2"
    ).fetchall()
    assert lines == [
        ("#1001", "1", "A", 2, "20.00", "USD"),
        ("#1001", "2", "B", 1, "15.00", "USD"),
        ("#1002", "1", "A", 3, "7.50", "USD"),
    ]
    assert "ann@example.com" not in str(connection.execute("from raw.orders").fetchall())


def test_an_order_of_two_parcels_and_a_parcel_of_two_orders_keep_all_their_numbers(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    head = "order number,status,order date,courier,tracking number\n"
    rows = ("1,paid,2024-05-01 10:00:00,zto,W1", "1,paid,2024-05-01 10:00:00,zto,W2",
            "2,paid,2024-05-01 11:00:00,zto,W2")  # fmt: skip
    path, mapping = suggested(tmp_path, head + "\n".join(rows), CHINA)
    assert load(connection, path, mapping)["waybills"] == (2, 0)
    assert connection.execute(
        "select waybill_number, order_numbers from raw.waybills order by 1"
    ).fetchall() == [
        ("W1", ["1"]),
        ("W2", ["1", "2"]),
    ]


@pytest.mark.parametrize(
    ("written", "mark", "amount"),
    [
        ("1.234,56", ",", "1234.56"),
        ("R$ 1.234,56", ",", "1234.56"),
        ("€12,5", ",", "12.50"),
        ("1,234.56", ".", "1234.56"),
        ('"=""12.50"""', ".", "12.50"),
        ("'12.50", ".", "12.50"),
        ("12.50元", ".", "12.50"),
    ],
)
def test_an_amount_is_read_as_spreadsheets_of_its_country_write_it(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, written: str, mark: str, amount: str
) -> None:
    head = "order number;status;order date;paid amount\n"
    path, mapping = suggested(tmp_path, f"{head}1;paid;2024-05-01 10:00:00;{written}\n", CHINA)
    load(connection, path, replace(mapping, decimal_mark=mark))
    assert connection.execute("select paid_amount::varchar from raw.orders").fetchall() == [(amount,)]


def test_the_encoding_is_that_in_which_the_names_are_known(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-8-sig", "gb18030"):
        path = tmp_path / f"{encoding}.csv"
        path.write_text(PINDUODUO, encoding=encoding)
        assert encoding_of(path) == encoding.removesuffix("-sig")


def test_a_mapping_is_the_same_after_it_is_written_and_read(tmp_path: Path) -> None:
    for text in (PINDUODUO, SHOPIFY):
        _, mapping = suggested(tmp_path, text, CHINA)
        write_mapping(mapping, tmp_path / "my_shop.toml")
        assert read_mapping(tmp_path / "my_shop.toml") == mapping


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1))
def test_any_name_of_a_column_and_any_word_is_written_and_read(name: str) -> None:
    sections = {"every": {"currency": Field(always=name)}, "orders": {"status_code": Field(column=name)}}
    mapping = ColumnMapping("one", sections, words={"status_code": {name: "paid"}})
    with TemporaryDirectory() as folder:
        write_mapping(mapping, Path(folder) / "one.toml")
        assert read_mapping(Path(folder) / "one.toml") == mapping


def test_a_corrected_mapping_reads_the_same_file_anew(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path, mapping = suggested(tmp_path, PINDUODUO, CHINA)
    load(connection, path, mapping)
    assert load(connection, path, mapping)["orders"] == (0, 0)
    words = {**mapping.words, "status_code": {**mapping.words["status_code"], "等待上帝": "placed"}}
    assert load(connection, path, replace(mapping, words=words))["orders"] == (1, 0)


def test_what_is_no_amount_or_time_is_quarantined_with_its_reason(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    text = PINDUODUO.replace("20.00", "twenty").replace("2019/6/18 12:00:00", "noon")
    path = tmp_path / "export.csv"
    path.write_text(text, encoding="utf-8")
    _, mapping = suggested(tmp_path, PINDUODUO, CHINA)
    path.write_text(text, encoding="utf-8")
    assert load(connection, path, mapping)["orders"] == (1, 2)
    assert connection.execute("select reason, field from raw.quarantine order by 1").fetchall() == [
        ("not_a_timestamp", "placed_at"),
        ("not_an_amount", "goods_amount"),
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[order]\n", "order is no entity of the contract"),
        ("[orders]\nstatus = 'x'\n", "orders have no column status"),
        ("[orders]\nstatus_code = 3\n", "status_code must be text"),
        ("[orders\n", "is no mapping"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "one.toml").write_text(text)
    with pytest.raises(IntakeError, match=sentence):
        read_mapping(tmp_path / "one.toml")


def test_what_an_entity_lacks_and_what_a_file_lacks_is_named(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    with pytest.raises(IntakeError, match="There is no mapping nowhere: make one with `waymart map FILE`"):
        read_mapping(tmp_path / "nowhere.toml")
    half = ColumnMapping("half", {"every": {"order_number": Field("no")}, "orders": {}})
    with pytest.raises(IntakeError, match="orders need platform_id, status_code, currency, placed_at"):
        as_provider(half)
    path, mapping = suggested(tmp_path, PINDUODUO, CHINA)
    path.write_text(PINDUODUO.replace("订单状态", "状况"), encoding="utf-8")
    with pytest.raises(IntakeError, match=r"export.csv lacks columns that mapping my_shop reads: 订单状态"):
        load(connection, path, mapping)

"""Hostile and broken files: each row gets a reason or the file one sentence, never a crash."""

import gzip
import json
import os
import random
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow
import pytest
from intake import KEY, SAMPLES, LoadText, counts

from ingest.errors import IntakeError
from ingest.loading.load import create_raw, load_file
from ingest.providers import PROVIDERS

EVENTS = "courier_code,waybill_number,event_code,occurred_at\n"
EVENT = "zto,Z{n},picked_up,2018-11-11T00:00:03Z\n"
LINE = '{{"courier_code":"zto","waybill_number":"Z{n}","occurred_at":"2018-11-11T00:00:03Z"}}\n'
RECONCILED = (
    "select coalesce(bool_and(read_count = loaded_count + duplicate_count + quarantined_count "
    "and least(read_count, loaded_count, duplicate_count, quarantined_count) >= 0), true), "
    "coalesce(sum(quarantined_count), 0) = (select count(*) from raw.quarantine) from raw.loads"
)


def quarantined(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    return connection.sql("select reason, line_number from raw.quarantine order by 2, 1").fetchall()


def stored_lines(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, int]]:
    return connection.sql("select waybill_number, _line_number from raw.waybill_events order by 2").fetchall()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["waybill_events.csv", "waybill_events.jsonl", "waybill_events.json"])
def test_a_file_in_a_wide_encoding_is_one_sentence_that_says_what_to_do(
    name: str, encoding: str, load_text: LoadText
) -> None:
    content = EVENTS + EVENT.format(n=1) if name.endswith("csv") else LINE.format(n=1)
    with pytest.raises(IntakeError, match="is not UTF-8: save it as UTF-8"):
        load_text(name, content.encode(encoding))


@pytest.mark.parametrize("name", ["waybill_events.csv", "waybill_events.jsonl"])
def test_gb18030_rows_are_quarantined_where_they_stand_and_ascii_rows_load(
    name: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    head, row = (EVENTS, EVENT) if name.endswith("csv") else ("", LINE)
    wrong = row.format(n=2).replace("zto", "中通").encode("gb18030")
    load = load_text(name, (head + row.format(n=1)).encode() + wrong + row.format(n=3).encode())
    first = 2 if head else 1
    assert counts(load) == (3, 2, 0, 1)
    assert quarantined(connection) == [("wrong_encoding", first + 1)]
    assert stored_lines(connection) == [("Z1", first), ("Z3", first + 2)]


@pytest.mark.parametrize("name", ["waybill_events.csv", "waybill_events.jsonl", "waybill_events.json"])
def test_a_byte_order_mark_is_no_part_of_the_data(name: str, load_text: LoadText) -> None:
    content = EVENTS + EVENT.format(n=1) if name.endswith("csv") else LINE.format(n=1)
    assert counts(load_text(name, b"\xef\xbb\xbf" + content.encode())) == (1, 1, 0, 0)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_table_separated_as_spreadsheets_do_is_read(mark: str, load_text: LoadText) -> None:
    content = (EVENTS + EVENT.format(n=1)).replace(",", mark)
    assert counts(load_text("waybill_events.csv", content)) == (1, 1, 0, 0)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_lines_are_counted_across_blank_and_bad_ones(
    end: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    rows = [EVENT.format(n=1), "\n", "\n", EVENT.format(n=5), "bad\n", "\n", '"zto","Z\n\n8",x,soon\n']
    content = EVENTS + "".join(rows) + EVENT.format(n=9)
    assert counts(load_text("waybill_events.csv", content.replace("\n", end))) == (5, 3, 0, 2)
    # A record that runs over several lines is one, as CSV counts.
    assert stored_lines(connection) == [("Z1", 2), ("Z5", 5), ("Z9", 9)]
    assert quarantined(connection) == [("malformed_record", 6), ("not_a_timestamp", 8)]


@pytest.mark.parametrize("name", ["waybill_events.csv", "waybill_events.jsonl"])
def test_a_million_blank_rows_are_nothing_and_are_counted(
    name: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    head, row = (EVENTS, EVENT) if name.endswith("csv") else ("", LINE)
    blank = "\n" if head else " \t\r\n"
    content = head + row.format(n=1) + blank * 1_000_000 + row.format(n=2) + "bad\n"
    assert counts(load_text(name, content)) == (3, 2, 0, 1)
    first = 2 if head else 1
    assert stored_lines(connection) == [("Z1", first), ("Z2", first + 1_000_001)]
    assert quarantined(connection) == [("malformed_record", first + 1_000_002)]


def test_a_line_of_100_mb_is_quarantined_and_the_next_one_loads(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    path = tmp_path / "waybill_events.jsonl"
    with path.open("w", encoding="utf-8") as file:
        file.write(LINE.format(n=1))
        for _ in range(100):
            file.write("x" * 1_000_000)
        file.write("\n" + LINE.format(n=3))
    (load,) = load_file(connection, "waymart", path, pseudonym_key=KEY)
    assert counts(load) == (3, 2, 0, 1)
    assert quarantined(connection) == [("record_too_long", 2)]
    assert stored_lines(connection) == [("Z1", 1), ("Z3", 3)]


def test_a_csv_record_over_its_limit_is_quarantined(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    content = EVENTS + EVENT.format(n=1) + f'zto,"{"x" * 3_000_000}",,\n' + EVENT.format(n=3)
    assert counts(load_text("waybill_events.csv", content)) == (3, 2, 0, 1)
    assert quarantined(connection) == [("record_too_long", 3)]


@pytest.mark.parametrize("suffix", [".jsonl", ".json"])
@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_deep_json_is_no_record(
    opening: str, suffix: str, tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    deep = opening * 200_000
    for number, content in enumerate([deep, deep + "1" + ("]" if opening == "[" else "}") * 200_000]):
        for provider in ("waymart", "kuaidi100", "pinduoduo"):
            path = tmp_path / f"waybill_events-{number}{suffix}"
            path.write_text(content)
            with suppress(IntakeError):
                load_file(connection, provider, path, pseudonym_key=KEY)
    assert connection.sql("select coalesce(sum(loaded_count), 0) from raw.loads").fetchall() == [(0,)]
    assert connection.sql(RECONCILED).fetchall() == [(True, True)]


@pytest.mark.parametrize("name", ["waybill_events.jsonl.gz", "waybill_events.csv.zst", "orders.json.gz"])
def test_a_file_that_unpacks_without_end_is_refused_by_a_stated_limit(name: str, load_text: LoadText) -> None:
    part = b"[\n" if name.startswith("orders") else EVENTS.encode()
    blank = (b" " * 1023 + b"\n") * (10 << 10)
    # Packed parts one after another are one packed file.
    packed = [
        gzip.compress(content) if name.endswith("gz") else pyarrow.compress(content, "zstd", asbytes=True)
        for content in (part, blank)
    ]
    assert len(packed[1]) * 200 < len(blank)
    with pytest.raises(IntakeError, match="more than 200 times its own size"):
        load_text(name, packed[0] + packed[1] * 30)


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("name", ["waybill_events.csv", "waybill_events.jsonl", "waybill_events.json"])
def test_a_packed_file_that_breaks_off_loads_nothing(
    name: str, suffix: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    seed = random.Random(7)
    row = EVENT if name.endswith("csv") else LINE
    rows = (row.format(n=seed.random()) for _ in range(20_000))
    content = ((EVENTS if name.endswith("csv") else "") + "".join(rows)).encode()
    packed = gzip.compress(content) if suffix == ".gz" else pyarrow.compress(content, "zstd", asbytes=True)
    with pytest.raises(IntakeError, match="damaged"):
        load_text(name + suffix, packed[: len(packed) // 2])
    assert connection.sql("select count(*) from raw.waybill_events").fetchall() == [(0,)]


def test_a_nul_byte_harms_its_own_row_at_most(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    lines = LINE.format(n=1) + LINE.format(n=2).replace("zto", "z\0o") + LINE.format(n=3)
    assert counts(load_text("waybill_events.jsonl", lines)) == (3, 2, 0, 1)
    assert quarantined(connection) == [("malformed_record", 2)]
    table = EVENTS + EVENT.format(n=4) + EVENT.format(n=5).replace("2018", "20\x0018")
    assert counts(load_text("waybill_events.csv", table)) == (2, 1, 0, 1)


def test_keys_that_differ_in_case_only_are_refused_or_quarantined(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(IntakeError, match="twice"):
        load_text("waybill_events.csv", EVENTS.replace("event_code", "Courier_Code"))
    line = LINE.format(n=1).replace('{"', '{"Courier_Code":"yto","', 1)
    assert counts(load_text("waybill_events.jsonl", line)) == (1, 0, 0, 1)
    assert quarantined(connection) == [("malformed_record", 1)]


@pytest.mark.parametrize("number", ["7.31902E+13", "4E+15"])
def test_a_number_that_a_spreadsheet_rounded_is_quarantined(
    number: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    content = EVENTS + EVENT.replace("Z{n}", number) + EVENT.replace("Z{n}", "007319")
    assert counts(load_text("waybill_events.csv", content)) == (2, 1, 0, 1)
    assert quarantined(connection) == [("rounded_number", 2)]
    # A leading zero that is there stays.
    assert stored_lines(connection) == [("007319", 3)]


OLIST = (
    "order_id,customer_id,order_status,order_purchase_timestamp,order_approved_at,"
    "order_delivered_carrier_date,order_delivered_customer_date,order_estimated_delivery_date\n"
)


@pytest.mark.parametrize(
    ("time_format", "written"), [("%m/%d/%Y %H:%M", "7/3/2018 9:05"), ("%d.%m.%Y %H:%M", "03.07.2018 09:05")]
)
def test_a_spreadsheet_s_own_times_load_with_their_format_and_never_without(
    time_format: str, written: str, tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    path = tmp_path / "olist_orders_dataset.csv"
    path.write_text(OLIST + f"o1,c,created,{written},,,,\n", encoding="utf-8")
    (without,) = load_file(connection, "olist", path, pseudonym_key=KEY)
    assert counts(without) == (1, 0, 0, 1)
    assert quarantined(connection) == [("not_a_timestamp", 2)]
    path.write_text(OLIST + f"o1,c,created,{written},,,,\no2,c,created,2018-7-3 9:05:00,,,,\n")
    said = {"time_format": time_format}
    (load,) = load_file(connection, "olist", path, pseudonym_key=KEY, options=said)
    assert counts(load) == (2, 2, 0, 0)
    times = connection.sql("select distinct placed_at::varchar from raw.orders").fetchall()
    assert times == [("2018-07-03 12:05:00+00",)]


def mutate(content: bytes, dice: random.Random) -> bytes:
    """Spoil some bytes: flip, drop, repeat, cut off, or put in what parsers trip over."""
    tricky = [
        b"\0",
        b"\xff\xfe",
        b'"',
        b"{",
        b"[",
        b"]",
        b"\\",
        b"\\u0000",
        b"\\ud800",
        b"\r",
        b"\n",
        b",",
        b"%",
    ]
    tricky += [b"null", b"1e999", b"-0", b"NaN", b"9" * 40, "１２".encode(), "王".encode("gb18030"), b"true"]
    data = bytearray(content)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(data) + 1)
        to = min(len(data), at + dice.choice([1, 1, 3, 20, 200]))
        match dice.randrange(5):
            case 0:
                data[at:to] = bytes(dice.randrange(256) for _ in range(to - at))
            case 1:
                del data[at:to]
            case 2:
                data[at:at] = data[at:to] * dice.randint(1, 5)
            case 3:
                data[at:at] = dice.choice(tricky)
            case _:
                del data[at : len(data) if dice.random() < 0.1 else to]
    return bytes(data)


def storm(folder: Path, payloads: int) -> None:
    """Load mutated samples of all providers; each must be accounted for or refused in a sentence."""
    seed = int(os.environ.get("WAYMART_TEST_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    samples = [
        (provider, path, path.read_bytes())
        for provider in sorted(PROVIDERS)
        for path in sorted((SAMPLES / provider).iterdir())
        if path.name != "expected.json"
    ]
    said = {"year": "2019", "shop": "own"}
    loaded = refused = 0
    sentences: list[str] = []
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        create_raw(connection)
        for number in range(payloads):
            provider, sample, content = dice.choice(samples)
            path = folder / sample.name
            path.write_bytes(mutate(content, dice))
            options = {name: said[name] for name in PROVIDERS[provider].options if name in said}
            try:
                load_file(connection, provider, path, pseudonym_key=KEY, options=options)
                loaded += 1
            except IntakeError as error:
                refused += 1
                sentences.append(str(error))
            except Exception as error:
                kept = folder / f"spoiled-{number}-{sample.name}"
                kept.write_bytes(path.read_bytes())
                pytest.fail(f"seed {seed}, payload {number} of {provider} ({kept}): {error!r}")
        assert connection.sql(RECONCILED).fetchall() == [(True, True)]
    print(f"{loaded} loaded, {refused} refused")
    assert loaded > payloads / 4
    assert not [sentence for sentence in sentences if "\n" in sentence]


def test_some_hundred_mutated_payloads_never_crash_the_loader(tmp_path: Path) -> None:
    storm(tmp_path, 300)


@pytest.mark.slow
def test_five_thousand_mutated_payloads_never_crash_the_loader(tmp_path: Path) -> None:
    storm(tmp_path, 5_000)


def test_a_refused_file_leaves_nothing_behind(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(IntakeError):
        load_text("waybill_events.json", json.dumps([{"courier_code": "zto"}])[:-1])
    left = "select (select count(*) from raw.loads), (select count(*) from raw.quarantine)"
    assert connection.sql(left).fetchall() == [(0, 0)]
    assert connection.sql("select count(*) from duckdb_tables() where temporary").fetchall() == [(0,)]


def test_a_row_both_too_wide_and_wrongly_encoded_is_quarantined_once(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    head = b"order_id,payment_sequential,payment_type,payment_installments,payment_value\n"
    rows = b"o1,1,card,3,9.90\n" + b"o2,1,card,3,9\xff,x,y\n" * 3
    assert counts(load_text("olist_order_payments_dataset.csv", head + rows, provider="olist")) == (
        4,
        1,
        0,
        3,
    )
    assert quarantined(connection) == [("wrong_encoding", 3), ("wrong_encoding", 4), ("wrong_encoding", 5)]

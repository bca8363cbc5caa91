"""Kuaidi100: every way in which pushes and polls come, and the real payload."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import duckdb
import pytest
from intake import KEY, LoadText, contents, counts

from ingest.loading.load import load_file


def scan(hour: int, code: str | None = "0") -> dict[str, Any]:
    time = f"2019-05-03 {hour:02}:00:00"
    return {
        "time": time,
        "ftime": time,
        "context": f"快件到达 样例{hour}",
        "status": "在途",
        "statusCode": code,
    }


def result(number: str = "YT900000009", hours: tuple[int, ...] = (10, 9)) -> dict[str, Any]:
    return {"com": "yuantong", "nu": number, "state": "0", "data": [scan(hour) for hour in hours]}


def form(document: object) -> str:
    return urlencode({"param": json.dumps(document, ensure_ascii=False), "sign": "0A"})


WRAPPED = {
    "push.json": json.dumps({"status": "polling", "lastResult": result()}),
    "pretty.json": json.dumps({"status": "polling", "lastResult": result()}, indent=2, ensure_ascii=False),
    "poll.json": json.dumps({"message": "ok", "status": "200", **result()}),
    "array.json": json.dumps([{"lastResult": result(hours=(10,))}, {"lastResult": result(hours=(10, 9))}]),
    "lines.jsonl": json.dumps(result(hours=(9,))) + "\n" + json.dumps({"lastResult": result()}) + "\n",
    "body.form": form({"lastResult": result()}),
    "bodies.txt": form({"lastResult": result(hours=(9,))}) + "\n" + form(result()) + "\n",
    "deep.json": json.dumps({"ok": 1, "answer": {"rows": [{"x": {"logistics": result()}}]}}),
    "text.json": json.dumps({"code": 0, "body": json.dumps({"lastResult": result()})}),
    "renamed.json": json.dumps(
        {"expressCompanyCode": "yuantong", "expressTrackNumber": "YT900000009", "scans": result()["data"]}
    ),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_the_list_of_scans_is_found_in_every_envelope(
    name: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    load = load_text(name, WRAPPED[name], provider="kuaidi100")
    assert load.quarantined_count == 0
    rows = connection.sql(
        "select courier_code, waybill_number, event_code, event_text, occurred_at::varchar, is_zone_explicit "
        "from raw.waybill_events order by occurred_at"
    ).fetchall()
    assert rows == [
        ("yuantong", "YT900000009", "0", "快件到达 样例9", "2019-05-03 01:00:00+00", False),
        ("yuantong", "YT900000009", "0", "快件到达 样例10", "2019-05-03 02:00:00+00", False),
    ]


def test_waybills_that_share_a_document_keep_their_own_numbers(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    document = {"page": 1, "rows": [{"push": result("YT1", (9,))}, {"push": result("YT2", (9, 10))}]}
    assert counts(load_text("page.json", json.dumps(document), provider="kuaidi100")) == (3, 3, 0, 0)
    numbers = connection.sql("select waybill_number from raw.waybill_events order by 1").fetchall()
    assert numbers == [("YT1",), ("YT2",), ("YT2",)]


def test_a_history_pushed_again_adds_only_its_new_scans(load_text: LoadText) -> None:
    first = load_text("1.json", json.dumps({"lastResult": result(hours=(9, 8))}), provider="kuaidi100")
    second = load_text("2.json", json.dumps({"lastResult": result(hours=(10, 9, 8))}), provider="kuaidi100")
    assert counts(first) == (2, 2, 0, 0)
    assert counts(second) == (3, 1, 2, 0)


def test_a_scan_without_a_code_carries_its_state_in_words(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    document = result() | {"data": [scan(9, code=None), scan(10, code=""), scan(11, code="1001")]}
    load_text("codes.json", json.dumps(document), provider="kuaidi100")
    codes = connection.sql("select event_code from raw.waybill_events order by occurred_at").fetchall()
    assert codes == [("在途",), ("在途",), ("1001",)]


def test_a_subscription_given_up_after_60_days_ends_in_an_abort(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    document = {"status": "abort", "message": "60天无变化时", "lastResult": result()}
    assert counts(load_text("abort.json", json.dumps(document), provider="kuaidi100")) == (3, 3, 0, 0)
    query = "select occurred_at::varchar from raw.waybill_events where event_code = 'abort'"
    assert connection.sql(query).fetchall() == [("2019-07-02 02:00:00+00",)]


@pytest.mark.parametrize("abroad", ["\0", "x", '{"nu":', 7, [], {"nu": 1, "com": [], "data": "x"}])
def test_what_cannot_be_read_of_the_way_abroad_stops_none_of_the_scans_before(
    abroad: object, load_text: LoadText
) -> None:
    load = load_text(
        "p.json", json.dumps({"lastResult": result(), "destResult": abroad}), provider="kuaidi100"
    )
    assert (load.loaded_count, load.quarantined_count) == (2, 0)


def test_a_waybill_without_scans_has_nothing_to_load(load_text: LoadText) -> None:
    document = {"status": "abort", "message": "3天查询无记录", "lastResult": result(hours=())}
    assert counts(load_text("none.json", json.dumps(document), provider="kuaidi100")) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "line", ["nonsense", '{"lastResult": {"com": ', "param=%7B", '{"order": 7}', "[" * 5000]
)
def test_a_line_without_a_list_of_scans_is_quarantined(
    line: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    load = load_text("lines.jsonl", f"{json.dumps(result())}\n{line}\n", provider="kuaidi100")
    assert counts(load) == (3, 2, 0, 1)
    quarantined = connection.sql("select reason, line_number from raw.quarantine").fetchall()
    assert quarantined == [("malformed_record", 2)]


def test_the_real_payload_gives_its_scans_at_their_times(
    real_data: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    path = real_data / "tracking" / "yto_YT5555508965056.json"
    (load,) = load_file(connection, "kuaidi100", path, pseudonym_key=KEY)
    assert counts(load) == (9, 9, 0, 0)
    rows = connection.sql(
        "select event_code, occurred_at::varchar from raw.waybill_events "
        "where event_code <> '在途' or contains(event_text, '代收') order by occurred_at"
    ).fetchall()
    assert rows == [
        ("揽收", "2021-06-13 05:03:42+00"),
        ("派件", "2021-06-14 03:41:58+00"),
        ("在途", "2021-06-14 05:53:38+00"),
        ("签收", "2021-06-14 09:31:57+00"),
    ]
    assert {row["courier_code"] for row in contents(connection, "waybill_events")} == {"yuantong"}
    assert not any("**" in (row["event_text"] or "") for row in contents(connection, "waybill_events"))

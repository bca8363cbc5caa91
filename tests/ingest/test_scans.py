"""Scans of every tracker: identity when histories come again, envelopes, times, and the real payloads."""

import csv
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus, urlencode

import duckdb
import pytest
import yaml
from intake import KEY, SAMPLES, LoadText, counts

from ingest.errors import IntakeError
from ingest.loading.load import create_raw, load_file


def kdniao(*hours: int, number: str = "YT900000050") -> dict[str, Any]:
    traces = [{"AcceptTime": f"2019-05-03 {h:02}:00:00", "AcceptStation": f"已收入{h}"} for h in hours]
    return {"Data": [{"ShipperCode": "YTO", "LogisticCode": number, "Traces": traces}]}


def sf(number: str, time: str = "2019-05-03 09:00:00", remark: str = "快件已发车") -> dict[str, Any]:
    node = {"mailno": "SF1", "acceptTime": time, "remark": remark, "opCode": "36", "id": number}
    return {"Body": {"WaybillRoute": [node]}}


def aftership(*checkpoints: dict[str, str]) -> dict[str, Any]:
    return {"msg": {"slug": "usps", "tracking_number": "9400", "checkpoints": list(checkpoints)}}


def checkpoint(time: str, **fields: str) -> dict[str, str]:
    return {"checkpoint_time": time, "tag": "InTransit", "message": "Arrived", **fields}


def easypost(time: str, **place: str) -> dict[str, Any]:
    detail = {"datetime": time, "status": "in_transit", "message": "x", "tracking_location": place}
    return {"carrier": "USPS", "tracking_code": "EZ1", "tracking_details": [detail]}


@pytest.mark.parametrize("second", [(9, 8, 10), (10, 9, 8), (8, 9, 10)])
def test_a_history_sent_again_in_any_order_adds_only_what_is_new(
    second: tuple[int, ...], load_text: LoadText
) -> None:
    assert counts(load_text("1.json", json.dumps(kdniao(8, 9)), "kdniao")) == (2, 2, 0, 0)
    assert counts(load_text("2.json", json.dumps(kdniao(*second)), "kdniao")) == (3, 1, 2, 0)


def test_the_providers_own_id_of_a_scan_stands_for_its_words(load_text: LoadText) -> None:
    assert counts(load_text("1.json", json.dumps(sf("7")), "sf")) == (1, 1, 0, 0)
    assert counts(load_text("2.json", json.dumps(sf("7", remark="已发车")), "sf")) == (1, 0, 1, 0)
    assert counts(load_text("3.json", json.dumps(sf("8")), "sf")) == (1, 1, 0, 0)


def test_a_checkpoints_hash_is_its_identity_and_without_one_its_content_is(load_text: LoadText) -> None:
    time = "2019-05-03T09:00:00Z"
    old, new = checkpoint(time, hash="a"), checkpoint(time, hash="b")
    assert counts(load_text("1.json", json.dumps(aftership(old, new)), "aftership")) == (2, 2, 0, 0)
    again = [checkpoint(time, hash="b", message="Came"), checkpoint(time, hash="a")]
    assert counts(load_text("2.json", json.dumps(aftership(*again)), "aftership")) == (2, 0, 2, 0)
    plain = [checkpoint(time), checkpoint(time, message="Left")]
    assert counts(load_text("3.json", json.dumps(aftership(*plain)), "aftership")) == (2, 2, 0, 0)
    assert counts(load_text("4.json", json.dumps(aftership(*plain[::-1])), "aftership")) == (2, 0, 2, 0)


def test_a_retraction_is_a_row_of_its_own_and_comes_once(load_text: LoadText) -> None:
    event = {"type": "ObjectEvent", "eventID": "urn:1", "eventTime": "2019-05-03T09:00:00Z"}
    event |= {"bizStep": "shipping", "epcList": ["urn:epc:id:sscc:9521141.1234567890"]}
    error = event | {"errorDeclaration": {"declarationTime": "2019-05-04T09:00:00Z"}}
    assert counts(load_text("1.json", json.dumps(event), "epcis")) == (1, 1, 0, 0)
    assert counts(load_text("2.json", json.dumps(error), "epcis")) == (1, 1, 0, 0)
    assert counts(load_text("3.jsonl", json.dumps(error) + "\n" + json.dumps(event), "epcis")) == (2, 0, 2, 0)


def test_a_corrected_courier_is_told_beside_the_former_one(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    data = [{"time": "2019-05-03 09:00:00", "context": "已揽收", "status": "揽收"}]
    push = {"status": "polling", "comOld": "yuantong", "comNew": "zhongtong"}
    push |= {"lastResult": {"com": "zhongtong", "nu": "1", "data": data}}
    load_text("1.json", json.dumps(push), "kuaidi100")
    columns = "courier_code, former_courier_code"
    found = connection.sql(f"select {columns} from raw.waybill_events").fetchall()
    assert found == [("zhongtong", "yuantong")]


def times(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, bool]]:
    query = "select occurred_at::varchar, is_zone_explicit from raw.waybill_events order by 1"
    return connection.sql(query).fetchall()


@pytest.mark.parametrize(
    ("provider", "document", "expected"),
    [
        ("kdniao", kdniao(9), ("2019-05-03 01:00:00+00", False)),
        ("sf", sf("1", time="2019-5-3 9:00:00"), ("2019-05-03 01:00:00+00", False)),
        ("aftership", aftership(checkpoint("2019-05-03T09:00:00+02:00")), ("2019-05-03 07:00:00+00", True)),
        ("aftership", aftership(checkpoint("2019-05-03T09:00:00")), ("2019-05-03 09:00:00+00", False)),
        (
            "aftership",
            aftership(checkpoint("2019-05-03T09:00:00", country_iso3="DEU")),
            ("2019-05-03 07:00:00+00", False),
        ),
        (
            "aftership",
            aftership(checkpoint("2019-05-03T09:00:00", country_iso3="USA", state="CA")),
            ("2019-05-03 16:00:00+00", False),
        ),
        ("easypost", easypost("2019-01-03T09:00:00Z", state="TX"), ("2019-01-03 15:00:00+00", False)),
        ("easypost", easypost("2019-07-03T09:00:00Z", state="TX"), ("2019-07-03 14:00:00+00", False)),
        ("easypost", easypost("2019-07-03T09:00:00Z", country="CA"), ("2019-07-03 09:00:00+00", False)),
        ("easypost", easypost("2019-07-03T09:00:00Z"), ("2019-07-03 09:00:00+00", True)),
    ],
)
def test_a_time_is_read_by_the_providers_rule_and_says_whether_it_was_ruled(
    provider: str,
    document: dict[str, Any],
    expected: tuple[str, bool],
    load_text: LoadText,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    load_text("1.json", json.dumps(document), provider)
    assert times(connection) == [expected]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (1556798400000, ("2019-05-02 12:00:00+00", True)),
        ("1556798400000", ("2019-05-02 12:00:00+00", True)),
        (1556798400, ("2019-05-02 12:00:00+00", True)),
        ("2019-05-02 20:00:00", ("2019-05-02 12:00:00+00", False)),
    ],
)
def test_an_epoch_is_an_instant_in_seconds_or_milliseconds(
    sent: int | str,
    expected: tuple[str, bool],
    load_text: LoadText,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    document = {"result": [{"billCode": "1", "scanType": "收件", "scanDate": sent, "desc": ""}]}
    load_text("1.json", json.dumps(document), "zto")
    assert times(connection) == [expected]


def test_the_sentinel_of_no_value_is_no_time(
    load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    document = {"result": [{"billCode": "1", "scanType": "收件", "scanDate": 946656000000, "desc": ""}]}
    assert counts(load_text("1.json", json.dumps(document), "zto")) == (1, 0, 0, 1)
    query = "select reason, field from raw.quarantine"
    assert connection.sql(query).fetchall() == [("missing_value", "occurred_at")]


TRACKERS = sorted(
    {"17track", "aftership", "cainiao", "easypost", "epcis", "jdl", "jt", "kdniao", "kuaidi100"}
    | {"sf", "shippo", "sto", "yto", "yunda", "zto"}
)


def documents(provider: str) -> list[Any]:
    """Return the JSON documents of a provider's samples."""
    found: list[Any] = []
    for path in sorted((SAMPLES / provider).iterdir()):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".json" and path.name != "expected.json":
            found.append(json.loads(text))
        if path.suffix == ".jsonl":
            found += [json.loads(line) for line in text.splitlines()]
    return found


@pytest.mark.parametrize("provider", TRACKERS)
def test_any_wrapping_of_the_samples_gives_the_same_scans(
    provider: str, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    plain = documents(provider)
    load_text("plain.jsonl", "".join(json.dumps(d) + "\n" for d in plain), provider)
    wrapped = {
        "page.json": json.dumps({"rows": [{"push": document} for document in plain]}, indent=1),
        "text.jsonl": "".join(json.dumps({"body": json.dumps(d)}) + "\n" for d in plain),
        "body.form": "".join(urlencode({"data": json.dumps(d), "sign": "0A"}) + "\n" for d in plain),
    }
    for name, text in wrapped.items():
        load = load_text(name, text, provider)
        assert load.read_count > 0
        assert (load.loaded_count, load.quarantined_count) == (0, 0), name
    assert connection.sql("select count(*) from raw.waybill_events").fetchone() != (0,)


@pytest.mark.parametrize("provider", TRACKERS)
@pytest.mark.parametrize("line", ["nonsense", "{", "7", "null", "[]", '{"order": 7}', "[" * 5000])
def test_a_record_without_scans_is_quarantined(provider: str, line: str, load_text: LoadText) -> None:
    assert counts(load_text("lines.jsonl", line + "\n", provider)) == (1, 0, 0, 1)


def test_the_year_of_lade_is_never_guessed(connection: duckdb.DuckDBPyConnection) -> None:
    path = SAMPLES / "lade" / "delivery_hz.csv"
    for options in (None, {"year": "22"}):
        with pytest.raises(IntakeError, match="times without a year"):
            load_file(connection, "lade", path, pseudonym_key=KEY, options=options)


REAL = [
    ("kdniao", "ems_push_2parcels.json", 16, ["5042260908504", "5042260943004"]),
    ("kdniao", "yto_YT4318407829600.json", 10, ["YT4318407829600"]),
    ("kdniao", "zto_73190553102532.json", 10, ["73190553102532"]),
    ("kuaidi100", "yto_YT5555508965056.json", 9, ["YT5555508965056"]),
    ("sf", "sf_802498488925.json", 18, ["802498488925"]),
]


@pytest.mark.parametrize(("provider", "name", "count", "numbers"), REAL)
def test_every_scan_of_a_real_payload_is_loaded(
    provider: str,
    name: str,
    count: int,
    numbers: list[str],
    real_data: Path,
    connection: duckdb.DuckDBPyConnection,
) -> None:
    (load,) = load_file(connection, provider, real_data / "tracking" / name, pseudonym_key=KEY)
    assert counts(load) == (count, count, 0, 0)
    found = connection.sql("select distinct waybill_number from raw.waybill_events order by 1").fetchall()
    assert [number for (number,) in found] == numbers


def test_the_real_actions_of_a_wrapper_go_before_its_states(
    real_data: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    path = real_data / "tracking" / "zto_73190553102532.json"
    load_file(connection, "kdniao", path, pseudonym_key=KEY)
    codes = connection.sql("select event_code from raw.waybill_events order by occurred_at").fetchall()
    assert [code for (code,) in codes] == ["1", *["2"] * 6, "202", "211", "301"]


def test_the_real_tracker_of_easypost_is_local_where_its_place_is_known(
    real_data: Path, load_text: LoadText, connection: duckdb.DuckDBPyConnection
) -> None:
    recorded = yaml.safe_load((real_data / "tracking" / "easypost_tracker_create.yaml").read_text())
    body = recorded["interactions"][0]["response"]["body"]["string"]
    assert counts(load_text("tracker.json", body, "easypost")) == (2, 2, 0, 0)
    # 08:25:26 in Houston in winter is 14:25:26 UTC.
    assert times(connection) == [("2025-02-06 19:48:26+00", True), ("2025-02-07 14:25:26+00", False)]


def test_every_real_row_of_lade_is_loaded(real_data: Path, connection: duckdb.DuckDBPyConnection) -> None:
    path = real_data / "lade" / "delivery_sample.csv"
    (load,) = load_file(connection, "lade", path, pseudonym_key=KEY, options={"year": "2022"})
    assert counts(load) == (50, 50, 0, 0)


def test_every_code_in_the_real_code_lists_has_a_meaning(real_data: Path) -> None:
    with (Path(__file__).parents[2] / "dbt_project/seeds/event_codes.csv").open(encoding="utf-8") as file:
        known = {(row["provider_id"], row["code"]) for row in csv.DictReader(file)}
    lists = json.loads((real_data / "tracking" / "carrier_event_codes.json").read_text(encoding="utf-8"))
    of = {"kuaidi100_state": "kuaidi100", "kdniao_state_ex": "kdniao", "SF": "sf", "JD": "jdl"}
    of |= {"ZTO": "zto", "STO": "sto", "YUNDA": "yunda", "JT": "jt"}
    missing = [(p, code) for name, p in of.items() for code in lists[name] if (p, code) not in known]
    assert missing == []


#: The people and phones in the samples; none of them lives.
PLANTED = ("陈样例", "13900005678", "SAM SAMPLE")


def test_no_person_in_the_samples_reaches_the_file_of_the_warehouse(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    sent = ""
    with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
        create_raw(connection)
        for provider in TRACKERS:
            for path in sorted((SAMPLES / provider).iterdir()):
                if path.name != "expected.json":
                    load_file(connection, provider, path, pseudonym_key=KEY)
                    sent += unquote_plus(path.read_text(encoding="utf-8"))
    kept = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for person in PLANTED:
        assert person in sent
        assert person.encode() not in kept
    assert "样例网点".encode() in kept

"""One parcel across the border as each provider tells it: what it says of customs stands in the facts."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from built_warehouse import Build

#: What happened, hours after midnight of 2 May 2019, UTC.
HOURS = {
    **{"export": 1, "exported": 3, "hub": 20, "import": 40, "held": 42, "imported": 60, "failed": 62},
    "delivered": 80,
}
#: A parcel that went through.
THROUGH = {"export", "exported", "import", "held", "imported", "delivered"}
NUMBER = "RR900000009CN"


def at(happening: str, *, hours: int = 0) -> str:
    hour = HOURS[happening] + hours
    return f"2019-05-{2 + hour // 24:02} {hour % 24:02}:00:00"


def easypost() -> Any:
    words = {
        "import": "Inbound Into Customs",
        "held": "Held in Customs",
        "imported": "Inbound Out of Customs",
        "delivered": "Delivered",
    }
    details = [
        {
            "datetime": at(key).replace(" ", "T") + "Z",
            "status": "delivered" if key == "delivered" else "in_transit",
            "message": text,
        }
        for key, text in words.items()
    ]
    return {"result": {"carrier": "USPS", "tracking_code": NUMBER, "tracking_details": details}}


def shippo() -> Any:
    words = {
        "import": ("package_processing", "Processed for clearance"),
        "held": ("package_held", "Customs clearance requires the recipient's papers"),
        "imported": ("package_processed", "Released by customs"),
        "delivered": ("delivered", "Delivered"),
    }
    history = [
        {
            "status_date": at(key).replace(" ", "T") + "Z",
            "status": "TRANSIT",
            "status_details": text,
            "substatus": {"code": code},
        }
        for key, (code, text) in words.items()
    ]
    return {"data": {"carrier": "usps", "tracking_number": NUMBER, "tracking_history": history}}


def seventeen_track() -> Any:
    words = {
        "export": ("CustomsProcessing", "Export customs clearance started"),
        "exported": ("CustomsReleased", "Export customs clearance completed"),
        "import": ("CustomsProcessing", "Import customs clearance started"),
        "held": ("CustomsRequiringInformation", "Held by customs"),
        "imported": ("CustomsReleased", "Import customs clearance completed"),
    }
    events = [
        {"time_utc": at(key).replace(" ", "T") + "Z", "sub_status": f"InTransit_{code}", "description": text}
        for key, (code, text) in words.items()
    ]
    info = {
        "misc_info": {"local_number": "92009000000000000009", "local_key": 21051},
        "tracking": {"providers": [{"events": events}]},
    }
    delivered = {
        "time_utc": at("delivered").replace(" ", "T") + "Z",
        "sub_status": "Delivered_Other",
        "description": "Delivered",
    }
    last_mile = {"tracking": {"providers": [{"events": [delivered]}]}}
    return [
        {"data": {"number": NUMBER, "carrier": 3011, "track_info": info}},
        {"data": {"number": "92009000000000000009", "carrier": 21051, "track_info": last_mile}},
    ]


def aftership() -> Any:
    words = {
        "import": ("InTransit_006", "Presented to customs"),
        "held": ("Exception_004", "Customs delay"),
        "imported": ("InTransit_005", "Released"),
        "delivered": ("Delivered_001", "Delivered"),
    }
    checkpoints = [
        {"checkpoint_time": at(key).replace(" ", "T") + "Z", "subtag": code, "tag": "x", "message": text}
        for key, (code, text) in words.items()
    ]
    return {"msg": {"slug": "usps", "tracking_number": NUMBER, "checkpoints": checkpoints}}


def kuaidi100() -> Any:
    codes = {"export": "10", "exported": "12", "import": "11", "held": "13", "imported": "12"}
    words = {"export": "出口清关", "exported": "出口清关"}
    scans = [
        {"ftime": at(key, hours=8), "context": words.get(key, "进口清关"), "statusCode": code}
        for key, code in codes.items()
    ]
    abroad = [{"ftime": at("delivered", hours=8), "context": "Delivered", "statusCode": "3"}]
    return {
        "lastResult": {"com": "ems", "nu": NUMBER, "data": scans},
        "destResult": {"com": "usps", "nu": NUMBER, "data": abroad},
    }


def kdniao() -> Any:
    codes = {"export": "601", "exported": "603", "import": "602", "imported": "603", "delivered": "301"}
    words = {
        "export": "出口",
        "exported": "出口",
        "import": "进口",
        "imported": "进口",
        "delivered": "已签收",
    }
    traces = [
        {"AcceptTime": at(key, hours=8), "AcceptStation": words[key], "Action": code, "Location": ""}
        for key, code in codes.items()
    ]
    parcel = {"ShipperCode": "EMS", "LogisticCode": NUMBER, "Success": True, "Traces": traces}
    return {"EBusinessID": "1", "PushTime": "2019-05-09 09:00:00", "Count": "1", "Data": [parcel]}


def cainiao() -> Any:
    codes = {
        "export": "CC_EX_START",
        "exported": "CC_EX_SUCCESS",
        "import": "CC_IM_START",
        "imported": "CC_IM_SUCCESS",
        "delivered": "SIGNED",
    }
    details = [
        {"timeStr": at(key, hours=8), "timeZone": "GMT+8", "desc": "-", "actionCode": code}
        for key, code in codes.items()
    ]
    return {"module": [{"mailNo": NUMBER, "detailList": details}], "success": True}


def by_codes(provider: str, codes: dict[str, str]) -> Any:
    """Return what a provider of Chinese codes sends of a parcel of which nothing but codes is told."""
    times = {key: at(key, hours=8) for key in codes}
    if provider == "kuaidi100":
        scans = [{"ftime": times[key], "context": "-", "statusCode": code} for key, code in codes.items()]
        return {"lastResult": {"com": "ems", "nu": NUMBER, "data": scans}}
    if provider == "kdniao":
        traces = [
            {"AcceptTime": times[key], "AcceptStation": "-", "Action": code} for key, code in codes.items()
        ]
        return {"Data": [{"ShipperCode": "EMS", "LogisticCode": NUMBER, "Success": True, "Traces": traces}]}
    details = [
        {"timeStr": times[key], "timeZone": "GMT+8", "desc": "-", "actionCode": code}
        for key, code in codes.items()
    ]
    return {"module": [{"mailNo": NUMBER, "detailList": details}], "success": True}


def epcis() -> Any:
    """Return what a supply chain saw: an inspection abroad, by places of master data."""
    shenzhen, brussels = "urn:epc:id:sgln:9521141.00001.0", "urn:epc:id:sgln:9521141.00002.0"
    steps = {
        "export": ("shipping", shenzhen),
        "held": ("inspecting", brussels),
        "delivered": ("receiving", brussels),
    }
    events = [
        {
            "type": "ObjectEvent",
            "eventID": f"urn:uuid:{step}",
            "eventTime": at(key).replace(" ", "T") + "Z",
            "bizStep": step,
            "readPoint": {"id": place},
            "epcList": [NUMBER],
            "destinationList": [{"type": "location", "destination": brussels}],
        }
        for key, (step, place) in steps.items()
    ]
    locations = [
        {
            "id": place,
            "attributes": [
                {"id": f"cbvmda:{name}", "attribute": text}
                for name, text in (("countryCode", country), ("city", city))
            ],
        }
        for place, country, city in ((shenzhen, "CN", "Shenzhen"), (brussels, "BE", "Brussels"))
    ]
    vocabulary = {"type": "urn:epcglobal:epcis:vtype:Location", "vocabularyElementList": locations}
    return {
        "type": "EPCISDocument",
        "epcisHeader": {"epcisMasterData": {"vocabularyList": [vocabulary]}},
        "epcisBody": {"eventList": events},
    }


#: Codes without a word: customs of one passage only are of import, and of two the first are of export.
CODES = {
    "kuaidi100 8": {"import": "8", "imported": "12"},
    "kuaidi100 10 11": {"export": "10", "exported": "12", "import": "11", "held": "13"},
    "kdniao 6": {"import": "6", "imported": "603"},
    "kdniao 604": {"export": "601", "exported": "603", "import": "602", "failed": "604"},
    "cainiao families": {
        **{"export": "CC_EX_START", "exported": "CC_EX_SUCCESS", "hub": "LH_ARRIVE"},
        **{"import": "CC_IM_START", "failed": "CC_IM_FAILURE"},
    },
    "cainiao unseen": {"import": "CC_IM_START", "failed": "CC_IM_SOMETHING_NEW_FAILURE"},
}

#: Provider → what it sends, the courier that it names, what it tells, the courier of the last mile.
FEEDS: dict[str, tuple[Any, str, set[str], str | None]] = {
    "easypost": (easypost(), "usps", {"import", "held", "imported", "delivered"}, None),
    "shippo": (shippo(), "usps", {"import", "held", "imported", "delivered"}, None),
    "17track": (seventeen_track(), "china_post", THROUGH, "usps"),
    "aftership": (aftership(), "usps", {"import", "held", "imported", "delivered"}, None),
    "kuaidi100": (kuaidi100(), "ems", THROUGH, "usps"),
    "kdniao": (kdniao(), "ems", THROUGH - {"held"}, None),
    "cainiao": (cainiao(), "cainiao", THROUGH - {"held"}, None),
    "epcis": (epcis(), "unknown", {"held", "delivered"}, None),
    **{
        name: (by_codes(name.split()[0], codes), "cainiao" if "cainiao" in name else "ems", set(codes), None)
        for name, codes in CODES.items()
    },
}


def number(place: int) -> str:
    return f"RR9000000{place:02}CN"


@pytest.fixture(scope="module")
def crossings(build: Build, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("border-feeds")
    loads: list[tuple[str, Path]] = []
    for place, (name, (sent, *_)) in enumerate(FEEDS.items()):
        path = folder / f"{name}.jsonl"
        records = sent if isinstance(sent, list) else [sent]
        # A number of its own each: several providers' scans of one parcel are another matter.
        lines = [json.dumps(record, ensure_ascii=False) for record in records]
        path.write_text("\n".join(lines).replace(NUMBER, number(place)), encoding="utf-8")
        loads.append((name.split()[0], path))
    with duckdb.connect(str(build("border-feeds", loads, "UTC")), read_only=True) as connection:
        rows = connection.execute("select * from core.fct_border_crossings").pl().to_dicts()
    by_number = {row["waybill_number"]: row for row in rows}
    return {name: by_number[number(place)] for place, name in enumerate(FEEDS)}


@pytest.mark.parametrize("name", FEEDS)
def test_what_a_provider_tells_of_customs_stands_in_the_facts(
    name: str, crossings: dict[str, dict[str, Any]]
) -> None:
    _, courier, told, last_mile = FEEDS[name]
    row = crossings[name]
    assert row["courier_id"] == courier
    times = {
        "export": "export_started_at",
        "exported": "export_cleared_at",
        "hub": "hub_arrived_at",
        "import": "import_started_at",
        "held": "import_held_at",
        "imported": "import_cleared_at",
        "failed": "import_failed_at",
        "delivered": "first_attempt_at",
    }
    found = {key: row[time] and f"{row[time]:%Y-%m-%d %H:%M:%S}" for key, time in times.items()}
    assert found == {key: at(key) if key in told else None for key in HOURS}
    assert (row["is_held"], row["is_refused"]) == ("held" in told, "failed" in told)
    # What is held and not cleared has no time of clearing: it is not a fast one.
    assert (row["import_seconds"] is not None) == ("imported" in told)
    assert row["last_mile_courier_id"] == last_mile


def test_where_epcis_saw_a_parcel_tells_where_it_came_from_and_entered(
    crossings: dict[str, dict[str, Any]],
) -> None:
    row = crossings["epcis"]
    assert (row["origin_country_code"], row["destination_country_code"]) == ("CN", "BE")
    # 42 hours after midnight of 2 May, UTC, in Brussels.
    assert row["entry_date"] == date(2019, 5, 3)
    assert row["is_inspection_seen"]

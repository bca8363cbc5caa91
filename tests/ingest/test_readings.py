"""The samples of trackers, read a second time in plain Python, tell what ``expected.json`` tells.

Nothing of the intake is used: each provider is one line of field names, and the rules of time are written
here once more, so that a misreading cannot be right twice.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from intake import SAMPLES

#: Fields of the number, the time and the code; the first that a scan has counts.
FIELDS = {
    "kuaidi100": (["nu"], ["ftime", "time"], ["statusCode", "status"]),
    "kdniao": (["LogisticCode", "outWaybillNo"], ["AcceptTime", "acceptTime"], ["Action", "action"]),
    "sf": (["mailno", "mailNo"], ["acceptTime"], ["opCode"]),
    "zto": (["billCode"], ["scanDate"], ["scanType"]),
    "yto": (["waybill_No"], ["upload_Time"], []),
    "sto": (["waybillNo"], ["opTime"], ["scanType"]),
    "jt": (["billCode"], ["scanTime"], ["scanType"]),
    "yunda": (["mailno"], ["time"], ["action"]),
    "jdl": (["waybillCode"], ["operationTime"], ["category"]),
    "cainiao": (["mailNo", "out_sid"], ["time", "timeStr", "status_time"], ["actionCode", "action"]),
    "aftership": (["tracking_number"], ["checkpoint_time"], ["subtag"]),
    "easypost": (["tracking_code"], ["datetime"], ["status"]),
    "17track": (["number"], ["time_iso"], ["sub_status"]),
    "shippo": (["tracking_number"], ["status_date"], ["substatus", "status"]),
}
#: Hours east of UTC in May 2019, where a time is local to its place.
OFFSETS = {"TX": -5, "US": -5, "CHN": 8, "ES": 2, "DE": 2, "GMT+8": 8, "GMT+2": 2}
ABROAD = ("aftership", "easypost", "17track", "shippo")


def first(of: dict[str, Any], names: list[str]) -> Any:
    return next((of[name] for name in names if of.get(name) not in (None, "")), None)


def instant(provider: str, said: str | int, scan: dict[str, Any]) -> datetime:
    if str(said).isdigit():
        return datetime.fromtimestamp(int(said) / 1000, UTC)
    padded = re.sub(r"(?<!\d)(\d)(?!\d)", r"0\1", str(said)[:19]) + str(said)[19:]
    clock = datetime.fromisoformat(padded.replace("Z", "+00:00"))
    place = scan.get("tracking_location") or scan
    keys = ("state", "country_iso3", "country") if provider in ABROAD else ("timeZone",)
    local = next((OFFSETS[str(place[key])] for key in keys if place.get(key)), 0)
    if provider == "easypost" and local:
        clock = clock.replace(tzinfo=None)  # its Z is written after local times, too
    if clock.tzinfo is None:
        hours = local if provider in ABROAD or "timeZone" in scan else 8
        clock = clock.replace(tzinfo=timezone(timedelta(hours=hours)))
    return clock.astimezone(UTC)


def scans(provider: str, node: Any, number: str | None) -> Iterator[tuple[str, datetime, str | None]]:
    numbers, times, codes = FIELDS[provider]
    if isinstance(node, str) and node[:1] in ("{", "["):
        node = json.loads(node)
    if isinstance(node, list):
        for item in node:
            yield from scans(provider, item, number)
    elif isinstance(node, dict):
        number = first(node, numbers) or number
        said, below = first(node, times), [v for v in node.values() if isinstance(v, list | dict | str)]
        if said is not None and (provider != "shippo" or "object_id" in node):
            code = first(node, codes)
            code = code["code"] if isinstance(code, dict) else code
            yield str(number), instant(provider, said, node), None if code is None else str(code)
        else:
            for value in below:
                yield from scans(provider, value, number)


def records(path: Path) -> Iterator[Any]:
    text = path.read_text(encoding="utf-8-sig")
    if path.suffix == ".form":
        yield from (v for line in text.splitlines() for vs in parse_qs(line).values() for v in vs)
    elif path.suffix == ".json":
        yield text.lstrip()
    else:
        yield from text.splitlines()


@pytest.mark.parametrize("provider", FIELDS)
def test_a_second_reading_finds_the_same_scans(provider: str) -> None:
    files = [path for path in (SAMPLES / provider).iterdir() if path.name != "expected.json"]
    found = {scan for path in files for record in records(path) for scan in scans(provider, record, None)}
    rows = json.loads((SAMPLES / provider / "expected.json").read_text(encoding="utf-8"))["waybill_events"]
    expected = {
        (row["waybill_number"], datetime.fromisoformat(row["occurred_at"]), row["event_code"])
        for row in rows
        if row["event_code"] != "abort"  # made by the intake: 60 days after the last scan
    }
    assert found == expected

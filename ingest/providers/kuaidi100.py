"""Kuaidi100: the scans of any courier, polled or pushed (api.kuaidi100.com/document, poll and push).

Every push repeats the whole history of its waybill, newest scan first. Times carry no zone and are
China's. A scan has ``statusCode`` where the subscriber asked for advanced states (``resultv2=4`` and up),
else the basic state in words (在途, 签收); the one that came is the event code. The subscriptions that
Kuaidi100 gives up after 60 days without a change (``status`` abort) make a last event ``abort``, at the
last scan's time plus 60 days.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from ingest.provider import Layout, Provider, Shape, Target
from ingest.source import split_suffix

_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".txt", ".form"})
#: How wrappers found in the wild name the courier and the number, most official first.
_COURIER_NAMES = ("com", "expressCompanyCode", "companyCode", "courierCode")
_NUMBER_NAMES = ("nu", "expressTrackNumber", "trackingNumber", "waybillNumber")
_SCANS = ("data", "traces", "list")

_FIELDS = ("time", "ftime", "context", "status", "statusCode", "areaCode", "areaName", "location")
_SCAN = dict.fromkeys(_FIELDS, "VARCHAR")
_RESULT: dict[str, Any] = {"com": "VARCHAR", "nu": "VARCHAR", "data": [_SCAN]}
_STRUCTURE = json.dumps(
    {
        **_RESULT,
        "status": "VARCHAR",
        "message": "VARCHAR",
        "lastResult": _RESULT,
        "queryTrackMapResp": _RESULT,
    }
)
_RESULTS = json.dumps([{**_RESULT, "is_given_up": "BOOLEAN"}])
#: What the provider's message says when it gives up for 60 days without a change (and not 3 without a scan).
_GIVEN_UP = "60"

_ROWS = f"""
with records as (
    select
        _line_number,
        record,
        case when json_valid(record) then json_transform(record, '{_STRUCTURE}') end as body
    from source
),
results as (
    select
        _line_number,
        record,
        body.status = 'abort' and contains(body.message, '{_GIVEN_UP}') as is_given_up,
        case
            when body.lastResult.data is not null then body.lastResult
            when body.queryTrackMapResp.data is not null then body.queryTrackMapResp
            when body.data is not null then struct_pack(com := body.com, nu := body.nu, data := body.data)
        end as result
    from records
),
found as (
    select
        _line_number,
        unnest(
            case
                when result.com is not null and result.nu is not null then [struct_pack(
                    com := result.com, nu := result.nu, data := result.data, is_given_up := is_given_up
                )]
                else coalesce(json_transform(kuaidi100_results(record), '{_RESULTS}'), [null])
            end
        ) as result
    from results
),
histories as (
    select
        _line_number,
        result.com as com,
        result.nu as nu,
        case
            when result is null then [null]
            when result.is_given_up and len(result.data) > 0 then list_append(result.data, {{
                'time': strftime(
                    list_max(list_transform(result.data, lambda scan: try_cast(scan.time as timestamp)))
                    + interval 60 day, '%Y-%m-%d %H:%M:%S'
                ),
                'ftime': null, 'context': null, 'status': 'abort', 'statusCode': null,
                'areaCode': null, 'areaName': null, 'location': null
            }})
            else result.data
        end as scans
    from found
),
scans as (
    select _line_number, com, nu, unnest(scans) as scan from histories
)
select
    _line_number,
    com,
    nu,
    coalesce(nullif(scan.ftime, ''), scan.time) as time,
    coalesce(nullif(scan.statusCode, ''), scan.status) as code,
    scan.context as context,
    string_split(scan.areaName, ',') as area_names,
    scan.areaCode as area_code,
    scan.location as location,
    scan is null as _is_malformed
from scans
"""

_EVENTS = Target(
    "waybill_events",
    {
        "courier_code": "com",
        "waybill_number": "nu",
        "event_code": "code",
        "event_text": "context",
        "country_code": "case when area_code like 'CN%' then 'CN' end",
        "province_name": "area_names[1]",
        "city_name": "case when area_names is null then location else area_names[2] end",
        "district_name": "area_names[3]",
        # The first six digits are the GB/T 2260 code of the smallest place that Kuaidi100 knows.
        "city_code": r"regexp_extract(area_code, '^CN(\d{6})', 1)",
        "is_zone_explicit": r"regexp_matches(time, ':\d{2}\s*(Z|[+-]\d{2})')",
        "occurred_at": "time",
    },
)


def _first(names: tuple[str, ...], node: dict[str, Any], inherited: str | None) -> str | None:
    """Return the first of the named values that is text or a number."""
    for name in names:
        value = node.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return inherited


def _is_scans(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(scan, dict) and "context" in scan and ("time" in scan or "ftime" in scan) for scan in value
    )


def _find(node: object, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the results anywhere in a document: each list of scans with what is known nearest to it."""
    if isinstance(node, str) and node.lstrip()[:1] in ("{", "["):
        try:
            node = json.loads(node)
        except ValueError:
            return
    if isinstance(node, list):
        for item in node:
            yield from _find(item, known)
    if isinstance(node, dict):
        known = {
            "com": _first(_COURIER_NAMES, node, known["com"]),
            "nu": _first(_NUMBER_NAMES, node, known["nu"]),
            "is_given_up": known["is_given_up"]
            or (node.get("status") == "abort" and _GIVEN_UP in str(node.get("message"))),
        }
        for name, value in node.items():
            if _is_scans(value) and (value or (name in _SCANS and known["com"] and known["nu"])):
                yield {**known, "data": value}
            else:
                yield from _find(value, known)


def kuaidi100_results(record: str) -> str | None:
    """Return as JSON the results in a record of any envelope, or None if it holds no list of scans.

    A record is a JSON document or a form body as pushed (``param`` holds the document).
    """
    try:
        document: object = json.loads(record)
    except RecursionError:
        return None
    except ValueError:
        document = parse_qs(record.strip()).get("param")
    try:
        results = list(_find(document, {"com": None, "nu": None, "is_given_up": False}))
        return json.dumps(results, ensure_ascii=False) if results else None
    except (RecursionError, UnicodeEncodeError):
        return None


def _refuse(path: Path) -> str:
    return (
        "" if split_suffix(path)[0] in _SUFFIXES else "pushes and polls are JSON, JSON lines or form bodies"
    )


def _recognise(shape: Shape) -> Layout | None:
    return None if shape.is_table else Layout((_EVENTS,), _ROWS)


KUAIDI100 = Provider(
    provider_id="kuaidi100",
    provider_name="Kuaidi100",
    time_zone="Asia/Shanghai",
    confirmed_by="real row",
    refuse=_refuse,
    recognise=_recognise,
    functions={"kuaidi100_results": kuaidi100_results},
)

"""17TRACK: trackings of API 2.2 and 2.4 as pushed or returned, the whole history each time.

Every event has an instant (``time_utc``), but where the carrier sent no zone 17TRACK inferred it: explicit
is only a time whose raw form has a zone.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.zones import country_sql

_EVENTS = "track_info.tracking.providers[].events"
#: Who delivers it abroad, and under which number (asset.17track.net/api/document/v2.2_en).
_LAST_MILE = "track_info.misc_info"
_HISTORY = History(
    provider_id="17track",
    number="number",
    envelopes={"data": _EVENTS, "data.accepted[]": _EVENTS},
    parcel=("carrier", "number", f"{_LAST_MILE}.local_number", f"{_LAST_MILE}.local_key"),
    scan={
        **dict.fromkeys(("time_utc", "time_iso", "stage", "sub_status", "description"), "VARCHAR"),
        "time_raw": {"timezone": "VARCHAR"},
        "address": dict.fromkeys(("country", "state", "city"), "VARCHAR"),
    },
    marks=(("time_utc", "time_iso"), ("stage", "sub_status")),
)

SEVENTEEN_TRACK = scans_provider(
    _HISTORY,
    provider_name="17TRACK",
    time_zone=None,
    confirmed_by="provider's document",
    columns={
        "courier_code": "carrier",
        "waybill_number": "number",
        "event_code": "coalesce(scan.sub_status, scan.stage)",
        "event_text": "scan.description",
        "next_waybill_number": f'"{_LAST_MILE}.local_number"',
        "next_courier_code": f'"{_LAST_MILE}.local_key"',
        "country_code": country_sql("scan.address.country"),
        "province_name": "scan.address.state",
        "city_name": "scan.address.city",
        "is_zone_explicit": "nullif(scan.time_raw.timezone, '') is not null",
        "occurred_at": "coalesce(scan.time_utc, scan.time_iso)",
    },
)

"""Yunda Express: scans as pushed (one a push, the waybill named in it) or queried (a list of steps).

Times carry no zone and are China's. ``action`` is the scan, ``status`` the state of the waybill after it.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import has_zone

_FIELDS = ("mailno", "time", "action", "description", "city")
_HISTORY = History(
    provider_id="yunda",
    number="mailno",
    envelopes={"data": "steps", "": "array"},
    parcel=("mailno",),
    scan=dict.fromkeys(_FIELDS, "VARCHAR"),
    marks=(("time",), ("action",)),
)

YUNDA = scans_provider(
    _HISTORY,
    provider_name="Yunda Express",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    columns={
        "courier_code": "'YUNDA'",
        "waybill_number": "coalesce(scan.mailno, mailno)",
        "event_code": "scan.action",
        "event_text": "scan.description",
        "city_name": "scan.city",
        "is_zone_explicit": has_zone("scan.time"),
        "occurred_at": "scan.time",
    },
)

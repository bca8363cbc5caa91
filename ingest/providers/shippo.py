"""Shippo: trackings as its webhook sends them or its API returns them, the whole history each time.

Times are UTC. The substatus, where there is one, says more than the status. ``object_id`` is made anew when
a number is registered twice, so that it identifies no scan.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import has_zone

_HISTORY = History(
    provider_id="shippo",
    number="tracking_number",
    envelopes=dict.fromkeys(("data", ""), "tracking_history"),
    parcel=("carrier", "tracking_number"),
    scan={
        **dict.fromkeys(("status_date", "status", "status_details"), "VARCHAR"),
        "substatus": {"code": "VARCHAR"},
        "location": dict.fromkeys(("city", "state", "country"), "VARCHAR"),
    },
    marks=(("status_date",), ("status",)),
)

SHIPPO = scans_provider(
    _HISTORY,
    provider_name="Shippo",
    time_zone="UTC",
    confirmed_by="provider's document",
    columns={
        "courier_code": "carrier",
        "waybill_number": "tracking_number",
        "event_code": "coalesce(scan.substatus.code, scan.status)",
        "event_text": "scan.status_details",
        "country_code": "scan.location.country",
        "province_name": "scan.location.state",
        "city_name": "scan.location.city",
        "is_zone_explicit": has_zone("scan.status_date"),
        "occurred_at": "scan.status_date",
    },
)

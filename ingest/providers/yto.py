"""YTO Express: scans as queried, a list of words with times.

There is no code of a scan, its words are read. Times carry no zone and are China's; every answer is the
whole history of a waybill.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import has_zone

_FIELDS = ("waybill_No", "upload_Time", "processInfo", "city")
_HISTORY = History(
    provider_id="yto",
    number="waybill_No",
    envelopes={"": "array"},
    parcel=("waybill_No",),
    scan=dict.fromkeys(_FIELDS, "VARCHAR"),
    marks=(("upload_Time",), ("processInfo",)),
    aliases={"waybillNo": "waybill_No", "uploadTime": "upload_Time"},
)

YTO = scans_provider(
    _HISTORY,
    provider_name="YTO Express",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    columns={
        "courier_code": "'YTO'",
        "waybill_number": "coalesce(scan.waybill_No, waybill_No)",
        "event_text": "scan.processInfo",
        "city_name": "scan.city",
        "is_zone_explicit": has_zone("scan.upload_Time"),
        "occurred_at": "scan.upload_Time",
    },
)

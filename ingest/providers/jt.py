"""J&T Express: scans as queried or pushed, the whole history of each waybill.

Times carry no zone and are China's.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import has_zone

_FIELDS = ("scanTime", "scanType", "desc", "scanNetworkProvince", "scanNetworkCity", "scanNetworkArea")
_HISTORY = History(
    provider_id="jt",
    number="billCode",
    envelopes={"data[]": "details", "": "details"},
    parcel=("billCode",),
    scan=dict.fromkeys(_FIELDS, "VARCHAR"),
    marks=(("scanTime",), ("scanType",)),
)

JT = scans_provider(
    _HISTORY,
    provider_name="J&T Express",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    columns={
        "courier_code": "'JT'",
        "waybill_number": "billCode",
        "event_code": "scan.scanType",
        "event_text": "scan.desc",
        "province_name": "scan.scanNetworkProvince",
        "city_name": "scan.scanNetworkCity",
        "district_name": "scan.scanNetworkArea",
        "is_zone_explicit": has_zone("scan.scanTime"),
        "occurred_at": "scan.scanTime",
    },
)

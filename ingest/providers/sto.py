"""STO Express: scans as queried, a map from number to list of scans, or a list of scans.

Times carry no zone and are China's; every answer is the whole history of a waybill.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import has_zone

_FIELDS = ("waybillNo", "opTime", "scanType", "memo", "opOrgProvinceName", "opOrgCityName")
_HISTORY = History(
    provider_id="sto",
    number="waybillNo",
    # The numbers are the names of the lists, so that no path leads to them: the search finds them.
    envelopes={"": "array"},
    parcel=("waybillNo",),
    scan=dict.fromkeys(_FIELDS, "VARCHAR"),
    marks=(("opTime",), ("scanType", "memo")),
)

STO = scans_provider(
    _HISTORY,
    provider_name="STO Express",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    columns={
        "courier_code": "'STO'",
        "waybill_number": "coalesce(scan.waybillNo, waybillNo)",
        "event_code": "scan.scanType",
        "event_text": "scan.memo",
        "province_name": "scan.opOrgProvinceName",
        "city_name": "scan.opOrgCityName",
        "is_zone_explicit": has_zone("scan.opTime"),
        "occurred_at": "scan.opTime",
    },
)

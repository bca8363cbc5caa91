"""ZTO Express: scans as queried (zto.merchant.waybill.track.query and its forerunner).

Times are epoch milliseconds. Every answer is the whole history of a waybill.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import epoch_or_clock, has_zone, is_epoch

_HISTORY = History(
    provider_id="zto",
    number="billCode",
    envelopes={"": "result", "data[]": "traces"},
    parcel=("billCode",),
    scan={
        **dict.fromkeys(("billCode", "scanType", "scanDate", "desc"), "VARCHAR"),
        "scanSite": {"prov": "VARCHAR", "city": "VARCHAR"},
    },
    marks=(("scanType",), ("scanDate",)),
    aliases={"remark": "desc"},
)

ZTO = scans_provider(
    _HISTORY,
    provider_name="ZTO Express",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    columns={
        "courier_code": "'ZTO'",
        "waybill_number": "coalesce(scan.billCode, billCode)",
        "event_code": "scan.scanType",
        "event_text": "scan.desc",
        "province_name": "scan.scanSite.prov",
        "city_name": "scan.scanSite.city",
        "is_zone_explicit": f"{is_epoch('scan.scanDate')} or {has_zone('scan.scanDate')}",
        "occurred_at": epoch_or_clock("scan.scanDate"),
    },
)

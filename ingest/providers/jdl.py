"""JD Logistics: the trace of a waybill as queried (/ecap/v1/orders/trace/query).

Times carry no zone and are China's; every answer is the whole history. ``category`` is the code of a node.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import has_zone

_FIELDS = ("waybillCode", "category", "operationTime", "operationRemark")
_HISTORY = History(
    provider_id="jdl",
    number="waybillCode",
    envelopes={"data": "traceDetails", "": "traceDetails"},
    parcel=("waybillCode",),
    scan=dict.fromkeys(_FIELDS, "VARCHAR"),
    marks=(("operationTime",), ("category", "operationRemark")),
    aliases={"operateTime": "operationTime", "operateRemark": "operationRemark", "operateState": "category"},
)

JDL = scans_provider(
    _HISTORY,
    provider_name="JD Logistics",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    columns={
        "courier_code": "'JD'",
        "waybill_number": "coalesce(scan.waybillCode, waybillCode)",
        "event_code": "scan.category",
        "event_text": "scan.operationRemark",
        "is_zone_explicit": has_zone("scan.operationTime"),
        "occurred_at": "scan.operationTime",
    },
)

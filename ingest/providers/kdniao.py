"""Kdniao: the scans of any courier, as pushed (101 plain, 102 with actions) or queried.

Every push repeats the whole history of each waybill, oldest scan first. Times carry no zone and are
China's. The code of a scan is its ``Action`` (102); a plain push has none, and the ``State`` beside the
list says nothing of a single scan: those are read by their words. Wrappers number states their own way,
so a state is never taken for an action.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import has_zone

_HISTORY = History(
    provider_id="kdniao",
    number="LogisticCode",
    envelopes={"Data[]": "Traces", "": "Traces"},
    parcel=("ShipperCode", "LogisticCode"),
    scan=dict.fromkeys(("AcceptTime", "AcceptStation", "Action", "Location"), "VARCHAR"),
    marks=(("AcceptTime",), ("AcceptStation",)),
    aliases={
        "carrierCode": "ShipperCode",
        "outWaybillNo": "LogisticCode",
        "waybillNo": "LogisticCode",
        "StateEx": "Action",
    },
)

KDNIAO = scans_provider(
    _HISTORY,
    provider_name="Kdniao",
    time_zone="Asia/Shanghai",
    confirmed_by="real row",
    columns={
        "courier_code": "ShipperCode",
        "waybill_number": "LogisticCode",
        "event_code": "scan.Action",
        "event_text": "scan.AcceptStation",
        "city_name": "scan.Location",
        "is_zone_explicit": has_zone("scan.AcceptTime"),
        "occurred_at": "scan.AcceptTime",
    },
)

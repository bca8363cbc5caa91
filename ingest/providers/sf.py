"""SF Express: routes as pushed (each node once, with its ``id``) or queried (the whole route).

A push names the waybill in every node, a query beside the list. Times carry no zone and are China's. A
node pushed again has the same ``id``; international nodes call it ``trackUniqueId``. A parcel that goes
back or on (opCode 99, 631, 648) gets a new number, which stands in the words alone.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import has_zone

_FIELDS = ("mailno", "acceptTime", "acceptAddress", "remark", "opCode", "id")
_HISTORY = History(
    provider_id="sf",
    number="mailno",
    envelopes={"Body": "WaybillRoute", "msgData.routeResps[]": "routes", "": "routes"},
    parcel=("mailno",),
    scan=dict.fromkeys(_FIELDS, "VARCHAR"),
    marks=(("acceptTime",), ("remark",), ("opCode",)),
    aliases={
        "wayBillNo": "mailno",
        "trackingNumber": "mailno",
        "accept_address": "acceptAddress",
        "trackUniqueId": "id",
    },
)

SF = scans_provider(
    _HISTORY,
    provider_name="SF Express",
    time_zone="Asia/Shanghai",
    confirmed_by="real row",
    columns={
        "courier_code": "'SF'",
        "waybill_number": "coalesce(scan.mailno, mailno)",
        "event_code": "scan.opCode",
        "event_text": "scan.remark",
        "event_number": "scan.id",
        "next_waybill_number": (
            "case when scan.opCode in ('99', '631', '648') "
            r"then regexp_extract(scan.remark, '单号[^A-Za-z0-9]*((?:SF)?\d{12,15})', 1) end"
        ),
        "city_name": "scan.acceptAddress",
        "is_zone_explicit": has_zone("scan.acceptTime"),
        "occurred_at": "scan.acceptTime",
    },
)

"""Cainiao: scans inside China (Taobao's logistics trace) and across borders (global tracking).

Across borders a scan has an instant in milliseconds, or a clock time with its offset (``GMT+8``). Inside
China times carry no zone and are China's. The list of codes is open: new ones are kept as they come.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_provider
from ingest.shapes.times import at_offset, epoch_or_clock, has_zone, is_epoch

_HISTORY = History(
    provider_id="cainiao",
    number="mailNo",
    envelopes={
        "module[]": "detailList",
        "logistics_trace_search_response": "trace_list.transit_step_info",
        "": "detailList",
    },
    parcel=("mailNo", "out_sid", "cpCode", "company_name"),
    scan=dict.fromkeys(
        ("time", "timeStr", "timeZone", "desc", "actionCode", "status_time", "status_desc", "action"),
        "VARCHAR",
    ),
    marks=(("time", "timeStr", "status_time"), ("desc", "status_desc", "actionCode", "action")),
    aliases={"mail_no": "mailNo", "waybillNo": "mailNo", "cp_code": "cpCode", "standerdDesc": "desc"},
)
_TIME = "coalesce(scan.time, scan.timeStr, scan.status_time)"
_CLOCK = "coalesce(scan.timeStr, scan.status_time, scan.time)"

CAINIAO = scans_provider(
    _HISTORY,
    provider_name="Cainiao",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    columns={
        "courier_code": "coalesce(cpCode, company_name, 'CAINIAO')",
        "waybill_number": "coalesce(mailNo, out_sid)",
        "event_code": "coalesce(scan.actionCode, scan.action)",
        "event_text": "coalesce(scan.desc, scan.status_desc)",
        "is_zone_explicit": (
            f"coalesce({is_epoch(_TIME)}, false) or scan.timeZone is not null or {has_zone(_CLOCK)}"
        ),
        "occurred_at": (
            f"case when {is_epoch(_TIME)} then {epoch_or_clock(_TIME)} "
            f"else {at_offset(_CLOCK, 'scan.timeZone')} end"
        ),
    },
)

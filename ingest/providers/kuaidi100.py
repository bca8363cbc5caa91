"""Kuaidi100: the scans of any courier, polled or pushed (api.kuaidi100.com/document, poll and push).

Every push repeats the whole history of its waybill, newest scan first. Times carry no zone and are
China's. A scan has ``statusCode`` where the subscriber asked for advanced states (``resultv2=4`` and up),
else the basic state in words (在途, 签收); the one that came is the event code. ``comNew`` corrects the
courier that the subscriber named (``comOld``). The subscriptions that Kuaidi100 gives up after 60 days
without a change (``status`` abort) make a last event ``abort``, at the last scan's time plus 60 days. Where
the subscriber asked for parcels abroad (``interCom``), ``destResult`` has the scans of the country of
destination, under the company there and its number.
"""

import json

from ingest.shapes.history import History
from ingest.shapes.scans import parcels_of, scans_of, scans_provider
from ingest.shapes.times import has_zone

_FIELDS = ("time", "ftime", "context", "status", "statusCode", "areaCode", "areaName", "location")
_HISTORY = History(
    provider_id="kuaidi100",
    number="nu",
    envelopes={"lastResult": "data", "queryTrackMapResp": "data", "": "data"},
    parcel=("com", "nu"),
    scan=dict.fromkeys(_FIELDS, "VARCHAR"),
    marks=(("context",), ("time", "ftime")),
    outer=("status", "message", "comOld", "comNew", "destResult"),
    aliases={
        "expressCompanyCode": "com",
        "companyCode": "com",
        "courierCode": "com",
        "expressTrackNumber": "nu",
        "trackingNumber": "nu",
        "waybillNumber": "nu",
    },
)
#: What the provider's message says when it gives up for 60 days without a change (and not 3 without a scan).
_GIVEN_UP = "list_contains(outer_status, 'abort') and contains(array_to_string(outer_message, ' '), '60')"
_COURIER = "coalesce(nullif(outer_comNew[-1], ''), com)"
_ABROAD = json.dumps({"com": "VARCHAR", "nu": "VARCHAR", "data": [dict.fromkeys(_FIELDS, "VARCHAR")]})
#: What surrounds a parcel is read once for it, not for each of its scans.
_PARCELS = f"""
    select
        _line_number,
        nu,
        {_COURIER} as courier,
        nullif(coalesce(nullif(outer_comOld[-1], ''), com), {_COURIER}) as former_courier,
        case
            when {_GIVEN_UP} and len(scans) > 0 then list_append(scans, {{
                'time': strftime(
                    list_max(list_transform(scans, lambda scan: try_cast(scan.time as timestamp)))
                    + interval 60 day, '%Y-%m-%d %H:%M:%S'
                ),
                'ftime': null, 'context': null, 'status': 'abort', 'statusCode': null,
                'areaCode': null, 'areaName': null, 'location': null
            }})
            else scans
        end as scans,
        try(json_transform(nullif(outer_destResult[-1], ''), '{_ABROAD}')) as abroad
    from ({parcels_of(_HISTORY)})
"""
#: A parcel, and what it is abroad where that is told.
_PARCELS_AND_ABROAD = f"""
    select _line_number, unnest(
        case
            when abroad.nu is null or abroad.com is null then [here]
            else [
                here,
                struct_pack(
                    nu := abroad.nu, courier := abroad.com, former_courier := null,
                    next_number := null, next_courier := null, scans := coalesce(abroad.data, [])
                )
            ]
        end,
        max_depth := 2
    )
    from (
        select *, struct_pack(
            nu := nu, courier := courier, former_courier := former_courier,
            next_number := abroad.nu, next_courier := abroad.com, scans := scans
        ) as here
        from ({_PARCELS})
    )
"""
_ROWS = f"""
    select
        *,
        coalesce(nullif(scan.ftime, ''), scan.time) as time,
        string_split(scan.areaName, ',') as area_names
    from ({scans_of(_HISTORY, _PARCELS_AND_ABROAD)})
"""

KUAIDI100 = scans_provider(
    _HISTORY,
    provider_name="Kuaidi100",
    time_zone="Asia/Shanghai",
    confirmed_by="real row",
    columns={
        "courier_code": "courier",
        "former_courier_code": "former_courier",
        "waybill_number": "nu",
        "event_code": "coalesce(nullif(scan.statusCode, ''), scan.status)",
        "event_text": "scan.context",
        "next_waybill_number": "next_number",
        "next_courier_code": "next_courier",
        "country_code": "case when scan.areaCode like 'CN%' then 'CN' end",
        "province_name": "area_names[1]",
        "city_name": "case when area_names is null then scan.location else area_names[2] end",
        "district_name": "area_names[3]",
        # The first six digits are the GB/T 2260 code of the smallest place that Kuaidi100 knows.
        "city_code": r"regexp_extract(scan.areaCode, '^CN(\d{6})', 1)",
        "is_zone_explicit": has_zone("time"),
        "occurred_at": "time",
    },
    rows=_ROWS,
)

"""EasyPost: trackers as its webhook sends them or its API returns them, the whole history each time.

Its times end in Z but are local where the place is known, and UTC only elsewhere (docs.easypost.com,
trackers). A known place sets the zone (the state in the USA, else a country that keeps one time); such a
time is ruled, not explicit. Numbers are used again after three months: dbt tells the rounds apart.
``status_detail`` is mostly ``status_update``, so ``status`` is the code.
"""

from ingest.shapes.history import History
from ingest.shapes.scans import scans_of, scans_provider
from ingest.shapes.zones import local_time, zone_sql

_HISTORY = History(
    provider_id="easypost",
    number="tracking_code",
    envelopes=dict.fromkeys(("result", "trackers[]", ""), "tracking_details"),
    parcel=("carrier", "tracking_code"),
    scan={
        **dict.fromkeys(("datetime", "status", "message"), "VARCHAR"),
        "tracking_location": dict.fromkeys(("city", "state", "country"), "VARCHAR"),
    },
    marks=(("datetime",), ("status",)),
)
_PLACE = "scan.tracking_location"
_IS_PLACED = f"coalesce({_PLACE}.city, {_PLACE}.state, {_PLACE}.country) is not null"
_CLOCK = "regexp_replace(scan.datetime, '(Z|[+-]00:?00)$', '')"

EASYPOST = scans_provider(
    _HISTORY,
    provider_name="EasyPost",
    time_zone="UTC",
    confirmed_by="real row",
    rows=(
        f"select *, {zone_sql(f'{_PLACE}.country', f'{_PLACE}.state')} as zone, {_IS_PLACED} as is_placed "
        f"from ({scans_of(_HISTORY)})"
    ),
    columns={
        "courier_code": "carrier",
        "waybill_number": "tracking_code",
        "event_code": "scan.status",
        "event_text": "scan.message",
        # States stand without their country, which is then the USA.
        "country_code": (
            f"coalesce({_PLACE}.country, case when regexp_matches(zone, '^America/|Honolulu$') then 'US' end)"
        ),
        "province_name": f"{_PLACE}.state",
        "city_name": f"{_PLACE}.city",
        "is_zone_explicit": "not is_placed",
        "occurred_at": f"case when is_placed then {local_time(_CLOCK, 'zone')} else scan.datetime end",
    },
)

"""LaDe: Cainiao's published last-mile deliveries (research use), CSV as it comes.

A row is a parcel that a rider took out (``accept_time``) and delivered (``delivery_time``). Its times have no
year, which the load must state, and are China's. Its ``courier`` is the rider and stays out, as do the
positions.
"""

from pathlib import Path

from ingest.errors import IntakeError
from ingest.provider import Layout, Provider, Shape, Target
from ingest.reading.kind import split_suffix

_COLUMNS = frozenset({"order_id", "city", "courier_id", "accept_time", "delivery_time", "ds"})
_ROWS = """
    select
        _line_number,
        order_id,
        city,
        unnest(['accept', 'delivery']) as step,
        unnest([accept_time, delivery_time]) as month_time,
        false as _is_malformed
    from source
"""


def _refuse(path: Path) -> str:
    return "" if split_suffix(path)[0] == ".csv" else "LaDe's files are CSV"


def _recognise(shape: Shape) -> Layout | None:
    if not set(shape.fields) >= _COLUMNS:
        return None
    year = shape.options.get("year", "")
    if not (year.isdecimal() and len(year) == 4):
        raise IntakeError(f"{shape.path.name} has times without a year: state it, as in year=2022.")
    columns = {
        "courier_code": "'CAINIAO'",
        "waybill_number": "order_id",
        "event_code": "step",
        "city_name": "city",
        "is_zone_explicit": "false",
        "occurred_at": f"case when month_time <> 'nan' then '{year}-' || month_time end",
    }
    return Layout((Target("waybill_events", columns),), _ROWS)


LADE = Provider(
    provider_id="lade",
    provider_name="LaDe",
    time_zone="Asia/Shanghai",
    confirmed_by="real row",
    refuse=_refuse,
    recognise=_recognise,
    functions={},
    options={"year": "the year of its times, which carry none"},
)

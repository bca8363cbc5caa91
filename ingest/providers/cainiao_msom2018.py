"""Cainiao 2018 MSOM: the logistics of the research data set, CSV without a line of names.

One row per step of a parcel, some steps missing, some twice, in no order; times to the minute, China's.
TRADE_SUCCESS is the order's end, days after the signature. Cities, facilities and couriers are numbers of
the set's own. The files of orders, sellers and items do not enter: they carry no amounts of the order.
"""

from pathlib import Path

from ingest.provider import Layout, Provider, Shape, Target
from ingest.reading.kind import split_suffix

_COLUMNS = (
    "order_id",
    "order_date",
    "logistic_order_id",
    "action",
    "facility_id",
    "facility_type",
    "city_id",
    "logistic_company_id",
    "timestamp",
)
_EVENTS = Target(
    "waybill_events",
    {
        "courier_code": "logistic_company_id",
        "waybill_number": "logistic_order_id",
        "event_code": "action",
        "is_zone_explicit": "false",
        "occurred_at": '"timestamp"',
    },
)


def _refuse(path: Path) -> str:
    is_logistics = "logistic" in path.name and split_suffix(path)[0] == ".csv"
    return "" if is_logistics else "of the set only the CSV files of logistics are taken"


def _recognise(shape: Shape) -> Layout | None:
    return Layout((_EVENTS,)) if shape.is_table else None


CAINIAO_MSOM2018 = Provider(
    provider_id="cainiao_msom2018",
    provider_name="Cainiao 2018 MSOM",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    refuse=_refuse,
    recognise=_recognise,
    functions={},
    header=lambda _: _COLUMNS,
)

"""Rows that no one can read: JSON lines in the shape of the raw contract with one thing wrong in each."""

import json
from datetime import UTC, datetime

from simulator.contract import scans
from simulator.contract.columns import Bytes
from simulator.contract.waybills import Scans
from simulator.life.happenings import Happenings
from simulator.life.order_states import STATUSES
from simulator.world.couriers import COURIERS
from simulator.world.days import CHINA_OFFSET
from simulator.world.draws import I64
from simulator.world.platforms import PLATFORMS

Spoiled = tuple[list[str], list[str | None], list[str | None]]

#: (field, what stands in it, why it is refused); no field = the line itself is broken off.
_EVENTS: tuple[tuple[str | None, str | None, str], ...] = (
    ("occurred_at", "2019-02-30T25:61:00Z", "not_a_timestamp"),
    ("occurred_at", None, "missing_value"),
    ("waybill_number", "", "missing_value"),
    (None, None, "malformed_record"),
)
_ORDERS: tuple[tuple[str | None, str | None, str], ...] = (
    ("paid_amount", "12,50元", "not_an_amount"),
    ("is_cash_on_delivery", "vielleicht", "not_a_boolean"),
    ("promised_delivery_date", "2019-13-01", "not_a_date"),
    ("placed_at", "1999-12-31T16:00:00Z", "before_2000"),
    (None, None, "malformed_record"),
)


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds - CHINA_OFFSET, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _spoil(
    records: list[dict[str, str | None]], ways: tuple[tuple[str | None, str | None, str], ...]
) -> Spoiled:
    lines: list[str] = []
    reasons: list[str | None] = []
    fields: list[str | None] = []
    for place, record in enumerate(records):
        field, value, reason = ways[place % len(ways)]
        if field is not None:
            record[field] = value
        line = json.dumps(record, ensure_ascii=False)
        lines.append(line if field is not None else line[: len(line) // 2])
        reasons.append(reason)
        fields.append(field)
    return lines, reasons, fields


def _text(row: Bytes) -> str:
    return bytes(row).decode("ascii")


def spoiled_events(block: Happenings, some: Scans, waybill_number: Bytes) -> Spoiled:
    """Return lines of scans, why each is refused, and for which field."""
    records: list[dict[str, str | None]] = [
        {
            "courier_code": COURIERS[int(block.parcels.courier[parcel])],
            "waybill_number": _text(waybill_number[parcel]),
            "event_code": scans.CODES[kind],
            "occurred_at": _time(at),
        }
        for parcel, kind, at in zip(some.parcel.tolist(), some.kind.tolist(), some.at.tolist(), strict=True)
    ]
    return _spoil(records, _EVENTS)


def spoiled_orders(block: Happenings, order: I64, number: Bytes) -> Spoiled:
    """Return lines of orders, why each is refused, and for which field."""
    records: list[dict[str, str | None]] = [
        {
            "platform_id": PLATFORMS[int(block.orders.platform[row])],
            "order_number": _text(number[row]),
            "status_code": STATUSES[int(block.state.status[row])],
            "currency": "CNY",
            "placed_at": _time(int(block.orders.placed[row])),
        }
        for row in order.tolist()
    ]
    return _spoil(records, _ORDERS)

"""Which rows a merchant may take home: the kinds of extracts, each a question about one published table."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

What = Literal[
    "order_lines",
    "waybills",
    "late_dispatch",
    "no_first_scan",
    "late_delivery",
    "stalled",
    "billing_differences",
    "scorecard",
    "lanes",
]


@dataclass(frozen=True)
class Kind:
    """The table, its rows' other conditions, and the order of a list that is read from the top.

    Where ``metrics`` are named, what is taken home are these by ``by``, over the merchant's rows.
    """

    table: str
    filters: Mapping[str, list[str]] = field(default_factory=dict)
    order_by: str | None = None
    by: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()


#: What a merchant asks of its couriers and lanes, over its own parcels.
SCORES = (
    "waybill_count",
    "median_end_to_end_hours",
    "p90_end_to_end_hours",
    "within_72h_share",
    "on_time_share",
    "first_attempt_success_share",
    "exception_share",
    "freight_cost_per_waybill",
)

_LATE, _WAYBILLS = "mart_late_parcels", "extract_waybills"

KINDS: dict[What, Kind] = {
    "order_lines": Kind("extract_order_lines"),
    "waybills": Kind(_WAYBILLS),
    "late_dispatch": Kind(_LATE, {"lateness": ["dispatch"]}, "late_hours"),
    "no_first_scan": Kind(_LATE, {"lateness": ["first_scan"]}, "late_hours"),
    "late_delivery": Kind(_LATE, {"lateness": ["delivery"]}, "late_hours"),
    "stalled": Kind("mart_stalled_parcels", order_by="silent_hours"),
    "billing_differences": Kind("extract_billing_differences", order_by="billing_difference_amount"),
    "scorecard": Kind(_WAYBILLS, by=("courier_id",), metrics=SCORES),
    "lanes": Kind(_WAYBILLS, by=("origin_province_id", "destination_province_id"), metrics=SCORES),
}

#: The tables whose rows are each one merchant's, by ``merchant_id``.
OF_MERCHANTS = frozenset(kind.table for kind in KINDS.values())

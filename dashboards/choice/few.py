"""How many rows a statement needs, and which metric counts them."""

from serving.dictionary import Dictionary, Entry

#: Fewer parcels or orders are neither ranked, joined by a line nor compared.
FEW = 30
#: What the statements of a table are over, the first that it has.
COUNTS = (
    *("waybill_count", "order_count", "paid_order_count", "crossing_count", "entered_count"),
    *("won_consumer_count", "ended_group_order_count"),
)
#: These count themselves, where they are no mean: a small one is as true as a large one.
_EXACT = ("count", "money")


def count_of(dictionary: Dictionary, table: str) -> str | None:
    """Return the metric that says over how many parcels or orders a table's statements are."""
    return next((name for name in COUNTS if dictionary.has(table, "metric", name)), None)


def is_statistic(metric: Entry) -> bool:
    """Tell whether a metric says something of its parcels or orders beside how many or how much."""
    return bool(metric.denominator) or metric.unit not in _EXACT

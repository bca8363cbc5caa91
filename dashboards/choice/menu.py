"""Which pages have something to show this reader."""

from serving.published import Published

#: The table that a page lives by.
_TABLES = {
    "gmv_by_tier": "mart_city_tier_gmv",
    "delivery_time": "mart_delivery_time",
    "consumers": "mart_repeat",
    "lanes": "mart_lane_time",
    "across_the_border": "mart_corridors",
    "delivery_estimate": "mart_estimate_quality",
    "cost_and_choice": "mart_courier_frontier",
    "stalled": "mart_stalled_parcels",
}
#: The courier of a parcel of which no provider says who carries it.
_UNKNOWN = "unknown"


def is_listed(serving: Published, page: str) -> bool:
    """Tell whether the menu lists a page: not where its table is empty, nor couriers where none is known."""
    if page == "courier_share":
        return has_couriers(serving)
    return page not in _TABLES or serving.row_counts.get(_TABLES[page], 0) > 0


def has_couriers(serving: Published) -> bool:
    """Tell whether any provider says who carries the parcels."""
    # An older waymart's build does not say which couriers have parcels.
    return bool(couriers(serving)) or not serving.dictionary.has("dim_couriers", "column", "has_parcels")


def couriers(serving: Published) -> list[str]:
    """Return the couriers that parcels are known to be of, by their ids."""
    if not serving.dictionary.has("dim_couriers", "column", "has_parcels"):
        return []
    known = serving.rows("dim_couriers", ["courier_id", "has_parcels"], limit=1_000_000)
    return sorted(one for one, has_parcels in known.iter_rows() if has_parcels and one != _UNKNOWN)

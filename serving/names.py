"""What readers call the values of a column: from the published dimensions, else the code as words."""

import re
from functools import cached_property

import polars as pl

from serving.formats import words
from serving.published import Serving

#: Roll-ups are listed in metrics.md; values outside the tiers come last.
TIERS = (
    "tier_1",
    "new_tier_1",
    "tier_2",
    "tier_3",
    "tier_4",
    "tier_5",
    "unranked",
    "not_in_list",
    "abroad",
    "unknown",
)

#: Columns whose values are our own words; any other text is a provider's and stays as it came.
_VOCABULARY = {
    *("channel", "service", "waybill_system", "purpose", "status", "place_of_silence"),
    *("kind", "entity", "reason"),
}

#: How our own words are written.
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def in_tier_order(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the rows from tier 1 down, values outside the tiers last."""
    return frame.sort(pl.col(column).replace_strict({tier: place for place, tier in enumerate(TIERS)}))


_DIMENSIONS = {
    "platform_id": ("dim_platforms", "platform_name"),
    "provider_id": ("dim_providers", "provider_name"),
    "courier_id": ("dim_couriers", "courier_name"),
    "adcode": ("dim_cities", "city_name"),
    "province_id": ("dim_provinces", "province_name"),
    "merchant_id": ("dim_merchants", "merchant_name"),
}


class Names:
    """Names of values, read from one published build."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    @cached_property
    def _known(self) -> dict[str, dict[str, str]]:
        return {key: self._read(table, key, name) for key, (table, name) in _DIMENSIONS.items()}

    def _read(self, table: str, key: str, name: str) -> dict[str, str]:
        rows = self._serving.rows(table, [key, name], limit=1_000_000)
        return {code: called for code, called in rows.rows() if called}

    def of(self, column: str, value: str | None) -> str:
        """Return the name of one value; null is "Not known"."""
        if value is None:
            return words(None)
        if column in self._known and value in self._known[column]:
            return self._known[column][value]
        is_ours = column in _VOCABULARY or column in self._known or column.startswith("tier")
        return words(value) if is_ours and _CODE.fullmatch(value) else value

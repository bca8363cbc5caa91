"""City tiers: their order, and the list of the fixed reading."""

import polars as pl

from serving.published import Published

#: From tier 1 down; values outside the tiers come last.
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


def in_tier_order(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the rows from tier 1 down, values outside the tiers last."""
    return frame.sort(pl.col(column).replace_strict({tier: place for place, tier in enumerate(TIERS)}))


def fixed_list_year(published: Published) -> int | None:
    """Return the year of the list that the fixed reading uses; None where no list is published.

    The newest complete list, else the newest: ``macros/tiers/tier_lists.sql`` chooses it.
    """
    lists = published.frame(
        "select list_year from dim_city_tiers order by is_complete_list desc, list_year desc limit 1"
    )
    return int(lists.item()) if len(lists) else None

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
    """Return the year of the list that the fixed reading uses; None where no list is published."""
    lists = published.frame("select distinct list_year from dim_city_tiers where is_fixed_list")
    return int(lists.item()) if len(lists) else None


def tier_lists(published: Published) -> pl.DataFrame:
    """Return the lists by year: ``list_year``, ``until`` (a year, null: in force), ``is_complete``."""
    return published.frame(
        "select distinct list_year, year(valid_to_date) as until, is_complete_list as is_complete "
        "from dim_city_tiers order by list_year"
    )

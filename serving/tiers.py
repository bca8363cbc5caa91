"""City tiers: their order, and the lists of a country."""

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
#: The roll-ups of a complete list; what stands outside the tiers is in neither.
TIER_1_2 = TIERS[:3]
LOWER_TIER = TIERS[3:7]


def in_tier_order(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return the rows from tier 1 down, values outside the tiers last."""
    return frame.sort(pl.col(column).replace_strict({tier: place for place, tier in enumerate(TIERS)}))


def fixed_list_year(published: Published, country_code: str) -> int | None:
    """Return the year of the list that the fixed reading uses; None where the country has none."""
    lists = published.frame(
        "select distinct list_year from dim_city_tiers where is_fixed_list and country_code = ?",
        [country_code],
    )
    return int(lists.item()) if len(lists) else None


def is_by_population(published: Published, country_code: str) -> bool:
    """Tell whether a country's list is ours by population, not one that was published of it."""
    lists = published.frame(
        "select 1 from dim_city_tiers where country_code = ? and source = 'by population, GeoNames' limit 1",
        [country_code],
    )
    return len(lists) > 0


def tier_lists(published: Published, country_code: str) -> pl.DataFrame:
    """Return a country's lists: ``list_year``, ``until`` (a year, null: in force), ``is_complete``."""
    return published.frame(
        "select distinct list_year, year(valid_to_date) as until, is_complete_list as is_complete "
        "from dim_city_tiers where country_code = ? order by list_year",
        [country_code],
    )

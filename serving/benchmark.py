"""What a merchant may be told of the market beside its own figures: the published benchmark, and no more.

Which cells there are is decided where they are made (``mart_market_benchmark``), for whoever may ask. What is
left to decide here is whose platform it is, and that a reader of several shops does not count them as others.
"""

from typing import Literal

import polars as pl

from serving.access import Grant
from serving.published import Published

#: Of what: the whole platform, each of its couriers, or each of its lanes.
Breakdown = Literal["platform", "courier", "lane"]

TABLE = "mart_market_benchmark"

#: Merchants that are none of the reader's, at least, behind every figure.
OTHERS_MIN = 5

#: What makes a row of a breakdown, beside the month.
KEYS: dict[Breakdown, tuple[str, ...]] = {
    "platform": (),
    "courier": ("courier_id",),
    "lane": ("origin_province_id", "destination_province_id"),
}

#: The market's figures, by what a shop's own are called.
FIGURES = {
    name: f"market_{name}"
    for name in (
        "median_end_to_end_hours",
        "within_72h_share",
        "on_time_share",
        "shipped_on_time_share",
        "first_scan_within_24h_share",
    )
}
#: Over how many parcels they are, at least.
FLOOR = "benchmark_waybill_floor"


def benchmark(published: Published, grant: Grant, merchant_id: str, breakdown: Breakdown) -> pl.DataFrame:
    """Return what a merchant may be told of its platform: a row per month and part of it, months in order.

    Raises RefusedError where the merchant is none of the reader's.
    """
    grant.require(merchant_id)
    platforms = published.rows("dim_merchants", ["platform_id"], {"merchant_id": [merchant_id]})[
        "platform_id"
    ]
    columns = ["month_date", *KEYS[breakdown], FLOOR, *FIGURES.values(), "benchmark_merchant_count"]
    filters = {"breakdown": [breakdown], "platform_id": platforms.drop_nulls().to_list()}
    found = published.rows(TABLE, columns, filters, limit=1_000_000)
    others = pl.col("benchmark_merchant_count") - len(grant.merchants or {merchant_id})
    told = found.filter(others >= OTHERS_MIN).drop("benchmark_merchant_count")
    return told.sort("month_date", *KEYS[breakdown])

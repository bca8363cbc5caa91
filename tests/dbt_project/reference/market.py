"""All rows of the reference, read once from a market's feeds."""

from pathlib import Path

import polars as pl
from reference import orders as order_rows
from reference import waybills as waybill_rows
from reference.feeds import end_of_day, end_of_month
from reference.subjects import Rows


class Market:
    """Orders, lines, waybills and scans as they happened."""

    def __init__(self, market: Path) -> None:
        self.orders = order_rows.orders(market)
        self.lines = order_rows.order_lines(market, self.orders)
        self.scans = waybill_rows.events(market)
        self.as_of = waybill_rows.as_of(self.scans, self.orders)
        rows = waybill_rows.waybills(market, self.orders, self.scans, self.as_of)
        registered = waybill_rows.registered(market)
        self.carried = waybill_rows.parcels(registered).select("waybill", *order_rows.ORDER).unique()
        self.parts = waybill_rows.parcel_gmv(registered, self.orders, self.lines)
        carried = self.parts.group_by("waybill").agg(parcel_gmv=pl.col("gmv_paid").sum())
        self.waybills = rows.join(carried, on="waybill", how="left").with_columns(
            pl.col("parcel_gmv").fill_null(pl.lit(0, pl.Decimal(18, 2))),
            day_ended_at=end_of_day("picked_up_date"),
            month_ended_at=end_of_month("picked_up_date"),
        )

    def cohort(self, date: str) -> Rows:
        """The sales of the delivery cohort that have the date."""
        return self.waybills.filter(pl.col("is_in_cohort"), pl.col(date).is_not_null())

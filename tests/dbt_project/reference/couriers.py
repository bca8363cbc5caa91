"""Who carries what, for how much and how far."""

import polars as pl
from reference.feeds import seed
from reference.market import Market
from reference.orders import ORDER
from reference.subjects import Rows, Subject, concentration, count, mean, ratio, total


def subjects(market: Market) -> list[Subject]:
    """The marts of courier share."""
    return [_courier_share(market), _courier_lanes(market), _merchant_couriers(market)]


def _courier_share(market: Market) -> Subject:
    """Waybills at their pickup beside paid GMV at its order; what no parcel carries is `not_shipped`."""
    none = pl.lit(0, pl.Decimal(18, 2))
    keys = ["platform_id", "courier_id", "waybill_system", "currency", "tier_fixed", "purpose"]
    home = seed("platforms").select("platform_id", home_currency="currency")
    carried = (
        market.waybills.filter(pl.col("picked_up_date").is_not_null())
        .join(home, on="platform_id", how="left")
        .select(
            *(key for key in keys if key != "currency"),
            pl.coalesce("currency", "home_currency").alias("currency"),
            pl.col("picked_up_date").alias("date"),
            pl.lit(1).alias("waybills"),
            pl.col("freight_cost_amount").alias("freight"),
            none.alias("gmv"),
        )
    )
    money = [pl.col("order_date").alias("date"), pl.lit(0).alias("waybills")]
    freight = pl.lit(None, pl.Decimal(18, 2)).alias("freight")
    of_order = market.orders.select(*ORDER, "currency", "tier_fixed", "order_date", order_gmv="gmv_paid")
    parts = market.parts.join(
        market.waybills.select("waybill", "courier_id", "waybill_system", "purpose"), on="waybill"
    ).join(of_order, on=ORDER)
    in_parcels = market.parts.group_by(ORDER).agg(shipped=pl.col("gmv_paid").sum())
    rest = of_order.join(in_parcels, on=ORDER, how="left").with_columns(
        gmv=pl.col("order_gmv") - pl.col("shipped").fill_null(none),
        courier_id=pl.lit("not_shipped"),
        waybill_system=pl.lit("not_shipped"),
        purpose=pl.lit("sale"),
    )
    columns = carried.columns
    rows = pl.concat(
        [
            carried,
            parts.select(*keys, *money, freight, gmv="gmv_paid").select(columns),
            rest.filter(pl.col("gmv") != 0).select(*keys, *money, freight, "gmv").select(columns),
        ],
        how="vertical_relaxed",
    )
    return Subject(
        "mart_courier_share",
        rows,
        ("platform_id", "courier_id", "waybill_system", "tier_fixed", "purpose"),
        "date",
        {
            "waybill_count": total("waybills"),
            "gmv_paid": total("gmv"),
            "hhi": concentration("courier_id", "waybills"),
            "gmv_hhi": lambda rows: concentration("courier_id", "gmv")(
                rows.filter(pl.col("courier_id") != "not_shipped")
            ),
            "waybill_system_hhi": concentration("waybill_system", "waybills"),
            "freight_cost_per_waybill": mean("freight", 1),
        },
        one_of=("currency",),
    )


def _courier_lanes(market: Market) -> Subject:
    known = pl.col("freight_cost_amount").is_not_null()
    return Subject(
        "mart_courier_lanes",
        _with_kilometres(market.waybills.filter(pl.col("picked_up_date").is_not_null())),
        ("platform_id", "courier_id", "origin_province_id", "destination_province_id"),
        "picked_up_date",
        {
            "waybill_count": count(),
            "gmv_paid": total("parcel_gmv"),
            "hhi": concentration("courier_id"),
            "gmv_hhi": concentration("courier_id", "parcel_gmv"),
            "freight_cost_per_waybill": mean("freight_cost_amount", 1),
            "freight_cost_per_kilometre": lambda rows: ratio(
                rows.filter(known, pl.col("kilometres") > 0)["freight_cost_amount"].sum(),
                rows.filter(known, pl.col("kilometres") > 0)["kilometres"].sum(),
            ),
        },
        one_of=("currency",),
        date_column="month_date",
    )


def _merchant_couriers(market: Market) -> Subject:
    return Subject(
        "mart_merchant_couriers",
        market.waybills.filter(pl.col("picked_up_date").is_not_null()),
        ("platform_id", "courier_id", "merchant_id", "waybill_system"),
        "picked_up_date",
        {
            "waybill_count": count(),
            "gmv_paid": total("parcel_gmv"),
            "hhi": concentration("courier_id"),
            "waybill_system_hhi": concentration("waybill_system"),
            "freight_cost_per_waybill": mean("freight_cost_amount", 1),
        },
        one_of=("currency",),
        date_column="month_date",
    )


def _with_kilometres(rows: Rows) -> Rows:
    """Great-circle kilometres between the ends, each its city where known, else its province."""
    columns = [pl.col("longitude").cast(pl.Float64), pl.col("latitude").cast(pl.Float64)]
    places = pl.concat(
        [
            seed("cities").select(pl.col("adcode").alias("place"), *columns),
            seed("provinces").select(pl.col("province_id").alias("place"), *columns),
        ]
    ).unique("place", keep="first", maintain_order=True)
    for end in ("origin", "destination"):
        at = pl.coalesce(f"{end}_adcode", f"{end}_province_id")
        rows = rows.with_columns(at.alias(f"{end}_place")).join(
            places.rename({"longitude": f"{end}_x", "latitude": f"{end}_y"}),
            left_on=f"{end}_place",
            right_on="place",
            how="left",
        )
    x1, y1, x2, y2 = (pl.col(f"{end}_{axis}").radians() for end in ("origin", "destination") for axis in "xy")
    half = ((y2 - y1) / 2).sin() ** 2 + y1.cos() * y2.cos() * ((x2 - x1) / 2).sin() ** 2
    return rows.with_columns(kilometres=(2 * 6371 * half.sqrt().arcsin()).round().cast(pl.Int64))

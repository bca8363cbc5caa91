"""Orders in Olist's files as questions "when will it arrive", with what was known when each was placed.

What an order itself became (approved, handed to the carrier, delivered) and the platform's own dates are
facts of others' pasts only: `estimates.delivery.recent` counts a fact from the moment at which it was
known. The seller's limit for handing over is set at approval, so an order's own is not used, either.
"""

from datetime import timedelta
from pathlib import Path

import holidays
import numpy as np
import polars as pl

from dbt_project.places.folded import folded
from estimates.delivery.great_circle import great_circle
from estimates.delivery.recent import recent

_PLACES = Path(__file__).parent.parent / "dbt_project" / "places"
_WEEKDAYS = range(1, 8)
_STATES = (
    "AC",
    "AL",
    "AM",
    "AP",
    "BA",
    "CE",
    "DF",
    "ES",
    "GO",
    "MA",
    "MG",
    "MS",
    "MT",
    "PA",
    "PB",
    "PE",
    "PI",
    "PR",
    "RJ",
    "RN",
    "RO",
    "RR",
    "RS",
    "SC",
    "SE",
    "SP",
    "TO",
)
_LENGTHS = ("product_length_cm", "product_height_cm", "product_width_cm")
_LONG, _MONTH = 400, 30

#: What a feature of others' pasts is: name → (keys, value, known at, days, steadied by so many, towards).
_PASTS: dict[str, tuple[tuple[str, ...], str, str, int, float, str | None]] = {
    **{f"transit_{days}": ((), "transit", "arrived_at", days, 0, None) for days in (7, 14, _MONTH, _LONG)},
    **{f"handling_{days}": ((), "handling", "shipped_at", days, 0, None) for days in (7, 14, _LONG)},
    "whole": ((), "whole", "arrived_at", _MONTH, 0, None),
    "approval": ((), "approval", "approved_at", 14, 0, None),
    "limit": ((), "limit", "approved_at", _MONTH, 0, None),
    "to_state_month": (("group",), "transit", "arrived_at", _MONTH, 10, f"transit_{_MONTH}"),
    "to_state": (("group",), "transit", "arrived_at", _LONG, 10, f"transit_{_LONG}"),
    "lane": (("seller_state", "group"), "transit", "arrived_at", _LONG, 8, "to_state"),
    "lane_recent": (("seller_state", "group"), "transit", "arrived_at", 60, 8, "to_state_month"),
    "to_region": (("seller_state", "region"), "transit", "arrived_at", _LONG, 6, "lane"),
    "to_sector": (("seller_state", "sector"), "transit", "arrived_at", _LONG, 6, "to_region"),
    "sector_recent": (("sector",), "transit", "arrived_at", 90, 6, "to_state_month"),
    "to_city": (("seller_state", "customer_city"), "transit", "arrived_at", _LONG, 6, "to_sector"),
    "seller_handling": (("seller_id",), "handling", "shipped_at", _LONG, 3, f"handling_{_LONG}"),
    "seller_recent": (("seller_id",), "handling", "shipped_at", 45, 3, "seller_handling"),
    "seller_whole": (("seller_id",), "whole", "arrived_at", _LONG, 3, "whole"),
    "from_sector": (("seller_sector",), "handling", "shipped_at", 120, 5, "handling_14"),
    "category": (("product_category_name",), "handling", "shipped_at", _LONG, 5, f"handling_{_LONG}"),
    "seller_limit": (("seller_id",), "limit", "approved_at", _LONG, 0, None),
    "product_limit": (("product_id",), "limit", "approved_at", _LONG, 0, None),
    "product_handling": (("product_id",), "handling", "shipped_at", _LONG, 3, "seller_handling"),
}
#: Of these the number of facts says something, too; of those, about a usual value, a curve more than a line.
_COUNTED = ("seller_handling", "seller_recent")
_CURVED = {"kilometres": 6, "freight": 3, "weight": 6.5, "to_state_month": 2, "lane": 2, "seller_recent": 0.5}


def read_orders(folder: Path) -> pl.DataFrame:
    """Return one row per order, `asked_at` (placed) to `arrived_at`, as `estimates.delivery.replay` wants it.

    Its lines are summed; seller and product are those of its first line.

    Raises:
        FileNotFoundError: one of Olist's files is missing.
    """
    orders = _read(folder, "orders").select(
        "order_id",
        "customer_id",
        asked_at=_time("order_purchase_timestamp"),
        approved_at=_time("order_approved_at"),
        shipped_at=_time("order_delivered_carrier_date"),
        arrived_at=_time("order_delivered_customer_date"),
    )
    customers = _read(folder, "customers").rename({"customer_state": "group"}).drop("customer_unique_id")
    products = _read(folder, "products").with_columns(
        pl.col("product_weight_g", *_LENGTHS).cast(pl.Float64, strict=False)
    )
    lines = (
        _read(folder, "order_items")
        .join(products, on="product_id", how="left")
        .join(_read(folder, "sellers"), on="seller_id", how="left")
        .sort("order_id", pl.col("order_item_id").cast(pl.Int64))
        .group_by("order_id", maintain_order=True)
        .agg(
            pl.col("seller_id", "seller_state", "seller_city", "seller_zip_code_prefix").first(),
            pl.col("product_id", "product_category_name").first(),
            limited_at=_time("shipping_limit_date").first(),
            price=pl.col("price").cast(pl.Float64).sum(),
            freight=pl.col("freight_value").cast(pl.Float64).sum(),
            weight=pl.col("product_weight_g").sum(),
            volume=pl.col(_LENGTHS[0]).mul(pl.col(_LENGTHS[1])).mul(pl.col(_LENGTHS[2])).sum(),
            longest=pl.max_horizontal(*_LENGTHS).max(),
            line_count=pl.len().cast(pl.Float64),
            seller_count=pl.col("seller_id").n_unique().cast(pl.Float64),
        )
    )
    paid = (
        _read(folder, "order_payments")
        .sort("order_id", pl.col("payment_value").cast(pl.Float64), descending=[False, True])
        .group_by("order_id", maintain_order=True)
        .agg(pl.col("payment_type").first())
    )
    zip_prefix, of_seller = pl.col("customer_zip_code_prefix"), pl.col("seller_zip_code_prefix")
    return (
        orders.filter(pl.col("asked_at").is_not_null())
        .join(customers, on="customer_id", how="left")
        .join(lines, on="order_id", how="left")
        .join(paid, on="order_id", how="left")
        .with_columns(
            # A promise, known from approval on: no time at which something was received.
            limit=(pl.col("limited_at") - pl.col("approved_at")).dt.total_seconds() / 86400,
            region=zip_prefix.str.head(2),
            sector=zip_prefix.str.head(3),
            seller_sector=of_seller.str.head(3),
        )
        .drop("limited_at")
        .sort("asked_at", "order_id")
        .rename({"order_id": "question"})
    )


def features(orders: pl.DataFrame) -> pl.DataFrame:
    """Return what was known of each order when it was placed, a column per feature, null where not known."""
    asked = orders.with_columns(question=pl.int_range(pl.len()))
    known: dict[str, pl.Series] = _pasts(asked)
    here, there = (
        _coordinates(orders, "customer_city", "group"),
        _coordinates(orders, "seller_city", "seller_state"),
    )
    known |= {"latitude": here["latitude"], "longitude": here["longitude"]}
    known |= {"seller_latitude": there["latitude"], "seller_longitude": there["longitude"]}
    known["kilometres"] = pl.Series(great_circle(here.to_numpy(), there.to_numpy())).log1p()
    known["inhabitants"] = here["inhabitants"].log1p()
    known |= {name: orders[name].log1p() for name in ("price", "freight", "weight", "volume", "longest")}
    known |= {f"{name}_squared": (known[name] - middle) ** 2 for name, middle in _CURVED.items()}
    at, hour = orders["asked_at"].dt, orders["asked_at"].dt.hour() + orders["asked_at"].dt.minute() / 60
    same = [pl.col("group").eq(pl.col("seller_state")), pl.col("customer_city").eq(pl.col("seller_city"))]
    known["same_state"], known["same_city"] = (
        orders.select(a=same[0], b=same[1]).cast(pl.Float64).get_columns()
    )
    known["boleto"] = (orders["payment_type"] == "boleto").cast(pl.Float64)
    known |= {
        "lines": orders["line_count"].clip(upper_bound=4),
        "sellers": orders["seller_count"].clip(upper_bound=2),
    }
    for weekday in _WEEKDAYS:
        known[f"weekday_{weekday}"] = (at.weekday() == weekday).cast(pl.Float64)
        known[f"hour_{weekday}"] = known[f"weekday_{weekday}"] * hour / 24
    for state in _STATES:
        known[f"to_{state}"] = (orders["group"] == state).cast(pl.Float64)
        known[f"from_{state}"] = (orders["seller_state"] == state).cast(pl.Float64)
    known |= {f"working_{days}": _working_days(at.date(), days) for days in (3, 10, 20)}
    return pl.DataFrame(known)


def _pasts(asked: pl.DataFrame) -> dict[str, pl.Series]:
    """Return how long others took that had been heard of when each order was placed."""
    elapsed = {
        "approval": ("asked_at", "approved_at"),
        "handling": ("approved_at", "shipped_at"),
        "transit": ("shipped_at", "arrived_at"),
        "whole": ("asked_at", "arrived_at"),
    }
    days = {
        name: (pl.col(end) - pl.col(start)).dt.total_seconds() / 86400
        for name, (start, end) in elapsed.items()
    }
    facts = asked.with_columns(
        days["approval"].alias("approval"),
        days["handling"].clip(0.1).log().alias("handling"),
        days["transit"].clip(0.3).log().alias("transit"),
        days["whole"].clip(0.3).log().alias("whole"),
    )
    known: dict[str, pl.Series] = {}
    for name, (keys, value, at, window, steadied, towards) in _PASTS.items():
        heard = facts.with_columns(known_at=pl.col(at))
        sums = recent(asked, heard, keys, value, timedelta(days=window))
        if towards is None:
            known[name] = sums.select(
                pl.when(pl.col("count") > 0).then(pl.col("total") / pl.col("count"))
            ).to_series()
        else:
            known[name] = (sums["total"] + steadied * known[towards]) / (sums["count"] + steadied)
        if name in _COUNTED:
            known[f"{name}_count"] = sums["count"].log1p()
    return known


def _read(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / f"olist_{name}_dataset.csv", infer_schema=False)


def _time(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)


def _coordinates(orders: pl.DataFrame, city: str, state: str) -> pl.DataFrame:
    """Return where each city lies (if not found, its state's people) and its inhabitants."""
    where = ["latitude", "longitude"]
    cities = pl.read_parquet(_PLACES / "cities.parquet").select(
        "adcode", *where, inhabitants="population_count"
    )
    named = pl.read_parquet(_PLACES / "city_names.parquet").join(cities, on="adcode")
    divisions = pl.read_parquet(_PLACES / "divisions.parquet").select("province_id", *where)
    province = pl.lit("BR-") + pl.col(state)
    folded_city = pl.col(city).map_elements(folded, return_dtype=pl.String)
    return (
        orders.select(province_id=province, place_key=province + "/" + folded_city)
        .join(named.drop("province_id"), on="place_key", how="left", maintain_order="left")
        .join(divisions, on="province_id", how="left", suffix="_of_state", maintain_order="left")
        .select(
            *(pl.coalesce(name, f"{name}_of_state").alias(name) for name in where),
            pl.col("inhabitants").cast(pl.Float64),
        )
    )


def _working_days(dates: pl.Series, days: int) -> pl.Series:
    """Return how many of the days after each date are working days in Brazil."""
    years = range(dates.dt.year().min(), dates.dt.year().max() + 2)  # type: ignore[arg-type,operator]
    closed = np.array(sorted(holidays.country_holidays("BR", years=years)), dtype="datetime64[D]")
    after = dates.to_numpy().astype("datetime64[D]") + np.timedelta64(1, "D")
    counted = np.busday_count(after, after + np.timedelta64(days, "D"), holidays=closed)
    return pl.Series(counted.astype(np.float64))

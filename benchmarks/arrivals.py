"""Cuts a market into arrivals: late, repeated and corrected rows, in an order that no feed promises."""

from datetime import timedelta
from pathlib import Path
from random import Random

import polars as pl

_ENTITIES = (
    "orders",
    "order_lines",
    "payments",
    "refunds",
    "consumers",
    "merchants",
    "products",
    "waybills",
    "waybill_events",
)
_Correction = dict[str, pl.Expr]
_ABROAD: _Correction = {
    "destination_country_code": pl.lit("US"),
    "destination_province_name": pl.lit("California"),
    "destination_city_name": pl.lit("Los Angeles"),
    "destination_city_code": pl.lit(None),
}
#: What a later snapshot says otherwise: entity → expression per column. A null place falls back to another's.
#: Of several, each corrects the one before it, whichever comes first.
_CORRECTIONS: dict[str, list[_Correction | tuple[_Correction, ...]]] = {
    "orders": [
        {"status_code": pl.lit("cancelled"), "cancelled_at": pl.col("placed_at") + timedelta(days=2)},
        {f"destination_{part}": pl.lit(None) for part in ("province_name", "city_name", "city_code")},
        {"channel_code": pl.lit("a new word")},
        {**_ABROAD, "promised_delivery_date": pl.col("placed_at").dt.date() + timedelta(days=4)},
        # Less than nothing, until a later snapshot mends it.
        ({"adjustment_amount": pl.lit(-99_999)}, {"adjustment_amount": pl.lit(0)}),
    ],
    "order_lines": [
        {"product_code": pl.col("product_code").shuffle(1)},
        {"product_code": pl.lit("P-named-by-lines-alone")},
        ({"currency": pl.lit("USD")}, {"currency": pl.lit("CNY")}),
        {"goods_amount": pl.col("goods_amount") + 1, "merchant_code": pl.col("merchant_code").shuffle(2)},
    ],
    "refunds": [
        {"currency": pl.lit("USD")},
        {"amount": pl.col("amount") / 2, "order_line_number": pl.lit(None)},
    ],
    "consumers": [
        {"account_code": pl.col("consumer_code").shuffle(3)},
        {"province_name": pl.lit("湖北省"), "city_name": pl.lit("武汉市"), "city_code": pl.lit("420100")},
    ],
    "merchants": [
        {"province_name": pl.lit("湖北省"), "city_name": pl.lit("武汉市"), "city_code": pl.lit("420100")}
    ],
    "products": [{"category_code": pl.lit("books")}, {"brand_name": pl.lit("another")}],
    "waybills": [
        {"courier_code": pl.lit("zto")},
        {"order_numbers": pl.col("order_numbers").shuffle(4), "order_line_numbers": pl.lit([])},
        {f"origin_{part}": pl.lit(None) for part in ("province_name", "city_name", "city_code")},
        {"promised_delivery_date": pl.col("promised_delivery_date") + timedelta(days=4)},
        _ABROAD,
    ],
    "waybill_events": [
        {"retracted_at": pl.col("occurred_at") + timedelta(hours=1)},
        {"courier_code": pl.lit("zto"), "former_courier_code": pl.col("courier_code")},
        (
            {"courier_code": pl.lit("nobody's"), "event_code": pl.lit("a new word")},
            {"courier_code": pl.lit("zto"), "former_courier_code": pl.lit("nobody's")},
        ),
        {"next_waybill_number": pl.col("waybill_number").shuffle(5), "event_code": pl.lit("forwarded")},
        {"occurred_at": pl.col("occurred_at") + timedelta(days=400)},
    ],
}


def write_arrivals(market: Path, folder: Path, chance: Random, arrivals: int) -> list[list[Path]]:
    """Write the daily feed of ``market`` as so many arrivals; return the files of each.

    A tenth of the rows comes later than its day, some rows come twice, some are corrected in a later arrival,
    and now and then the correction is there before what it corrects.
    """
    files: list[list[Path]] = [[] for _ in range(arrivals)]
    for entity in _ENTITIES:
        for number, frame in enumerate(_arrivals(market, entity, chance, arrivals)):
            if len(frame):
                path = folder / str(number) / f"{entity}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                frame.write_parquet(path)
                files[number].append(path)
    for number in range(arrivals):
        chance.shuffle(files[number])
    return files


def _arrivals(market: Path, entity: str, chance: Random, arrivals: int) -> list[pl.DataFrame]:
    days = sorted((market / "feeds" / "waymart").iterdir())
    known = [
        pl.read_parquet(day / f"{entity}.parquet").with_columns(arrival=pl.lit(index * arrivals // len(days)))
        for index, day in enumerate(days)
        if (day / f"{entity}.parquet").exists()
    ]
    rows = pl.concat(known, how="diagonal")
    seed = chance.randrange(2**32)
    late = pl.int_range(pl.len()).shuffle(seed) % 10 == 0
    rows = rows.with_columns(
        arrival=pl.when(late).then(pl.lit(arrivals - 1)).otherwise("arrival"),
    )
    repeated = rows.sample(fraction=0.03, seed=seed).with_columns(arrival=pl.lit(chance.randrange(arrivals)))
    parts = [rows, repeated]
    for corrections in _CORRECTIONS.get(entity, []):
        changed = rows.sample(fraction=0.02, seed=chance.randrange(2**32))
        for correction in corrections if isinstance(corrections, tuple) else (corrections,):
            changed = changed.with_columns(**correction)
            if "updated_at" in changed.columns:
                changed = changed.with_columns(pl.col("updated_at") + timedelta(days=1))
            moved = pl.lit(chance.randrange(arrivals))
            parts.append(changed.with_columns(arrival=moved))
    every = pl.concat(parts, how="diagonal_relaxed")
    return [every.filter(pl.col("arrival") == number).drop("arrival") for number in range(arrivals)]

"""Which courier each parcel that nobody carries yet should go with."""

import polars as pl

from estimates.choice.allot import allot
from estimates.choice.candidates import Known, candidates
from estimates.choice.parcels import CELL, PARCEL, with_band
from estimates.choice.recommend import TARGET, recommend

_KEYS = [*CELL, "promised"]
#: Why, beside those of ``recommend``: the recommended courier is full; all are.
FULL, NO_ROOM = "next_with_room", "no_room"


def for_tomorrow(
    parcels: pl.DataFrame,
    allowed: pl.DataFrame,
    known: Known,
    *,
    target: float = TARGET,
    capacity: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """Return one row per parcel, in their order.

    Args:
        parcels: `merchant_id`, the lane, `kilogram_count`, and `promised_hours`, null where the lane's usual
            promise counts.
        allowed: `merchant_id`, `courier_id`.
        known: learnt from parcels before.
        target: probability to arrive by the promise.
        capacity: `courier_id`, `parcel_count`: how many each can take, where that is known.

    Returns:
        `courier_id`, `cost_amount`, `probability`, `probability_sample_count`, `sample_count`,
        `cost_error_share` (0 where a rate card says the price), `next_courier_id`, `next_cost_amount`,
        `reason`; a courier is null where none can be said or has room.
    """
    none = {name: pl.lit(None, kind).alias(name) for name, kind in PARCEL.items()}
    asked = with_band(
        parcels.with_row_index("row").with_columns(
            *(none[name] for name in ("courier_id", "cost_amount", "hours")),
            # Parcels with another promise are judged apart.
            promised=pl.col("promised_hours").fill_null(-1.0),
        )
    )
    rows = pl.concat(
        [
            candidates(group.select(*PARCEL, "weight_band"), allowed, known)
            .filter(pl.col("courier_id").is_not_null())
            .with_columns(promised=pl.lit(group["promised"].first()))
            for group in asked.partition_by("promised", maintain_order=True)
        ]
    )
    first = pl.concat(
        [
            recommend(group, target=target).with_columns(promised=pl.lit(group["promised"].first()))
            for group in rows.partition_by("promised", maintain_order=True)
        ]
    )
    said = asked.select("row", *_KEYS).join(first, on=_KEYS, how="left", maintain_order="left")
    said = said.with_columns(pl.col("reason").fill_null("not_known").replace("stays", "cheapest_in_time"))
    if capacity is not None:
        said = _with_room(said, rows, allot(rows, _KEYS, capacity, target=target))
    return said.select(
        *("courier_id", "cost_amount", "probability", "probability_sample_count", "sample_count"),
        *("cost_error_share", "next_courier_id", "next_cost_amount", "reason"),
    )


def _with_room(said: pl.DataFrame, rows: pl.DataFrame, allotted: pl.DataFrame) -> pl.DataFrame:
    """Return the parcels with the couriers that have room, the first of a cell with the cheapest."""
    of = ["cost_amount", "probability", "probability_sample_count", "sample_count", "cost_error_share"]
    seats = (
        allotted.join(
            rows.select(*_KEYS, "courier_id", *of), on=[*_KEYS, "courier_id"], maintain_order="left"
        )
        .sort(*_KEYS, "cost_amount", "courier_id")
        .select(
            *_KEYS, seat_courier_id="courier_id", many="taken_count", **{f"seat_{name}": name for name in of}
        )
    )
    each = seats.select(pl.all().repeat_by("many").explode()).drop("many")
    each = each.with_columns(seat=pl.int_range(pl.len()).over(_KEYS))
    found = said.with_columns(seat=pl.int_range(pl.len()).over(_KEYS)).join(
        each, on=[*_KEYS, "seat"], how="left", maintain_order="left"
    )
    had, has = pl.col("courier_id"), pl.col("seat_courier_id")
    reason = (
        pl.when(had.is_null() | (had == has))
        .then("reason")
        .when(has.is_null())
        .then(pl.lit(NO_ROOM))
        .otherwise(pl.lit(FULL))
    )
    return found.with_columns(
        reason,
        pl.col("seat_courier_id").alias("courier_id"),
        *(pl.col(f"seat_{name}").alias(name) for name in of),
    )

"""What of the market a merchant may be told, by plain Polars from the facts, apart from the dbt macro."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

FLOORS = [30, 100, 300, 1000, 3000, 10_000]
SECONDS_72H = 72 * 3600
KEYS = {
    "platform": [],
    "courier": ["courier_id"],
    "lane": ["origin_province_id", "destination_province_id"],
}
#: Figure → the parts of the market that it is told of.
FIGURES = {
    "end_to_end": ["platform", "courier", "lane"],
    "on_time": ["platform", "courier", "lane"],
    "shipped_on_time": ["platform"],
    "first_scan": ["platform"],
}

#: The facts of a sale that the figures are made of; seconds and times in whole seconds.
FACTS = """
    select
        w.platform_id, w.courier_id, w.merchant_id, w.origin_province_id, w.destination_province_id,
        w.end_to_end_seconds, w.is_handed_over, w.is_lost, w.is_on_time, w.picked_up_date, w.paid_date,
        epoch(w.picked_up_at) as picked_up, epoch(w.consigned_at) as consigned,
        epoch(w.promised_ship_at) as ship_by, epoch(w.promised_delivery_at) as deliver_by,
        epoch(p.as_of_at) as as_of, timezone(p.time_zone, p.as_of_at)::date as as_of_date,
        (
            select min(o.consumer_id)
            from core.fct_waybill_orders as wo join core.fct_orders as o using (order_id)
            where wo.waybill_id = w.waybill_id
        ) as consumer_id
    from core.fct_waybills as w join core.dim_providers as p using (provider_id)
    where w.purpose = 'sale' and w.merchant_id is not null and w.platform_id is not null
        and not (w.is_returned and not w.is_delivered) and not w.is_cancelled and not w.is_forwarded
"""


@dataclass(frozen=True)
class Table:
    """A figure of a platform's month, cut into cells; ``parcels`` are those that it counts."""

    figure: str
    breakdown: str
    platform_id: str
    month: date
    parcels: pl.DataFrame

    @cached_property
    def cells(self) -> dict[tuple[Any, ...], pl.DataFrame]:
        """Its cells by their key; parcels without a key are in none."""
        keys = KEYS[self.breakdown]
        known = self.parcels.drop_nulls(keys)
        return dict(known.group_by(keys, maintain_order=True)) if keys else {(): known}

    @cached_property
    def shown(self) -> dict[tuple[Any, ...], pl.DataFrame]:
        """The cells that may be told."""
        told = {key: parcels for key, parcels in self.cells.items() if is_safe(parcels)}
        smallest = sorted(told, key=lambda key: (len(told[key]), key))
        while told and not may_be_left_over(self.hidden(told)):
            del told[smallest.pop(0)]
        return told

    def hidden(self, told: Collection[tuple[Any, ...]]) -> pl.DataFrame:
        """The parcels of all cells that are not told and of none: the whole less what is told."""
        keys = KEYS[self.breakdown]
        if not keys:
            return self.parcels.clear() if told else self.parcels
        shown = pl.DataFrame(list(told), {key: self.parcels.schema[key] for key in keys}, orient="row")
        return self.parcels.join(shown, on=keys, how="anti")


def may_be_left_over(parcels: pl.DataFrame) -> bool:
    """Nothing; or six merchants, none above a third, 30 parcels, and ten consumers beside any merchant's."""
    if parcels.is_empty():
        return True
    by_merchant = parcels.group_by("merchant_id").agg(pl.len(), pl.col("consumer_id").drop_nulls().n_unique())
    others = parcels["consumer_id"].drop_nulls().n_unique() - by_merchant["consumer_id"].max()
    is_spread = 3 * by_merchant["len"].max() <= len(parcels)  # type: ignore[operator]
    return bool(len(by_merchant) >= 6 and len(parcels) >= 30 and others >= 10 and is_spread)


def is_safe(parcels: pl.DataFrame) -> bool:
    """Whoever of its merchants asks: five others or more, none above half, ten consumers or more."""
    if len(parcels) < 30:
        return False
    by_merchant = parcels.group_by("merchant_id").agg(pl.len(), pl.col("consumer_id").drop_nulls().n_unique())
    sizes = sorted(by_merchant["len"], reverse=True)
    if len(sizes) < 6:
        return False
    others = parcels["consumer_id"].drop_nulls().n_unique() - by_merchant["consumer_id"].max()
    asked_by_first = 2 * sizes[1] <= len(parcels) - sizes[0]
    asked_by_second = 2 * sizes[0] <= len(parcels) - sizes[1]
    return bool(others >= 10 and asked_by_first and asked_by_second)


def figures(facts: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """The parcels that each figure counts, with their month, what is met and whether that is known."""
    has_started = pl.col("end_to_end_seconds").is_not_null() | (
        pl.col("picked_up").is_not_null() & ~pl.col("is_handed_over")
    )
    ended = pl.col("end_to_end_seconds").is_not_null() | pl.col("is_lost")
    in_time = pl.col("picked_up") // 1 - pl.col("consigned") // 1 <= 86_400
    old = pl.col("as_of") // 1 - pl.col("consigned") // 1 >= 86_400
    made = {
        "end_to_end": ("picked_up_date", has_started, pl.col("end_to_end_seconds") <= SECONDS_72H, ended),
        "on_time": (
            "picked_up_date",
            pl.col("deliver_by").is_not_null(),
            pl.col("is_on_time"),
            pl.col("deliver_by") <= pl.col("as_of"),
        ),
        "shipped_on_time": (
            "paid_date",
            pl.col("ship_by").is_not_null(),
            pl.col("consigned") <= pl.col("ship_by"),
            pl.col("ship_by") <= pl.col("as_of"),
        ),
        "first_scan": ("paid_date", pl.col("consigned").is_not_null(), in_time, old),
    }
    found = {}
    for figure, (day, counts, met, known) in made.items():
        month, now = pl.col(day).dt.month_start(), pl.col("as_of_date").dt.month_start()
        found[figure] = facts.filter(
            pl.col(day).is_not_null(), counts, month < now, month >= now.dt.offset_by("-13mo")
        ).with_columns(month=month, is_met=met.fill_null(value=False), is_known=known.fill_null(value=False))
    return found


def tables(facts: pl.DataFrame) -> Iterator[Table]:
    """The tables of every figure whose month is over for good."""
    for figure, parcels in figures(facts).items():
        allowed = 0.01 if figure == "end_to_end" else 0
        for (platform_id, month), own in parcels.group_by(["platform_id", "month"], maintain_order=True):
            if (~own["is_known"]).sum() <= allowed * len(own):
                for breakdown in FIGURES[figure]:
                    yield Table(figure, breakdown, str(platform_id), month, own)  # type: ignore[arg-type]


def median_hours(parcels: pl.DataFrame) -> float | None:
    """The hours of the parcel in the middle, those under way last, to a tenth."""
    seconds = sorted(parcels["end_to_end_seconds"].drop_nulls())
    rank = -(-len(parcels) // 2)
    return round(seconds[rank - 1] / 3600, 1) if rank <= len(seconds) else None


def floor_of(count: int) -> int:
    """The largest number that is told of how many there are at least."""
    return max(floor for floor in FLOORS if floor <= count)

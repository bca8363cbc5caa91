"""The parcels of a warehouse as `estimates.choice` reads them, as they were known on a Monday.

Choices are made anew once a week, a day after Monday: in between only what arrives later still changes them.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from estimates.choice.candidates import Known, learn
from estimates.choice.parcels import LANE, PARCEL, with_band
from estimates.choice.prices import OFFER

#: Parcels that were registered so long ago have been attempted, or never are.
OLD = timedelta(days=10)
#: By then what happened before a Monday has arrived, but for little: choices wait for it.
ARRIVED = timedelta(days=1)
#: Prices and times are learnt from so long, and choices are made for what was sent in so long.
WINDOW = timedelta(days=90)
#: A saving is judged on the parcels of so long, which were not learnt from.
JUDGED = timedelta(days=30)
_WEEK = timedelta(weeks=1)
#: What is read of `fct_waybills`.
READ = (
    *("waybill_id", "merchant_id", "courier_id", "origin_adcode", "origin_province_id"),
    *("destination_adcode", "destination_province_id", "currency", "weight_grams", "freight_cost_amount"),
    *("registered_at", "first_attempt_at", "promised_delivery_at", "handed_over_at", "returning_at"),
    *("returned_at", "cancelled_at", "forwarded_at"),
)
#: Of those the rows that are a parcel which a merchant sent to a consumer, its lane and weight known.
IS_CHOSEN = (
    "purpose = 'sale' and merchant_id is not null and courier_id is not null "
    "and origin_province_id is not null and destination_province_id is not null "
    "and weight_grams > 0 and registered_at is not null"
)
_CITIES = ("origin_adcode", "destination_adcode")


def monday(as_of: datetime) -> datetime:
    """Return the last Monday (UTC) until which everything has arrived: what happened by then counts."""
    as_of -= ARRIVED
    midnight = as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())


def since(as_of: datetime) -> datetime:
    """Return from when on a registered parcel counts."""
    return monday(as_of) - 2 * OLD - JUDGED - WINDOW


@dataclass(frozen=True)
class Sent:
    """Parcels of one currency as they were known, and what rate cards ask for such.

    ``parcels`` have `PARCEL`, `weight_band`, `registered_at` and `first_attempt_at`; ``offers`` `OFFER` and
    `card_amount`.
    """

    currency: str
    parcels: pl.DataFrame
    offers: pl.DataFrame

    def may_use(self, decided: datetime) -> pl.DataFrame:
        """Return merchant × courier that it had used by then or has an offer of."""
        pair = ["merchant_id", "courier_id"]
        used = self.parcels.filter(pl.col("registered_at") < decided)
        return pl.concat([used.select(pair), self.offers.select(pair)]).unique().sort(pair)

    def between(self, first: datetime, last: datetime) -> pl.DataFrame:
        """Return the parcels registered then, the last moment left out."""
        return self.parcels.filter(pl.col("registered_at").is_between(first, last, closed="left"))

    def learnt(self, first: datetime, decided: datetime) -> Known | None:
        """Return what was known when couriers were chosen, or None where nothing was.

        Of parcels registered from the first moment on, and old enough then.
        """
        old = self.between(first, decided - OLD).with_columns(
            hours=pl.when(pl.col("first_attempt_at") < decided).then("hours")
        )
        can = (old["cost_amount"] > 0).any() and (old["hours"] > 0).any()
        return learn(old.select(*PARCEL, "weight_band"), self.offers) if can else None


def sent(waybills: pl.DataFrame, offers: pl.DataFrame, decided: datetime) -> Iterator[Sent]:
    """Yield the parcels of each currency that were registered before a moment.

    Args:
        waybills: `READ` of `fct_waybills` where `IS_CHOSEN`.
        offers: `fct_courier_offers`, between cities.
        decided: the moment; what was attempted later had not been.
    """

    def hours(column: str) -> pl.Expr:
        return (pl.col(column) - pl.col("registered_at")).dt.total_seconds() / 3600

    # In one order, so that sums are the same whatever order they come in.
    known = _as_known(waybills, decided).sort("waybill_id")
    every = with_band(
        known.select(
            *("merchant_id", "courier_id", *_CITIES, *LANE, "currency", "registered_at", "first_attempt_at"),
            kilogram_count=(pl.col("weight_grams") + 999) // 1000,
            cost_amount=pl.col("freight_cost_amount").cast(pl.Float64),
            hours=hours("first_attempt_at"),
            promised_hours=hours("promised_delivery_at"),
        )
    )
    for currency in sorted(every["currency"].drop_nulls().unique()):
        parcels = every.filter(currency=currency)
        yield Sent(
            currency, parcels.drop(_CITIES), _asked(parcels, offers.filter(currency=currency), decided)
        )


def _as_known(waybills: pl.DataFrame, decided: datetime) -> pl.DataFrame:
    """Return the parcels registered by then and not called off, sent on or turned back without an attempt."""

    def had(column: str) -> pl.Expr:
        return (pl.col(column) < decided).fill_null(False)

    is_off = (had("cancelled_at") & ~had("handed_over_at")) | had("forwarded_at")
    is_back = (had("returning_at") | had("returned_at")) & ~had("first_attempt_at")
    attempted = pl.when(had("first_attempt_at")).then("first_attempt_at")
    return waybills.filter(had("registered_at"), ~is_off, ~is_back).with_columns(first_attempt_at=attempted)


def fingerprint(decided: datetime, *frames: pl.DataFrame) -> str:
    """Return what changes whenever the moment or the frames do, or this code."""
    texts = (path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py")))
    parts = [hashlib.sha256(b"".join(texts)).hexdigest()[:16], f"{decided:%Y%m%d}"]
    for frame in frames:
        # Without a row the sum is null.
        hashed = frame.select(pl.struct(pl.all()).hash().sum()).item() if len(frame) else 0
        parts.append(f"{len(frame)}-{hashed}")
    return "-".join(parts)


def _asked(parcels: pl.DataFrame, offers: pl.DataFrame, decided: datetime) -> pl.DataFrame:
    """Return what cards ask between provinces, where the mean is over the cities of the parcels.

    Of the parcels and couriers of the window alone: what a merchant first sends after the moment, or with a
    courier that it had not used, asks for nothing yet.
    """
    of_late = parcels.filter(pl.col("registered_at") >= decided - WINDOW)
    pair = ["merchant_id", "courier_id"]
    used = of_late.select(*pair, is_used=True).unique()
    keys = ["merchant_id", *_CITIES, *LANE, "kilogram_count"]
    asked = (
        offers.join(used, on=pair, how="left")
        .filter(pl.col("has_own_card") | pl.col("is_used"))
        .select(*keys, "courier_id", pl.col("card_amount").cast(pl.Float64))
    )
    return (
        of_late.group_by(keys, maintain_order=True)
        .agg(count=pl.len())
        .join(asked, on=keys, nulls_equal=True)
        .sort(*keys, "courier_id", nulls_last=True)
        .group_by(OFFER, maintain_order=True)
        .agg(card_amount=(pl.col("card_amount") * pl.col("count")).sum() / pl.col("count").sum())
    )

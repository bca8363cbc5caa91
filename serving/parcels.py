"""One parcel: what is known of it, and what is usual where it goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from serving.access import Grant
from serving.period import Period
from serving.published import Conditions, Published

#: The stages of a parcel's way, in its order.
STAGES = ("handling", "origin", "linehaul", "destination", "last_mile", "pickup_wait")
WHOLE = "end_to_end"

#: So many parcels say what is usual.
_MANY = 30
_MONTHS = 3
#: A parcel of which nothing more is expected.
_ENDED = {"delivered", "returned", "lost", "cancelled", "forwarded"}


@dataclass(frozen=True)
class Parcel:
    """A waybill as a merchant's extract has it; None for what is not known."""

    row: dict[str, Any]

    @property
    def waybill_id(self) -> str:
        """Return its identity: courier and number."""
        return str(self.row["waybill_id"])

    @property
    def is_ended(self) -> bool:
        """Tell whether nothing more is expected of it."""
        return self.row["waybill_status"] in _ENDED

    def hours(self, stage: str) -> float | None:
        """Return how long a stage, or the whole way, took; None where that is not known."""
        seconds = self.row[f"{stage}_seconds"]
        return None if seconds is None else seconds / 3600

    def stage_begun_at(self) -> tuple[str, datetime] | None:
        """Return the stage that it is in, and since when; None where it has ended or that is not known."""
        begins = {"handling": self.row["paid_at"], "origin": self.row["picked_up_at"]}
        if self.row["out_for_delivery_at"]:
            begins = {"last_mile": self.row["out_for_delivery_at"]}
        if self.row["available_for_pickup_at"]:
            begins = {"pickup_wait": self.row["available_for_pickup_at"]}
        for stage, following in zip(STAGES, (*STAGES[1:], None), strict=True):
            begun, seconds = begins.get(stage), self.row[f"{stage}_seconds"]
            if begun and seconds is not None and following:
                begins.setdefault(following, begun + timedelta(seconds=seconds))
        latest = next((stage for stage in reversed(STAGES) if begins.get(stage)), None)
        if self.is_ended or latest is None or self.row[f"{latest}_seconds"] is not None:
            return None
        return latest, begins[latest]


def find_parcels(serving: Published, grant: Grant, asked: str) -> list[Parcel]:
    """Return the reader's parcels of that waybill or order number, or with that id; the newest first."""
    rows = serving.frame(
        "select * from extract_waybills where ($2 is null or list_contains($2, merchant_id))"
        " and ($1 in (waybill_number, waybill_id) or list_contains(string_split(order_numbers, '|'), $1))"
        " order by registered_at desc nulls last, waybill_id limit 20",
        [asked.strip(), None if grant.merchants is None else tuple(sorted(grant.merchants))],
    )
    return [Parcel(row) for row in rows.iter_rows(named=True)]


def find_scanned(serving: Published, grant: Grant, asked: str) -> list[str]:
    """Return the ids of waybills of that number, or with that id, of which scans are known.

    Whose they are is not known, so that they are for readers of the whole market alone.
    """
    if not grant.sees_market:
        return []
    rows = serving.frame(
        "select distinct waybill_id from extract_scans"
        " where waybill_id = $1 or substr(waybill_id, length(courier_id) + 2) = $1 order by all limit 20",
        [asked.strip()],
    )
    return [str(waybill_id) for waybill_id in rows["waybill_id"]]


def scanned_since(serving: Published) -> datetime | None:
    """Return when the first scan that is published happened; older ones are not kept."""
    first: datetime | None = serving.frame("select min(occurred_at) from extract_scans").item()
    return first


def beside(serving: Published, parcel: Parcel) -> list[Parcel]:
    """Return the other parcels of the same shop that share an order with it."""
    rows = serving.frame(
        "select * from extract_waybills where merchant_id = $1 and waybill_id <> $2"
        " and list_has_any(string_split(order_numbers, '|'), string_split($3, '|')) order by waybill_id",
        [parcel.row["merchant_id"], parcel.waybill_id, parcel.row["order_numbers"]],
    )
    return [Parcel(row) for row in rows.iter_rows(named=True)]


@dataclass(frozen=True)
class Usual:
    """How long each stage takes for parcels like one: a row per stage, the whole way last.

    ``spans`` has stage, p10_hours, median_hours, p90_hours, waybill_count.
    """

    spans: pl.DataFrame
    months: Period
    #: Whether it is of the lane itself, or of all lanes between the two regions.
    is_of_lane: bool


def usual(serving: Published, parcel: Parcel) -> Usual | None:
    """Return what was usual in the three months before the parcel was picked up, or registered.

    Of its lane where 30 parcels have come all the way, else of all lanes between the two regions; None where
    these have not carried so many either, or nothing says when the parcel set out.
    """
    first_seen = parcel.row["registered_at"] or parcel.row["last_event_at"]
    begun = parcel.row["picked_up_date"] or (first_seen and first_seen.date())
    if begun is None:
        return None
    months = _months_before(begun)
    lane = {
        "origin_province_id": [parcel.row["origin_province_id"]],
        "destination_province_id": [parcel.row["destination_province_id"]],
    }
    for places, is_of_lane in ((lane, True), (_regions(serving, lane), False)):
        if places is None:
            continue
        spans = _spans(serving, {**places, "month_date": months})
        if len(spans) and spans["waybill_count"][-1] >= _MANY:
            return Usual(spans, months, is_of_lane)
    return None


def _months_before(day: date) -> Period:
    last = day.replace(day=1) - timedelta(days=1)
    return Period(last, last).last_months(_MONTHS)


def _regions(serving: Published, lane: Mapping[str, Sequence[Any]]) -> Mapping[str, Sequence[str]] | None:
    """Return the provinces of both ends' regions; None where an end has none."""
    provinces = serving.rows("dim_provinces", ["province_id", "region"])
    ends = {}
    for column, [province] in lane.items():
        region = provinces.filter(pl.col("province_id").eq_missing(province))["region"]
        if region.is_empty() or region.item() is None:
            return None
        ends[column] = provinces.filter(pl.col("region") == region.item())["province_id"].to_list()
    return ends


def _spans(serving: Published, conditions: Conditions) -> pl.DataFrame:
    spans = [
        serving.metrics(
            table, [*(f"{one}_{what}_hours" for one in _PERCENTILES), "waybill_count"], by, conditions
        )
        for table, what, by in (("mart_lane_stages", "stage", ["stage"]), ("mart_lane_time", WHOLE, []))
    ]
    stages = spans[0].rename({f"{one}_stage_hours": f"{one}_hours" for one in _PERCENTILES})
    whole = spans[1].rename({f"{one}_{WHOLE}_hours": f"{one}_hours" for one in _PERCENTILES})
    whole = whole.select(pl.lit(WHOLE).alias("stage"), pl.all())
    if stages.is_empty():
        return stages
    return pl.concat([stages, whole], how="vertical_relaxed").sort(
        pl.col("stage").replace_strict({stage: place for place, stage in enumerate((*STAGES, WHOLE))})
    )


_PERCENTILES = ("p10", "median", "p90")

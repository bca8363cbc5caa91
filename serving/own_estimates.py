"""When will a shop's own parcels arrive: what a merchant may be told of levels that other merchants make too.

A level tells of the parcels of all merchants. One whose other merchants are few, or of whom one has most
parcels, would tell a shop how that one does; then the next wider level answers. What the shop has in a level
itself is counted from its rows, rather too much than too little, so that the others are never overstated.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import polars as pl

from serving.access import Grant
from serving.estimates import Estimate, Place, Target, estimate_from, newest, province
from serving.published import Published

#: Of a level's parcels that arrived, so many of other merchants; so many of these merchants; and none of them
#: with more than this share of the others' parcels.
PARCELS_MIN, MERCHANTS_MIN, SHARE_MAX = 30, 5, 0.5

#: Parcels that a level of the last 90 days may hold.
_WINDOW = timedelta(days=90)
_TABLE = "mart_delivery_estimates"
_NAMES = ("courier_id", "service", "origin_province_id", "destination_province_id")
_REGIONS = ("origin_region", "destination_region")


def may_be_told(row: Mapping[str, Any], own: frozenset[str], own_count: int) -> bool:
    """Tell whether a row is of enough other merchants for a reader of these shops.

    Args:
        row: of `mart_delivery_estimates`.
        own: the reader's shops.
        own_count: how many of the row's parcels are of these at most.
    """
    others = (row["merchant_waybill_count"] or 0) - own_count
    is_largest_own = row["largest_merchant_id"] in own
    largest = row["second_merchant_count" if is_largest_own else "largest_merchant_count"] or 0
    return (
        others >= PARCELS_MIN
        and (row["merchant_count"] or 0) - (len(own) if own_count else 0) >= MERCHANTS_MIN
        and largest <= SHARE_MAX * others
    )


@dataclass(frozen=True)
class OwnEstimates:
    """What a reader may be told of one shop's parcels.

    Raises RefusedError when it is made for a merchant that is not this reader's.
    """

    published: Published
    grant: Grant
    merchant_id: str

    def __post_init__(self) -> None:
        self.grant.require(self.merchant_id)

    @property
    def own(self) -> frozenset[str]:
        """The shops that are no others to the reader: all of a merchant's, else the one looked at."""
        return self.grant.merchants or frozenset([self.merchant_id])

    @cached_property
    def _levels(self) -> pl.DataFrame:
        return self.published.frame(f"select * from {_TABLE}")

    @cached_property
    def _arrived(self) -> pl.DataFrame:
        """What of the shops' parcels a level may hold; with their regions."""
        since = (newest(self.published) or datetime.max) - _WINDOW
        return self.published.frame(
            """
            select
                courier_id, coalesce(service, 'unknown') as service, origin_province_id,
                destination_province_id,
                coalesce(origins.region, origins.country_code) as origin_region,
                coalesce(ends.region, ends.country_code, destination_country_code) as destination_region
            from extract_waybills
            left join dim_provinces as origins on origin_province_id = origins.province_id
            left join dim_provinces as ends on destination_province_id = ends.province_id
            where list_contains($1, merchant_id) and first_attempt_at >= $2
            """,
            [sorted(self.own), since],
        )

    def may_be_told_of_market(self) -> bool:
        """Tell whether the whole market is of enough others, from payment and from pickup."""
        rows = self._levels.filter(estimate_level="market").to_dicts()
        return bool(rows) and all(may_be_told(row, self.own, len(self._arrived)) for row in rows)

    def of(self, parcel: Mapping[str, Any]) -> Estimate | None:
        """Return what the finest level that may be told says of a parcel; None where none does.

        Args:
            parcel: a row of `extract_waybills`.
        """
        self.grant.require(str(parcel["merchant_id"]))
        target: Target = "pickup" if parcel["picked_up_at"] else "payment"
        at = parcel["picked_up_at"] or parcel["paid_at"]
        if at is None:
            return None
        origin = province(self.published, parcel["origin_province_id"])
        end = province(self.published, parcel["destination_province_id"], parcel["destination_adcode"])
        rows = self._levels.filter(estimate_target=target)

        def told(level: str, keys: dict[str, Any]) -> dict[str, Any] | None:
            """Return the row of a level if it may be told."""
            if None in keys.values():
                return None
            found = rows.filter(pl.col("estimate_level") == level, **keys).head(1).to_dicts()
            # Of all lanes that go as far the shop has what it has at most.
            own = self._arrived if level == "learnt" or not keys else self._arrived.filter(**keys)
            return next((row for row in found if may_be_told(row, self.own, len(own))), None)

        keys = _keys(parcel, origin, end)
        # How far a lane goes is learnt from its own parcels too: of few others it would tell how those do.
        if lane := told("lane_distance", keys["lane"]):
            keys = {"learnt": {"learnt_distance": lane["learnt_distance"]}} | keys
        for level, of in keys.items():
            if row := told(level, of):
                return estimate_from(row, at, end, self._correction(target, at))
        return None

    def _correction(self, target: Target, at: datetime) -> float:
        """Return the changes of the start's hour and weekday, where they are of enough others too."""
        clock = self.published.frame(
            "select timezone(coalesce(mode(time_zone), 'UTC'), ?::timestamptz) as at from dim_providers", [at]
        )["at"][0]
        rows = self._levels.filter(
            (pl.col("hour_of_day") == clock.hour) | (pl.col("weekday") == clock.isoweekday()),
            estimate_target=target,
        )
        told = [row for row in rows.to_dicts() if may_be_told(row, self.own, len(self._arrived))]
        return float(sum(row["correction_hours"] for row in told))


def under_way(published: Published, merchant_id: str, limit: int) -> list[dict[str, Any]]:
    """Return a shop's parcels that are on their way to a consumer, the newest first; rows of its extract."""
    rows = published.frame(
        """
        select * from extract_waybills
        where merchant_id = $1 and purpose = 'sale' and first_attempt_at is null
            and coalesce(delivered_at, handed_over_at) is null and not is_lost and not is_returned
            and waybill_status not in ('cancelled', 'forwarded', 'expired')
            and coalesce(picked_up_at, paid_at) is not null
        order by coalesce(picked_up_at, paid_at) desc, waybill_id
        limit $2
        """,
        [merchant_id, limit],
    )
    return list(rows.iter_rows(named=True))


def _keys(parcel: Mapping[str, Any], origin: Place, end: Place) -> dict[str, dict[str, Any]]:
    """Return what a parcel has in common with others of each level, the finest first."""
    lane = {name: parcel[name] for name in _NAMES} | {"service": parcel["service"] or "unknown"}
    courier = {"courier_id": parcel["courier_id"]}
    regions = dict(
        zip(_REGIONS, (origin.region, end.region or parcel["destination_country_code"]), strict=True)
    )
    return {"lane": lane, "region_pair": courier | regions, "courier": courier, "market": {}}

"""When will it arrive: published percentiles of the finest level that can be used, as days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from serving.published import Published

#: Where the clock starts: before anything is shipped, or when the courier has it.
Target = Literal["payment", "pickup"]

#: Of 100 such parcels, so many arrive by the day that is told.
SHARES = (50, 80, 90, 95)

_TABLE = "mart_delivery_estimates"
#: What a build of an older waymart lacks.
NEWEST_COLUMN = "learnt_distance"
#: In the order in which they answer; the learnt one is there where it did better than the others.
_LEVELS = ("learnt", "lane", "region_pair", "courier", "market")


@dataclass(frozen=True)
class Place:
    """A city as `dim_cities` has it, or a province alone; with its region, or else its country."""

    adcode: str | None
    name: str
    province_id: str | None
    region: str | None
    time_zone: str


@dataclass(frozen=True)
class Estimate:
    """What is told of one courier, or of the whole market (``courier_id`` is null).

    ``hours`` and ``days`` are by share of 100 parcels: hours after the clock's start, and the destination's
    local day in which they end; null where too few parcels have arrived to say.
    """

    courier_id: str | None
    level: str
    service: str | None
    sampled_count: int
    arrived_count: int
    hours: Mapping[int, float | None]
    days: Mapping[int, date | None]


def has_estimates(published: Published) -> bool:
    """Tell whether the build has estimates; one of an older waymart, and one that Spark made, has none."""
    return published.dictionary.has(_TABLE, "column", NEWEST_COLUMN)


def teller(published: Published, target: Target) -> str:
    """Return by whom of `mart_estimate_quality` is told what is published: `learnt` or `estimate`."""
    ((count,),) = published.frame(
        f"select count(*) from {_TABLE} where estimate_target = ? and estimate_level = 'learnt'", [target]
    ).rows()
    return "learnt" if count else "estimate"


def places(published: Published, name: str) -> list[Place]:
    """Return the cities of this name (English, Chinese, with or without 市) or code."""
    rows = published.frame(
        """
        select
            adcode,
            coalesce(city_name, city_name_zh) as name,
            province_id,
            coalesce(dim_provinces.region, dim_cities.country_code) as region,
            time_zone
        from dim_cities
        left join dim_provinces using (province_id)
        where ? in (lower(adcode), lower(city_name), city_name_zh, regexp_replace(city_name_zh, '市$', ''))
            and time_zone is not null
        order by adcode
        """,
        [name.strip().lower()],
    )
    return [Place(**row) for row in rows.iter_rows(named=True)]


def newest(published: Published) -> datetime | None:
    """Return until when anything is known."""
    ((at,),) = published.frame("select max(as_of_at) from dim_providers").rows()
    assert at is None or isinstance(at, datetime)
    return at


def estimates(
    published: Published,
    origin: Place,
    destination: Place,
    at: datetime,
    target: Target = "payment",
    courier_id: str | None = None,
    service: str | None = None,
) -> list[Estimate]:
    """Return what is told of a parcel whose clock starts at a moment, the earliest at 90 of 100 first.

    With a courier it is that one, by the first level with 30 parcels that arrived; without, each courier
    that is known between the two regions. Where none is, the market answers; where even that has too few
    parcels the list is empty. Without a service it is the one that most parcels of the lane went by.
    """
    rows = published.frame(
        f"""
        with told as (from {_TABLE} where estimate_target = $1),
        -- The learnt level is of all lanes that go as far: it answers for a lane by how far that goes.
        answers as (
            select
                far.* replace (lane.courier_id as courier_id, lane.service as service),
                lane.arrived_count as of_lane_count
            from told as lane
            join told as far on lane.learnt_distance = far.learnt_distance
            where lane.estimate_level = 'lane_distance' and far.estimate_level = 'learnt'
                and lane.origin_province_id = $4 and lane.destination_province_id = $5
                and lane.service = coalesce($3, lane.service)
            union all by name
            select *, arrived_count as of_lane_count from told
            where case estimate_level
                when 'lane'
                    then origin_province_id = $4 and destination_province_id = $5
                        and service = coalesce($3, service)
                when 'region_pair' then origin_region = $6 and destination_region = $7
                when 'courier' then $2 is not null
                else estimate_level = 'market'
            end
        )
        select * exclude of_lane_count from answers
        where courier_id is null or courier_id = coalesce($2, courier_id)
        qualify row_number() over (
            partition by courier_id
            order by list_position($8, estimate_level), of_lane_count desc, service
        ) = 1
        """,
        [
            target,
            courier_id,
            service,
            origin.province_id,
            destination.province_id,
            origin.region,
            destination.region,
            list(_LEVELS),
        ],
    )
    found = [row for row in rows.iter_rows(named=True) if row["courier_id"] is not None]
    correction = _correction(published, target, at)
    told = [estimate_from(row, at, destination, correction) for row in found or rows.iter_rows(named=True)]
    return sorted(told, key=lambda one: (one.hours[90] is None, one.hours[90] or 0.0, one.courier_id or ""))


def estimate_of(published: Published, parcel: Mapping[str, Any]) -> Estimate | None:
    """Return what is told of a parcel since its pickup, or else its payment; None where it cannot be said.

    Args:
        published: the build.
        parcel: a row of `extract_waybills`.
    """
    target: Target = "pickup" if parcel["picked_up_at"] else "payment"
    at = parcel["picked_up_at"] or parcel["paid_at"]
    if at is None:
        return None
    origin = province(published, parcel["origin_province_id"])
    destination = province(published, parcel["destination_province_id"], parcel["destination_adcode"])
    told = estimates(published, origin, destination, at, target, parcel["courier_id"], parcel["service"])
    return told[0] if told else None


def province(published: Published, province_id: str | None, adcode: str | None = None) -> Place:
    """Return a province, or a city in it, as a place; where nothing says its zone, in that of the feeds."""
    rows = published.frame(
        """
        select
            coalesce(province_name, province_id) as name,
            coalesce(region, country_code) as region,
            (
                select min(time_zone) from dim_cities
                where dim_cities.province_id = dim_provinces.province_id and adcode = coalesce($2, adcode)
            ) as time_zone
        from dim_provinces
        where province_id = $1
        """,
        [province_id, adcode],
    ).to_dicts()
    known = rows[0] if rows else {"name": "", "region": None, "time_zone": None}
    zone = known["time_zone"] or _zone(published)
    return Place(adcode, known["name"], province_id, known["region"], zone)


def _zone(published: Published) -> str:
    """Return the zone of most feeds, by whose clock a start has its hour and weekday."""
    ((zone,),) = published.frame("select coalesce(mode(time_zone), 'UTC') from dim_providers").rows()
    return str(zone)


def _correction(published: Published, target: Target, at: datetime) -> float:
    """Return by how many hours the hour and the weekday of the start change an estimate."""
    local = at.astimezone(ZoneInfo(_zone(published)))
    ((hours,),) = published.frame(
        f"select coalesce(sum(correction_hours), 0) from {_TABLE} "
        "where estimate_target = ? and (hour_of_day = ? or weekday = ?)",
        [target, local.hour, local.isoweekday()],
    ).rows()
    return float(hours)


def estimate_from(row: Mapping[str, Any], at: datetime, destination: Place, correction: float) -> Estimate:
    """Return what a row of a level tells of a start, its hours changed by the correction."""
    known = {share: row[f"p{share}_estimate_hours"] for share in SHARES}
    hours = {share: None if of is None else max(of + correction, 0.0) for share, of in known.items()}
    zone = ZoneInfo(destination.time_zone)
    return Estimate(
        courier_id=row["courier_id"],
        level=row["estimate_level"],
        service=row["service"],
        sampled_count=row["sampled_count"],
        arrived_count=row["arrived_count"],
        hours=hours,
        days={
            share: None if of is None else (at + timedelta(hours=of)).astimezone(zone).date()
            for share, of in hours.items()
        },
    )

"""What was told of each parcel, and when: a ledger that publishing appends to and no build remakes.

The estimates are those of ``mart_delivery_estimates``, the first level that can be used, as
``estimates.delivery.levels.answer`` gives them. What is written was then seen by readers; only a publish that
was killed leaves estimates of a build that was never seen, and the next one tells nothing twice.
"""

import duckdb

SHARES = (50, 80, 90, 95)

#: The schema of the ledger: dbt knows it as a source, so no model and no full refresh touches it.
SCHEMA = "given"

_CREATE = """
    create schema if not exists given;
    create table if not exists given.estimates_given (
        waybill_id varchar not null,
        estimate_target varchar not null,
        given_at timestamptz not null,
        is_first_estimate boolean not null,
        waybill_status varchar,
        counted_from_at timestamptz not null,
        time_zone varchar not null,
        estimate_level varchar not null,
        sampled_count bigint not null,
        arrived_count bigint not null,
        p50_estimate_hours double,
        p80_estimate_hours double,
        p90_estimate_hours double,
        p95_estimate_hours double,
        p50_date date,
        p80_date date,
        p90_date date,
        p95_date date,
        promised_delivery_at timestamptz
    );
"""

#: As ``estimates.delivery.market.IS_DELIVERY``.
_IS_DELIVERY = (
    "waybills.purpose = 'sale' and not waybills.is_cancelled and not waybills.is_forwarded"
    " and (waybills.first_attempt_at is not null or not waybills.is_returned)"
)

_LANE = ("courier_id", "service", "origin_province_id", "destination_province_id")

#: In the order in which they answer: level → what parcels have in common.
_LEVELS = {
    "learnt": ("learnt_distance",),
    "lane": _LANE,
    "region_pair": ("courier_id", "origin_region", "destination_region"),
    "courier": ("courier_id",),
    "market": (),
}

_HOURS = [f"p{share}_estimate_hours" for share in SHARES]

#: A parcel registered longer ago was not under our eyes: what is told of it now would be no first word.
_FRESH = "interval 2 days"

_UNDER_WAY = f"""
    select
        waybills.waybill_id,
        if(waybills.picked_up_at is null, 'payment', 'pickup') as estimate_target,
        waybills.status as waybill_status,
        waybills.registered_at,
        coalesce(waybills.picked_up_at, waybills.clock_started_at) as counted_from_at,
        timezone(providers.time_zone, counted_from_at) as clock,
        coalesce(cities.time_zone, zones.time_zone, providers.time_zone) as time_zone,
        waybills.promised_delivery_at,
        waybills.courier_id,
        coalesce(waybills.service, 'unknown') as service,
        waybills.origin_province_id,
        waybills.destination_province_id,
        coalesce(origins.region, origins.country_code) as origin_region,
        coalesce(ends.region, ends.country_code, waybills.destination_country_code) as destination_region
    from core.fct_waybills as waybills
    join core.dim_providers as providers using (provider_id)
    left join core.dim_provinces as origins on waybills.origin_province_id = origins.province_id
    left join core.dim_provinces as ends on waybills.destination_province_id = ends.province_id
    left join core.dim_cities as cities on waybills.destination_adcode = cities.adcode
    left join (select province_id, min(time_zone) as time_zone from core.dim_cities group by all) as zones
        on waybills.destination_province_id = zones.province_id
    where {_IS_DELIVERY} and waybills.is_open and waybills.first_attempt_at is null
        and coalesce(waybills.picked_up_at, waybills.clock_started_at) is not null
"""


def _told() -> str:
    """Return the parcels under way with what is told of them."""
    joins, levels = [], []
    for level, keys in _LEVELS.items():
        on = " and ".join(f"asked.{key} = {level}.{key}" for key in ("estimate_target", *keys))
        rows = (
            f"select estimate_target, {''.join(f'{key}, ' for key in keys)}"
            f" struct_pack(estimate_level, sampled_count, arrived_count, {', '.join(_HOURS)}) as told"
            f" from reports.mart_delivery_estimates where estimate_level = '{level}'"
        )
        joins.append(f"left join ({rows}) as {level} on {on}")
        levels.append(f"{level}.told")
    for level, part, of in (("hour", "hour_of_day", "hour"), ("weekday", "weekday", "isodow")):
        joins.append(
            f"left join (select estimate_target, {part}, correction_hours"
            f" from reports.mart_delivery_estimates where estimate_level = '{level}') as of_{part}"
            f" on asked.estimate_target = of_{part}.estimate_target"
            f" and date_part('{of}', asked.clock) = of_{part}.{part}"
        )
    changed = "coalesce(of_hour_of_day.correction_hours, 0) + coalesce(of_weekday.correction_hours, 0)"
    same_lane = " and ".join(f"asked.{key} = far.{key}" for key in ("estimate_target", *_LANE))
    asked = (
        f"select asked.*, far.learnt_distance from ({_UNDER_WAY}) as asked"
        f" left join reports.mart_delivery_estimates as far"
        f" on far.estimate_level = 'lane_distance' and {same_lane}"
    )
    return (
        f"select asked.*, coalesce({', '.join(levels)}) as told, {changed} as changed_hours"
        f" from ({asked}) as asked {' '.join(joins)}"
    )


def _hours(share: int) -> str:
    hours = f"told.p{share}_estimate_hours"
    return f"if({hours} is null, null, greatest({hours} + changed_hours, 0))"


def _day(share: int) -> str:
    """Return the day, where the parcel arrives, in which the hours end."""
    microseconds = f"cast(round(p{share}_estimate_hours * 3600000000) as bigint)"
    return f"cast(timezone(time_zone, counted_from_at + to_microseconds({microseconds})) as date)"


def give(connection: duckdb.DuckDBPyConnection) -> int:
    """Tell each parcel that is under way what has not been told: its first estimate, or that of its pickup.

    A parcel without an estimate that was registered more than two days before the newest data gets none: a
    history that is loaded afterwards has been told nothing.

    Returns:
        How many estimates were given.
    """
    connection.execute(_CREATE)
    row = connection.execute(
        f"""
        insert into given.estimates_given by name
        with newest as (select max(as_of_at) as given_at from core.dim_providers),
        asked as (
            select told.*, newest.given_at, first.waybill_id is null as is_first_estimate
            from ({_told()}) as told
            cross join newest
            left join (from given.estimates_given where is_first_estimate) as first using (waybill_id)
            left join given.estimates_given as same
                on told.waybill_id = same.waybill_id and told.estimate_target = same.estimate_target
            where told.told is not null and same.waybill_id is null
                and (first.waybill_id is not null or told.registered_at >= newest.given_at - {_FRESH})
        ),
        counted as (
            select
                waybill_id, estimate_target, given_at, is_first_estimate, waybill_status, counted_from_at,
                time_zone, told.estimate_level, told.sampled_count, told.arrived_count, promised_delivery_at,
                {", ".join(f"{_hours(share)} as p{share}_estimate_hours" for share in SHARES)}
            from asked
        )
        select *, {", ".join(f"{_day(share)} as p{share}_date" for share in SHARES)}
        from counted
        order by waybill_id
        """
    ).fetchone()
    connection.execute(f"create or replace view given.promises_kept as {_KEPT}")
    assert row is not None
    return int(row[0])


_TELLERS = ", ".join(
    f"{{'told_by': if(is_first_estimate, 'estimate', 'revision'), 'percentile': {share},"
    f" 'told_date': p{share}_date,"
    f" 'told_seconds': cast(round(p{share}_estimate_hours * 3600) as bigint)}}"
    for share in SHARES
)

#: Who told and was kept. A word is judged once its day is over where the parcel arrives, whatever came of it,
#: so that parcels that came early do not count before those that did not; the platform's is that which stood
#: when the first estimate was given.
_KEPT = f"""
with moments as (
    select given_at, cast(timezone('UTC', given_at) as date) as calendar_date
    from (select distinct given_at from given.estimates_given)
),
-- The day of a moment in a zone takes longer than all else: where many share it, it is said once.
known as (
    select provider_id, zones.time_zone, cast(timezone(zones.time_zone, as_of_at) as date) as known_date
    from core.dim_providers
    cross join (select distinct time_zone from given.estimates_given) as zones
),
outcomes as (
    select
        given.*,
        waybills.courier_id,
        moments.calendar_date,
        known.known_date,
        cast(timezone(given.time_zone, waybills.first_attempt_at) as date) as attempt_date,
        cast(timezone(given.time_zone, given.promised_delivery_at) as date) as promised_date
    from given.estimates_given as given
    join core.fct_waybills as waybills using (waybill_id)
    join moments using (given_at)
    join known on waybills.provider_id = known.provider_id and given.time_zone = known.time_zone
    where {_IS_DELIVERY}
),
words as (
    select calendar_date, estimate_target, courier_id, attempt_date, known_date, p90_date, promised_date,
        unnest([{_TELLERS}], recursive := true)
    from outcomes
    union all by name
    select calendar_date, estimate_target, courier_id, attempt_date, known_date, p90_date, promised_date,
        'platform' as told_by,
        null as percentile,
        promised_date as told_date,
        date_diff('second', counted_from_at, promised_delivery_at) as told_seconds
    from outcomes
    where is_first_estimate
)
select
    calendar_date,
    estimate_target,
    courier_id,
    told_by,
    cast(percentile as bigint) as percentile,
    count(*) as waybill_count,
    count(told_date) as told_count,
    count(*) filter (told_date < known_date) as day_over_count,
    count(*) filter (told_date < known_date and attempt_date <= told_date) as kept_count,
    count(*) filter (told_date is not null and other_date is not null) as compared_count,
    count(*) filter (told_date < other_date) as earlier_count,
    cast(sum(told_seconds) as double) / 86400 as told_days
from (select *, if(told_by = 'platform', p90_date, promised_date) as other_date from words)
group by all
"""

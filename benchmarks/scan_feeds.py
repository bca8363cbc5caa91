"""Scans made up for the benchmarks: the text and the order in which a courier would send them."""

from pathlib import Path

import duckdb

CODES = (
    "created",
    "picked_up",
    "departed",
    "arrived",
    "departed",
    "arrived",
    "out_for_delivery",
    "delivered",
)
HOURS = 24  # a day's feed is one file per hour, and every parcel is scanned once in each three hours


def scans_of(parcels: str, day: str) -> str:
    """Return a query of made-up scans for rows (parcel, step, hour); a parcel's number is not sequential."""
    codes = ", ".join(f"'{code}'" for code in CODES)
    return f"""
        select
            ['zto', 'yto', 'sto', 'yunda', 'jt', 'sf'][1 + parcel % 6] as courier_code,
            '7' || lpad(((parcel * 7368787321) % 10000000000039)::varchar, 14, '0') as waybill_number,
            [{codes}][1 + step] as event_code,
            '【' || city || '】快件已到达 ' || city || ['转运中心', '集散点', '营业部'][1 + h % 3]
                || '，操作员工号 ' || (h % 90000 + 10000) as event_text,
            null::varchar as event_number, 'CN' as country_code, null::varchar as province_name,
            city as city_name, ['城关区', '新华区', '高新区', null][1 + h % 4] as district_name,
            (110000 + (h % 337) * 100)::varchar as city_code, true as is_zone_explicit,
            timestamptz '{day} 00:00:00+00' + to_hours(hour::integer)
                + to_milliseconds(h % 3600000) as occurred_at,
            occurred_at + to_seconds(h % 240) as received_at
        from (
            select parcel, step, hour,
                (hash(parcel, step, '{day}') >> 1)::bigint as h, '城市' || (h % 337) || '市' as city
            from ({parcels})
        )
    """


def make_day(folder: Path, day: str, orders: int) -> list[Path]:
    """Write a day's 24 feed files: 8 scans per order; 1 % come twice in a file, 1 % again in the next."""
    folder.mkdir(parents=True)
    files = [folder / f"scans-{day}-{hour:02}.parquet" for hour in range(HOURS)]
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for hour, file in enumerate(files):
            chosen = []
            for of, share in ((hour, 1), (hour, 100), *([(hour - 1, 100)] if hour else [])):
                parcels = f"from range({of % 3}, {orders}, 3) where (range // 3) % {share} = 0"
                chosen.append(f"select range as parcel, {of // 3} as step, {of} as hour {parcels}")
            connection.execute(f"copy ({scans_of(' union all '.join(chosen), day)}) to '{file}'")
    return files


def make_pushes(folder: Path, day: str, pushes: int) -> list[Path]:
    """Write one file per push: 7 scans of one parcel, the first and the last 18 hours apart."""
    folder.mkdir(parents=True)
    files = [folder / f"push-{push:06}.parquet" for push in range(pushes)]
    with duckdb.connect() as connection:
        parcels = f"from range({pushes}) as p, range(7) as s"
        rows = scans_of(f"select p.range as parcel, s.range as step, s.range * 3 as hour {parcels}", day)
        connection.execute(f"set timezone = 'UTC'; create table pushes as {rows} order by waybill_number")
        for push, file in enumerate(files):
            rows = f"select * from pushes where rowid between {push * 7} and {push * 7 + 6}"
            connection.execute(f"copy ({rows}) to '{file}'")
    return files

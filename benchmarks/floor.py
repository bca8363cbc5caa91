"""The least that a day of parcels costs: scans → milestones → joined with orders → cells, by hand in DuckDB.

Nothing is checked, resolved or kept for later; a line that does all of waymart's work is measured against it.
The peers in ``benchmarks.peers`` do the same job, and their cells must be equal.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.settings import STORAGE_VERSION

#: Grain of the result: day of pick-up in China × platform × courier × province of the consumer × hours
#: from pick-up to handing over (0: none yet; capped at 1000).
COLUMNS = (
    "calendar_date", "platform_id", "courier_code", "province", "hours",
    "waybill_count", "handling_seconds", "end_to_end_seconds",
)  # fmt: skip

_MILESTONES = """
create table milestones as
select
    hash(courier_code, waybill_number) as waybill,
    min(occurred_at) filter (where event_code = 'picked_up') as picked_up_at,
    min(occurred_at) filter (where event_code = 'departed') as departed_at,
    min(occurred_at) filter (where event_code = 'out_for_delivery') as out_for_delivery_at,
    min(occurred_at) filter (where event_code in ('delivered', 'available_for_pickup')) as handed_over_at
from read_parquet('{feed}/waybill_events/*.parquet')
group by waybill
"""

_JOINED = """
create table joined as
select
    waybills.platform_id,
    waybills.courier_code,
    substr(waybills.destination_city_code, 1, 2) as province,
    orders.paid_at,
    milestones.picked_up_at,
    milestones.departed_at,
    milestones.out_for_delivery_at,
    milestones.handed_over_at
from read_parquet('{feed}/waybills/*.parquet') as waybills
inner join milestones
    on hash(waybills.courier_code, waybills.waybill_number) = milestones.waybill
left join read_parquet('{feed}/orders/*.parquet') as orders
    on hash(waybills.platform_id, waybills.order_numbers[1]) = hash(orders.platform_id, orders.order_number)
"""

_CELLS = """
create table cells as
with timed as (
    select
        *,
        epoch(picked_up_at)::bigint - epoch(paid_at)::bigint as handling_seconds,
        epoch(handed_over_at)::bigint - epoch(picked_up_at)::bigint as end_to_end_seconds
    from joined
    where picked_up_at is not null
)

select
    ((epoch(picked_up_at)::bigint + 28800) // 86400)::integer as calendar_date,
    platform_id,
    courier_code,
    province,
    if(end_to_end_seconds is null, 0, least((end_to_end_seconds + 3599) // 3600, 1000))::integer as hours,
    count(*) as waybill_count,
    coalesce(sum(handling_seconds), 0)::bigint as handling_seconds,
    coalesce(sum(end_to_end_seconds), 0)::bigint as end_to_end_seconds
from timed
group by all
"""


@contextmanager
def _database(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    form = {"storage_compatibility_version": STORAGE_VERSION}
    with duckdb.connect(folder / "floor.duckdb", config={**form}) as connection:
        connection.execute("set preserve_insertion_order = false; set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        yield connection


def write_cells(feed: Path, folder: Path) -> None:
    """Do the job on a contract feed and leave ``cells.parquet`` in the folder; state stays in its file."""
    with _database(folder) as connection:
        for step in (_MILESTONES, _JOINED, _CELLS):
            connection.execute(step.format(feed=feed))
        connection.execute(f"copy (from cells order by all) to '{folder}/cells.parquet'")


def keep_rows(feed: Path, folder: Path) -> None:
    """Only copy the feed into tables, as it is: what a warehouse that keeps rows pays before it begins."""
    with _database(folder) as connection:
        for entity in sorted(path.name for path in feed.iterdir() if path.is_dir()):
            connection.execute(f"create table {entity} as from read_parquet('{feed}/{entity}/*.parquet')")

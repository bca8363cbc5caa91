"""Scans on the page before they are audited: what a segment says of parcels, people masked, as a small file.

It is made without the warehouse, which a build may hold meanwhile, by the same intake that will load it.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ingest.errors import IntakeError
from ingest.loading.load import create_raw, load_file
from operations.spool import Segment
from warehouse.settings import Settings

#: One row per scan of ``raw``. A code means what ``int_event_codes_resolved`` says; a scan that its words
#: explain has no milestone yet. ``seeds`` is their folder, ``came_at`` when the segment was pushed.
SCANS = """
with courier_codes as (
    select * from read_csv('{seeds}/courier_codes.csv', header = true, all_varchar = true)
),

event_codes as (
    select *, replace(replace(code, '_', '!_'), '*', '%') as pattern
    from read_csv('{seeds}/event_codes.csv', header = true, all_varchar = true)
),

events as (
    select *, row_number() over () as event_number_of_file from raw.waybill_events
),

meanings as (
    select
        events.event_number_of_file,
        arg_min(
            event_codes.milestone,
            (event_codes.code <> split_part(events.event_code, '.', 1), -length(event_codes.code))
        ) as milestone
    from events
    inner join event_codes
        on
            events.provider_id = event_codes.provider_id
            and split_part(events.event_code, '.', 1) like event_codes.pattern escape '!'
    group by events.event_number_of_file
)

select
    coalesce(courier_codes.courier_id, events.provider_id || '/' || events.courier_code)
    || ':' || events.waybill_number as waybill_id,
    events.waybill_number,
    coalesce(courier_codes.courier_id, 'unknown') as courier_id,
    events.provider_id,
    meanings.milestone,
    events.event_code,
    events.event_text,
    nullif(concat_ws(' ', events.province_name, events.city_name, events.district_name), '') as place_name,
    events.occurred_at,
    '{came_at}'::timestamptz as pushed_at
from events
left join courier_codes
    on events.provider_id = courier_codes.provider_id and events.courier_code = courier_codes.code
left join meanings
    on events.event_number_of_file = meanings.event_number_of_file
where events.retracted_at is null
"""


def show_segments(settings: Settings, segments: Sequence[Segment]) -> None:
    """Write the scans of each segment beside the published build; of one that holds none, nothing."""
    settings.live.mkdir(parents=True, exist_ok=True)
    for segment in segments:
        _show(settings, segment)


def live_file(settings: Settings, segment: Path) -> Path:
    """Return where the scans of a segment are, as long as no published build has them."""
    return settings.live / f"{segment.parent.name}-{segment.name}.parquet"


def _show(settings: Settings, segment: Segment) -> None:
    target = live_file(settings, segment.path)
    draft = target.with_name(f".{target.name}.tmp")
    seeds = str(settings.dbt_project / "seeds").replace("'", "''")
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false; set threads = 1")
        connection.execute("set temp_directory = $folder", {"folder": folder})
        create_raw(connection)
        try:
            loads = load_file(
                connection, segment.provider_id, segment.path, pseudonym_key=settings.pseudonym_key()
            )
        except IntakeError:
            return  # loading it will say so
        if not any(load.entity == "waybill_events" and load.loaded_count for load in loads):
            return
        query = SCANS.format(seeds=seeds, came_at=segment.came_at.isoformat())
        connection.execute(f"copy ({query}) to '{str(draft).replace(chr(39), chr(39) * 2)}' (format parquet)")
    draft.rename(target)

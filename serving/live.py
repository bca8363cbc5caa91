"""What was pushed and is in no published build yet: scans that nobody has audited, and who works on them."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from serving.published import Published
from warehouse.settings import Settings

#: A file may be published, and go, between being found and being read.
_TRIES = 3

#: A worker says every ten seconds that it is there.
_SILENT_SECONDS = 60

_PUBLISHED = """
    select waybill_id, occurred_at, event_code, event_text from extract_scans
    where list_contains($1, waybill_id)
"""

_FOUND = """
    select occurred_at, milestone, place_name, event_text, event_code, pushed_at, waybill_id
    from read_parquet($files)
    where $asked in (waybill_id, waybill_number)
"""


def live_scans(settings: Settings, serving: Published, asked: str) -> pl.DataFrame:
    """Return the scans of the waybill of that number or id that the published build lacks, the newest first.

    One row per scan, with occurred_at, milestone (null where only its words explain it), place_name,
    event_text (people masked), event_code, pushed_at and waybill_id. Whose it is has to be asked before.
    """
    live = _found(settings.live, asked)
    if live.is_empty():
        return live
    ids = live["waybill_id"].unique().sort().to_list()
    keys = ["waybill_id", "occurred_at", "event_code", "event_text"]
    published = serving.frame(_PUBLISHED, [ids])
    return (
        live.sort("pushed_at")
        .unique(keys, keep="first")
        .join(published, on=keys, how="anti", nulls_equal=True)
        .sort("occurred_at", descending=True)
    )


def _found(folder: Path, asked: str) -> pl.DataFrame:
    for _ in range(_TRIES):
        files = [str(path) for path in sorted(folder.glob("[!.]*.parquet"))]
        if not files:
            break
        try:
            with duckdb.connect(config={"threads": 1}) as connection:
                return connection.execute(_FOUND, {"files": files, "asked": asked}).pl()
        except duckdb.IOException:
            continue
    return pl.DataFrame()


@dataclass(frozen=True)
class Worker:
    """What the worker does, and how far it is behind.

    ``waiting_since`` is when the oldest push came that no published build has; ``lag_seconds`` how long the
    oldest push of the last published build had waited. ``refused_count`` segments could not be loaded.
    """

    process_id: int
    started_at: datetime
    told_at: datetime
    is_building: bool
    published_at: datetime | None = None
    lag_seconds: float | None = None
    waiting_since: datetime | None = None
    waiting_count: int = 0
    refused_count: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain values: times as ISO 8601 in UTC."""
        return {name: v.isoformat() if isinstance(v, datetime) else v for name, v in asdict(self).items()}

    def is_there(self) -> bool:
        """Tell whether it has said anything in the last minute."""
        return (datetime.now(UTC) - self.told_at).total_seconds() < _SILENT_SECONDS


_TIMES = ("started_at", "told_at", "published_at", "waiting_since")


def write_worker(path: Path, worker: Worker) -> None:
    """Say what the worker does; a reader finds what it said last, whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.tmp")
    draft.write_text(json.dumps(worker.as_json()), encoding="utf-8")
    draft.replace(path)


def read_worker(path: Path) -> Worker | None:
    """Return what the worker said last; None where none ever worked."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    times = {name: datetime.fromisoformat(said[name]) for name in _TIMES if said[name] is not None}
    return Worker(**{**said, **times})

"""The spool: segments of pushes that wait to be loaded, a folder per provider."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from ingest.errors import IntakeError
from ingest.finding.find import Found
from ingest.loading.load import create_raw, load_files
from ingest.providers import PROVIDERS
from warehouse.connection import open_warehouse
from warehouse.settings import Settings

#: When the first push of a segment came, as the receiver writes it into the name.
_CAME = re.compile(r"-(\d{8}T\d{12})Z-")


@dataclass(frozen=True, order=True)
class Segment:
    """A file of pushes of one provider; ``came_at`` is when the first of them came."""

    came_at: datetime
    provider_id: str
    path: Path


def segments(settings: Settings) -> list[Segment]:
    """Return what waits, the oldest first."""
    return sorted(
        Segment(datetime.strptime(came[1], "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), path.parent.name, path)
        for path in settings.spool.glob("*/*")
        if (came := _CAME.search(path.name)) and not path.name.startswith(".")
    )


def load_segments(settings: Settings, waiting: Sequence[Segment]) -> Iterator[str]:
    """Load segments and remove them; yield a sentence for each that cannot be loaded, and is kept apart.

    A segment goes only after its load is committed: killed between the two, it is known again by its bytes.

    Raises:
        WarehouseLockedError: another process still held the warehouse when patience ended.
    """
    key = settings.pseudonym_key()
    with open_warehouse(settings, create=True) as connection:
        create_raw(connection)
        for provider_id, of_provider in groupby(sorted(waiting, key=_provider), key=_provider):
            found = [Found(s.path, f"pushed/{s.path.name}", is_simulated=False) for s in of_provider]
            if provider_id not in PROVIDERS:
                for file in found:
                    _refuse(settings, file.path)
                yield f"Nothing is known of provider {provider_id}."
                continue
            try:
                for files, _, error in load_files(connection, provider_id, found, pseudonym_key=key):
                    for file in files:
                        if error:
                            _refuse(settings, file.path)
                            yield error
                        else:
                            file.path.unlink()
            except IntakeError as error:  # of the key, not of the files: they wait
                yield str(error)


def refused_count(settings: Settings) -> int:
    """Return how many segments could not be loaded; people look at them."""
    return sum(1 for _ in settings.refused.glob("*/*"))


def _provider(segment: Segment) -> str:
    return segment.provider_id


def _refuse(settings: Settings, path: Path) -> None:
    target = settings.refused / path.parent.name / path.name
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.rename(target)

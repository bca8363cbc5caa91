"""Puts small files together, so that many of them are read, judged and committed in one go.

Planning the SQL of a load takes 20 to 40 ms, whatever the file holds: pushes come as files of one record
each, a market's day as a file of each entity.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.errors import IntakeError
from ingest.finding.find import Found
from ingest.provider import Layout, Provider, Shape
from ingest.reading.kind import Kind, kind_of
from ingest.reading.source import Source, open_source

#: A file of this size is small; so many of them, and so many bytes, make a pack.
_SMALL_BYTES = 1 << 20
_PACK_FILES = 512
_PACK_BYTES = 1 << 25
#: Packed files are not among them: a little of them holds much.
_SUFFIXES = frozenset({".parquet", ".csv", ".json", ".jsonl", ".ndjson", ".txt", ".form"})
#: DuckDB takes a path with one of these for a pattern, which may mean other files, too.
_PATTERN = frozenset("*?[{")


@dataclass(frozen=True)
class Part:
    """Files that are read as one: their places in the pack, what they hold, and their rows."""

    places: tuple[int, ...]
    layout: Layout
    source: Source


def packs(files: Sequence[Found]) -> Iterator[list[Found]]:
    """Yield the files in their order, small ones together, every other one alone."""
    pack: list[Found] = []
    size = 0
    for file in files:
        own = _small(file.path)
        if pack and (own is None or len(pack) == _PACK_FILES or size + own > _PACK_BYTES):
            yield pack
            pack, size = [], 0
        if own is None:
            yield [file]
        else:
            pack.append(file)
            size += own
    if pack:
        yield pack


def _small(path: Path) -> int | None:
    """Return the size of a small file, None where it must be read alone."""
    if path.suffix.lower() not in _SUFFIXES or not _PATTERN.isdisjoint(str(path)):
        return None
    size = path.stat().st_size
    return size if size <= _SMALL_BYTES else None


def open_parts(
    connection: duckdb.DuckDBPyConnection,
    provider: Provider,
    paths: Sequence[Path],
    options: dict[str, str],
) -> Iterator[Part]:
    """Open the files of a pack, those together that are of one kind and hold the same.

    Raises IntakeError where one of them cannot be read or is not the provider's.
    """
    places: defaultdict[Kind, list[tuple[Layout, list[int]]]] = defaultdict(list)
    seen: dict[str, Kind] | None = {} if len(paths) > 1 else None
    for place, path in enumerate(paths):
        kind = kind_of(connection, path, provider.header(path), seen)
        layout = provider.recognise(Shape(path, kind.is_table, dict(kind.fields), options))
        if layout is None:
            raise IntakeError(f"{path.name} is not a file that provider {provider.provider_id} takes.")
        alike = next((found for other, found in places[kind] if other == layout), None)
        if alike is None:
            places[kind].append((layout, [place]))
        else:
            alike.append(place)
    for kind, parts in places.items():
        for layout, found in parts:
            yield Part(tuple(found), layout, open_source(connection, kind, [paths[place] for place in found]))

"""Puts small files together, so that many of them are read and judged in one go.

Planning the SQL of a load takes 20 ms, whatever the file holds: pushes come as files of one record each.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.compute as pc

from ingest.errors import IntakeError
from ingest.finding.find import Found
from ingest.reading.lines import read_lines
from ingest.reading.source import Batch, document_form, quoted

#: A file of this size is small; so many of them make a pack.
_SMALL_BYTES = 1 << 16
_PACK_FILES = 512
_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".txt", ".form"})
_LINES = "ingest_pack"


def packs(files: Sequence[Found]) -> Iterator[list[Found]]:
    """Yield the files in their order, small ones of one kind together, every other one alone."""
    for kind, group in groupby(files, lambda file: _kind(file.path)):
        while pack := list(islice(group, _PACK_FILES if kind else 1)):
            yield pack


def _kind(path: Path) -> tuple[str, ...]:
    """Return by what a small file goes together with others; nothing where it must be read alone."""
    if path.suffix.lower() not in _SUFFIXES or path.stat().st_size > _SMALL_BYTES:
        return ()
    try:
        return path.suffix.lower(), document_form(path)
    except IntakeError:
        return ()


def open_pack(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Batch:
    """Open small files of one kind as one batch of records.

    The upper half of ``_line_number`` is the place of the file. Raises IntakeError where a file needs a
    closer look: it is then loaded alone, which says what is wrong with it.
    """
    form = document_form(paths[0])
    if not form:
        return _lines(connection, paths)
    listed = ", ".join(quoted(str(path)) for path in paths)
    numbered = "number - min(number) over (partition by place) + 1"
    return Batch(
        f"select ((place - 1)::bigint << 32) + {numbered} as _line_number, record "
        f"from (select row_number() over () as number, json::varchar as record, "
        f"list_position([{listed}], filename) as place "
        f"from read_json_objects([{listed}], format='{form}', filename=true)) order by _line_number"
    )


def _lines(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Batch:
    tables = []
    for place, path in enumerate(paths):
        for batch in read_lines(path, "uncompressed"):
            if batch.rejects:
                raise IntakeError(f"{path.name} has lines that are no text.")
            numbers = pc.add(batch.lines["_line_number"], place << 32)
            tables.append(batch.lines.set_column(0, "_line_number", numbers))
    if not tables:
        raise IntakeError("These files are empty.")
    connection.register(_LINES, pyarrow.concat_tables(tables))
    return Batch(f"select * from {_LINES}")

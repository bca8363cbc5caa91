"""Opens files of one kind as batches of rows: one reader per format, nothing about what the fields mean.

Several files are read as one: the upper half of a ``_line_number`` is then the place of its file among them.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.compute as pc

from ingest.errors import IntakeError
from ingest.reading.blanks import blank_records
from ingest.reading.half_characters import has_half, records_apart
from ingest.reading.kind import Kind, readable
from ingest.reading.lines import NO_LINES, Lines, read_lines
from ingest.reading.sql import listed, named, quoted
from ingest.reading.unpack import unpacked

#: Bounds the memory of a load: about 1 GB for scans.
_BATCH_ROWS = 2_000_000
#: The largest JSON document that is read as one record.
_MAX_DOCUMENT_BYTES = 1 << 26
#: Where a CSV reader of DuckDB leaves the records it could not read.
_REJECTS = "ingest_rejects"
_REJECT_OPTIONS = f"store_rejects=true, rejects_table='{_REJECTS}', rejects_scan='{_REJECTS}_scans'"
#: DuckDB's name of the place of a row's file among those that it reads as one.
_PLACE = "file_index"


@dataclass(frozen=True)
class Batch:
    """A part of what is read, of bounded size.

    ``relation`` is a select of the fields and ``_line_number``. ``rejects`` is a select (line_number, reason)
    of the records that the reader itself could not read; empty where the format has none. ``skipped`` is a
    select (line_number) of the records that ``_line_number`` does not count; empty where it counts all.
    """

    relation: str
    rejects: str = ""
    skipped: str = ""


@dataclass(frozen=True)
class Source:
    """Files as batches of rows whose ``_line_number`` is the record's in its file, from 1.

    ``temporary`` are the tables that reading leaves behind after each batch.
    """

    batches: Callable[[], Iterator[Batch]]
    temporary: tuple[str, ...] = ()


def open_source(connection: duckdb.DuckDBPyConnection, kind: Kind, paths: Sequence[Path]) -> Source:
    """Open a file, or several small ones of one kind; raise IntakeError if one of them cannot be opened.

    Of several the error need not name the one that is wrong: it is raised by that one alone, too.
    """
    if len(paths) > 1 and any(name.lower() == _PLACE for name, _ in kind.fields):
        raise IntakeError(
            f"{paths[0].name} has a column {_PLACE}, so it cannot be read together with others."
        )
    if kind.suffix == ".parquet":
        return _open_parquet(connection, paths)
    if kind.suffix == ".csv":
        return _open_csv(kind, paths)
    return _open_documents(connection, kind, paths) if kind.form else _open_lines(connection, kind, paths)


def _read(paths: Sequence[Path]) -> str:
    return listed(map(str, paths))


def _numbered(paths: Sequence[Path], read: str, columns: str, before: int = 0) -> str:
    """Select what a reader without line numbers reads, in the order of the files, with its numbers."""
    if len(paths) == 1:
        return f"select (row_number() over () + {before})::bigint as _line_number, {columns} from {read}"
    return (
        f"select (_place::bigint << 32) + _row - min(_row) over (partition by _place) + {before + 1} "
        f"as _line_number, * exclude (_place, _row) "
        f"from (select row_number() over () as _row, {_PLACE} as _place, {columns} from {read}) "
        "order by _line_number"
    )


def _whole(path: Path, compression: str) -> None:
    """Make sure that a packed file is whole and within the limit, before DuckDB unpacks it.

    DuckDB reads a packed file that breaks off as if it ended there.
    """
    if compression != "uncompressed":
        for _ in unpacked(path, compression):
            pass


def _open_csv(kind: Kind, paths: Sequence[Path]) -> Source:
    names = [name for name, _ in kind.fields]
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    read = (
        f"read_csv({_read(paths)}, header={kind.has_names}, delim={quoted(kind.form)}, quote='\"', "
        f"escape='\"', strict_mode=true, auto_detect=false, columns={{{columns}}}, "
        f"compression='{kind.compression}', {_REJECT_OPTIONS}) "
        # DuckDB 1.5 breaks down over a bad row if it was asked for some of the columns only.
        f"where hash({', '.join(map(named, names))}) is not null"
    )
    rejects = (
        "select (file_id::bigint << 32) + line as line_number, "
        "case when bool_or(error_type = 'INVALID ENCODING') then 'wrong_encoding' "
        "when bool_or(error_type = 'LINE SIZE OVER MAXIMUM') then 'record_too_long' "
        f"else 'malformed_record' end as reason from {_REJECTS} group by file_id, line"
    )
    skipped = f"select line_number from ({rejects})"
    if blanks := _blanks(kind, paths):
        ranges = ", ".join(f"({first}, {last})" for first, last in blanks)
        skipped += (
            " union all select unnest(range(first::bigint, last::bigint + 1)) from "
            f"(values {ranges}) blanks(first, last)"
        )
    relation = _numbered(paths, read, "*", int(kind.has_names))
    return Source(lambda: iter([Batch(relation, rejects, skipped)]), (_REJECTS, f"{_REJECTS}_scans"))


def _blanks(kind: Kind, paths: Sequence[Path]) -> list[tuple[int, int]]:
    """Return the runs of blank lines, which DuckDB leaves out unless they are a row of the only column."""
    runs = []
    for place, path in enumerate(paths):
        with readable(path, "CSV"):
            _whole(path, kind.compression)
            found = blank_records(unpacked(path, kind.compression)) if len(kind.fields) > 1 else []
        runs += [((place << 32) + first, (place << 32) + last) for first, last in found]
    return runs


@dataclass
class _Current:
    """Gives the batch that is read now: DuckDB holds what is registered until the transaction ends.

    Were each batch registered, it would hold the whole file.
    """

    lines: pyarrow.Table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.lines.__arrow_c_stream__(requested_schema)


def _open_lines(connection: duckdb.DuckDBPyConnection, kind: Kind, paths: Sequence[Path]) -> Source:
    def batches() -> Iterator[Batch]:
        read = _lines(kind, paths) if len(paths) == 1 else iter([_joined(_lines(kind, paths))])
        current = _Current(NO_LINES)
        connection.register("ingest_lines", current)
        for batch in read:
            current.lines = batch.lines
            values = ", ".join(f"({number}, '{reason}')" for number, reason in batch.rejects)
            rejects = f"select * from (values {values}) rejects(line_number, reason)" if values else ""
            yield Batch("select * from ingest_lines", rejects)
        connection.unregister("ingest_lines")

    return Source(batches)


def _lines(kind: Kind, paths: Sequence[Path]) -> Iterator[Lines]:
    for place, path in enumerate(paths):
        read = read_lines(path, kind.compression)
        while True:
            with readable(path, "lines of text"):
                batch = next(read, None)
            if batch is None:
                break
            yield batch if place == 0 else _placed(batch, place)


def _placed(batch: Lines, place: int) -> Lines:
    numbers = pc.add(batch.lines["_line_number"], place << 32)
    rejects = tuple(((place << 32) + number, reason) for number, reason in batch.rejects)
    return Lines(batch.lines.set_column(0, "_line_number", numbers), rejects)


def _joined(batches: Iterator[Lines]) -> Lines:
    read = list(batches)
    lines = pyarrow.concat_tables([NO_LINES, *(batch.lines for batch in read)])
    return Lines(lines, tuple(reject for batch in read for reject in batch.rejects))


def _open_documents(connection: duckdb.DuckDBPyConnection, kind: Kind, paths: Sequence[Path]) -> Source:
    """Open the elements of JSON arrays, or each JSON document as one record."""
    for path in paths:
        with readable(path, "JSON"):
            _whole(path, kind.compression)
            if has_half(unpacked(path, kind.compression)):
                if len(paths) > 1:
                    raise IntakeError(f"{path.name} has half a character, so it must be read alone.")
                return _open_apart(connection, path, kind.compression)
    read = (
        f"read_json_objects({_read(paths)}, format='{kind.form}', compression='{kind.compression}', "
        f"maximum_object_size={_MAX_DOCUMENT_BYTES})"
    )
    relation = _numbered(paths, read, "json::varchar as record")
    return Source(lambda: iter([Batch(relation)]))


def _open_apart(connection: duckdb.DuckDBPyConnection, path: Path, compression: str) -> Source:
    records = records_apart(path, unpacked(path, compression))

    def batches() -> Iterator[Batch]:
        connection.register("ingest_records", records)
        yield Batch("select * from ingest_records")
        connection.unregister("ingest_records")

    return Source(batches)


def _open_parquet(connection: duckdb.DuckDBPyConnection, paths: Sequence[Path]) -> Source:
    read = f"read_parquet({_read(paths)}, file_row_number=true)"
    with readable(paths[0], "Parquet"):
        counted = connection.execute(f"select count(*) from {read}").fetchone()
    assert counted is not None
    if len(paths) > 1:
        if counted[0] > _BATCH_ROWS:
            raise IntakeError(f"{paths[0].name} and those after it hold too many rows to be read as one.")
        number = f"({_PLACE}::bigint << 32) + file_row_number + 1"
        relation = f"select {number} as _line_number, * exclude (file_row_number) from {read}"
        return Source(lambda: iter([Batch(relation)]))
    columns = f"select file_row_number + 1 as _line_number, * exclude (file_row_number) from {read}"

    def batches() -> Iterator[Batch]:
        for first in range(0, max(int(counted[0]), 1), _BATCH_ROWS):
            yield Batch(
                f"select * from ({columns}) "
                f"where _line_number > {first} and _line_number <= {first + _BATCH_ROWS}"
            )

    return Source(batches)

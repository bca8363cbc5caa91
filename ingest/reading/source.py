"""Opens a file as batches of rows: one reader per format, nothing about what the fields mean."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow

from ingest.errors import IntakeError
from ingest.provider import Shape
from ingest.reading.blanks import blank_records
from ingest.reading.half_characters import has_half, records_apart
from ingest.reading.lines import NO_LINES, read_lines
from ingest.reading.unpack import unpacked

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_HEADER_BYTES = 1 << 16
#: Bounds the memory of a load: about 1 GB for scans.
_BATCH_ROWS = 2_000_000
#: The largest JSON document that is read as one record.
_MAX_DOCUMENT_BYTES = 1 << 26
#: Where a CSV reader of DuckDB leaves the records it could not read.
_REJECTS = "ingest_rejects"
_REJECT_OPTIONS = f"store_rejects=true, rejects_table='{_REJECTS}', rejects_scan='{_REJECTS}_scans'"
_BOM = b"\xef\xbb\xbf"
#: How DuckDB's names of types begin that are made of others; lists of texts are taken.
_NESTED = ("STRUCT(", "MAP(", "UNION(", "VARIANT")
#: Files that begin like this are UTF-16 or UTF-32.
_WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Batch:
    """A part of a file, of bounded size.

    ``relation`` is a select of the fields and ``_line_number``. ``rejects`` is a select (line_number, reason)
    of the records that the reader itself could not read; empty where the format has none. ``skipped`` is a
    select (line_number) of the records that ``_line_number`` does not count; empty where it counts all.
    """

    relation: str
    rejects: str = ""
    skipped: str = ""


@dataclass(frozen=True)
class Source:
    """A file as batches of rows whose ``_line_number`` is the record's, from 1.

    ``temporary`` are the tables that reading leaves behind after each batch.
    """

    shape: Shape
    batches: Callable[[], Iterator[Batch]]
    temporary: tuple[str, ...] = ()


def quoted(text: str) -> str:
    """Return the text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """Return the name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def split_suffix(path: Path) -> tuple[str, str]:
    """Return the format's suffix and DuckDB's name of the compression (uncompressed without one)."""
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSIONS:
        return (suffixes[-2] if len(suffixes) > 1 else ""), COMPRESSIONS[suffixes[-1]]
    return (suffixes[-1] if suffixes else ""), "uncompressed"


@contextmanager
def _unreadable(path: Path, form: str) -> Iterator[None]:
    """Turn a failure to read the file into the one error of the intake."""
    try:
        yield
    except (OSError, UnicodeDecodeError, csv.Error, pyarrow.ArrowInvalid, duckdb.Error) as error:
        raise IntakeError(
            f"{path.name} cannot be read as {form}: it is damaged or something else."
        ) from error


def _first_bytes(path: Path, compression: str) -> bytes:
    """Read the start of the file, unpacked."""
    return next(unpacked(path, compression, _HEADER_BYTES), b"")


def _whole(path: Path, compression: str) -> None:
    """Make sure that a packed file is whole and within the limit, before DuckDB unpacks it.

    DuckDB reads a packed file that breaks off as if it ended there.
    """
    if compression != "uncompressed":
        for _ in unpacked(path, compression):
            pass


def _delimiter(line: str) -> str:
    """Return what separates the names in the first line: a comma, or what spreadsheets write instead."""
    return max(",;\t", key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def _first_line(path: Path, compression: str) -> tuple[list[str], str]:
    """Read the column names of a CSV file and what separates them."""
    with _unreadable(path, "CSV"):
        start = _first_bytes(path, compression).removeprefix(_BOM)
        _refuse_wide(path, start)
        line = start.splitlines()[0] if start else b""
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise IntakeError(f"{path.name} is not UTF-8: save it as UTF-8.") from None
        if "\0" in text:
            raise IntakeError(f"{path.name} is not UTF-8: save it as UTF-8.")
        mark = _delimiter(text)
        return [name.strip() for name in next(csv.reader([text], delimiter=mark, strict=True), [])], mark


def _refuse_wide(path: Path, start: bytes) -> None:
    if start.startswith(_WIDE) or b"\0" in start[:4]:
        raise IntakeError(f"{path.name} is not UTF-8: save it as UTF-8.")


def _open_csv(path: Path, compression: str, header: Sequence[str]) -> Source:
    first_line, mark = _first_line(path, compression)
    names = header or first_line
    if not first_line:
        raise IntakeError(f"{path.name} is empty: a CSV file begins with a line of column names.")
    if len({name.lower() for name in names}) < len(names):
        raise IntakeError(f"{path.name} names a column twice: each column must have its own name.")
    if "" in names:
        raise IntakeError(f"{path.name} has a column without a name: name every column in the first line.")
    columns = ", ".join(f"{quoted(f)}: 'VARCHAR'" for f in names)
    relation = (
        f"select (row_number() over () + {0 if header else 1})::bigint as _line_number, * "
        f"from read_csv({quoted(str(path))}, header={not header}, delim={quoted(mark)}, quote='\"', "
        f"escape='\"', strict_mode=true, auto_detect=false, columns={{{columns}}}, "
        f"compression='{compression}', {_REJECT_OPTIONS}) "
        # DuckDB 1.5 breaks down over a bad row if it was asked for some of the columns only.
        f"where hash({', '.join(map(named, names))}) is not null"
    )
    rejects = (
        "select line as line_number, "
        "case when bool_or(error_type = 'INVALID ENCODING') then 'wrong_encoding' "
        "when bool_or(error_type = 'LINE SIZE OVER MAXIMUM') then 'record_too_long' "
        f"else 'malformed_record' end as reason from {_REJECTS} group by line"
    )
    with _unreadable(path, "CSV"):
        _whole(path, compression)
        # DuckDB leaves blank lines out unless they are a row of the only column.
        blanks = blank_records(unpacked(path, compression)) if len(names) > 1 else []
    skipped = f"select line_number from ({rejects})"
    if blanks:
        ranges = ", ".join(f"({first}, {last})" for first, last in blanks)
        skipped += (
            " union all select unnest(range(first::bigint, last::bigint + 1)) from "
            f"(values {ranges}) blanks(first, last)"
        )

    def batches() -> Iterator[Batch]:
        yield Batch(relation, rejects, skipped)

    shape = Shape(path, True, dict.fromkeys(names, "VARCHAR"))
    return Source(shape, batches, (_REJECTS, f"{_REJECTS}_scans"))


@dataclass
class _Current:
    """Gives the batch that is read now: DuckDB holds what is registered until the transaction ends.

    Were each batch registered, it would hold the whole file.
    """

    lines: pyarrow.Table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.lines.__arrow_c_stream__(requested_schema)


def _open_lines(connection: duckdb.DuckDBPyConnection, path: Path, compression: str) -> Source:
    def batches() -> Iterator[Batch]:
        read = read_lines(path, compression)
        current = _Current(NO_LINES)
        connection.register("ingest_lines", current)
        while True:
            with _unreadable(path, "lines of text"):
                batch = next(read, None)
            if batch is None:
                break
            current.lines = batch.lines
            values = ", ".join(f"({number}, '{reason}')" for number, reason in batch.rejects)
            rejects = f"select * from (values {values}) rejects(line_number, reason)" if values else ""
            yield Batch("select * from ingest_lines", rejects)
        connection.unregister("ingest_lines")

    return Source(Shape(path, False, {}), batches)


def document_form(path: Path) -> str:
    """Return DuckDB's name of a JSON file's form; empty where it holds lines of text."""
    suffix, compression = split_suffix(path)
    with _unreadable(path, "JSON"):
        start = _first_bytes(path, compression).removeprefix(_BOM)
        _refuse_wide(path, start)
    forms = {b"[": "array", b"{": "unstructured"}
    return forms.get(start.lstrip(b" \t\r\n")[:1], "") if suffix == ".json" else ""


def _open_records(connection: duckdb.DuckDBPyConnection, path: Path, compression: str) -> Source:
    """Open lines of text, or the elements of one JSON array, or one JSON document as one record."""
    form = document_form(path)
    if not form:
        return _open_lines(connection, path, compression)
    with _unreadable(path, "JSON"):
        _whole(path, compression)
        if has_half(unpacked(path, compression)):
            return _open_apart(connection, path, compression)
    relation = (
        f"select (row_number() over ())::bigint as _line_number, json::varchar as record "
        f"from read_json_objects({quoted(str(path))}, format='{form}', compression='{compression}', "
        f"maximum_object_size={_MAX_DOCUMENT_BYTES})"
    )

    def batches() -> Iterator[Batch]:
        yield Batch(relation)

    return Source(Shape(path, False, {}), batches)


def _open_apart(connection: duckdb.DuckDBPyConnection, path: Path, compression: str) -> Source:
    records = records_apart(path, unpacked(path, compression))

    def batches() -> Iterator[Batch]:
        connection.register("ingest_records", records)
        yield Batch("select * from ingest_records")
        connection.unregister("ingest_records")

    return Source(Shape(path, False, {}), batches)


def _open_parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> Source:
    read = f"read_parquet({quoted(str(path))}, file_row_number=true)"
    with _unreadable(path, "Parquet"):
        described = connection.execute(f"describe select * exclude (file_row_number) from {read}").fetchall()
        counted = connection.execute(f"select count(*) from {read}").fetchone()
    assert counted is not None
    fields = {str(row[0]): str(row[1]) for row in described}
    nested = [
        name for name, kind in fields.items() if kind.startswith(_NESTED) or kind.endswith(("[][]", ")[]"))
    ]
    if nested:
        raise IntakeError(
            f"{path.name} has columns inside of columns: {', '.join(nested)}. Write them apart."
        )
    columns = f"select file_row_number + 1 as _line_number, * exclude (file_row_number) from {read}"

    def batches() -> Iterator[Batch]:
        for first in range(0, max(int(counted[0]), 1), _BATCH_ROWS):
            yield Batch(
                f"select * from ({columns}) "
                f"where _line_number > {first} and _line_number <= {first + _BATCH_ROWS}"
            )

    return Source(Shape(path, True, fields), batches)


def open_source(connection: duckdb.DuckDBPyConnection, path: Path, header: Sequence[str] = ()) -> Source:
    """Open a file by the format that its name states; raise IntakeError if it cannot be.

    ``header`` names the columns of a CSV file without a line of names.
    """
    suffix, compression = split_suffix(path)
    match suffix:
        case ".parquet":
            return _open_parquet(connection, path)
        case ".csv":
            return _open_csv(path, compression, header)
        case ".jsonl" | ".ndjson" | ".txt" | ".form" | ".json":
            return _open_records(connection, path, compression)
    raise IntakeError(f"{path.name} has no known format: give .csv, .jsonl, .json or .parquet.")

"""Opens a file as a relation: one reader per format, nothing about what the fields mean."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow

from ingest.errors import IntakeError
from ingest.provider import Shape

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
_HEADER_BYTES = 1 << 16
_BLOCK_BYTES = 1 << 22
#: Bounds the memory of a load: about 1 GB for scans.
_BATCH_ROWS = 2_000_000
#: Where a CSV reader of DuckDB leaves the records it could not read.
_REJECTS = "ingest_rejects"
_REJECT_OPTIONS = f"store_rejects=true, rejects_table='{_REJECTS}', rejects_scan='{_REJECTS}_scans'"


@dataclass(frozen=True)
class Source:
    """A file as a relation with ``_line_number`` (1-based record number) and its fields.

    ``rejects`` is a relation (line_number, reason) of records that the reader itself could not read,
    empty where the format has none; ``_line_number`` does not count those. ``temporary`` are the tables
    that reading leaves behind. ``batches`` are conditions that split the rows into parts of bounded size.
    """

    shape: Shape
    relation: str
    rejects: str = ""
    temporary: tuple[str, ...] = ()
    batches: tuple[str, ...] = ("true",)


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
    """Read the start of the file, decompressed, after making sure that a compressed file is whole.

    DuckDB reads a compressed file that breaks off as if it ended there, Arrow says so.
    """
    with pyarrow.OSFile(str(path)) as file:
        if compression == "uncompressed":
            return bytes(file.read(_HEADER_BYTES))
        with pyarrow.CompressedInputStream(file, compression) as stream:
            start = bytes(stream.read(_HEADER_BYTES))
            while stream.read(_BLOCK_BYTES):
                pass
            return start


def _text_relation(
    path: Path, compression: str, fields: Sequence[str], *, is_table: bool, has_header: bool = False
) -> str:
    columns = ", ".join(f"{quoted(f)}: 'VARCHAR'" for f in fields)
    form = (
        f"header={has_header}, delim=',', quote='\"', escape='\"', strict_mode=true"
        if is_table
        else "header=false, delim='\x01', quote='', escape='', strict_mode=false, null_padding=false"
    )
    first = 1 if has_header else 0
    return (
        f"select (row_number() over () + {first})::bigint as _line_number, * "
        f"from read_csv({quoted(str(path))}, "
        f"auto_detect=false, columns={{{columns}}}, compression='{compression}', {form}, {_REJECT_OPTIONS})"
    )


def _rejects() -> str:
    return (
        "select line as line_number, "
        "case when bool_or(error_type = 'INVALID ENCODING') then 'wrong_encoding' "
        f"else 'malformed_record' end as reason from {_REJECTS} group by line"
    )


def _first_line(path: Path, compression: str) -> list[str]:
    """Read the column names of a CSV file."""
    with _unreadable(path, "CSV"):
        start = _first_bytes(path, compression).removeprefix(b"\xef\xbb\xbf")
        try:
            line = start.splitlines()[0].decode() if start else ""
        except UnicodeDecodeError:
            line = "\0"
        if "\0" in line:
            raise IntakeError(f"{path.name} is not UTF-8: save it as UTF-8.")
        return [name.strip() for name in next(csv.reader([line], strict=True), [])]


def _open_csv(path: Path, compression: str, header: Sequence[str]) -> Source:
    first_line = _first_line(path, compression)
    names = header or first_line
    if not names:
        raise IntakeError(f"{path.name} is empty: a CSV file begins with a line of column names.")
    if len({name.lower() for name in names}) < len(names):
        raise IntakeError(f"{path.name} names a column twice: each column must have its own name.")
    if "" in names:
        raise IntakeError(f"{path.name} has a column without a name: name every column in the first line.")
    shape = Shape(path, True, dict.fromkeys(names, "VARCHAR"))
    relation = _text_relation(path, compression, names, is_table=True, has_header=not header)
    return Source(shape, relation, _rejects(), (_REJECTS, f"{_REJECTS}_scans"))


def _lines(path: Path, compression: str) -> Source:
    relation = _text_relation(path, compression, ["record"], is_table=False)
    # Only short lines are looked at as a whole: trimming is slow.
    lines = f"select * from ({relation}) where strlen(record) > 256 or trim(record, ' \t\r') <> ''"
    return Source(Shape(path, False, {}), lines, _rejects(), (_REJECTS, f"{_REJECTS}_scans"))


def _open_records(path: Path, suffix: str, compression: str) -> Source:
    """Open lines of text, or the elements of one JSON array, or one JSON document as one record."""
    with _unreadable(path, "JSON"):
        start = _first_bytes(path, compression).lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix != ".json" or start[:1] not in (b"[", b"{"):
        return _lines(path, compression)
    form = "array" if start[:1] == b"[" else "unstructured"
    relation = (
        f"select (row_number() over ())::bigint as _line_number, json::varchar as record "
        f"from read_json_objects({quoted(str(path))}, format='{form}', compression='{compression}')"
    )
    return Source(Shape(path, False, {}), relation)


def _open_parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> Source:
    read = f"read_parquet({quoted(str(path))}, file_row_number=true)"
    with _unreadable(path, "Parquet"):
        described = connection.execute(f"describe select * exclude (file_row_number) from {read}").fetchall()
        counted = connection.execute(f"select count(*) from {read}").fetchone()
    assert counted is not None
    firsts = range(0, max(int(counted[0]), 1), _BATCH_ROWS)
    fields = {str(row[0]): str(row[1]) for row in described}
    return Source(
        Shape(path, True, fields),
        f"select file_row_number + 1 as _line_number, * exclude (file_row_number) from {read}",
        batches=tuple(
            f"_line_number > {first} and _line_number <= {first + _BATCH_ROWS}" for first in firsts
        ),
    )


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
            return _open_records(path, suffix, compression)
    raise IntakeError(f"{path.name} has no known format: give .csv, .jsonl, .json or .parquet.")

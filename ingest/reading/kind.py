"""Tells how a file is read, before any of its rows is: files of one kind can be read as one."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow
import pyarrow.parquet as pq

from ingest.errors import IntakeError
from ingest.reading.sql import quoted
from ingest.reading.unpack import unpacked

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
BOM = b"\xef\xbb\xbf"
_HEADER_BYTES = 1 << 16
_RECORDS = frozenset({".jsonl", ".ndjson", ".txt", ".form", ".json"})
#: How DuckDB's names of types begin that are made of others; lists of texts are taken.
_NESTED = ("STRUCT(", "MAP(", "UNION(", "VARIANT")
#: Files that begin like this are UTF-16 or UTF-32.
_WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class Kind:
    """How a file is read.

    ``form`` is what separates the fields of a CSV file, or DuckDB's name of a JSON file's form: empty where
    it holds lines of text. ``fields`` are a table's columns and their SQL types, none where the file holds
    records. ``has_names`` says that a CSV file begins with a line of names.
    """

    suffix: str
    compression: str
    form: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    has_names: bool = True

    @property
    def is_table(self) -> bool:
        """Whether its rows have columns, and are not records to be understood."""
        return bool(self.fields)


def split_suffix(path: Path) -> tuple[str, str]:
    """Return the format's suffix and DuckDB's name of the compression (uncompressed without one)."""
    suffixes = [s.lower() for s in path.suffixes]
    if suffixes and suffixes[-1] in COMPRESSIONS:
        return (suffixes[-2] if len(suffixes) > 1 else ""), COMPRESSIONS[suffixes[-1]]
    return (suffixes[-1] if suffixes else ""), "uncompressed"


@contextmanager
def readable(path: Path, form: str) -> Iterator[None]:
    """Turn a failure to read the file into the one error of the intake."""
    try:
        yield
    except (OSError, UnicodeDecodeError, csv.Error, pyarrow.ArrowInvalid, duckdb.Error) as error:
        raise IntakeError(
            f"{path.name} cannot be read as {form}: it is damaged or something else."
        ) from error


def kind_of(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    header: Sequence[str] = (),
    seen: dict[str, Kind] | None = None,
) -> Kind:
    """Look at the start of a file; raise IntakeError if it cannot be read by the format its name states.

    ``header`` names the columns of a CSV file without a line of names. ``seen`` remembers the kinds of
    Parquet files by their schemas: to read a schema costs a fifth of asking DuckDB what it makes of it.
    """
    suffix, compression = split_suffix(path)
    if suffix == ".parquet":
        if seen is None:
            return Kind(suffix, compression, fields=_parquet_fields(connection, path))
        schema = _parquet_schema(path)
        if schema not in seen:
            seen[schema] = kind_of(connection, path)
        return seen[schema]
    if suffix == ".csv":
        names, mark = _first_line(path, compression)
        fields = tuple((name, "VARCHAR") for name in _checked(path, header or names))
        return Kind(suffix, compression, mark, fields, has_names=not header)
    if suffix in _RECORDS:
        return Kind(suffix, compression, _document_form(path, suffix, compression))
    raise IntakeError(f"{path.name} has no known format: give .csv, .jsonl, .json or .parquet.")


def _first_bytes(path: Path, compression: str) -> bytes:
    """Read the start of the file, unpacked."""
    return next(unpacked(path, compression, _HEADER_BYTES), b"").removeprefix(BOM)


def _delimiter(line: str) -> str:
    """Return what separates the names in the first line: a comma, or what spreadsheets write instead."""
    return max(",;\t", key=lambda mark: len(next(csv.reader([line], delimiter=mark), [])))


def _first_line(path: Path, compression: str) -> tuple[list[str], str]:
    """Read the column names of a CSV file and what separates them."""
    with readable(path, "CSV"):
        start = _first_bytes(path, compression)
        _refuse_wide(path, start)
        line = start.splitlines()[0] if start else b""
        try:
            text = line.decode()
        except UnicodeDecodeError:
            raise IntakeError(f"{path.name} is not UTF-8: save it as UTF-8.") from None
        if "\0" in text:
            raise IntakeError(f"{path.name} is not UTF-8: save it as UTF-8.")
        mark = _delimiter(text)
        names = [name.strip() for name in next(csv.reader([text], delimiter=mark, strict=True), [])]
    if not names:
        raise IntakeError(f"{path.name} is empty: a CSV file begins with a line of column names.")
    return names, mark


def _checked(path: Path, names: Sequence[str]) -> Sequence[str]:
    if len({name.lower() for name in names}) < len(names):
        raise IntakeError(f"{path.name} names a column twice: each column must have its own name.")
    if "" in names:
        raise IntakeError(f"{path.name} has a column without a name: name every column in the first line.")
    return names


def _refuse_wide(path: Path, start: bytes) -> None:
    if start.startswith(_WIDE) or b"\0" in start[:4]:
        raise IntakeError(f"{path.name} is not UTF-8: save it as UTF-8.")


def _document_form(path: Path, suffix: str, compression: str) -> str:
    with readable(path, "JSON"):
        start = _first_bytes(path, compression)
        _refuse_wide(path, start)
    forms = {b"[": "array", b"{": "unstructured"}
    return forms.get(start.lstrip(b" \t\r\n")[:1], "") if suffix == ".json" else ""


def _parquet_schema(path: Path) -> str:
    """Return the columns and their types, as the file itself states them."""
    with readable(path, "Parquet"):
        # The first line of the text says where the object lies in memory.
        return str(pq.read_metadata(path).schema).partition("\n")[2]


def _parquet_fields(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[tuple[str, str], ...]:
    with readable(path, "Parquet"):
        described = connection.execute(f"describe select * from read_parquet({quoted(str(path))})").fetchall()
    fields = tuple((str(row[0]), str(row[1])) for row in described)
    nested = [name for name, kind in fields if kind.startswith(_NESTED) or kind.endswith(("[][]", ")[]"))]
    if nested:
        raise IntakeError(
            f"{path.name} has columns inside of columns: {', '.join(nested)}. Write them apart."
        )
    return fields

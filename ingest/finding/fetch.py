"""Brings files from where users keep them into a folder: standard input, S3, PostgreSQL, Excel sheets."""

import fcntl
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import duckdb
from pyarrow import fs

from ingest.contract import CONTRACT
from ingest.errors import IntakeError
from ingest.finding.find import INCOMING
from ingest.provider import Provider
from ingest.providers import PROVIDERS
from ingest.reading.sql import named, quoted
from ingest.reading.workbook import write_first_sheet

_POSTGRES = ("postgresql", "postgres")
STANDARD_INPUT = "-"
_UTF_8 = ("utf-8", "utf8")


@contextmanager
def brought_in(
    places: Sequence[str], provider: str | Provider, home: Path, name: str
) -> Iterator[tuple[list[Path], list[str]]]:
    """Bring what lies elsewhere, and what must be rewritten, below ``home`` while the block runs.

    Rewritten are the workbooks of folders, and text that the provider does not write in UTF-8. Yields the
    paths to load and a sentence for each place and workbook that cannot be read; ``name`` is what standard
    input is called.
    """
    sender = provider if isinstance(provider, Provider) else PROVIDERS.get(provider)
    _clear(home)
    with ExitStack() as stack:

        def incoming() -> Path:
            return stack.enter_context(incoming_folder(home))

        paths: list[Path] = []
        unread: list[str] = []
        for place in places:
            if is_elsewhere(place):
                try:
                    paths.append(fetch(place, incoming(), name))
                except IntakeError as error:
                    unread.append(str(error))
                continue
            if sender is not None and sender.encoding.lower() not in _UTF_8:
                try:
                    paths.append(_recoded(Path(place), sender, incoming()))
                except IntakeError as error:
                    unread.append(str(error))
            else:
                paths.append(Path(place))
            if sender is not None and (books := workbooks(Path(place), sender)):
                folder = incoming()
                unread += fetch_workbooks(books, Path(place), folder)
                paths.append(folder)
        yield paths, unread


@contextmanager
def incoming_folder(home: Path) -> Iterator[Path]:
    """Give a folder for the block that goes with it, or with the next load where the block is killed."""
    home.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=INCOMING[0], suffix=INCOMING[1], dir=home) as folder:
        descriptor = _hold(Path(folder))
        try:
            yield Path(folder)
        finally:
            os.close(descriptor)


def _hold(folder: Path) -> int:
    """Mark a folder as in use while the descriptor is open; raises BlockingIOError where it is so already."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise
    return descriptor


def _clear(home: Path) -> None:
    """Remove what loads that were killed had brought in: there people are not masked yet."""
    for folder in home.glob("*".join(INCOMING)):
        with suppress(BlockingIOError, FileNotFoundError):
            descriptor = _hold(folder)
            shutil.rmtree(folder)
            os.close(descriptor)


def is_elsewhere(place: str) -> bool:
    """Whether a place must be fetched before it can be loaded: all but the path of a plain file or folder."""
    return place == STANDARD_INPUT or "://" in place or place.lower().endswith(".xlsx")


def fetch(place: str, folder: Path, name: str) -> Path:
    """Copy what lies at a place below the folder; return the path to load.

    Places are ``-`` (standard input, stored as ``name``), ``s3://bucket/prefix`` (any compatible store:
    ``AWS_ENDPOINT_URL``, keys as AWS's own tools find them), ``postgresql://host/database`` (tables or views
    named as the contract's entities; the password from ``PGPASSWORD`` or ``~/.pgpass``) and Excel workbooks
    named one by one (their first sheet).
    """
    scheme = urlsplit(place).scheme if "://" in place else ""
    if place == STANDARD_INPUT:
        path = folder / name
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        return path
    if scheme == "s3":
        return _fetch_objects(place, folder)
    if scheme in _POSTGRES:
        return _fetch_tables(place, folder)
    if scheme:
        raise IntakeError(f"There is no way to read from {scheme}://: give s3://, postgresql:// or a path.")
    return _fetch_sheet(Path(place), folder)


def workbooks(place: Path, provider: Provider) -> list[Path]:
    """Return the workbooks below a folder that the provider would take if their names ended in ``.csv``."""
    found = sorted(path for path in place.rglob("*.xlsx") if not path.name.startswith((".", "~$")))
    return [path for path in found if not provider.refuse(path.with_suffix(".csv"))]


def fetch_workbooks(books: Sequence[Path], place: Path, folder: Path) -> list[str]:
    """Copy the first sheets of workbooks below a place as CSV files into a folder.

    Returns a sentence for each that cannot be read.
    """
    unread = []
    for path in books:
        target = folder / path.relative_to(place).parent
        target.mkdir(parents=True, exist_ok=True)
        try:
            _fetch_sheet(path, target)
        except IntakeError as error:
            unread.append(str(error))
    return unread


def _fetch_objects(place: str, folder: Path) -> Path:
    """Copy the objects under an S3 prefix, whole, so that a load never sees half of one."""
    where = place.removeprefix("s3://").rstrip("/")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    address = urlsplit(endpoint)
    try:
        store = fs.S3FileSystem(
            endpoint_override=address.netloc or None, scheme=address.scheme or "https", connect_timeout=10
        )
        found = store.get_file_info(where)
        selector = fs.FileSelector(where, recursive=True)
        infos = [found] if found.type == fs.FileType.File else store.get_file_info(selector)
        files = [info.path for info in infos if info.type == fs.FileType.File]
        if not files:
            raise IntakeError(f"{place} holds no files.")
        for path in files:
            below = path.removeprefix(where).lstrip("/") if path != where else Path(path).name
            target = folder / below
            target.parent.mkdir(parents=True, exist_ok=True)
            with store.open_input_stream(path) as stream, target.open("wb") as file:
                shutil.copyfileobj(stream, file)
    except OSError as error:
        raise IntakeError(f"{place} cannot be read: {str(error).splitlines()[0].rstrip('.')}.") from error
    return folder


@contextmanager
def _with_postgres() -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database in memory with the extension that came as a Python package, not from the network."""
    with duckdb.connect() as connection:
        try:
            module = import_module("duckdb_extension_postgres_scanner")
        except ImportError as error:
            raise IntakeError(
                "The Python package of DuckDB's extension postgres_scanner is missing: install it."
            ) from error
        (file,) = Path(str(module.__path__[0])).rglob("postgres_scanner.duckdb_extension")
        connection.execute("set timezone = 'UTC'; set autoinstall_known_extensions = false")
        connection.execute(f"load {quoted(str(file))}")
        yield connection


def _fetch_tables(place: str, folder: Path) -> Path:
    with _with_postgres() as connection:
        try:
            connection.execute(f"attach {quoted(place)} as shop (type postgres, read_only)")
            tables = {
                str(table): f"shop.{named(str(schema))}.{named(str(table))}"
                for schema, table in connection.execute(
                    "select table_schema, table_name from information_schema.tables "
                    "where table_catalog = 'shop' order by table_schema desc"
                ).fetchall()
            }
            entities = [entity.name for entity in CONTRACT if entity.name in tables]
            for name in entities:
                target = quoted(str(folder / f"{name}.parquet"))
                connection.execute(f"copy (from {tables[name]}) to {target} (format parquet)")
        except duckdb.Error as error:
            raise IntakeError(
                "The PostgreSQL database cannot be read: check its address, the user and the password."
            ) from error
    if not entities:
        raise IntakeError(
            "The PostgreSQL database has no table or view named as an entity of the contract, like orders."
        )
    return folder


def _recoded(place: Path, provider: Provider, folder: Path) -> Path:
    """Copy the text files at a place into a folder, as UTF-8; return what to load."""
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    for file in files:
        if provider.refuse(file):
            continue
        target = folder / (file.name if file == place else file.relative_to(place))
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            # newline="": a line ends as it did.
            with (
                file.open(encoding=provider.encoding, newline="") as source,
                target.open("w", encoding="utf-8", newline="") as copy,
            ):
                shutil.copyfileobj(source, copy)
        except (UnicodeDecodeError, LookupError):
            raise IntakeError(f"{file.name} is not written in {provider.encoding}.") from None
    return folder / place.name if place.is_file() else folder


def _fetch_sheet(path: Path, folder: Path) -> Path:
    target = folder / f"{path.stem}.csv"
    write_first_sheet(path, target)
    return target

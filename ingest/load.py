"""Loads one file into the raw tables, in one transaction, every row accounted for."""

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from duckdb.func import FunctionNullHandling

from ingest.contract import entity
from ingest.errors import IntakeError
from ingest.parse import parse_batch, read_things
from ingest.provider import Layout, Provider
from ingest.providers import PROVIDERS
from ingest.raw import create_raw
from ingest.source import Source, open_source
from ingest.store import Origin, store_batch, store_rejects

__all__ = ["Load", "create_raw", "load_file"]

#: What a user may say of the files of any provider.
OPTIONS = {"time_format": "how times are written that are not ISO 8601, like %m/%d/%Y %H:%M"}

#: What DuckDB raises for a file that is not what it claims; any other error of it is a fault of ours.
_FILE_ERRORS = (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException)


@dataclass(frozen=True)
class Load:
    """One row of raw.loads: what became of the rows of one entity in one file.

    ``read_count`` = ``loaded_count`` + ``duplicate_count`` + ``quarantined_count``. ``is_repeat`` (not
    stored) says that this file had been loaded before, as ``load_id``: nothing was read, the counts are 0.
    """

    load_id: int
    provider_id: str
    entity: str
    file_name: str
    file_fingerprint: str
    is_simulated: bool
    read_count: int
    loaded_count: int
    duplicate_count: int
    quarantined_count: int
    started_at: datetime
    loaded_at: datetime
    is_repeat: bool = False


def _count(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, object] | None = None
) -> int:
    row = connection.execute(query, parameters or {}).fetchone()
    assert row is not None
    return int(row[0])


def _fingerprint(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise IntakeError(f"{path.name} cannot be opened: {error.strerror}.") from error


def _storable(function: Callable[[str], str | None]) -> Callable[[str], str | None]:
    r"""Make what a function returns text that can be stored: half a character (``\\ud800``) is none."""

    def call(text: str) -> str | None:
        result = function(text)
        try:
            return result if result is None or result.encode() else None
        except UnicodeEncodeError:
            return None

    return call


def _register(connection: duckdb.DuckDBPyConnection, provider: Provider) -> None:
    """Make the provider's functions callable from SQL; a connection keeps them."""
    for name, function in provider.functions.items():
        with suppress(duckdb.NotImplementedException):  # DuckDB's word for: there already
            connection.create_function(
                name, _storable(function), ["VARCHAR"], "VARCHAR", null_handling=FunctionNullHandling.SPECIAL
            )


def _earlier(connection: duckdb.DuckDBPyConnection, provider_id: str, fingerprint: str) -> list[Load]:
    """Return the loads of the same file, if it was loaded before, with nothing read."""
    rows = connection.execute(
        "select * from raw.loads where provider_id = ? and file_fingerprint = ? order by load_id, entity",
        [provider_id, fingerprint],
    ).fetchall()
    return [
        replace(
            Load(*row), read_count=0, loaded_count=0, duplicate_count=0, quarantined_count=0, is_repeat=True
        )
        for row in rows
    ]


def _load_layout(
    connection: duckdb.DuckDBPyConnection,
    provider: Provider,
    source: Source,
    layout: Layout,
    loads: list[Load],
    pseudonym_key: bytes,
    time_format: str | None,
) -> list[Load]:
    """Load the file batch by batch, each for all its entities, and write their rows of the ledger."""
    for batch in source.batches():
        with read_things(connection, batch, layout) as things:
            for number, target in enumerate(layout.targets):
                load = loads[number]
                origin = Origin(load.load_id, load.provider_id, load.entity, load.file_name)
                with parse_batch(connection, provider, things, target, pseudonym_key, time_format) as parsed:
                    # What the reader rejected is no entity yet: the first one counts it.
                    rejected = store_rejects(connection, batch, parsed, origin, is_counted=number == 0)
                    stored = store_batch(connection, entity(target.entity), parsed, origin)
                loads[number] = replace(
                    load,
                    read_count=load.read_count + rejected + stored.read_count,
                    loaded_count=load.loaded_count + stored.loaded_count,
                    quarantined_count=load.quarantined_count + rejected + stored.quarantined_count,
                )
        for table in source.temporary:
            connection.execute(f"drop table if exists temp.{table}")
    return [_write_load(connection, load) for load in loads]


def _write_load(connection: duckdb.DuckDBPyConnection, load: Load) -> Load:
    done = replace(
        load,
        duplicate_count=load.read_count - load.loaded_count - load.quarantined_count,
        loaded_at=datetime.now(UTC),
    )
    row = astuple(done)[:-1]
    connection.execute(f"insert into raw.loads values ({', '.join('?' * len(row))})", row)
    return done


def load_file(
    connection: duckdb.DuckDBPyConnection,
    provider: str,
    path: Path,
    *,
    pseudonym_key: bytes,
    is_simulated: bool = False,
    file_name: str | None = None,
    options: Mapping[str, str] | None = None,
) -> list[Load]:
    """Load one file, whole or not at all; return one Load for each entity in it.

    ``file_name`` is how the ledger names the file (default: its own name), ``options`` what the user says
    of it (the provider's ``options``). Raises IntakeError if the file
    cannot be read or is not the provider's. The connection must not be inside a transaction.
    """
    started = datetime.now(UTC)
    sender = PROVIDERS.get(provider)
    if sender is None:
        raise IntakeError(f"There is no provider {provider}: known are {', '.join(sorted(PROVIDERS))}.")
    said = dict(options or {})
    unknown = sorted(set(said) - set(sender.options) - set(OPTIONS))
    if unknown:
        known = ", ".join(sorted([*sender.options, *OPTIONS]))
        raise IntakeError(f"Provider {provider} has no option {', '.join(unknown)}: it has {known}.")
    refusal = sender.refuse(path)
    if refusal:
        raise IntakeError(f"{path.name} is not taken by provider {provider}: {refusal}.")
    fingerprint = _fingerprint(path)
    earlier = _earlier(connection, provider, fingerprint)
    if earlier:
        return earlier
    _register(connection, sender)
    connection.execute("begin")
    try:
        source = open_source(connection, path, sender.header(path))
        layout = sender.recognise(replace(source.shape, options=said))
        if layout is None:
            raise IntakeError(f"{path.name} is not a file that provider {provider} takes.")
        load_id = _count(connection, "select coalesce(max(load_id), 0) + 1 from raw.loads")
        name = file_name or path.name
        begun = [
            Load(load_id, provider, t.entity, name, fingerprint, is_simulated, 0, 0, 0, 0, started, started)
            for t in layout.targets
        ]
        loads = _load_layout(
            connection, sender, source, layout, begun, pseudonym_key, said.get("time_format")
        )
        connection.execute("commit")
    except BaseException as error:
        connection.execute("rollback")
        if isinstance(error, _FILE_ERRORS):
            raise IntakeError(f"{path.name} cannot be read: it is damaged or something else.") from None
        raise
    return loads

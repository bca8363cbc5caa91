"""Loads files into the raw tables, each whole or not at all, every row accounted for."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
from duckdb.func import FunctionNullHandling

from ingest.contract import entity
from ingest.errors import IntakeError
from ingest.finding.find import Found
from ingest.judging.parse import parse_batch, read_things
from ingest.loading.key_check import check_key, refuse_other_key
from ingest.loading.pack import Part, open_parts, packs
from ingest.loading.raw import create_raw
from ingest.loading.store import Origin, store_batch, store_rejects
from ingest.provider import Provider
from ingest.providers import provider_of

__all__ = ["Load", "create_raw", "load_file", "load_files"]

#: What a user may say of the files of any provider.
OPTIONS = {"time_format": "how times are written that are not ISO 8601, like %m/%d/%Y %H:%M"}

#: What DuckDB may hold in memory while it loads, for each thread. A batch of a Parquet file fits into two.
_MEMORY_BYTES = 1 << 29

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


def _fingerprint(path: Path, options: Mapping[str, str], version: str) -> str:
    """Return by what a file is known again: its bytes, and what else makes its rows what they are."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        if options:
            digest.update(repr(sorted(options.items())).encode())
        digest.update(version.encode())
        return digest.hexdigest()
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


def _earlier(
    connection: duckdb.DuckDBPyConnection, provider_id: str, fingerprints: Sequence[str]
) -> list[Load]:
    """Return the loads of those of the files that were loaded before, with nothing read."""
    rows = connection.execute(
        "select * from raw.loads where provider_id = ? and list_contains(?, file_fingerprint) "
        "order by load_id, entity",
        [provider_id, fingerprints],
    ).fetchall()
    return [
        replace(
            Load(*row), read_count=0, loaded_count=0, duplicate_count=0, quarantined_count=0, is_repeat=True
        )
        for row in rows
    ]


def _load_part(
    connection: duckdb.DuckDBPyConnection,
    provider: Provider,
    part: Part,
    begun: Sequence[Load],
    pseudonym_key: bytes,
    time_format: str | None,
) -> list[Load]:
    """Load files batch by batch, each for all their entities; return their rows of the ledger."""
    loads = [[replace(load, entity=target.entity) for load in begun] for target in part.layout.targets]
    names, ids = tuple(load.file_name for load in begun), tuple(load.load_id for load in begun)
    for batch in part.source.batches():
        with read_things(connection, batch, part.layout) as things:
            for number, target in enumerate(part.layout.targets):
                origin = Origin(provider.provider_id, target.entity, ids, names)
                with parse_batch(
                    connection,
                    provider,
                    things,
                    target,
                    pseudonym_key,
                    time_format,
                    loaded_at=begun[0].started_at,
                ) as parsed:
                    # What the reader rejected is no entity yet: the first one counts it.
                    rejects = store_rejects(connection, batch, parsed, origin, is_counted=number == 0)
                    stored = store_batch(connection, entity(target.entity), parsed, origin)
                loads[number] = [
                    replace(
                        load,
                        read_count=load.read_count + rejected + rows.read_count,
                        loaded_count=load.loaded_count + rows.loaded_count,
                        quarantined_count=load.quarantined_count + rejected + rows.quarantined_count,
                    )
                    for load, rejected, rows in zip(loads[number], rejects, stored, strict=True)
                ]
        for table in part.source.temporary:
            connection.execute(f"drop table if exists temp.{table}")
    return [load for of_target in loads for load in of_target]


def _write_loads(connection: duckdb.DuckDBPyConnection, loads: Sequence[Load]) -> list[Load]:
    now = datetime.now(UTC)
    done = [
        replace(
            load,
            duplicate_count=load.read_count - load.loaded_count - load.quarantined_count,
            loaded_at=now,
        )
        for load in loads
    ]
    rows = [[*vars(load).values()][:-1] for load in done]
    values = ", ".join([f"({', '.join('?' * len(rows[0]))})"] * len(rows))
    connection.execute(f"insert into raw.loads values {values}", [cell for row in rows for cell in row])
    return done


def _bound_memory(connection: duckdb.DuckDBPyConnection) -> None:
    """Let DuckDB keep no more in memory than a load needs; the connection stays so.

    What the batches leave behind is free only when the transaction ends: in a large file it would add up.
    """
    limit = _count(connection, f"select {_MEMORY_BYTES} * greatest(2, current_setting('threads'))")
    if _count(connection, "select parse_formatted_bytes(current_setting('memory_limit'))") > limit:
        connection.execute(f"set memory_limit = '{limit}B'")


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection, name: str) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
        connection.execute("commit")
    except BaseException as error:
        connection.execute("rollback")
        if isinstance(error, _FILE_ERRORS):
            raise IntakeError(f"{name} cannot be read: it is damaged or something else.") from None
        raise


def _sender(provider: str | Provider, options: Mapping[str, str]) -> Provider:
    sender = provider_of(provider)
    unknown = sorted(set(options) - set(sender.options) - set(OPTIONS))
    if unknown:
        known = ", ".join(sorted([*sender.options, *OPTIONS]))
        raise IntakeError(
            f"Provider {sender.provider_id} has no option {', '.join(unknown)}: it has {known}."
        )
    return sender


def load_file(
    connection: duckdb.DuckDBPyConnection,
    provider: str | Provider,
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
    file = Found(path, file_name or path.name, is_simulated)
    return _load(connection, provider, [file], pseudonym_key, dict(options or {}))


def load_files(
    connection: duckdb.DuckDBPyConnection,
    provider: str | Provider,
    files: Sequence[Found],
    *,
    pseudonym_key: bytes,
    options: Mapping[str, str] | None = None,
) -> Iterator[tuple[Sequence[Found], list[Load], str]]:
    """Load files in their order, small ones together; yield what was done: files, their loads, an error.

    Files that went together are whole or not there together. Where one of them cannot be read the others
    are loaded all the same; the error is a sentence, empty where all went well. Raises IntakeError for what
    is wrong with all of them: provider, options or key.
    """
    options = dict(options or {})
    _sender(provider, options)
    refuse_other_key(connection, pseudonym_key)
    for pack in packs(files):
        yield from _load_pack(connection, provider, pack, pseudonym_key, options)


def _load_pack(
    connection: duckdb.DuckDBPyConnection,
    provider: str | Provider,
    pack: Sequence[Found],
    pseudonym_key: bytes,
    options: dict[str, str],
) -> Iterator[tuple[Sequence[Found], list[Load], str]]:
    """Load files together; where one of them cannot be read, the halves, until it is alone."""
    try:
        loads = _load(connection, provider, pack, pseudonym_key, options)
    except IntakeError as error:
        if len(pack) == 1:
            yield pack, [], str(error)
            return
        for half in (pack[: len(pack) // 2], pack[len(pack) // 2 :]):
            yield from _load_pack(connection, provider, half, pseudonym_key, options)
    else:
        yield pack, loads, ""


def _load(
    connection: duckdb.DuckDBPyConnection,
    provider: str | Provider,
    files: Sequence[Found],
    pseudonym_key: bytes,
    options: dict[str, str],
) -> list[Load]:
    """Load files in one transaction: one of any size, or small ones."""
    started = datetime.now(UTC)
    sender = _sender(provider, options)
    for file in files:
        refusal = sender.refuse(file.path)
        if refusal:
            raise IntakeError(f"{file.path.name} is not taken by provider {sender.provider_id}: {refusal}.")
    prints = {file: _fingerprint(file.path, options, sender.version) for file in files}
    earlier = _earlier(connection, sender.provider_id, [*prints.values()])
    known = {load.file_fingerprint for load in earlier}
    # The same file twice: the first is loaded.
    new = {print_: file for file, print_ in reversed(prints.items()) if print_ not in known}
    new_files = [file for file in files if new.get(prints[file]) is file]
    if not new_files:
        return earlier
    _register(connection, sender)
    _bound_memory(connection)
    name = new_files[0].path.name
    with _transaction(connection, name):
        check_key(connection, pseudonym_key)
        parts = list(open_parts(connection, sender, [file.path for file in new_files], options))
        first = _count(connection, "select coalesce(max(load_id), 0) + 1 from raw.loads")
        nothing_yet = (0, 0, 0, 0, started, started)
        begun = [
            Load(
                first + place,
                sender.provider_id,
                "",
                file.file_name,
                prints[file],
                file.is_simulated,
                *nothing_yet,
            )
            for place, file in enumerate(new_files)
        ]
        loads = [
            load
            for part in parts
            for load in _load_part(
                connection,
                sender,
                part,
                [begun[place] for place in part.places],
                pseudonym_key,
                options.get("time_format"),
            )
        ]
        loads = _write_loads(connection, sorted(loads, key=lambda load: load.load_id))
    return earlier + loads

"""Loads one file into the raw tables, in one transaction, every row accounted for."""

import hashlib
from contextlib import suppress
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.contract import Entity, entity
from ingest.errors import IntakeError
from ingest.judge import Judgement, judge
from ingest.provider import Layout, Provider, Target
from ingest.providers import PROVIDERS
from ingest.pseudonym import key_pads
from ingest.raw import create_raw
from ingest.source import Source, open_source, quoted

__all__ = ["Load", "create_raw", "load_file"]

_PARSED = "temp.ingest_parsed"
_REPEATED = "temp.ingest_repeated"
#: What DuckDB raises for a file that is not what it claims; any other error of it is a fault of ours.
_FILE_ERRORS = (duckdb.IOException, duckdb.InvalidInputException, duckdb.ConversionException)


@dataclass(frozen=True)
class Load:
    """One row of raw.loads: what became of the rows of one entity in one file.

    ``read_count`` = ``loaded_count`` + ``duplicate_count`` + ``quarantined_count``. ``is_repeat`` (not
    stored) says that this file had been loaded before: nothing was read, the counts are the earlier ones.
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


def _register(connection: duckdb.DuckDBPyConnection, provider: Provider) -> None:
    """Make the provider's functions callable from SQL; a connection keeps them."""
    for name, function in provider.functions.items():
        with suppress(duckdb.NotImplementedException):  # DuckDB's word for: there already
            connection.create_function(name, function, ["VARCHAR"], "VARCHAR", null_handling="special")


def _earlier(connection: duckdb.DuckDBPyConnection, provider_id: str, fingerprint: str) -> list[Load]:
    """Return the loads of the same file, if it was loaded before."""
    rows = connection.execute(
        "select * from raw.loads where provider_id = ? and file_fingerprint = ? order by load_id, entity",
        [provider_id, fingerprint],
    ).fetchall()
    return [replace(Load(*row), is_repeat=True) for row in rows]


def _parse(
    connection: duckdb.DuckDBPyConnection,
    provider: Provider,
    source: Source,
    layout: Layout,
    target: Target,
    pseudonym_key: bytes,
) -> Judgement:
    """Read, rename, type, judge and fingerprint every row of the file into a temporary table."""
    shape = entity(target.entity)
    own_rows = "select *, false as _is_malformed from source"
    rows = f"with source as ({source.relation}) select * from ({layout.rows or own_rows})"
    expressions = ", ".join(f"{sql} as {name}" for name, sql in target.columns.items())
    described = connection.execute(f"describe select {expressions} from ({rows})").fetchall()
    judged = judge(shape, target.columns, {str(r[0]): str(r[1]) for r in described}, provider.time_zone)
    identity = shape.identity or tuple(c.name for c in shape.columns)
    names = ", ".join(c.name for c in shape.columns)
    query = (
        f"create temp table ingest_parsed as select {names}, _line_number, "
        f"hash({quoted(provider.provider_id)}, {', '.join(identity)}) as _key, _verdict from ("
        f"select *, {judged.verdict} as _verdict from (select *, {judged.typed} from ("
        f"select _line_number, _is_malformed, {judged.words} from ({rows}))))"
    )
    needs_key = any(c.type == "pseudonym" and c.name in target.columns for c in shape.columns)
    connection.execute(query, key_pads(pseudonym_key) if needs_key else None)
    return judged


def _number_lines(connection: duckdb.DuckDBPyConnection, rejects: str) -> None:
    """Make the line numbers of the parsed rows count the records that the reader rejected too."""
    before = f"select line_number - row_number() over (order by line_number) as lines from ({rejects})"
    counted = (
        f"select parsed.rowid as row_id, count(*) as rejected_count from {_PARSED} parsed "
        f"join ({before}) rejected on rejected.lines < parsed._line_number group by parsed.rowid"
    )
    connection.execute(
        f"update ingest_parsed set _line_number = _line_number + rejected_count "
        f"from ({counted}) counted where ingest_parsed.rowid = row_id"
    )


def _quarantine(
    connection: duckdb.DuckDBPyConnection, source: Source, judged: Judgement, load: Load
) -> tuple[int, int]:
    """Write the rows that are not well formed to raw.quarantine; return (rows rejected, rows judged bad)."""
    about = {
        "load_id": load.load_id,
        "provider": load.provider_id,
        "entity": load.entity,
        "file": load.file_name,
    }
    columns = "$load_id, $provider, $entity, {reason}, {field}, $file, line_number"
    rejected = 0
    if source.rejects:
        rejected = _count(connection, f"select count(*) from ({source.rejects})")
    if rejected:
        _number_lines(connection, source.rejects)
        connection.execute(
            f"insert into raw.quarantine select {columns.format(reason='reason', field='null')} "
            f"from ({source.rejects}) order by line_number",
            about,
        )
    bad = _count(connection, f"select count(*) from {_PARSED} where _verdict > 0")
    if bad:
        reasons = ", ".join(quoted(reason) for reason, _ in judged.faults)
        fields = ", ".join(quoted(field) if field else "null" for _, field in judged.faults)
        chosen = columns.format(reason=f"([{reasons}])[_verdict]", field=f"([{fields}])[_verdict]")
        connection.execute(
            f"insert into raw.quarantine select {chosen.replace('line_number', '_line_number')} "
            f"from {_PARSED} where _verdict > 0 order by _line_number",
            about,
        )
    return rejected, bad


def _insert(connection: duckdb.DuckDBPyConnection, shape: Entity, load: Load, good: int) -> int:
    """Insert the well-formed rows that the table does not hold yet; return how many those were.

    Rows already held are looked for only within the times that the file touches, where the entity has a
    time, so that the table's zone maps prune the search.
    """
    table, key = f"raw.{shape.name}", shape.key
    wanted = ["parsed._verdict = 0"]
    if _count(connection, f"select count(distinct _key) from {_PARSED} where _verdict = 0") < good:
        connection.execute(
            f"create temp table ingest_repeated as select _key, min(rowid) as first_row_id from {_PARSED} "
            f"where _verdict = 0 group by _key having count(*) > 1"
        )
        wanted.append(
            f"not exists (from {_REPEATED} repeated where repeated._key = parsed._key "
            f"and repeated.first_row_id <> parsed.rowid)"
        )
    bounds = ""
    if shape.time is not None:
        query = f"select min({shape.time}), max({shape.time}) from {_PARSED} where _verdict = 0"
        lowest, highest = connection.execute(query).fetchone() or (None, None)
        if lowest is not None:
            first, last = (f"timestamptz '{t.isoformat()}'" for t in (lowest, highest))
            bounds = f" where {shape.time} between {first} and {last}"
    held = f"select {key} from {table}" + bounds
    if connection.execute(f"{held} limit 1").fetchone() is not None:
        wanted.append(f"not exists (from ({held}) held where held.{key} = parsed._key)")
    names = ", ".join(c.name for c in shape.columns)
    return _count(
        connection,
        f"insert into {table} select $provider, {names}, $load_id, _line_number, _key from {_PARSED} parsed "
        f"where {' and '.join(wanted)}",
        {"provider": load.provider_id, "load_id": load.load_id},
    )


def _load_target(
    connection: duckdb.DuckDBPyConnection,
    provider: Provider,
    source: Source,
    layout: Layout,
    target: Target,
    load: Load,
    pseudonym_key: bytes,
) -> Load:
    judged = _parse(connection, provider, source, layout, target, pseudonym_key)
    read = _count(connection, f"select count(*) from {_PARSED}")
    rejected, bad = _quarantine(connection, source, judged, load)
    good = read - bad
    loaded = _insert(connection, entity(target.entity), load, good) if good else 0
    done = replace(
        load,
        read_count=read + rejected,
        loaded_count=loaded,
        duplicate_count=good - loaded,
        quarantined_count=bad + rejected,
        loaded_at=datetime.now(UTC),
    )
    row = astuple(done)[:-1]
    connection.execute(f"insert into raw.loads values ({', '.join('?' * len(row))})", row)
    for table in ("ingest_parsed", "ingest_repeated", *source.temporary):
        connection.execute(f"drop table if exists temp.{table}")
    return done


def load_file(
    connection: duckdb.DuckDBPyConnection,
    provider: str,
    path: Path,
    *,
    pseudonym_key: bytes,
    is_simulated: bool = False,
    file_name: str | None = None,
) -> list[Load]:
    """Load one file, whole or not at all; return one Load for each entity in it.

    ``file_name`` is how the ledger names the file (default: its own name). Raises IntakeError if the file
    cannot be read or is not the provider's. The connection must not be inside a transaction.
    """
    started = datetime.now(UTC)
    sender = PROVIDERS.get(provider)
    if sender is None:
        raise IntakeError(f"There is no provider {provider}: known are {', '.join(sorted(PROVIDERS))}.")
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
        source = open_source(connection, path)
        layout = sender.recognise(source.shape)
        if layout is None:
            raise IntakeError(f"{path.name} is not a file that provider {provider} takes.")
        load_id = _count(connection, "select coalesce(max(load_id), 0) + 1 from raw.loads")
        name = file_name or path.name
        loads = []
        for target in layout.targets:
            load = Load(
                load_id,
                provider,
                target.entity,
                name,
                fingerprint,
                is_simulated,
                0,
                0,
                0,
                0,
                started,
                started,
            )
            loads.append(_load_target(connection, sender, source, layout, target, load, pseudonym_key))
        connection.execute("commit")
    except BaseException as error:
        connection.execute("rollback")
        if isinstance(error, _FILE_ERRORS):
            raise IntakeError(f"{path.name} cannot be read: it is damaged or something else.") from None
        raise
    return loads

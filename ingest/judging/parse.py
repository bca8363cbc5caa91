"""Reads, renames, types, judges and fingerprints the rows of a file into a temporary table."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import duckdb

from ingest.contract import entity
from ingest.judging.judge import judge
from ingest.judging.pseudonym import key_pads
from ingest.provider import Layout, Provider, Target
from ingest.reading.source import Batch
from ingest.reading.sql import quoted

_OWN_ROWS = "select *, false as _is_malformed from source"
_THINGS = "ingest_things"


@dataclass(frozen=True)
class Parsed:
    """A batch of judged rows in the temporary table ``table``.

    It has those ``columns`` of the entity that the provider sends, ``_line_number``, ``_key`` (the
    fingerprint) and ``_verdict``: 0 for a well-formed row, else 1 + the place of its fault in ``faults``
    (reason, field).
    """

    table: str
    columns: tuple[str, ...]
    faults: tuple[tuple[str, str | None], ...]


@contextmanager
def read_things(connection: duckdb.DuckDBPyConnection, batch: Batch, layout: Layout) -> Iterator[str]:
    """Give one batch of a file as a relation of the layout's rows.

    The rows that several entities are made from are read once; they hold only the fields that the layout
    names.
    """
    rows = f"with source as ({batch.relation}) select * from ({layout.rows or _OWN_ROWS})"
    if len(layout.targets) == 1:
        yield rows
        return
    connection.execute(f"create temp table {_THINGS} as {rows}")
    yield f"select * from temp.{_THINGS}"
    connection.execute(f"drop table temp.{_THINGS}")


@contextmanager
def parse_batch(
    connection: duckdb.DuckDBPyConnection,
    provider: Provider,
    things: str,
    target: Target,
    pseudonym_key: bytes,
    time_format: str | None = None,
    *,
    loaded_at: datetime,
) -> Iterator[Parsed]:
    """Parse the things of one batch for one entity; ``loaded_at`` is when they are loaded."""
    shape = entity(target.entity)
    rows = f"with things as ({things}) select * from ({target.rows})" if target.rows else things
    expressions = ", ".join(f"{sql} as {name}" for name, sql in target.columns.items())
    described = connection.execute(f"describe select {expressions} from ({rows})").fetchall()
    types = {str(r[0]): str(r[1]) for r in described}
    judged = judge(shape, target.columns, types, provider.time_zone, time_format, loaded_at=loaded_at)
    names = tuple(c.name for c in shape.stored if c.name in target.columns or c.name == shape.time)
    identity = ", ".join(shape.identity or [c.name for c in shape.stored])
    query = (
        f"create temp table ingest_parsed as select {', '.join(names)}, _line_number, "
        f"hash({quoted(provider.provider_id)}, {identity}) as _key, _verdict from ("
        f"select *, {judged.verdict} as _verdict from (select *, {judged.typed} from ("
        f"select _line_number, _is_malformed, {judged.words} from ({rows}))))"
    )
    needs_key = any(c.type == "pseudonym" and c.name in target.columns for c in shape.columns)
    connection.execute(query, key_pads(pseudonym_key) if needs_key else None)
    yield Parsed("ingest_parsed", names, judged.faults)
    connection.execute("drop table temp.ingest_parsed")

"""Stores a batch of judged rows: the good ones that are new in their table, the bad ones in quarantine.

The rows of a batch are of one file, or of several small ones: the upper half of a line number is then the
place of its file among them.
"""

from dataclasses import dataclass

import duckdb

from ingest.contract import Entity
from ingest.judging.parse import Parsed
from ingest.provider import FILE
from ingest.reading.source import Batch
from ingest.reading.sql import quoted

#: SQL of a row's line in its file.
_LINE = "(_line_number & 4294967295)"
#: SQL of the load of a row.
_LOAD = f"($load_ids)[1 + {FILE}]"


@dataclass(frozen=True)
class Stored:
    """What became of the rows of a file in a batch."""

    read_count: int
    loaded_count: int
    quarantined_count: int


@dataclass(frozen=True)
class Origin:
    """Where rows come from, as the ledger and the quarantine name it; of each file its load and name."""

    provider_id: str
    entity: str
    load_ids: tuple[int, ...]
    file_names: tuple[str, ...]

    @property
    def loads(self) -> dict[str, list[int]]:
        """The loads as a parameter of SQL, from which ``_LOAD`` takes a row's."""
        return {"load_ids": [*self.load_ids]}


def _number_lines(connection: duckdb.DuckDBPyConnection, parsed: Parsed, skipped: str) -> None:
    """Make the line numbers of the parsed rows count the records that the reader left out, too."""
    before = (
        "select file, line_number - row_number() over (partition by file order by line_number) as lines "
        f"from (select line_number, line_number >> 32 as file from ({skipped}))"
    )
    # One row for each place where records were left out, however many there were.
    steps = (
        "select file, lines, sum(count(*)) over (partition by file order by lines) as skipped_count "
        f"from ({before}) group by file, lines"
    )
    connection.execute(
        f"update {parsed.table} set _line_number = _line_number + skipped_count from ("
        f"select numbered.row_id, steps.skipped_count from "
        f"(select rowid as row_id, {FILE} as file, _line_number - 1 as lines from {parsed.table}) numbered "
        f"asof join ({steps}) steps on numbered.file = steps.file and numbered.lines >= steps.lines) counted "
        f"where {parsed.table}.rowid = counted.row_id"
    )


def _quarantine(connection: duckdb.DuckDBPyConnection, origin: Origin, rows: str) -> None:
    """Write rows (reason, field, _line_number) to raw.quarantine."""
    connection.execute(
        f"insert into raw.quarantine select {_LOAD}, $provider_id, $entity, reason, field, "
        f"($file_names)[1 + {FILE}], {_LINE} from ({rows}) order by _line_number, reason",
        vars(origin) | origin.loads | {"file_names": list(origin.file_names)},
    )


def store_rejects(
    connection: duckdb.DuckDBPyConnection,
    batch: Batch,
    parsed: Parsed,
    origin: Origin,
    *,
    is_counted: bool,
) -> list[int]:
    """Quarantine the records that the reader itself could not read; return how many each file had.

    Where another entity of the file counts them, only the numbers of the other lines are put right.
    """
    if batch.skipped and connection.execute(f"{batch.skipped} limit 1").fetchone() is not None:
        _number_lines(connection, parsed, batch.skipped)
    counts = [0] * len(origin.load_ids)
    if not batch.rejects or not is_counted:
        return counts
    rejects = f"select reason, null as field, line_number::bigint as _line_number from ({batch.rejects})"
    _quarantine(connection, origin, rejects)
    for place, rejected in connection.execute(
        f"select {FILE}, count(*) from ({rejects}) group by all"
    ).fetchall():
        counts[place] = rejected
    return counts


def _store_faults(connection: duckdb.DuckDBPyConnection, parsed: Parsed, origin: Origin) -> None:
    reasons = ", ".join(quoted(reason) for reason, _ in parsed.faults)
    fields = ", ".join(quoted(field) if field else "null" for _, field in parsed.faults)
    rows = (
        f"select ([{reasons}])[_verdict] as reason, ([{fields}])[_verdict] as field, "
        f"_line_number from {parsed.table} where _verdict > 0"
    )
    _quarantine(connection, origin, rows)


def store_batch(
    connection: duckdb.DuckDBPyConnection, shape: Entity, parsed: Parsed, origin: Origin
) -> list[Stored]:
    """Quarantine the bad rows and insert the good ones that neither the batch nor the table has already.

    Returns what became of the rows of each file.

    Rows already held are looked for only within the times that the batch touches, where the entity has a
    time, so that the table's zone maps prune the search.
    """
    key = shape.key
    time = shape.time or "null"
    is_good = "filter (where _verdict = 0)"
    measured = connection.execute(
        f"select count(*), count(*) {is_good}, count(distinct _key) {is_good}, "
        f"min({time}) {is_good}::varchar, max({time}) {is_good}::varchar, count({time}) {is_good} "
        f"from {parsed.table}"
    ).fetchone()
    assert measured is not None
    read, good, different, first, last, timed = measured
    if good < read:
        _store_faults(connection, parsed, origin)
    if good == 0:
        return _by_file(connection, shape, parsed, origin, Stored(read, 0, read))
    wanted = ["parsed._verdict = 0"]
    if different < good:
        repeated = (
            f"select _key, arg_min(rowid, _line_number) as first_id from {parsed.table} where _verdict = 0 "
            f"group by _key having count(*) > 1"
        )
        wanted.append(
            f"not exists (from ({repeated}) repeated "
            f"where repeated._key = parsed._key and repeated.first_id <> parsed.rowid)"
        )
    # An entity without a time has none in any row.
    bounds = [f"{time} between timestamptz '{first}' and timestamptz '{last}'"] if timed else []
    bounds += [f"{time} is null"] if timed < good else []
    # Keys alone are joined first: DuckDB may build its hash table on either side, and whole rows are wide.
    held = f"select {key} as _key from raw.{shape.name} where {' or '.join(bounds)}"
    connection.execute(
        f"create temp table ingest_held as select distinct _key from ({held}) held "
        f"semi join {parsed.table} parsed using (_key)"
    )
    if connection.execute("from ingest_held limit 1").fetchone() is not None:
        wanted.append("not exists (from ingest_held held where held._key = parsed._key)")
    names = ", ".join(parsed.columns)
    written = connection.execute(
        f"insert into raw.{shape.name} (provider_id, {names}, _load_id, _line_number, {key}) "
        f"select $provider_id, {names}, {_LOAD}, {_LINE}, _key "
        f"from {parsed.table} parsed where {' and '.join(wanted)}",
        {"provider_id": origin.provider_id} | origin.loads,
    ).fetchone()
    assert written is not None
    connection.execute("drop table temp.ingest_held")
    return _by_file(connection, shape, parsed, origin, Stored(read, int(written[0]), read - good))


def _by_file(
    connection: duckdb.DuckDBPyConnection, shape: Entity, parsed: Parsed, origin: Origin, stored: Stored
) -> list[Stored]:
    """Divide what became of a batch among its files."""
    if len(origin.load_ids) == 1:
        return [stored]
    read = connection.execute(
        f"select {FILE}, count(*), count(*) filter (where _verdict > 0) from {parsed.table} group by all"
    ).fetchall()
    loaded = connection.execute(
        f"select _load_id, count(*) from raw.{shape.name} "
        "where _load_id >= $first and list_contains($load_ids, _load_id) group by all",
        {"first": min(origin.load_ids)} | origin.loads,
    ).fetchall()
    counts, good = {place: (rows, bad) for place, rows, bad in read}, dict(loaded)
    found = ((good.get(load, 0), *counts.get(place, (0, 0))) for place, load in enumerate(origin.load_ids))
    return [Stored(rows, new, bad) for new, rows, bad in found]

"""Names the rows behind impossible numbers: entity, key, file and line, so that they can be set aside."""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from warehouse.errors import WaymartError
from warehouse.judge import Verdict
from warehouse.macros import first_line

#: How many are looked for.
_FOUND_MAX = 1_000
#: Fact → the entity whose rows make it, its key, and the key in the entity's raw rows. What is known of a
#: parcel comes from its scans.
_FACTS = {
    "fct_orders": ("orders", "order_id", "platform_id || ':' || order_number"),
    "fct_order_lines": (
        "order_lines",
        "order_line_id",
        "platform_id || ':' || order_number || ':' || order_line_number",
    ),
    "fct_waybills": ("waybill_events", "waybill_number", "waybill_number"),
    "fct_waybill_events": ("waybill_events", "_event_key", "_event_key"),
}
#: The fact whose rows are files.
_LOADS = "fct_loads"


@dataclass(frozen=True)
class Culprit:
    """A loaded row behind a broken bound, or a whole file (no ``line_number``); ``key`` is the fact's."""

    entity: str
    key: str
    file_name: str
    line_number: int | None

    @property
    def place(self) -> str:
        """``FILE:LINE``, or ``FILE``."""
        return self.file_name + (f":{self.line_number}" if self.line_number else "")

    @property
    def command(self) -> str:
        """The command that sets the row aside."""
        return f"waymart set-aside {shlex.quote(self.place)} --reason …"


def find_culprits(connection: duckdb.DuckDBPyConnection, errors: Iterable[Verdict]) -> list[Culprit]:
    """Find the rows that break the bounds by what these call culprits; else the files that came last.

    Newest first, and not more than a thousand.

    Raises:
        WaymartError: a bound's condition is not valid SQL.
    """
    bounds = list(dict.fromkeys(verdict.check.bound for verdict in errors))
    found: dict[Culprit, None] = {}
    for bound in bounds:
        for fact, condition in bound.culprits:
            try:
                found |= dict.fromkeys(_rows(connection, fact, condition))
            except duckdb.Error as error:
                raise WaymartError(
                    f"The bound {bound.name} names no culprits: {first_line(error)}."
                ) from error
    if bounds and not found:
        found |= dict.fromkeys(_last_files(connection))
    return list(found)[:_FOUND_MAX]


def _rows(connection: duckdb.DuckDBPyConnection, fact: str, condition: str) -> list[Culprit]:
    if fact == _LOADS:
        files = f"select entity, 'load ' || load_id, file_name, null from core.{_LOADS} where {condition}"
        return [Culprit(*row) for row in connection.execute(f"{files} order by load_id desc").fetchall()]
    entity, key, raw_key = _FACTS[fact]
    rows = connection.execute(
        f"select '{entity}', ({raw_key})::varchar, file_name, _line_number from raw.{entity} as rows "
        f"inner join raw.loads on _load_id = load_id and entity = '{entity}' "
        f"where {raw_key} in (select {key} from core.{fact} where {condition}) "
        f"order by _load_id desc, _line_number limit {_FOUND_MAX}"
    ).fetchall()
    return [Culprit(*row) for row in rows]


def _last_files(connection: duckdb.DuckDBPyConnection) -> list[Culprit]:
    """Return what came since the last published build."""
    rows = connection.execute(
        "select entity, loaded_count || ' rows', file_name, null from raw.loads where loaded_count > 0 "
        "and loaded_at > (select coalesce(max(started_at), '-infinity') from audit.builds "
        f"where published_at is not null) order by load_id desc, entity limit {_FOUND_MAX}"
    ).fetchall()
    return [Culprit(*row) for row in rows]

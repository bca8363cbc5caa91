"""The read-only query layer: metrics of published tables by dimensions under filters.

A page names a metric; its formula, label and unit come from ``data_dictionary``. Identifiers are looked
up there and quoted, values are bound, so nothing that a reader types becomes SQL.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from serving.dictionary import Dictionary, Entry
from serving.period import Grain, Period

#: Sums of bigint are hugeint and sums of decimals wide decimals; a page needs plain numbers. The sum
#: itself is exact, only its result is cast.
_RESULT_TYPES = {
    "count": "bigint",
    "grams": "bigint",
    "money": "double",
    "share": "double",
    "hours": "double",
}


#: The end of a column's name that holds what the share, mean or percentile named before it is of.
WHOLE = "_of"
#: The end of the name of a column that holds how many took how long.
_HISTOGRAM = "_histogram"


@dataclass(frozen=True)
class Every:
    """A dimension: a date column gathered by grain, named as the column (weeks start on Monday).

    ``is_whole`` leaves out a first and a last point of which the period holds only a part.
    """

    column: str
    grain: Grain
    is_whole: bool = False


#: A column's condition: one of these values (None = null), or within these days.
Condition = Sequence[str | None] | Period
Conditions = Mapping[str, Condition]


def _quoted(entry: Entry) -> str:
    return f'"{entry.name}"'


class Published:
    """One published build, opened read-only.

    With a ``memory_limit`` (``96MB``) it is opened apart from whoever else has it open in this process, and
    what is asked of it stays within that.

    A link is followed first: DuckDB keeps one database per path and process, so that a reader of the
    link would go on reading the old build after a switch.
    """

    def __init__(self, path: Path, memory_limit: str | None = None) -> None:
        self.path = path.resolve(strict=True)
        self._is_apart = memory_limit is not None
        if memory_limit is None:
            self._connection = duckdb.connect(str(self.path), read_only=True)
        else:
            beside = str(self.path.parent / "temp")
            self._connection = duckdb.connect(
                config={"memory_limit": memory_limit, "threads": 1, "temp_directory": beside}
            )
            self._connection.execute(f"attach $${self.path}$$ as published (read_only)")
        # Row tables are views of files that lie beside the published file and are named relative to it.
        self._connection.execute(f"set global file_search_path = $${self.path.parent}$$")

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Run one query and return its rows."""
        # A cursor of its own, because Streamlit runs every reader's page in a thread.
        with self._cursor() as cursor:
            return cursor.execute(sql, list(parameters)).pl()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._connection.cursor()
        if self._is_apart:
            cursor.execute("use published")
        return cursor

    def arrow_batches(self, sql: str, parameters: Sequence[Any], time_zone: str, rows: int) -> Any:
        """Return a pyarrow RecordBatchReader, times shown in ``time_zone``; for results of any size."""
        cursor = self._cursor()
        cursor.execute("set TimeZone = ?", [time_zone])
        return cursor.execute(sql, list(parameters)).to_arrow_reader(rows)

    def copy(self, sql: str, parameters: Sequence[Any], time_zone: str, out: Path) -> None:
        """Write the rows of a query to a CSV file with a line of names, times shown in ``time_zone``."""
        with self._cursor() as cursor:
            cursor.execute("set TimeZone = ?", [time_zone])
            place = str(out).replace("'", "''")
            cursor.execute(f"copy ({sql}) to '{place}' (format csv, header)", list(parameters))

    def types(self, sql: str, parameters: Sequence[Any] = ()) -> dict[str, str]:
        """Return the columns of a query and their SQL types."""
        with self._cursor() as cursor:
            asked = cursor.execute(f"select * from ({sql}) limit 0", list(parameters))
            return {column[0]: str(column[1]) for column in asked.description}

    @cached_property
    def dictionary(self) -> Dictionary:
        """The published names with their labels, units and meanings."""
        rows = self.frame("select * from data_dictionary").iter_rows(named=True)
        return Dictionary(
            Entry(
                row["table_name"],
                row["name"],
                row["kind"],
                row["label"],
                row["label_zh"],
                row["unit"],
                row["description"] or "",
                row["source"] or "",
                row["formula"] or "",
                row["final_metric"] or "",
                row.get("description_zh") or "",
                row.get("denominator") or "",
            )
            for row in rows
        )

    @cached_property
    def build(self) -> dict[str, Any]:
        """The row of ``builds`` that describes this file."""
        builds = self.frame(
            "select * from builds order by build_id = ? desc, published_at desc", [self.path.stem]
        )
        return builds.row(0, named=True)

    def metrics(
        self,
        table: str,
        names: Sequence[str],
        by: Sequence[str | Every] = (),
        filters: Conditions | None = None,
    ) -> pl.DataFrame:
        """Return one row per combination of ``by`` with the named metrics, ordered by ``by``.

        Without ``by`` it is always one row, its metrics null (counts 0) where no cell fits the filters.
        """
        return self.frame(*self.grouped(table, names, by, filters))

    def with_finals(self, table: str, names: Sequence[str]) -> list[str]:
        """Return metrics and the flags that say which of them are final, as far as they have one."""
        flags = [self.dictionary.metric(table, name).final for name in names]
        return list(dict.fromkeys([*names, *filter(None, flags)]))

    def grouped(
        self,
        table: str,
        names: Sequence[str],
        by: Sequence[str | Every] = (),
        filters: Conditions | None = None,
    ) -> tuple[str, list[Any]]:
        """Return the query of ``metrics`` and its parameters, for who writes the answer to a file."""
        return self._grouped(table, [self._measure(table, name) for name in names], by, filters or {})

    def judged(
        self,
        table: str,
        names: Sequence[str],
        by: Sequence[str | Every] = (),
        filters: Conditions | None = None,
    ) -> pl.DataFrame:
        """Return ``metrics``, their flags, and as ``<name>_of`` what each share, mean or percentile is of."""
        metrics = [self.dictionary.metric(table, name) for name in names]
        asked = {name: self._measure(table, name) for name in self.with_finals(table, names)}
        for one in metrics:
            if one.denominator:
                asked[f"{one.name}{WHOLE}"] = f'{one.denominator} as "{one.name}{WHOLE}"'
        # Each look-up of a cell's age carries all columns that are read along, so the hundred of a histogram
        # are read apart. Both answers have the same rows, in the order of what makes them.
        narrow = [sql for sql in asked.values() if _HISTOGRAM not in sql]
        wide = [sql for sql in asked.values() if _HISTOGRAM in sql]
        parts = [
            self.frame(*self._grouped(table, part, by, filters or {})) for part in (narrow, wide) if part
        ]
        dimensions = parts[0].columns[: len(by)]
        judged = pl.concat([parts[0], *(part.drop(dimensions) for part in parts[1:])], how="horizontal")
        return judged.select(*dimensions, *asked)

    def listed(
        self,
        table: str,
        columns: Sequence[str],
        filters: Conditions | None = None,
        order_by: str | None = None,
    ) -> tuple[str, list[Any]]:
        """Return the query of ``rows``, of all of them, and its parameters."""
        chosen = [_quoted(self.dictionary.column(table, name)) for name in columns]
        where, parameters = self._where(table, filters or {})
        order = f" order by {_quoted(self.dictionary.column(table, order_by))} desc" if order_by else ""
        return f"select {', '.join(chosen)} from {table}{where}{order}", parameters

    def aggregates(
        self, table: str, measures: Mapping[str, str], by: Sequence[str | Every], filters: Conditions
    ) -> pl.DataFrame:
        """Return aggregates in SQL that were taken from formulas of the dictionary; see ``metrics``."""
        asked = [f"{sql} as {name}" for name, sql in measures.items()]
        return self.frame(*self._grouped(table, asked, by, filters))

    def _grouped(
        self, table: str, measures: list[str], by: Sequence[str | Every], filters: Conditions
    ) -> tuple[str, list[Any]]:
        dimensions = [self._dimension(table, one) for one in by]
        where, parameters = self._where(table, filters)
        sql = f"select {', '.join(dimensions + measures)} from {self.dictionary.table(table)}{where}"
        if dimensions:
            sql += " group by all order by all"
        return sql, parameters

    def shares(
        self,
        table: str,
        name: str,
        by: Sequence[str | Every],
        within: Sequence[str] = (),
        filters: Conditions | None = None,
    ) -> pl.DataFrame:
        """Return an additive metric by ``by`` with its ``share`` among the rows of equal ``within``."""
        dimensions = [self._dimension(table, one) for one in by]
        partition = [_quoted(self.dictionary.column(table, column)) for column in within]
        value, measure = _quoted(self.dictionary.metric(table, name)), self._measure(table, name)
        where, parameters = self._where(table, filters or {})
        cells = f"select {', '.join([*dimensions, measure])} from {table}{where} group by all"
        over = f"over ({'partition by ' + ', '.join(partition) if partition else ''})"
        share = f'{value} / nullif(sum({value}) {over}, 0) as "share"'
        return self.frame(f"with cells as ({cells}) select *, {share} from cells order by all", parameters)

    def changes(self, table: str, name: str, by: str, now: Conditions, before: Conditions) -> pl.DataFrame:
        """Return an additive metric by ``by`` with its ``change`` from ``before`` to ``now``.

        Where one side has no cell its metric counts as nought: a city that sells for the first time rises.
        """
        ours = self.metrics(table, [name], [by], now)
        theirs = self.metrics(table, [name], [by], before).rename({name: "before"})
        joined = ours.join(theirs, on=by, how="full", coalesce=True, nulls_equal=True)
        change = pl.col(name).fill_null(0) - pl.col("before").fill_null(0)
        return joined.with_columns(change=change).drop("before").sort(by)

    def distribution(self, table: str, name: str, filters: Conditions | None = None) -> pl.DataFrame:
        """Return the buckets of a distribution: ``from_hours``, ``to_hours`` and ``waybill_count``."""
        where, parameters = self._where(table, filters or {})
        merged = f"select {self._measure(table, name)} from {table}{where}"
        return self.frame(f'select unnest("{name}", recursive := true) from ({merged})', parameters)

    def rows(
        self,
        table: str,
        columns: Sequence[str],
        filters: Conditions | None = None,
        order_by: str | None = None,
        limit: int = 1_000,
    ) -> pl.DataFrame:
        """Return rows as they are published, highest ``order_by`` first."""
        sql, parameters = self.listed(table, columns, filters, order_by)
        return self.frame(f"{sql} limit ?", [*parameters, limit])

    def values(self, table: str, name: str) -> list[str]:
        """Return the distinct values of a column that are not null, in order."""
        column = _quoted(self.dictionary.column(table, name))
        sql = f"select distinct {column} as value from {table} where {column} is not null order by value"
        return self.frame(sql)["value"].to_list()

    @cached_property
    def row_counts(self) -> dict[str, int]:
        """The number of rows of each table, from the file's catalogue."""
        sql = (
            "select table_name, estimated_size from duckdb_tables() where database_name = current_database()"
        )
        return dict(self.frame(sql).iter_rows())

    def span(self, table: str, name: str, filters: Conditions | None = None) -> Period | None:
        """Return the first and last value of a date column; None when nothing fits the filters."""
        column = _quoted(self.dictionary.column(table, name))
        where, parameters = self._where(table, filters or {})
        first, last = self.frame(f"select min({column}), max({column}) from {table}{where}", parameters).row(
            0
        )
        return None if first is None else Period(first, last)

    def _dimension(self, table: str, one: str | Every) -> str:
        if isinstance(one, str):
            return _quoted(self.dictionary.column(table, one))
        column = _quoted(self.dictionary.column(table, one.column))
        return f"date_trunc('{one.grain}', {column})::date as {column}"

    def _measure(self, table: str, name: str) -> str:
        metric = self.dictionary.metric(table, name)
        result_type = _RESULT_TYPES.get(metric.unit)
        formula = f"({metric.formula})::{result_type}" if result_type else f"({metric.formula})"
        return f"{formula} as {_quoted(metric)}"

    def _where(self, table: str, filters: Conditions) -> tuple[str, list[Any]]:
        clauses: list[str] = []
        parameters: list[Any] = []
        for name, condition in filters.items():
            column = _quoted(self.dictionary.column(table, name))
            if isinstance(condition, Period):
                clauses.append(f"{column} between ? and ?")
                parameters += [condition.first, condition.last]
                continue
            known = [value for value in condition if value is not None]
            either = [f"{column} in ({', '.join('?' * len(known))})"] if known else []
            either += [f"{column} is null"] if None in condition else []
            clauses.append(f"({' or '.join(either)})" if either else "false")
            parameters += known
        return (f" where {' and '.join(clauses)}" if clauses else ""), parameters

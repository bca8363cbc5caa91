"""What the published tables hold: every column and metric with its label, unit and meaning."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["column", "metric"]


class UnknownNameError(LookupError):
    """A table, column or metric that the published data dictionary does not list."""


@dataclass(frozen=True)
class Entry:
    """One line of ``data_dictionary``; ``formula`` is an aggregate in SQL over the entry's table.

    ``final`` names the metric that says whether what is under way can still change this one, empty where
    nothing can. ``denominator`` is what a share, a mean or a percentile is of, an aggregate too. It and
    ``description_zh`` are empty where there is none, and in builds of an older waymart.
    """

    table: str
    name: str
    kind: Kind
    label: str
    label_zh: str
    unit: str
    description: str
    source: str
    formula: str
    final: str = ""
    description_zh: str = ""
    denominator: str = ""


class Dictionary:
    """Look-up in the published ``data_dictionary``. Only names found here ever reach SQL."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {(entry.table, entry.kind, entry.name): entry for entry in entries}
        self._tables = {entry.table for entry in self._entries.values()}

    def table(self, name: str) -> str:
        """Return ``name`` if it is a published table; raises UnknownNameError."""
        if name not in self._tables:
            raise UnknownNameError(f"The published file holds no table {name!r}.")
        return name

    def has(self, table: str, kind: Kind, name: str) -> bool:
        """Tell whether the table is published with this column or metric."""
        return (table, kind, name) in self._entries

    def column(self, table: str, name: str) -> Entry:
        """Return a column's entry; raises UnknownNameError."""
        return self._find(table, "column", name)

    def metric(self, table: str, name: str) -> Entry:
        """Return a metric's entry; raises UnknownNameError."""
        return self._find(table, "metric", name)

    def columns(self, table: str) -> list[Entry]:
        """Return all columns of a table in their published order."""
        return [entry for key, entry in self._entries.items() if key[:2] == (self.table(table), "column")]

    def metrics(self, table: str) -> list[Entry]:
        """Return all metrics of a table in their published order."""
        return [entry for key, entry in self._entries.items() if key[:2] == (self.table(table), "metric")]

    def _find(self, table: str, kind: Kind, name: str) -> Entry:
        entry = self._entries.get((self.table(table), kind, name))
        if entry is None:
            raise UnknownNameError(f"The data dictionary lists no {kind} {name!r} for {table}.")
        return entry

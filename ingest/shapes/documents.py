"""Finds the orders in a provider's JSON, wherever an envelope puts them.

The documented envelopes are read by DuckDB alone. A record in any other goes through one function that
looks for the orders itself: pages, arrays, JSON inside JSON, an order on each line.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.reading.half_characters import is_text
from ingest.reading.kind import split_suffix

#: Field → SQL type, or the fields of an object below it, or a list of either.
Fields = Mapping[str, Any]

_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".txt"})


@dataclass(frozen=True)
class Documents:
    """Where a provider's JSON holds its orders.

    ``paths`` are the documented ways from a record to an order (``a.b[].node``; ``[]`` = each element; empty
    = the record itself), ``fields`` the fields of an order that the targets use, ``marks`` the fields by
    which an object is known to be one.
    """

    provider_id: str
    paths: tuple[str, ...]
    fields: Fields
    marks: tuple[frozenset[str], ...]
    normalise: Callable[[dict[str, Any]], dict[str, Any]] = dict

    @property
    def function(self) -> str:
        """The name under which SQL calls ``find``."""
        return f"{self.provider_id}_orders"

    def functions(self) -> dict[str, Callable[[str], str | None]]:
        """Return what the provider declares as its functions."""
        return {self.function: self.find}

    def find(self, record: str) -> str | None:
        """Return as JSON the orders in a record of any envelope, or None if it holds none.

        An order that is no text, for half a character stands in it, is null.
        """
        try:
            orders = [order if is_text(order) else None for order in self._search(json.loads(record))]
            return json.dumps(orders, ensure_ascii=False) if orders else None
        except (ValueError, RecursionError):
            return None

    def _search(self, node: object) -> Iterator[dict[str, Any]]:
        if isinstance(node, str) and node.lstrip()[:1] in ("{", "["):
            try:
                node = json.loads(node)
            except ValueError:
                return
        if isinstance(node, list):
            for item in node:
                yield from self._search(item)
        elif isinstance(node, dict) and any(marks <= node.keys() for marks in self.marks):
            yield self.normalise(node)
        elif isinstance(node, dict):
            for value in node.values():
                yield from self._search(value)

    def rows(self) -> str:
        """Return a select over ``source``: one row per order (``thing``); malformed without one."""
        structure: dict[str, Any] = {}
        cases = []
        for path in filter(None, self.paths):
            names = path.split(".")
            _graft(structure, names, self.fields)
            found = _walk("body", names)
            cases.append(f"when {found} is not null then {found}")
        if "" in self.paths:
            marks = " and ".join(f"json_exists(record, '$.{mark}')" for mark in sorted(self.marks[0]))
            cases.append(
                f"when body is not null and {marks} then [json_transform(record, '{_json(self.fields)}')]"
            )
        return f"""
with records as (
    select
        _line_number,
        record,
        try(json_transform(record, '{_json(structure)}')) as body
    from source
),
found as (
    select
        _line_number,
        unnest(
            case
                {" ".join(cases)}
                else coalesce(json_transform({self.function}(record), '{_json([self.fields])}'), [null])
            end
        ) as thing
    from records
)
select *, thing is null as _is_malformed from found
"""


def _json(structure: object) -> str:
    return json.dumps(structure)


def _graft(tree: dict[str, Any], names: list[str], leaf: Fields) -> None:
    """Hang the leaf into the tree of fields at the end of a path; paths may share their beginning."""
    name, rest = names[0].removesuffix("[]"), names[1:]
    below: dict[str, Any] = dict(leaf)
    if rest:
        known = tree.get(name, {})
        below = known[0] if isinstance(known, list) else known
        _graft(below, rest, leaf)
    tree[name] = [below] if names[0].endswith("[]") else below


def _walk(node: str, names: list[str]) -> str:
    """Return SQL of the list of what lies at the end of a path; null where the path does not lead."""
    for position, name in enumerate(names):
        node = f'{node}."{name.removesuffix("[]")}"'
        if name.endswith("[]"):
            below = "".join(f'."{step}"' for step in names[position + 1 :])
            return f"list_transform({node}, lambda item: item{below})" if below else node
    return f"case when {node} is not null then [{node}] end"


def either(thing: str, *names: str) -> str:
    """Return SQL of the first of the fields that is not empty: an API's fields in its several spellings."""
    return f"coalesce({', '.join(f'''nullif({thing}.{name}, '')''' for name in names)})"


def product(price: str, count: str) -> str:
    """Return SQL of price × count as decimal text; a price that is no amount stays, to be judged."""
    exact = f"try_cast({price} as decimal(18, 2)) * try_cast({count} as bigint)"
    return f"coalesce(({exact})::varchar, {price})"


def total(*amounts: str) -> str:
    """Return SQL of the sum of amounts as decimal text: null counts as 0, all null is null.

    One that is no amount stays alone, to be judged.
    """
    wrong = " ".join(
        f"when {a} is not null and try_cast({a} as decimal(18, 2)) is null then {a}" for a in amounts
    )
    exact = " + ".join(f"coalesce(try_cast({a} as decimal(18, 2)), 0)" for a in amounts)
    return f"case {wrong} when coalesce({', '.join(amounts)}) is not null then ({exact})::varchar end"


def total_of(items: str, field: str) -> str:
    """Return SQL of the sum of a field over a list; null where the list is empty. See ``total``."""
    wrong = f"lambda one: one.{field} is not null and try_cast(one.{field} as decimal(18, 2)) is null"
    exact = f"list_transform({items}, lambda one: try_cast(one.{field} as decimal(18, 2)))"
    return (
        f"case when len(list_filter({items}, {wrong})) > 0 then 'no amount' "
        f"else list_sum({exact})::varchar end"
    )


def refuse(path: Path) -> str:
    """Say why a file is no export of orders, empty where it may be one."""
    return "" if split_suffix(path)[0] in _SUFFIXES else "exports of orders are JSON or JSON lines"

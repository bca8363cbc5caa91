"""What a share, a mean or a percentile is of: the denominator in its formula."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb

#: The serving macros that divide, or rank, among their second argument.
_OF_SECOND = frozenset({"share", "percentile_hours"})


def denominator_of(connection: duckdb.DuckDBPyConnection, formula: str) -> str | None:
    """Return the SQL of what a metric's formula divides by; None where it divides by nothing, or by several.

    DuckDB's own parser reads the formula, so brackets and strings in it cannot be misread.
    """
    tree = json.loads(_value(connection, "json_serialize_sql(?)", f"select {formula}"))
    if tree["error"]:
        return None
    dividing = list(_dividing(tree["statements"][0]["node"]["select_list"]))
    if not dividing or any(_plain(node) != _plain(dividing[0]) for node in dividing):
        return None
    tree["statements"][0]["node"]["select_list"] = dividing[:1]
    return _value(connection, "json_deserialize_sql(?::json)", json.dumps(tree)).removeprefix("SELECT ")


def _dividing(node: Any) -> Iterator[dict[str, Any]]:
    """Yield the second arguments of the outermost calls that divide."""
    if isinstance(node, dict) and node.get("function_name") in _OF_SECOND:
        yield node["children"][1]
    elif isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from _dividing(part)


def _plain(node: Any) -> Any:
    """Return a node without its places in the text."""
    if isinstance(node, dict):
        return {key: _plain(part) for key, part in node.items() if key != "query_location"}
    return [_plain(part) for part in node] if isinstance(node, list) else node


def _value(connection: duckdb.DuckDBPyConnection, call: str, argument: str) -> str:
    row = connection.execute(f"select {call}", [argument]).fetchone()
    assert row is not None
    return str(row[0])

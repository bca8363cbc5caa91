"""What a metric is made of, read from its formula: a sum, a ratio of two sums, or a percentile.

The formula stays the only place where a metric is written; DuckDB's own parser takes it apart.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from serving.dictionary import Entry
from serving.published import Published

#: Functions that add up over cells.
_SUMS = ("sum", "count_star", "count")

Tree = dict[str, Any]


@dataclass(frozen=True)
class Terms:
    """A metric's parts, as aggregates in SQL over its table.

    ``amount`` is the sum itself, what a ratio divides (in the metric's unit), or a percentile's parcels that
    took longer than ``{hours}``; ``whole`` is what it is divided by, empty for a sum.
    """

    kind: Literal["sum", "mean", "percentile"]
    amount: str
    whole: str = ""


def terms(published: Published, metric: Entry) -> Terms | None:
    """Return what a metric is made of; None where nothing splits it: it neither adds up nor divides sums."""
    statement = _read(published, metric.formula)
    above, found = statement["statements"][0]["node"]["select_list"], 0
    # What a formula wraps around its heart: of one kind only, in hours, only where something holds.
    while (inner := _inside(above[found])) is not None:
        above, found = inner
    heart = above[found]
    called, given = heart.get("function_name"), heart.get("children", [])
    if called == "share" and all(_adds_up(each) for each in given):
        above[found] = given[0]
        return Terms("mean", _written(published, statement), _sql(published, given[1]))
    if called == "percentile_hours":
        histogram, started = (_sql(published, each) for each in given[:2])
        return Terms("percentile", f"slower_count({histogram}, {started}, {{hours}})", started)
    return Terms("sum", metric.formula) if called in _SUMS and _adds_up(heart) else None


def _inside(node: Tree) -> tuple[Any, Any] | None:
    """Return the container and the place in it of what this expression wraps; None for a heart."""
    if node.get("function_name") in ("of_one", "hours"):
        return node["children"], -1
    checks = node.get("case_checks", [])
    if len(checks) == 1 and node["else_expr"].get("value", {}).get("is_null"):
        return checks[0], "then_expr"
    return None


def _adds_up(node: Tree) -> bool:
    """Tell whether an expression is a sum over rows, or several of them added up."""
    if node.get("class") != "FUNCTION" or node.get("distinct"):
        return False
    if node["function_name"] in ("+", "-"):
        return all(_adds_up(each) for each in node["children"])
    return node["function_name"] in _SUMS


def _read(published: Published, sql: str) -> Tree:
    tree: Tree = json.loads(published.frame("select json_serialize_sql(?)", [f"select {sql}"]).item())
    return tree


def _sql(published: Published, expression: Tree) -> str:
    statement = _read(published, "1")
    statement["statements"][0]["node"]["select_list"] = [expression]
    return _written(published, statement)


def _written(published: Published, statement: Tree) -> str:
    sql = published.frame("select json_deserialize_sql(?::json)", [json.dumps(statement)]).item()
    return str(sql).removeprefix("SELECT ")

"""Numbers come from `serving`; the contract on imports keeps DuckDB out, this keeps SQL out."""

import ast
import re
from pathlib import Path

import dashboards

SQL = re.compile(r"\bselect\b.+\b(from|as)\b|\bfrom (mart|fct|dim|extract)_", re.IGNORECASE | re.DOTALL)
MODULES = sorted(Path(dashboards.__file__).parent.rglob("*.py"))


def sentences(path: Path) -> list[str]:
    """Every text of a module but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = [
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    ]
    return [
        str(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in docstrings
    ]


def test_no_page_or_part_of_one_speaks_sql() -> None:
    assert SQL.search("select calendar_date as day from calendar_events")
    assert [(path.name, text) for path in MODULES for text in sentences(path) if SQL.search(text)] == []

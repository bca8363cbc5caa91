"""Texts and names as SQL."""

from collections.abc import Iterable


def quoted(text: str) -> str:
    """Return the text as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def named(name: str) -> str:
    """Return the name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def listed(texts: Iterable[str]) -> str:
    """Return the texts as an SQL list of string literals."""
    return f"[{', '.join(map(quoted, texts))}]"

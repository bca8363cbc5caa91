"""What people keep beside the data, in files that they may write by hand: notes of days, views by a name."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit

from serving.period import Period


class KeptError(Exception):
    """A file that cannot be read; its text is one sentence for the person who sees the page."""


@dataclass(frozen=True)
class Note:
    """What happened from the first to the last day, both included."""

    period: Period
    text: str


def read_notes(path: Path) -> list[Note]:
    """Return the notes by their first day, none where there is no file; raises KeptError for a damaged one.

    The file has a table ``[[notes]]`` for each: ``from`` and ``to`` (dates; without ``to`` it is one day) and
    ``text``.
    """
    try:
        notes = [
            Note(Period(_day(one["from"]), _day(one.get("to", one["from"]))), str(one["text"]))
            for one in _read(path).get("notes", [])
        ]
    except KeyError as error:
        raise KeptError(f"{path}: a note lacks {error}.") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise KeptError(f"{path} is no file of notes: {error}.") from None
    return sorted(notes, key=lambda note: (note.period.first, note.text))


def write_notes(path: Path, notes: list[Note]) -> None:
    """Write the file anew with these notes."""
    tables = [{"from": note.period.first, "to": note.period.last, "text": note.text} for note in notes]
    _write(path, "What people know of days: shown by every chart over time.", {"notes": tables})


def within(notes: list[Note], period: Period) -> list[Note]:
    """Return the notes that touch a period."""
    return [n for n in notes if n.period.first <= period.last and n.period.last >= period.first]


def read_views(path: Path) -> dict[str, str]:
    """Return ``page?query`` by name, in the order of the file; raises KeptError for a damaged one."""
    try:
        views = _read(path).get("views", {})
        if not all(isinstance(url, str) for url in views.values()):
            raise ValueError('a view is a text like "delivery_time?period=2019-06"')
    except (ValueError, AttributeError) as error:
        raise KeptError(f"{path} is no file of views: {error}.") from None
    return dict(views)


def write_views(path: Path, views: dict[str, str]) -> None:
    """Write the file anew with these views."""
    _write(path, "Views by name: a page and its filters, as its URL has them.", {"views": views})


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def _write(path: Path, about: str, content: dict[str, Any]) -> None:
    """Write a file so that a reader sees the old one or the new one."""
    document = tomlkit.document()
    document.add(tomlkit.comment(about))
    document.update(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_text(tomlkit.dumps(document), encoding="utf-8")
    fresh.replace(path)


def _day(value: object) -> date:
    if type(value) is not date:
        raise ValueError(f"{value} is no date like 2019-06-18")
    return value

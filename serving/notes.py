"""What people know of days ("strike in Hubei"): a file of theirs beside the data, shown by charts."""

import tomllib
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import tomlkit

from serving.period import Period


class NotesError(Exception):
    """A file of notes that cannot be read; its text is one sentence for the person who sees the page."""


@dataclass(frozen=True)
class Note:
    """What happened from the first to the last day, both included."""

    period: Period
    text: str


def read_notes(path: Path) -> list[Note]:
    """Return the notes by their first day, none where there is no file; raises NotesError for a damaged one.

    The file has a table ``[[notes]]`` for each: ``from`` and ``to`` (dates; without ``to`` it is one day) and
    ``text``.
    """
    if not path.exists():
        return []
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("notes", [])
        notes = [
            Note(Period(_day(one["from"]), _day(one.get("to", one["from"]))), str(one["text"]))
            for one in tables
        ]
    except KeyError as error:
        raise NotesError(f"{path}: a note lacks {error}.") from None
    except (ValueError, TypeError, AttributeError) as error:
        raise NotesError(f"{path} is no file of notes: {error}.") from None
    return sorted(notes, key=lambda note: (note.period.first, note.text))


def write_notes(path: Path, notes: list[Note]) -> None:
    """Write the file anew with these notes; a reader sees the old ones or the new ones."""
    document = tomlkit.document()
    document.add(tomlkit.comment("What people know of days: shown by every chart over time."))
    tables = document.setdefault("notes", tomlkit.aot())
    for note in notes:
        tables.append(tomlkit.item({"from": note.period.first, "to": note.period.last, "text": note.text}))
    write_whole(path, tomlkit.dumps(document))


def write_whole(path: Path, text: str) -> None:
    """Write a file of people's words so that a reader sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def within(notes: list[Note], period: Period) -> list[Note]:
    """Return the notes that touch a period."""
    return [n for n in notes if n.period.first <= period.last and n.period.last >= period.first]


def _day(value: object) -> date:
    if type(value) is not date:
        raise ValueError(f"{value} is no date like 2019-06-18")
    return value

"""What a provider calls its scans, and the search for them in a record of any envelope.

Envelopes vary in the wild: pages, arrays of pushes, JSON inside JSON, form bodies, names spelled another
way. The search looks for the list of scans itself.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from ingest.reading.half_characters import is_text

#: Field → SQL type, or the fields of an object below it.
Fields = Mapping[str, Any]

#: The key under which a parcel that was found holds its scans, and before the name of an outer field.
SCANS = "_scans"


@dataclass(frozen=True)
class History:
    """Where and under which names a provider sends the scans of a parcel.

    ``envelopes`` are the documented ones: path of the parcel (``""`` = the record itself, ``[]`` after a
    name = each element) → path of the list of scans below it; ``array`` is a record that is itself a list
    of scans, or one. ``parcel`` and ``scan`` name the fields of a parcel and of a scan in the documented
    spelling, those of an object within a parcel by their path (``last_mile.slug``); ``outer`` are fields of
    what surrounds a parcel, each a list of the values met from outside inwards, objects as JSON.
    ``aliases`` maps other spellings found in the wild to the documented one (upper and lower case never
    differ). The parcel's number is the field ``number`` of the parcel, or of each scan. A list of objects is
    one of scans if each has a field of every group in ``marks``.
    """

    provider_id: str
    number: str
    envelopes: Mapping[str, str]
    parcel: tuple[str, ...]
    scan: Fields
    marks: tuple[tuple[str, ...], ...]
    outer: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def function(self) -> str:
        """The name under which SQL calls ``find``."""
        return f"find_{self.provider_id}"

    def find(self, record: str) -> str | None:
        """Return as JSON the parcels in a record of any envelope, or None if it holds no list of scans.

        A scan that is no text, for half a character stands in it, is null.
        """
        try:
            document: object = json.loads(record)
        except RecursionError:
            return None
        except ValueError:
            document = [value for values in parse_qs(record.strip()).values() for value in values]
        try:
            parcels = list(_Search(self).parcels(document, {}))
            found = json.dumps(parcels, ensure_ascii=False)
            found.encode()
        except RecursionError:
            return None
        except UnicodeEncodeError:
            found = json.dumps([_textual(parcel) for parcel in parcels], ensure_ascii=False)
        return found if parcels else None


def _textual(parcel: dict[str, Any]) -> dict[str, Any] | None:
    """Return the parcel with null for scans that are no text, or null for one that is none itself."""
    scans = [scan if is_text(scan) else None for scan in parcel[SCANS]]
    whole = parcel | {SCANS: scans}
    return whole if is_text(whole) else None


def _at(node: object, path: str) -> object:
    """Return what lies at the path below an object, or None."""
    for step in path.casefold().split("."):
        if not isinstance(node, dict):
            return None
        node = next((value for key, value in node.items() if key.casefold() == step), None)
    return node


class _Search:
    """The names of a history, as they are compared."""

    def __init__(self, history: History) -> None:
        aliases = {alias.casefold(): name for alias, name in history.aliases.items()}
        self.history = history
        self.parcel = {n.casefold(): n for n in (*history.parcel, *history.outer)}
        self.within = [name for name in history.parcel if "." in name]
        self.scan = {n.casefold(): n for n in history.scan}
        self.parcel |= {a: n for a, n in aliases.items() if n in history.parcel or n in history.outer}
        self.scan |= {a: n for a, n in aliases.items() if n in history.scan}
        self.lists = {path.rpartition(".")[2].casefold() for path in history.envelopes.values()}

    def named(self, scan: dict[str, Any]) -> dict[str, Any]:
        """Return the scan's fields under their documented names; a documented spelling goes first."""
        found = {
            name: value
            for key, value in scan.items()
            if value is not None and (name := self.scan.get(key.casefold())) is not None
        }
        return found | {name: scan[name] for name in found if scan.get(name) is not None}

    def is_scans(self, value: object) -> bool:
        if not isinstance(value, list) or not all(isinstance(scan, dict) for scan in value):
            return False
        named = [{self.scan.get(key.casefold()) for key in scan} for scan in value]
        return all(any(n in names for n in group) for names in named for group in self.history.marks)

    def know(self, node: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
        """Return what is known of the parcels in a node: the nearest value of each field."""
        inner = dict(known)
        for key, value in node.items():
            name = self.parcel.get(key.casefold())
            if name is None or isinstance(value, bool) or value in (None, ""):
                continue
            is_nested = isinstance(value, dict | list)
            if name in self.history.outer:
                text = json.dumps(value, ensure_ascii=False) if is_nested else str(value)
                inner[f"{SCANS}_{name}"] = [*inner.get(f"{SCANS}_{name}", []), text]
            if is_nested:
                continue
            if name in self.history.parcel:
                inner[name] = str(value)
        for path in self.within:
            value = _at(node, path)
            if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                inner[path] = str(value)
        return inner

    def parcels(self, node: object, known: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if isinstance(node, str) and node.lstrip()[:1] in ("{", "["):
            try:
                node = json.loads(node)
            except ValueError:
                return
        if isinstance(node, list):
            if node and self.is_scans(node):
                yield {**known, SCANS: [self.named(scan) for scan in node]}
            else:
                for item in node:
                    yield from self.parcels(item, known)
        elif isinstance(node, dict) and self.history.number in self.history.scan and self.is_scans([node]):
            yield {**known, SCANS: [self.named(node)]}
        elif isinstance(node, dict):
            known = self.know(node, known)
            for key, value in node.items():
                if value == [] and key.casefold() in self.lists and self.history.number in known:
                    yield {**known, SCANS: []}
                else:
                    yield from self.parcels(value, known)

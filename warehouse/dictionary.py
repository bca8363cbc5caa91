"""What every published name is called and means: the headed docs blocks of the dbt project.

A block is named as the column or metric and begins with its head, ``#### label · label_zh · unit``; what
follows is its definition, and after ``中文：`` the same in Chinese. A block without a head is what one table
says of a name, where it means otherwise. ``dbt_project/README.md`` says how a metric is added.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from string import Formatter
from types import SimpleNamespace
from typing import Any

from warehouse.errors import WaymartError

_CHINESE = "中文："
_HEAD = re.compile(r"#### (?P<label>.+?) · (?P<label_zh>.+?) · (?P<unit>.+)\s*")


@dataclass(frozen=True)
class Entry:
    """One name of the dictionary; a pattern's entry has the words of its parts in braces."""

    label: str
    label_zh: str
    unit: str
    definition: str
    definition_zh: str = ""


@dataclass(frozen=True)
class Formula:
    """A metric as a model writes it, or one of those that a name with parts in braces stands for."""

    name: str
    entry: Entry | None
    sql: str


class Dictionary:
    """The headed docs blocks of a manifest, by name."""

    def __init__(self, manifest: dict[str, Any]) -> None:
        blocks = {block["name"]: block["block_contents"] for block in manifest["docs"].values()}
        self._entries = {name: entry for name, text in blocks.items() if (entry := _entry(text))}

    def find(self, name: str) -> Entry | None:
        """The entry of a name, None where the dictionary has none."""
        return self._entries.get(name)

    def names(self) -> frozenset[str]:
        """Every name that has an entry."""
        return frozenset(self._entries)

    def formulas(self, metrics: dict[str, str], each: dict[str, Any]) -> Iterator[Formula]:
        """Yield a model's metrics, a name with parts in braces once for every combination of their values.

        ``each`` holds a part's values: a list of them, or a mapping of each to the SQL that a formula puts
        for ``{part.sql}``.

        Raises:
            WaymartError: a name, formula or entry speaks of a part that has no such values or words.
        """
        for pattern, formula in metrics.items():
            parts = list(dict.fromkeys(_parts(pattern)))
            for missing in (part for part in parts if part not in each):
                raise WaymartError(
                    f"The metric {pattern} has no values for {{{missing}}}: list them in `each`."
                )
            for values in product(*(each[part] for part in parts)):
                filled = {
                    part: self._part(part, str(value), each)
                    for part, value in zip(parts, values, strict=True)
                }
                try:
                    name = pattern.format(**filled)
                    entry = self.find(name) or _filled(self.find(re.sub(r"[{}]", "", pattern)), filled)
                    sql = formula.format(**filled) if parts else formula
                except (AttributeError, KeyError) as error:
                    raise WaymartError(
                        f"The metric {pattern} or its entry says what is unknown: {error}."
                    ) from error
                yield Formula(name, entry, " ".join(sql.split()))

    def _part(self, part: str, value: str, each: dict[str, Any]) -> "_Part":
        sql = {"sql": str(each[part][value])} if isinstance(each[part], dict) else {}
        words = self.find(f"{part}_{value}")
        return _Part(value, **sql, **(vars(words) | {"words": _inside(words.label)} if words else {}))


class _Part(SimpleNamespace):
    """A value of a part: itself in a name, in formulas with its SQL, in entries with its words."""

    def __init__(self, value: str, **texts: str) -> None:
        super().__init__(**texts)
        self._value = value

    def __str__(self) -> str:
        return self._value


def without_head(text: str | None) -> str | None:
    """A docs block's definition in one line, in English; None where it says nothing."""
    return " ".join(_HEAD.sub("", text, count=1).partition(_CHINESE)[0].split()) or None if text else None


def in_chinese(text: str | None) -> str | None:
    """A docs block's definition in Chinese; None where it has none."""
    return (text or "").partition(_CHINESE)[2].strip() or None


def _entry(text: str) -> Entry | None:
    head = _HEAD.match(text)
    if head is None:
        return None
    return Entry(
        **head.groupdict(), definition=without_head(text) or "", definition_zh=in_chinese(text) or ""
    )


def _filled(pattern: Entry | None, parts: dict[str, _Part]) -> Entry | None:
    return Entry(**{key: text.format(**parts) for key, text in vars(pattern).items()}) if pattern else None


def _parts(pattern: str) -> Iterator[str]:
    return (part for _, part, _, _ in Formatter().parse(pattern) if part is not None)


def _inside(label: str) -> str:
    """A label as it is written inside a sentence."""
    return label[:1].lower() + label[1:]

"""Which column of an export is which of the contract: read from and written to a file that people correct."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from ingest.contract import CONTRACT, Column, Entity
from ingest.errors import IntakeError

#: The section of columns that mean the same in every entity.
EVERY = "every"
_SETTINGS = ("encoding", "time_zone", "time_format", "decimal_mark")
_ABOUT = """\
Which column of an export is which of the contract, for `waymart ingest --mapping {name}`: see
ingest/contract.md for its columns.

An entity is read when it has a section here and all that it needs is named; what stands under [every] holds
for each entity that has the column. A column is one of the file, or the same for all rows, or the price of
one unit taken times the units:
    currency = {{ always = "CNY" }}
    goods_amount = {{ column = "Unit price", times = "Quantity" }}
[words.status_code] turns words of the file into codes: "已发货" = "shipped".
"""


@dataclass(frozen=True)
class Field:
    """Where a contract column comes from: a column of the file, or the same words for all rows.

    ``times`` names the column of units where ``column`` is the price of one.
    """

    column: str = ""
    always: str = ""
    times: str = ""


@dataclass(frozen=True)
class ColumnMapping:
    """How the columns of an export become the contract's.

    ``sections`` are by entity, or ``every``: contract column → field. ``words`` are by contract column: the
    file's word → the contract's code. ``time_zone`` is of times that carry none, ``time_format`` (strptime)
    of those that are not ISO 8601, ``decimal_mark`` what parts an amount's fraction.
    """

    name: str
    sections: Mapping[str, Mapping[str, Field]]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    encoding: str = "utf-8"
    time_zone: str = ""
    time_format: str = ""
    decimal_mark: str = "."

    @property
    def options(self) -> dict[str, str]:
        """What is said of the files to whoever loads them."""
        return {"time_format": self.time_format} if self.time_format else {}

    def fields(self, entity: Entity) -> dict[str, Field]:
        """Return what is said of the entity's columns, its own section before the common one."""
        said = {**self.sections.get(EVERY, {}), **self.sections.get(entity.name, {})}
        return {column.name: said[column.name] for column in entity.columns if column.name in said}

    def missing(self, entity: Entity) -> list[Column]:
        """Return the columns that the entity needs and nothing is said of."""
        said = self.fields(entity)
        return [c for c in entity.columns if c.required and c.name not in said and c.name != LINE_NUMBER]

    def entities(self) -> Iterator[Entity]:
        """Yield the entities that are read."""
        return (one for one in CONTRACT if one.name in self.sections and not self.missing(one))


#: Few exports number the lines of an order: where none does, they count in the order of the file.
LINE_NUMBER = "order_line_number"


def read_mapping(path: Path) -> ColumnMapping:
    """Read a mapping; raises IntakeError, with what is wrong, for a file that is none."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise IntakeError(f"There is no mapping {path.stem}: make one with `waymart map FILE`.") from None
    except ValueError as error:
        raise IntakeError(f"{path} is no mapping: {error}.") from None
    columns = {EVERY: {c.name for one in CONTRACT for c in one.columns}}
    columns |= {one.name: {c.name for c in one.columns} for one in CONTRACT}
    words = said.pop("words", {})
    settings = {name: _text(path, name, said.pop(name)) for name in _SETTINGS if name in said}
    for section, fields in said.items():
        if section not in columns or not isinstance(fields, dict):
            raise IntakeError(
                f"{path}: {section} is no entity of the contract, nor {EVERY}, words or a setting."
            )
        for unknown in sorted(set(fields) - columns[section]):
            raise IntakeError(f"{path}: {section} have no column {unknown}.")
    return ColumnMapping(
        name=path.stem,
        sections={
            section: {name: _field(path, name, value) for name, value in fields.items()}
            for section, fields in said.items()
        },
        words={
            name: {theirs: _text(path, theirs, ours) for theirs, ours in of_column.items()}
            for name, of_column in words.items()
        },
        **settings,
    )


def _field(path: Path, name: str, value: Any) -> Field:
    if isinstance(value, dict) and set(value) in ({"always"}, {"column"}, {"column", "times"}):
        return Field(**{key: _text(path, name, one) for key, one in value.items()})
    return Field(column=_text(path, name, value))


def _text(path: Path, name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise IntakeError(f"{path}: {name} must be text in quotation marks.")
    return value


def write_mapping(mapping: ColumnMapping, path: Path) -> None:
    """Write a mapping as a file that people can read and correct."""
    document = tomlkit.document()
    for line in _ABOUT.format(name=mapping.name).splitlines():
        document.add(tomlkit.comment(line))
    document.add(tomlkit.nl())
    for name in _SETTINGS:
        if value := getattr(mapping, name):
            document.add(name, tomlkit.string(value))
    for section, fields in mapping.sections.items():
        table = tomlkit.table()
        for name, said in fields.items():
            table.add(name, _value(said))
        document.add(section, table)
    words = tomlkit.table(is_super_table=True)
    for column, of_column in mapping.words.items():
        words.add(column, dict(of_column))
    if mapping.words:
        document.add("words", words)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tomlkit.dumps(document), encoding="utf-8")


def _value(said: Field) -> Any:
    if said.column and not said.times:
        return said.column
    value = tomlkit.inline_table()
    value.update({key: text for key, text in vars(said).items() if text})
    return value

"""What an adapter declares: which files a provider sends and how their fields become contract columns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Confirmation = Literal["real row", "provider's document", "secondary", "our contract"]


#: SQL of the place of a row's file among the small files that are read together; 0 where a file is alone.
#: What an adapter groups it groups within a file.
FILE = "(_line_number >> 32)"


@dataclass(frozen=True)
class Shape:
    """What can be known of a file before its rows are read.

    ``fields`` maps the columns of a table to their SQL types; a file of JSON records or form bodies has
    none and is the field ``record`` (text, one record a row). ``options`` are what the user said of it.
    """

    path: Path
    is_table: bool
    fields: Mapping[str, str]
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Target:
    """One entity made from the rows of a layout: contract column → SQL expression over their fields.

    ``rows`` is a select over ``things``, the layout's rows, where the entity needs others (an order's
    lines); it keeps ``_line_number`` and ``_is_malformed``. A malformed row is the first target's to count.
    """

    entity: str
    columns: Mapping[str, str]
    rows: str = ""


@dataclass(frozen=True)
class Layout:
    """How one kind of file is read.

    ``rows`` is a select over ``source`` (the file's fields and ``_line_number``) that gives one row for
    each thing with its ``_line_number``, and ``_is_malformed`` true where a record could not be understood;
    empty takes the file's own rows.
    """

    targets: tuple[Target, ...]
    rows: str = ""


def _own_header(_: Path) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Provider:
    """One sender of files.

    ``time_zone`` is the rule for times that carry no zone; None means each time must carry its own.
    ``refuse`` tells by a file's name alone why the provider does not take it: a sentence, empty where it
    may. ``recognise`` returns the layout of a file, or None for a file that is not this provider's; it
    raises ``IntakeError`` where the file is meant for this provider and is wrong. ``functions`` are pure
    functions text → text | None that the layouts' SQL calls by name. ``options`` are what a user may say
    of the files and they do not say themselves: name → what it is. ``header`` names the columns of a CSV
    file that has no line of names itself, empty where it has. ``version`` tells a declaration that people
    change from what it was: a file is new to it. ``encoding`` is how its text files are written.
    """

    provider_id: str
    provider_name: str
    time_zone: str | None
    confirmed_by: Confirmation
    refuse: Callable[[Path], str]
    recognise: Callable[[Shape], Layout | None]
    functions: Mapping[str, Callable[[str], str | None]]
    options: Mapping[str, str] = field(default_factory=dict)
    header: Callable[[Path], tuple[str, ...]] = _own_header
    version: str = ""
    encoding: str = "utf-8"

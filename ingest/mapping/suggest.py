"""Suggests which column of an export is which of the contract, from names that shop systems use."""

import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import duckdb

from ingest.contract import CONTRACT
from ingest.mapping.mapping import EVERY, ColumnMapping, Field
from ingest.reading.kind import Kind, kind_of, readable
from ingest.reading.sql import listed, named, quoted

_HERE = Path(__file__).parent
#: What an export's column may be written in, most usual first.
_ENCODINGS = ("utf-8", "gb18030", "cp1252")
_START_BYTES = 1 << 16
#: How alike a name must be to a known one (difflib's ratio).
_ALIKE = 0.88
_SAMPLE_ROWS = 2_000
_WORDS_MAX = 60
#: How exports write times that are not ISO 8601, in strptime's words.
_ISO_TIME = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d(:?\d\d)?)?"
_TIME_FORMATS = (
    "%Y-%m-%d %H:%M:%S %z", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S", "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S", "%m/%d/%Y %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%d-%m-%Y %H:%M",
)  # fmt: skip
#: What the contract does not have: the goods of a line are this times its units.
_UNIT_PRICE = "unit_price"
#: Columns whose words are codes that the contract knows by other words.
_CODED = ("status_code", "courier_code")


@dataclass(frozen=True)
class Known:
    """What is said of an export besides its columns: the shop's platform, currency, time zone and name."""

    platform_id: str = ""
    currency: str = ""
    time_zone: str = ""
    merchant_code: str = ""


def encoding_of(path: Path) -> str:
    """Return the encoding in which most names of a CSV file are known; of other files UTF-8."""
    if path.suffix.lower() != ".csv":
        return _ENCODINGS[0]
    with path.open("rb") as file:
        line = file.read(_START_BYTES).removeprefix(b"\xef\xbb\xbf").splitlines()[:1]
    found = {}
    for encoding in _ENCODINGS:
        try:
            names = re.split(r"[,;\t]", line[0].decode(encoding)) if line else []
        except UnicodeDecodeError:
            continue
        found[encoding] = sum(_plain(name) in _known_names() for name in names)
    return max(found, key=lambda encoding: found[encoding], default=_ENCODINGS[0])


def suggest(path: Path, name: str, known: Known, encoding: str, couriers: Path) -> ColumnMapping:
    """Return a mapping of a UTF-8 file's columns: those whose names are known, or nearly.

    Args:
        path: the export, with a line of names.
        name: what the mapping is called; the shop is called so too, unless ``known`` or a column says.
        known: what the file does not say.
        encoding: in which the export is written; ``path`` holds it as UTF-8.
        couriers: the seed of couriers (courier_id, courier_name, courier_name_zh).
    """
    with duckdb.connect() as connection:
        kind = kind_of(connection, path)
        sections = _matched([column for column, _ in kind.fields])
        every = sections.setdefault(EVERY, {})
        for column, said in (
            ("platform_id", known.platform_id),
            ("currency", known.currency),
            ("merchant_code", known.merchant_code or name),
        ):
            if said and column not in every:
                every[column] = Field(always=said)
        _open_sections(sections)
        values = _Values(connection, path, kind)
        times = {
            field.column
            for entity in CONTRACT
            for column in entity.columns
            if column.type == "timestamp" and (field := sections.get(entity.name, {}).get(column.name))
        }
        return ColumnMapping(
            name=name,
            sections=sections,
            words=_words(sections, values, couriers),
            encoding=encoding,
            time_zone=known.time_zone,
            time_format=_time_format([text for column in sorted(times) for text in values.of(column)]),
        )


def unused(path: Path, mapping: ColumnMapping) -> list[str]:
    """Return the columns of a UTF-8 file that the mapping reads nothing from."""
    said = [field for fields in mapping.sections.values() for field in fields.values()]
    used = {column for field in said for column in (field.column, field.times)}
    with duckdb.connect() as connection:
        return [column for column, _ in kind_of(connection, path).fields if column not in used]


@cache
def _known_names() -> dict[str, tuple[str, str]]:
    """Return section and column by name; the contract's own names are known too."""
    found: dict[str, tuple[str, str]] = {}
    shared = Counter(column.name for entity in CONTRACT for column in entity.columns)
    with (_HERE / "known_names.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[_plain(row["name"])] = (row["section"], row["column"])
    for entity in CONTRACT:
        for column in entity.columns:
            section = EVERY if shared[column.name] > 1 and column.name in _SHARED else entity.name
            found.setdefault(_plain(column.name), (section, column.name))
    return found


#: Columns that mean the same in each entity that has them.
_SHARED = frozenset(
    {
        "platform_id",
        "order_number",
        "merchant_code",
        "currency",
        "product_code",
        "courier_code",
        "waybill_number",
    }
)


def _plain(name: str) -> str:
    """Return a name without what exports add to it: units in brackets, marks, capitals."""
    text = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"\([^)]*\)|[^\w]|_", "", text)


def _matched(columns: Sequence[str]) -> dict[str, dict[str, Field]]:
    names = _known_names()
    found: dict[str, dict[str, Field]] = {}
    taken: set[tuple[str, str]] = set()
    for is_exact in (True, False):
        for column in columns:
            plain = _plain(column)
            if any(field.column == column for fields in found.values() for field in fields.values()):
                continue
            alike = [plain] if is_exact else get_close_matches(plain, names, n=1, cutoff=_ALIKE)
            place = names.get(alike[0]) if alike else None
            if place and place not in taken:
                taken.add(place)
                found.setdefault(place[0], {})[place[1]] = Field(column=column)
    lines = found.get("order_lines", {})
    price, units = lines.pop(_UNIT_PRICE, None), lines.get("unit_count")
    if price and units and "goods_amount" not in lines:
        lines["goods_amount"] = Field(column=price.column, times=units.column)
    return found


def _open_sections(sections: dict[str, dict[str, Field]]) -> None:
    """Begin the sections of entities of which the columns under ``every`` say enough."""
    every = sections[EVERY]
    begins = {
        "order_lines": "order_number",
        "waybills": "waybill_number",
        "products": "product_code",
        "merchants": "merchant_code",
    }
    for section, column in begins.items():
        if column in every:
            sections.setdefault(section, {})


class _Values:
    """The first values of a file's columns."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, path: Path, kind: Kind) -> None:
        self._connection = connection
        self._read = (
            f"read_parquet({quoted(str(path))})"
            if kind.suffix == ".parquet"
            else f"read_csv({quoted(str(path))}, all_varchar=true, header=true, delim={quoted(kind.form)}, "
            f"ignore_errors=true, null_padding=true, names={listed(name for name, _ in kind.fields)})"
        )
        self._path = path

    def of(self, column: str) -> list[str]:
        """Return the distinct texts of a column in the first rows, most frequent first."""
        text = f"trim({named(column)}::varchar, ' \t')"
        with readable(self._path, "a table"):
            rows = self._connection.execute(
                f"select {text} as word from (select * from {self._read} limit {_SAMPLE_ROWS}) "
                f"where {text} <> '' group by word order by count(*) desc, word limit {_WORDS_MAX}"
            ).fetchall()
        return [str(row[0]) for row in rows]


def _words(
    sections: Mapping[str, Mapping[str, Field]], values: _Values, couriers: Path
) -> dict[str, dict[str, str]]:
    """Return the codes of those words of the file that are known."""
    known = _known_words(couriers)
    found: dict[str, dict[str, str]] = {}
    for fields in sections.values():
        for column, field in fields.items():
            if column in _CODED and field.column:
                codes = {word: known[column].get(_plain(word), "") for word in values.of(field.column)}
                found[column] = {word: code for word, code in codes.items() if code and code != word}
    return {column: words for column, words in found.items() if words}


def _known_words(couriers: Path) -> dict[str, dict[str, str]]:
    known: dict[str, dict[str, str]] = {column: {} for column in _CODED}
    with (_HERE / "known_words.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known[row["column"]][_plain(row["word"])] = row["code"]
    with couriers.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for name in (row["courier_id"], row["courier_name"], row["courier_name_zh"]):
                short = re.sub(r"(快递|速递|速运|快运|物流)$|\s+(express|logistics)$", "", name.casefold())
                known["courier_code"] |= {_plain(word): row["courier_id"] for word in (name, short) if word}
    return known


def _time_format(texts: Iterable[str]) -> str:
    """Return the one form in which all texts are times; empty where they are ISO 8601 or it is not plain."""
    some = [text for text in texts if not re.fullmatch(_ISO_TIME, text)]
    if not some:
        return ""
    with duckdb.connect() as connection:
        forms = [
            form
            for form in _TIME_FORMATS
            if connection.execute(
                "select bool_and(try_strptime(word, $form) is not null) from unnest($words) as words(word)",
                {"form": form, "words": some},
            ).fetchone() == (True,)
        ]  # fmt: skip
    return forms[0] if len(forms) == 1 else ""

"""A mapping as the declaration of a provider: its files are read, judged and loaded like any other."""

import hashlib
from dataclasses import replace
from pathlib import Path

from ingest.contract import CONTRACT, Column, Entity
from ingest.errors import IntakeError
from ingest.mapping.mapping import EVERY, LINE_NUMBER, ColumnMapping, Field
from ingest.provider import FILE, Layout, Provider, Shape, Target
from ingest.providers.waymart import WAYMART
from ingest.reading.kind import split_suffix
from ingest.reading.sql import named, quoted

#: An export has a row for each line of an order and says the order in each, or in the first alone: of these
#: entities the rows of one key are brought together, the first that says something taken.
_KEYS = {
    "orders": ("platform_id", "order_number"),
    "waybills": ("courier_code", "waybill_number"),
    "consumers": ("platform_id", "consumer_code"),
    "merchants": ("platform_id", "merchant_code"),
    "products": ("platform_id", "product_code"),
}
#: A row without it is none of the entity's: an order that is not sent yet has no waybill.
_MUST_SAY = {"waybills": "waybill_number", "waybill_events": "waybill_number", "products": "product_code"}
_MUST_SAY |= {"refunds": "refunded_at", "order_lines": "order_number", "orders": "order_number"}
#: What a line does not have by itself.
_OF_THE_ORDER = frozenset({"platform_id", "currency", "order_currency"})
_SUFFIXES = frozenset({".csv", ".parquet"})
#: What spreadsheets are exported with, so that a number stays text: ="123", '123 or a tab.
_WRAPPED = r"""^(?:="(.*)"|'?(.*?))$"""
_MONEY_SIGNS = r"^(?:R\$|[¥￥$€£])|[\s元]|(?:CNY|RMB|USD|EUR|GBP|BRL)"


def as_provider(mapping: ColumnMapping) -> Provider:
    """Return the provider that reads files by this mapping; raises IntakeError where it reads nothing."""
    entities = list(mapping.entities())
    if not entities:
        raise IntakeError(f"Mapping {mapping.name} reads nothing yet: {'; '.join(_wanting(mapping))}.")
    said = [field for one in entities for field in mapping.fields(one).values()]
    needed = {column for field in said for column in (field.column, field.times) if column}

    def recognise(shape: Shape) -> Layout | None:
        there = {name.casefold() for name in shape.fields}
        missing = sorted(name for name in needed if name.casefold() not in there)
        if missing:
            names = ", ".join(missing)
            raise IntakeError(f"{shape.path.name} lacks columns that mapping {mapping.name} reads: {names}.")
        return Layout(tuple(_target(mapping, one) for one in entities))

    return replace(
        tables(mapping.encoding),
        provider_name=f"Mapping {mapping.name}",
        time_zone=mapping.time_zone or None,
        recognise=recognise,
        version=hashlib.sha256(repr(mapping).encode()).hexdigest()[:16],
    )


def tables(encoding: str) -> Provider:
    """Return what takes any table in that encoding and recognises none: to look at files not mapped yet."""
    return replace(WAYMART, refuse=_refuse, recognise=lambda _: None, encoding=encoding)


def _wanting(mapping: ColumnMapping) -> list[str]:
    begun = [one for one in CONTRACT if one.name in mapping.sections]
    return [
        f"{one.name} need {', '.join(column.name for column in mapping.missing(one))}" for one in begun
    ] or ["it names no entity"]


def _refuse(path: Path) -> str:
    return "" if split_suffix(path)[0] in _SUFFIXES else "a mapping reads tables: CSV, Excel or Parquet"


def _target(mapping: ColumnMapping, entity: Entity) -> Target:
    said = mapping.fields(entity)
    cells = {c.name: _cell(mapping, c, said[c.name]) for c in entity.columns if c.name in said}
    if entity.name == "order_lines":
        in_order = f"over (partition by {FILE}, {cells['order_number']} order by _line_number"
        if LINE_NUMBER not in said:
            cells[LINE_NUMBER] = f"(row_number() {in_order}))::varchar"
        for name in sorted(_OF_THE_ORDER & set(said)):
            # Where the first line alone says it, it holds for all.
            whole = "rows between unbounded preceding and unbounded following"
            cells[name] = f"coalesce({cells[name]}, first({cells[name]} ignore nulls) {in_order} {whole}))"
    if entity.name == "waybills" and (order := mapping.sections.get(EVERY, {}).get("order_number")):
        cells["order_numbers"] = _cell(mapping, _ORDER_NUMBER, order)
    must = _MUST_SAY.get(entity.name, "")
    where = f" where {cells[must]} is not null" if must in cells else ""
    columns = ", ".join(f"{cell} as {name}" for name, cell in cells.items())
    rows = f"select _line_number, _is_malformed, {columns} from things{where}"
    if entity.name in _KEYS:
        rows = _brought_together(rows, cells, _KEYS[entity.name])
    return Target(entity.name, {name: name for name in cells}, rows)


_ORDER_NUMBER = Column("order_number", "text", "")


def _brought_together(rows: str, columns: dict[str, str], keys: tuple[str, ...]) -> str:
    """Return one row per key: of each column the first that says something; of the orders all."""
    firsts = ", ".join(
        f"list_sort(list(distinct {name}) filter (where {name} is not null)) as {name}"
        if name == "order_numbers"
        else f"first({name} order by _line_number) filter (where {name} is not null) as {name}"
        for name in columns
    )
    file = FILE.replace("_line_number", "rows._line_number")
    by = ", ".join(f"rows.{name}" for name in keys)
    return (
        f"select min(_line_number) as _line_number, bool_or(_is_malformed) as _is_malformed, {firsts} "
        f"from ({rows}) as rows group by {file}, {by}"
    )


def _cell(mapping: ColumnMapping, column: Column, said: Field) -> str:
    """Return SQL of what the file says of a contract column, in the words of the contract."""
    if not said.column:
        return quoted(said.always)
    text = _text(said.column)
    if column.type == "amount":
        text = _amount(mapping, said)
    if column.type == "count":
        text = f"regexp_replace({text}, '\\.0+$', '')"
    if words := mapping.words.get(column.name):
        cases = " ".join(f"when {quoted(theirs)} then {quoted(ours)}" for theirs, ours in words.items())
        text = f"case {text} {cases} else {text} end"
    return text


def _text(column: str) -> str:
    """Return SQL of a cell's text, taken out of what spreadsheets wrap it in; null where it is empty."""
    return f"nullif(regexp_replace(trim({named(column)}::varchar, ' \t'), {quoted(_WRAPPED)}, '\\1\\2'), '')"


def _amount(mapping: ColumnMapping, said: Field) -> str:
    """Return SQL of an amount without signs of money; a price of one unit is taken times the units."""
    text = f"regexp_replace({_text(said.column)}, {quoted(_MONEY_SIGNS)}, '', 'g')"
    thousands = "." if mapping.decimal_mark == "," else ","
    text = f"replace(replace({text}, '{thousands}', ''), '{mapping.decimal_mark}', '.')"
    if not said.times:
        return text
    product = f"try_cast({text} as decimal(18, 4)) * try_cast({_text(said.times)} as decimal(18, 4))"
    # What is no number stays as it is, to be judged.
    return f"coalesce(({product})::decimal(18, 2)::varchar, {text})"

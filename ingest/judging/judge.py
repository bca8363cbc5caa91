"""Generates the SQL that types a row and says whether, and why not, it is well formed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ingest.contract import LIMITS, ORDER_CURRENCY, SQL_TYPES, Column, Entity
from ingest.judging.currencies import CURRENCIES
from ingest.judging.mask import mask_sql
from ingest.judging.pseudonym import pseudonym_sql

_ZONE = r"(Z|z|[+-]\d{2}(:?\d{2})?)"
_CLOCK = r"\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:\d{2}(:\d{2}([.]\d{1,9})?)?"
_ZONED_TIME = rf"{_CLOCK} ?{_ZONE}"
_LOCAL_TIME = _CLOCK
_DATE = r"\d{4}-\d{1,2}-\d{1,2}"
_WHOLE = r" *[+-]?\d+([.]0*)? *"
_ROUNDED = r"\d(\.\d+)?E\+\d+"
_YES = "('true', 't', 'yes', 'y', '1')"
_NO = "('false', 'f', 'no', 'n', '0')"

_NOT_A: dict[str, str] = {
    "timestamp": "not_a_timestamp",
    "date": "not_a_date",
    "amount": "not_an_amount",
    "count": "not_a_count",
    "boolean": "not_a_boolean",
    "texts": "malformed_record",
}
#: How the names begin of the types, other than text, in which a column may come.
_WHOLE_NUMBERS = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINY",
    "USMALL",
    "UINT",
    "UBIG",
    "UHUGE",
)
_OWN_TYPES: dict[str, tuple[str, ...]] = {
    "timestamp": ("TIMESTAMP WITH TIME ZONE",),
    "date": ("DATE",),
    "count": _WHOLE_NUMBERS,
    "amount": (*_WHOLE_NUMBERS, "DECIMAL", "FLOAT", "DOUBLE"),
    "boolean": ("BOOLEAN",),
}
_CURRENCIES = ", ".join(f"'{code}'" for code in sorted(CURRENCIES))


@dataclass(frozen=True)
class Judgement:
    """SQL of a judged row: ``words`` → ``typed`` → ``verdict``, and what the verdict's numbers mean.

    ``verdict`` is 0 for a well-formed row, else 1 + the place in ``faults`` (reason, field).
    """

    words: str
    typed: str
    verdict: str
    faults: tuple[tuple[str, str | None], ...]


def _is_own(column: Column, source_type: str) -> bool:
    """Whether values come in a type from which the column's follows without a word being read."""
    if column.type == "texts":
        return source_type.endswith("[]")
    return source_type.startswith(_OWN_TYPES.get(column.type, ()))


def _timestamp(word: str, source_type: str, time_zone: str | None, time_format: str | None) -> str:
    if source_type == "TIMESTAMP WITH TIME ZONE":
        return word
    standard = _standard_timestamp(word, time_zone)
    if time_format is None:
        return standard
    other = f"try_strptime({word}, {_quoted(time_format)})"
    if "%z" not in time_format:
        other = f"timezone('{time_zone}', {other})" if time_zone else "null"
    return f"coalesce({standard}, {other})"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _standard_timestamp(word: str, time_zone: str | None) -> str:
    zoned = f"case when regexp_full_match({word}, '{_ZONED_TIME}') then try_cast({word} as timestamptz) "
    if time_zone is None:
        return zoned + "end"
    local = f"timezone('{time_zone}', try_cast({word} as timestamp))"
    return f"case when regexp_full_match({word}, '{_LOCAL_TIME}') then {local} else {zoned}end end"


def _typed(
    column: Column, word: str, source_type: str, time_zone: str | None, time_format: str | None
) -> str:
    """Return SQL of the word in the contract's type; null where it does not fit."""
    text = f"{word}::varchar"
    match column.type:
        case "text" | "currency":
            return text
        case "masked":
            return mask_sql(text)
        case "pseudonym":
            return pseudonym_sql(text)
        case "texts":
            if source_type.endswith("[]"):
                return f"{word}::varchar[]"
            return f"string_split({text}, '|')"
        case "timestamp":
            return _timestamp(word, source_type, time_zone, time_format)
        case "date":
            if source_type == "DATE":
                return word
            standard = f"case when regexp_full_match({text}, '{_DATE}') then try_cast({text} as date) end"
            if time_format is None:
                return standard
            return f"coalesce({standard}, try_strptime({text}, {_quoted(time_format)})::date)"
        case "count":
            if source_type.endswith("INT") or source_type.endswith("INTEGER"):
                return f"try_cast({word} as bigint)"
            return f"case when regexp_full_match({text}, '{_WHOLE}') then try_cast({text} as bigint) end"
        case "amount":
            return f"try_cast({word} as decimal(18, 2))"
        case "boolean":
            if source_type == "BOOLEAN":
                return word
            low = f"lower(trim({text}))"
            return f"case when {low} in {_YES} then true when {low} in {_NO} then false end"


def _bounds(column: Column, loaded_at: datetime) -> list[tuple[str, str]]:
    """Return what a value must not be that is of its type: reason and SQL."""
    name = column.name
    match column.type:
        case "timestamp":
            now = f"timestamptz '{loaded_at.isoformat()}'"
            return [
                ("before_2000", f"{name} < timestamptz '2000-01-01 00:00:00+00'"),
                ("in_the_future", f"{name} > {now} + interval '{column.ahead}'"),
            ]
        case "date":
            today = f"date '{loaded_at.date().isoformat()}'"
            return [
                ("before_2000", f"{name} < date '2000-01-01'"),
                ("in_the_future", f"{name} > {today} + interval '{column.ahead}'"),
            ]
        case "amount" | "count":
            limit = LIMITS[column.type]
            floor = [] if column.signed else [("negative", f"{name} < 0")]
            return [("too_large", f"abs({name}) >= {limit}"), *floor]
        case "currency":
            tests = [("not_a_currency", f"{name} not in ({_CURRENCIES})")]
            return tests + ([("other_currency", f"{name} <> currency")] if column == ORDER_CURRENCY else [])
    return []


def judge(
    entity: Entity,
    columns: Mapping[str, str],
    types: Mapping[str, str],
    time_zone: str | None,
    time_format: str | None = None,
    *,
    loaded_at: datetime,
) -> Judgement:
    """Generate the SQL that judges one entity.

    ``columns`` maps contract columns to SQL over the source's fields, ``types`` to the SQL type of those
    expressions; a column that is not mapped is null. ``time_format`` (strptime) is how the user says that
    times are written that are not ISO 8601; ``loaded_at`` is when these are loaded.
    """
    words, typed, cases = [], [], ["when _is_malformed then 1"]
    faults: list[tuple[str, str | None]] = [("malformed_record", None)]
    for column in entity.columns:
        source_type = types.get(column.name, "")
        word, name = f"_word_{column.name}", column.name
        if column.name not in columns:
            words.append(f"null::varchar as {word}")
            typed.append(f"null::{SQL_TYPES[column.type]} as {name}")
        else:
            expression = columns[column.name]
            if not _is_own(column, source_type):
                # Judged by how it reads.
                expression, source_type = f"({expression})::varchar", "VARCHAR"
            words.append(
                f"nullif({expression}, '') as {word}"
                if source_type == "VARCHAR"
                else f"({expression}) as {word}"
            )
            typed.append(f"{_typed(column, word, source_type, time_zone, time_format)} as {name}")
        tests: list[tuple[str, str]] = []
        if column.required:
            tests.append(("missing_value", f"{word} is null"))
            if column.type == "text" and source_type == "VARCHAR":
                rounded = f"contains({word}, 'E+') and regexp_full_match({word}, '{_ROUNDED}')"
                tests.append(("rounded_number", rounded))
        if column.type in _NOT_A and column.name in columns:
            tests.append((_NOT_A[column.type], f"{name} is null and {word} is not null"))
        if name in columns:
            tests += _bounds(column, loaded_at)
        if column.begun_by in columns:
            tests.append(("ends_before_it_begins", f"{name} < {column.begun_by}"))
        for reason, test in tests:
            faults.append((reason, column.name))
            cases.append(f"when {test} then {len(faults)}")
    verdict = f"case {' '.join(cases)} else 0 end::usmallint"
    return Judgement(", ".join(words), ", ".join(typed), verdict, tuple(faults))

"""A merchant's own rows, written to a file: the one home of that query, for page and command alike."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from rustpy_xlsxwriter import FastExcel, Format

from serving.access import Grant
from serving.dictionary import Entry
from serving.extract_kinds import KINDS, What
from serving.published import Published

#: Rows a sheet can hold below its header.
SHEET_ROWS_MAX = 1_048_575

_BATCH_ROWS = 20_000

#: What DuckDB may hold while it writes a file, which it does as it reads.
_MEMORY_LIMIT = "96MB"

#: SQL of what a spreadsheet would read as a formula at the start of a cell (OWASP, "CSV injection").
_FORMULA = "'=', '+', '-', '@', chr(9), chr(13), chr(10), '＝', '＋', '－', '＠'"

_BOM = "\ufeff"

#: How a sheet shows a type that it keeps as a number.
_SHEET_FORMS = {"DATE": "yyyy-mm-dd", "TIMESTAMP WITH TIME ZONE": "yyyy-mm-dd hh:mm:ss"}

#: The columns of a sheet that tells of another one.
_ABOUT = ("name", "label", "unit", "meaning")


@dataclass(frozen=True)
class _Rows:
    """A query of a merchant's rows, its parameters, and what the manifest says about them.

    Whole tables come as they were published, month by month and by their keys within it: to sort them all
    again would take memory with their number.
    """

    sql: str
    parameters: list[Any]
    about: dict[str, Any]

    @property
    def columns(self) -> list[str]:
        """Their names, in order."""
        return [column["name"] for column in self.about["columns"]]

    def select(self, cells: Mapping[str, str]) -> str:
        """Return SQL of them as a file has them (name → expression)."""
        chosen = ", ".join(f'{cell} as "{name}"' for name, cell in cells.items())
        return f"select {chosen} from ({self.sql})"


class ExtractError(Exception):
    """An extract that cannot be written; its text is one sentence for the person who asked."""


def write_extract(serving: Path, grant: Grant, merchant_id: str, what: What, out: Path) -> int:
    """Write a merchant's rows and, beside them, ``<out>.manifest.json``; return the count of rows.

    Args:
        serving: the published file, or the link to it.
        grant: what the one who asks may see.
        merchant_id: whose rows; nobody else's are read.
        what: one of ``serving.extract_kinds.KINDS``.
        out: its suffix says the format: .csv, .parquet or .xlsx.

    Raises:
        RefusedError: the merchant's rows are not for the one who asks.
        ExtractError: the format or kind is unknown, the merchant has no rows, or a sheet cannot hold them.
    """
    grant.require(merchant_id)
    write = _WRITERS.get(out.suffix.lower())
    if write is None:
        raise ExtractError(f"{out.name}: the name must end in one of {', '.join(_WRITERS)}.")
    if not serving.exists():
        raise ExtractError("No data is published yet: run `waymart run` first.")
    published = Published(serving, _MEMORY_LIMIT)
    rows = _rows(published, grant, merchant_id, what)
    about = rows.about
    if out.suffix.lower() == ".xlsx" and about["row_count"] > SHEET_ROWS_MAX:
        raise ExtractError(
            f"{merchant_id} has {about['row_count']:,} rows and a sheet holds {SHEET_ROWS_MAX:,}: "
            "take .csv or .parquet."
        )
    write(published, rows, out)
    with out.open("rb") as file:
        about |= {
            "file_bytes": out.stat().st_size,
            "sha256": hashlib.file_digest(file, "sha256").hexdigest(),
        }
    out.with_name(f"{out.name}.manifest.json").write_text(
        json.dumps(about, ensure_ascii=False, indent=2) + "\n"
    )
    return int(about["row_count"])


def manifest(serving: Published, grant: Grant, merchant_id: str, what: What) -> dict[str, Any]:
    """Return what an extract holds: merchant, rows, build, how fresh, the columns and their meanings.

    Raises:
        RefusedError: the merchant's rows are not for the one who asks.
        ExtractError: the kind is unknown or the merchant has no rows.
    """
    return _rows(serving, grant, merchant_id, what).about


def _rows(serving: Published, grant: Grant, merchant_id: str, what: What) -> _Rows:
    grant.require(merchant_id)
    check_kind(what)
    kind = KINDS[what]
    filters = {**kind.filters, "merchant_id": [merchant_id]}
    names = serving.with_finals(kind.table, kind.metrics)
    entries = [serving.dictionary.column(kind.table, name) for name in kind.by]
    entries += [serving.dictionary.metric(kind.table, name) for name in names]
    entries = entries or serving.dictionary.columns(kind.table)
    if kind.metrics:
        sql, parameters = serving.grouped(kind.table, names, kind.by, filters)
    else:
        columns = [entry.name for entry in entries]
        sql, parameters = serving.listed(kind.table, columns, filters, kind.order_by)
    count = serving.frame(f"select count(*) from ({sql})", parameters).item()
    if not count:
        raise ExtractError(f"Merchant {merchant_id!r} has no {what.replace('_', ' ')} in the published data.")
    return _Rows(sql, parameters, _about_rows(serving, merchant_id, what, entries, count))


def _about_rows(
    serving: Published, merchant_id: str, what: What, entries: Sequence[Entry], count: int
) -> dict[str, Any]:
    zone = serving.frame(
        "select time_zone from dim_merchants join dim_platforms using (platform_id) where merchant_id = ?",
        [merchant_id],
    )
    as_of = serving.frame(
        "select provider_id, epoch(as_of_at)::bigint from dim_providers order by provider_id"
    )
    return {
        "merchant_id": merchant_id,
        "what": what,
        "filters": {"merchant_id": merchant_id} | {name: of for name, [of] in KINDS[what].filters.items()},
        "row_count": count,
        "build_id": serving.build["build_id"],
        "is_simulated": serving.build["is_simulated"],
        "as_of": {provider: _utc(seconds) for provider, seconds in as_of.rows()},
        "time_zone": zone.item() if len(zone) else "UTC",
        "columns": [
            {"name": entry.name, "label": entry.label, "unit": entry.unit, "meaning": entry.description}
            for entry in entries
        ],
    }


def check_kind(what: str) -> None:
    """Raise ExtractError where there are no such rows to take home."""
    if what not in KINDS:
        raise ExtractError(f"{what!r} cannot be extracted: choose {', '.join(KINDS)}.")


def _utc(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _batches(published: Published, rows: _Rows, cells: Mapping[str, str]) -> pa.RecordBatchReader:
    return published.arrow_batches(rows.select(cells), rows.parameters, rows.about["time_zone"], _BATCH_ROWS)


def _write_parquet(published: Published, rows: _Rows, out: Path) -> None:
    batches = _batches(published, rows, {name: f'"{name}"' for name in rows.columns})
    schema = batches.schema.with_metadata({"manifest": json.dumps(rows.about, ensure_ascii=False)})
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))


def _write_csv(published: Published, rows: _Rows, out: Path) -> None:
    types = published.types(rows.sql, rows.parameters)
    cells = {name: _csv_cell(f'"{name}"', types[name]) for name in rows.columns}
    # With the mark before the first name, Excel reads the Chinese in it as UTF-8.
    marked = {f"{'' if place else _BOM}{name}": cell for place, (name, cell) in enumerate(cells.items())}
    published.copy(rows.select(marked), rows.parameters, rows.about["time_zone"], out)


def _csv_cell(value: str, sql_type: str) -> str:
    """Return SQL of a value as CSV says it: no text may become a formula, a time names its offset."""
    if sql_type == "TIMESTAMP WITH TIME ZONE":
        text = f"replace({value}::varchar, ' ', 'T')"
        return f"{text} || case when {text}[-3] in ('+', '-') then ':00' else '' end"
    if sql_type in ("VARCHAR", "VARCHAR[]"):
        text = _text(value, sql_type)
        return f"case when {text}[1] in ({_FORMULA}) then chr(39) || {text} else {text} end"
    return (
        f"case {value} when true then 'True' when false then 'False' end" if sql_type == "BOOLEAN" else value
    )


def _write_xlsx(published: Published, rows: _Rows, out: Path) -> None:
    types = published.types(rows.sql, rows.parameters)
    forms = {name: _SHEET_FORMS[kind] for name, kind in types.items() if kind in _SHEET_FORMS}
    (
        FastExcel(out)
        .format(bold_headers=True)
        .freeze(row=1, sheet=rows.about["what"])
        .sheet(
            rows.about["what"],
            _batches(published, rows, {name: _sheet_cell(f'"{name}"', types[name]) for name in rows.columns}),
            column_width=20,
            column_formats={name: Format().set_num_format(form) for name, form in forms.items()},
            ignore_errors={
                name: "number_stored_as_text" for name, kind in types.items() if kind == "VARCHAR"
            },
        )
        .sheet("dictionary", _about(rows.about), column_width=40)
        .save()
    )


def _sheet_cell(value: str, sql_type: str) -> str:
    """Return SQL of a value in a type that a sheet has: text stays text, with all its noughts."""
    match sql_type:
        case "TIMESTAMP WITH TIME ZONE":
            # A sheet knows no zone: the manifest names the one these times are in. It rounds what it shows:
            # the last microsecond of a promised day would be another day.
            return f"date_trunc('second', {value}::timestamp)"
        case "VARCHAR[]":
            return _text(value, sql_type)
        case _ if sql_type.startswith("DECIMAL"):
            # Exact: the contract's amounts have at most 14 digits, and a sheet keeps 15.
            return f"{value}::double"
    return value


def _text(value: str, sql_type: str) -> str:
    return f"array_to_string({value}, '|')" if sql_type.endswith("[]") else value


def _about(about: dict[str, Any]) -> list[dict[str, str]]:
    """Return the manifest as the lines of a sheet: its facts, then the columns."""
    facts = [
        (key, json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value), "", "")
        for key, value in about.items()
        if key != "columns"
    ]
    columns = [tuple(str(column[key]) for key in _ABOUT) for column in about["columns"]]
    return [dict(zip(_ABOUT, line, strict=True)) for line in [*facts, *columns]]


_WRITERS: dict[str, Callable[[Published, _Rows, Path], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".xlsx": _write_xlsx,
}

#: The forms that a file may have.
FORMS = tuple(_WRITERS)

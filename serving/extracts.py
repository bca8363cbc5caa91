"""A merchant's own rows, written to a file: the one home of that query, for page and command alike."""

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from serving.published import Published

What = Literal["order_lines", "waybills"]

#: Rows a sheet can hold below its header.
SHEET_ROWS_MAX = 1_048_575

#: Excel keeps 15 digits of a number; a longer one is written as text.
_EXACT_IN_A_SHEET = 10**15

_BATCH_ROWS = 20_000

#: What a spreadsheet would read as a formula at the start of a cell (OWASP, "CSV injection").
_FORMULA = re.compile(r"^[=+\-@\t\r\n＝＋－＠]")


class ExtractError(Exception):
    """An extract that cannot be written; its text is one sentence for the person who asked."""


def write_extract(serving: Path, merchant_id: str, what: What, out: Path) -> int:
    """Write a merchant's rows and, beside them, ``<out>.manifest.json``; return the count of rows.

    Args:
        serving: the published file, or the link to it.
        merchant_id: whose rows; nobody else's are read.
        what: ``order_lines`` or ``waybills``.
        out: its suffix says the format: .csv, .parquet or .xlsx.

    Raises:
        ExtractError: the format or kind is unknown, the merchant has no rows, or a sheet cannot hold them.
    """
    write = _WRITERS.get(out.suffix.lower())
    if write is None:
        raise ExtractError(f"{out.name}: the name must end in one of {', '.join(_WRITERS)}.")
    if not serving.exists():
        raise ExtractError("No data is published yet: run `waymart run` first.")
    published = Published(serving)
    about = manifest(published, merchant_id, what)
    if out.suffix.lower() == ".xlsx" and about["row_count"] > SHEET_ROWS_MAX:
        raise ExtractError(
            f"{merchant_id} has {about['row_count']:,} rows and a sheet holds {SHEET_ROWS_MAX:,}: "
            "take .csv or .parquet."
        )
    columns = [column["name"] for column in about["columns"]]
    names = ", ".join(f'"{name}"' for name in columns)
    sql = f'select {names} from {_table(what)} where merchant_id = ? order by "{columns[0]}", "{columns[1]}"'
    write(published.arrow_batches(sql, [merchant_id], about["time_zone"], _BATCH_ROWS), about, out)
    out.with_name(f"{out.name}.manifest.json").write_text(
        json.dumps(about, ensure_ascii=False, indent=2) + "\n"
    )
    return int(about["row_count"])


def manifest(serving: Published, merchant_id: str, what: What) -> dict[str, Any]:
    """Return what an extract holds: merchant, rows, build, how fresh, the columns and their meanings.

    Raises ExtractError when the kind is unknown or the merchant has no rows.
    """
    table = _table(what)
    rows = serving.frame(f"select count(*) from {table} where merchant_id = ?", [merchant_id]).item()
    if not rows:
        raise ExtractError(f"Merchant {merchant_id!r} has no {what.replace('_', ' ')} in the published data.")
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
        "row_count": rows,
        "build_id": serving.build["build_id"],
        "is_simulated": serving.build["is_simulated"],
        "as_of": {provider: _utc(seconds) for provider, seconds in as_of.rows()},
        "time_zone": zone.item() if len(zone) else "UTC",
        "columns": [
            {"name": entry.name, "label": entry.label, "unit": entry.unit, "meaning": entry.description}
            for entry in serving.dictionary.columns(table)
        ],
    }


def _table(what: str) -> str:
    if what not in get_args(What):
        raise ExtractError(f"{what!r} cannot be extracted: choose {' or '.join(get_args(What))}.")
    return f"extract_{what}"


def _utc(seconds: int | None) -> str | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


def _rows(batches: pa.RecordBatchReader) -> Iterator[tuple[Any, ...]]:
    for batch in batches:
        yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _write_parquet(batches: pa.RecordBatchReader, about: dict[str, Any], out: Path) -> None:
    schema = batches.schema.with_metadata({"manifest": json.dumps(about, ensure_ascii=False)})
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))


def _write_csv(batches: pa.RecordBatchReader, about: dict[str, Any], out: Path) -> None:
    # With the mark, Excel reads the Chinese in it as UTF-8.
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column["name"] for column in about["columns"]])
        writer.writerows([_csv_cell(value) for value in row] for row in _rows(batches))


def _csv_cell(value: Any) -> Any:
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return _csv_cell("|".join(map(str, value)))
    return value


def _write_xlsx(batches: pa.RecordBatchReader, about: dict[str, Any], out: Path) -> None:
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(out), {**options, "strings_to_numbers": False}) as book:
        bold = book.add_format({"bold": True})
        forms = {
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
        }
        sheet = book.add_worksheet(about["what"])
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(about["columns"]) - 1, 20)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{SHEET_ROWS_MAX + 1}"})
        for place, column in enumerate(about["columns"]):
            sheet.write_string(0, place, column["name"], bold)
        for line, row in enumerate(_rows(batches), start=1):
            for place, value in enumerate(row):
                _write_cell(sheet, line, place, value, forms)
        _write_about(book.add_worksheet("manifest"), about, bold)


def _write_cell(sheet: Any, line: int, place: int, value: Any, forms: dict[str, Any]) -> None:
    """Write one cell: text always as text, so that no formula and no lost zero can come of it."""
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(line, place, value)
        case datetime():
            # A sheet knows no zone: the manifest names the one these times are in.
            sheet.write_datetime(line, place, value.replace(tzinfo=None), forms["time"])
        case date():
            sheet.write_datetime(line, place, value, forms["date"])
        case int() | float() | Decimal() if abs(float(value)) < _EXACT_IN_A_SHEET:
            sheet.write_number(line, place, value)
        case list():
            sheet.write_string(line, place, "|".join(map(str, value)))
        case _:
            sheet.write_string(line, place, str(value))


def _write_about(sheet: Any, about: dict[str, Any], bold: Any) -> None:
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, 3, 40)
    facts = [(key, value) for key, value in about.items() if key != "columns"]
    for line, (key, value) in enumerate(facts):
        sheet.write_string(line, 0, key, bold)
        sheet.write_string(
            line, 1, json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
        )
    for line, column in enumerate(about["columns"], start=len(facts) + 1):
        for place, key in enumerate(("name", "label", "unit", "meaning")):
            sheet.write_string(line, place, str(column[key]))


_WRITERS: dict[str, Callable[[pa.RecordBatchReader, dict[str, Any], Path], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".xlsx": _write_xlsx,
}

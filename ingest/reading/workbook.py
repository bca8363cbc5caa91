"""Writes the first sheet of an Excel workbook as CSV: every cell as a table of text would hold it.

A column may hold numbers, dates and text one below the other: each cell is read by its own type.
"""

import csv
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook  # type: ignore[import-untyped]
from openpyxl.utils.exceptions import InvalidFileException  # type: ignore[import-untyped]

from ingest.errors import IntakeError
from ingest.reading.unpack import MAX_RATIO, SAFE_BYTES

#: From here on a spreadsheet keeps no last digits.
_EXACT_BELOW = 10**15
#: Text of this length was longer: a cell holds no more, and what writes cells cuts it off.
_MAX_TEXT = 32_767
#: What openpyxl raises for a file that is no workbook, or a damaged one.
_DAMAGES = (
    *(OSError, BadZipFile, zlib.error, EOFError, InvalidFileException, ParseError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, NotImplementedError),
)


def write_first_sheet(path: Path, target: Path) -> None:
    """Write the first sheet of a workbook to a CSV file.

    A row of which something is missing, a text that was cut off or a formula that nothing has calculated, is
    written one cell too long: the CSV's reader rejects it where it stands. Raises IntakeError where the
    workbook cannot be read or unpacks to more than one holds.
    """
    try:
        with ZipFile(path) as pack:
            size = sum(part.file_size for part in pack.infolist())
        if size > max(path.stat().st_size * MAX_RATIO, SAFE_BYTES):
            raise IntakeError(f"{path.name} holds more than {MAX_RATIO} times its own size.")
        with (
            closing(load_workbook(path, read_only=True, data_only=True)) as book,
            closing(load_workbook(path, read_only=True)) as written,
            target.open("w", encoding="utf-8", newline="") as file,
        ):
            formulas = _formulas(written.worksheets[0]) if _has_formulas(path) else set()
            csv.writer(file, lineterminator="\n").writerows(_rows(book.worksheets[0], formulas))
    except _DAMAGES as error:
        raise IntakeError(f"{path.name} cannot be read as an Excel workbook: it is damaged.") from error


def _has_formulas(path: Path) -> bool:
    with ZipFile(path) as pack:
        sheets = [name for name in pack.namelist() if name.startswith("xl/worksheets/")]
        return any(b"</f>" in pack.read(name) or b"<f " in pack.read(name) for name in sheets)


def _formulas(sheet: Any) -> set[tuple[int, int]]:
    """Return row and column of each cell that is calculated."""
    return {(cell.row, cell.column) for row in sheet.iter_rows() for cell in row if cell.data_type == "f"}


def _rows(sheet: Any, formulas: set[tuple[int, int]]) -> Iterator[list[str]]:
    """Yield the rows as wide as the first one, without what is formatted beside it; a blank one is empty."""
    width = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        texts = [_text(cell) for cell in row]
        is_cut = any(len(text) >= _MAX_TEXT for text in texts)
        is_open = any(
            text == "" and (number, column) in formulas for column, text in enumerate(texts, start=1)
        )
        while texts and texts[-1] == "":
            del texts[-1]
        width = width or len(texts)
        if is_cut or is_open:
            yield texts + ["?"] * (width + 1 - len(texts))
        else:
            yield texts + [""] * (width - len(texts)) if texts else []


def _text(cell: Any) -> str:
    """Return the cell's value as CSV would hold it; a number that Excel cut short, rounded as it shows it."""
    match value := cell.value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float() if abs(value) >= _EXACT_BELOW:
            return f"{value:.14E}"
        case float() if value.is_integer():
            return str(int(value))
        case datetime():
            whole = (value + timedelta(milliseconds=500)).replace(microsecond=0)
            return str(whole if "h" in cell.number_format.lower() else whole.date())
        case other:
            return str(other)

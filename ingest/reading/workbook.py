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
#: What openpyxl raises for a file that is no workbook, or a damaged one.
_DAMAGES = (
    *(OSError, BadZipFile, zlib.error, EOFError, InvalidFileException, ParseError),
    *(KeyError, ValueError, TypeError, AttributeError, IndexError, OverflowError, NotImplementedError),
)


def write_first_sheet(path: Path, target: Path) -> None:
    """Write the first sheet of a workbook to a CSV file.

    Raises IntakeError where it cannot be read or unpacks to more than a workbook holds.
    """
    try:
        with ZipFile(path) as pack:
            size = sum(part.file_size for part in pack.infolist())
        if size > max(path.stat().st_size * MAX_RATIO, SAFE_BYTES):
            raise IntakeError(f"{path.name} holds more than {MAX_RATIO} times its own size.")
        with (
            closing(load_workbook(path, read_only=True, data_only=True)) as book,
            target.open("w", encoding="utf-8", newline="") as file,
        ):
            csv.writer(file, lineterminator="\n").writerows(_rows(book.worksheets[0]))
    except _DAMAGES as error:
        raise IntakeError(f"{path.name} cannot be read as an Excel workbook: it is damaged.") from error


def _rows(sheet: Any) -> Iterator[list[str]]:
    """Yield the rows as wide as the first one, without what is formatted beside it; a blank one is empty."""
    width = 0
    for row in sheet.iter_rows():
        texts = [_text(cell) for cell in row]
        while texts and texts[-1] == "":
            del texts[-1]
        width = width or len(texts)
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

"""Reads a file of lines in batches of bounded size: each line's number and text, and what is no text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.compute as pc

from ingest.reading.unpack import unpacked

#: A longer line is no record that anyone sends.
MAX_LINE_BYTES = 1 << 26
#: A batch of lines; bounds the memory of a load together with what the records unfold to.
BATCH_BYTES = 1 << 25
#: Parts that DuckDB reads at the same time.
_PARTS = 8
#: Blank lines are short, and trimming is slow.
_MAX_BLANK_BYTES = 256
_BOM = b"\xef\xbb\xbf"


_SCHEMA = pyarrow.schema({"_line_number": pyarrow.int64(), "record": pyarrow.large_string()})
NO_LINES = _SCHEMA.empty_table()


@dataclass(frozen=True)
class Lines:
    """A batch: the table ``lines`` (_line_number, record), and what is no line (line number, reason)."""

    lines: pyarrow.Table
    rejects: tuple[tuple[int, str], ...]


def read_lines(path: Path, compression: str) -> Iterator[Lines]:
    """Yield the lines of a file that are not blank, numbered from 1 as an editor numbers them."""
    rest, number, is_first = b"", 0, True
    is_skipping = False
    for block in unpacked(path, compression, BATCH_BYTES):
        if is_first:
            block, is_first = block.removeprefix(_BOM), False
        if is_skipping:
            _, found, block = block.partition(b"\n")
            if not found:
                continue
            is_skipping = False
        end = block.rfind(b"\n")
        if end < 0:
            rest += block
        else:
            # Only the first line can have begun in an earlier block.
            if len(rest) + block.index(b"\n") > MAX_LINE_BYTES:
                number, rest = number + 1, b""
                yield Lines(NO_LINES, ((number, "record_too_long"),))
                block = block[block.index(b"\n") + 1 :]
                end = block.rfind(b"\n")
            if end >= 0:
                # A block is large: its lines are looked at where they lie, only the first is put together.
                first = block.index(b"\n") + 1 if rest else 0
                pieces: list[bytes | memoryview] = [rest + block[: first - 1]] if rest else []
                if first <= end:
                    pieces.append(memoryview(block)[first:end])
                batch, number = _split(pieces, number)
                yield batch
            rest = block[end + 1 :]
        if len(rest) > MAX_LINE_BYTES:
            number, rest, is_skipping = number + 1, b"", True
            yield Lines(NO_LINES, ((number, "record_too_long"),))
    if rest:
        yield _split([rest], number)[0]


def _split(pieces: Sequence[bytes | memoryview], before: int) -> tuple[Lines, int]:
    """Split pieces of the file at their line ends; return the batch and the number of its last line."""
    tables, rejects = [NO_LINES], []
    for piece in pieces:
        table, rejected, count = _lines_of(piece, before)
        tables.append(table)
        rejects += rejected
        before += count
    table = pyarrow.concat_tables(tables)
    parted = table.to_batches(max_chunksize=max(1, -(-len(table) // _PARTS)))
    return Lines(pyarrow.Table.from_batches(parted, _SCHEMA), tuple(rejects)), before


def _lines_of(piece: bytes | memoryview, before: int) -> tuple[pyarrow.Table, list[tuple[int, str]], int]:
    """Return the lines of a piece that are text and not blank, what is no text, and how many there were."""
    bounds = pyarrow.array([0, len(piece)], pyarrow.int64()).buffers()[1]
    one = pyarrow.Array.from_buffers(pyarrow.large_binary(), 1, [None, bounds, pyarrow.py_buffer(piece)])
    parts: Any = pc.split_pattern(one, pattern=b"\n").flatten()
    count = len(parts)
    numbers: Any = pyarrow.arange(before + 1, before + count + 1)
    rejects: list[tuple[int, str]] = []
    try:
        texts = parts.cast(pyarrow.large_string())
    except pyarrow.ArrowInvalid:
        good = [_is_text(part) for part in parts.to_pylist()]
        rejects = [(before + n, "wrong_encoding") for n, is_good in enumerate(good, start=1) if not is_good]
        mask = pyarrow.array(good)
        numbers, texts = numbers.filter(mask), parts.filter(mask).cast(pyarrow.large_string())
    short = pc.less_equal(pc.binary_length(texts), _MAX_BLANK_BYTES)
    blank = pc.equal(pc.utf8_trim(pc.if_else(short, texts, "x"), characters=" \t\r"), "")
    if pc.any(blank).as_py():
        kept = pc.invert(blank)
        numbers, texts = numbers.filter(kept), texts.filter(kept)
    return pyarrow.table({"_line_number": numbers, "record": texts}, schema=_SCHEMA), rejects, count


def _is_text(part: bytes) -> bool:
    try:
        part.decode()
    except UnicodeDecodeError:
        return False
    return True

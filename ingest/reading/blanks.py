"""Finds the blank lines of a CSV file, which its reader leaves out without a word."""

from collections.abc import Iterable

import numpy

_QUOTE, _LINE_END, _RETURN = 34, 10, 13


def blank_records(blocks: Iterable[bytes]) -> list[tuple[int, int]]:
    """Return the runs of blank lines (first and last record number, from 1), none of them inside quotes.

    A record is what ends with a line end outside quotes. Only blocks that hold a blank line are looked at
    closely.
    """
    runs: list[tuple[int, int]] = []
    records, quotes, tail = 0, 0, b"\n"
    for block in blocks:
        text = tail[-2:] + block
        start = len(text) - len(block)
        if quotes % 2 == 0 and b'"' not in block and not _has_blank(text):
            records += block.count(b"\n")
        else:
            records = _add_runs(runs, text, start, records, quotes)
            quotes += block.count(b'"')
        tail = text
    return runs


def _has_blank(text: bytes) -> bool:
    return b"\n\n" in text or b"\n\r\n" in text


def _add_runs(runs: list[tuple[int, int]], text: bytes, start: int, records: int, quotes: int) -> int:
    """Add the blank records of a block to the runs; return the number of the last record in it.

    ``start`` is where the block begins in the text, before it stands the end of the block before.
    """
    data = numpy.frombuffer(text, numpy.uint8)
    inside = (numpy.cumsum(data == _QUOTE) + quotes - int((data[:start] == _QUOTE).sum())) % 2 == 1
    ends = numpy.flatnonzero((data == _LINE_END) & ~inside)
    new = ends[ends >= start]
    if len(new) and _has_blank(text):
        before = numpy.concatenate(([-3], ends))[numpy.searchsorted(ends, new)]
        gap = new - before
        is_blank = (gap == 1) | ((gap == 2) & (data[new - 1] == _RETURN))
        numbers = records + 1 + numpy.flatnonzero(is_blank)
        for run in numpy.split(numbers, numpy.flatnonzero(numpy.diff(numbers) != 1) + 1):
            if len(run) and runs and runs[-1][1] + 1 == run[0]:
                runs[-1] = (runs[-1][0], int(run[-1]))
            elif len(run):
                runs.append((int(run[0]), int(run[-1])))
    return records + len(new)

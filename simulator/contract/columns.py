"""Arrow columns from whole numbers: times, amounts, words, numbered texts; no Python object per row."""

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from simulator.world.days import CHINA_OFFSET, DAY, NEVER
from simulator.world.draws import I64, U64, Flags

Bytes = npt.NDArray[np.uint8]


def _valid(is_valid: Flags | None) -> tuple[pa.Buffer | None, int]:
    if is_valid is None or bool(is_valid.all()):
        return None, 0
    return pa.py_buffer(np.packbits(is_valid, bitorder="little")), int(len(is_valid) - is_valid.sum())


def _array(kind: pa.DataType, data: npt.NDArray[np.generic], is_valid: Flags | None) -> pa.Array:
    bitmap, nulls = _valid(is_valid)
    return pa.Array.from_buffers(kind, len(data), [bitmap, pa.py_buffer(np.ascontiguousarray(data))], nulls)


def times(seconds: I64) -> pa.Array:
    """Return UTC times from China seconds, null where NEVER."""
    known = seconds < NEVER
    return _array(pa.timestamp("us", "UTC"), np.where(known, (seconds - CHINA_OFFSET) * 1_000_000, 0), known)


def dates(seconds: I64) -> pa.Array:
    """Return China's calendar dates, null where NEVER."""
    known = seconds < NEVER
    return _array(pa.date32(), np.where(known, seconds // DAY, 0).astype(np.int32), known)


def durations(start: I64, end: I64) -> pa.Array:
    """Return whole seconds between, null where one of both never is."""
    known = (start < NEVER) & (end < NEVER)
    return _array(pa.int64(), np.where(known, end - start, 0), known)


def amounts(fen: I64, is_valid: Flags | None = None) -> pa.Array:
    """Return decimal(18, 2) from fen."""
    halves = np.empty((len(fen), 2), np.int64)
    halves[:, 0] = fen
    halves[:, 1] = fen >> 63
    bitmap, nulls = _valid(is_valid)
    return pa.Array.from_buffers(pa.decimal128(18, 2), len(fen), [bitmap, pa.py_buffer(halves)], nulls)


def counts(values: I64, is_valid: Flags | None = None) -> pa.Array:
    """Return whole numbers."""
    return _array(pa.int64(), values.astype(np.int64, copy=False), is_valid)


def flags(values: Flags, is_valid: Flags | None = None) -> pa.Array:
    """Return booleans."""
    bitmap, nulls = _valid(is_valid)
    data = pa.py_buffer(np.packbits(values, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(values), [bitmap, data], nulls)


@cache
def _dictionary(among: tuple[str, ...]) -> tuple[pa.Array, npt.NDArray[np.int32]]:
    """Return the different words, and the place of each word among them.

    Arrow writes a dictionary with repeated words in an order that changes from run to run.
    """
    different = {word: place for place, word in enumerate(dict.fromkeys(among))}
    encoded = [word.encode() for word in different]
    offsets = np.cumsum([0, *map(len, encoded)], dtype=np.int32)
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    place = np.array([different[word] for word in among], np.int32)
    return pa.Array.from_buffers(pa.string(), len(different), buffers), place


def words(
    choice: npt.NDArray[np.integer], among: tuple[str, ...], is_valid: Flags | None = None, plain: int = 0
) -> pa.Array:
    """Return one of these words for each number.

    The words after the first `plain` are of parts: a market without them has none of them in its files.
    """
    if plain and int(choice.max(initial=0)) < plain:
        among = among[:plain]
    different, place = _dictionary(among)
    return pa.DictionaryArray.from_arrays(_array(pa.int32(), place[choice], is_valid), different)


def word(value: str, count: int) -> pa.Array:
    """Return the same word everywhere."""
    return words(np.zeros(count, np.int32), (value,))


def nothing(count: int) -> pa.Array:
    """Return a text column without a value."""
    return pa.nulls(count, pa.string())


def texts(matrix: Bytes) -> pa.Array:
    """Return texts from rows of ASCII characters."""
    count, width = matrix.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    data = pa.py_buffer(np.ascontiguousarray(matrix))
    return pa.Array.from_buffers(pa.string(), count, [None, pa.py_buffer(offsets), data])


def repeated(rows: npt.NDArray[np.integer], values: pa.Array, is_valid: Flags | None = None) -> pa.Array:
    """Return a value for each row number."""
    return pa.DictionaryArray.from_arrays(_array(pa.int32(), rows.astype(np.int32), is_valid), values)


def lists(lengths: I64, values: pa.Array, is_valid: Flags | None = None) -> pa.Array:
    """Return lists that hold the values one after the other."""
    offsets = np.zeros(len(lengths) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    bitmap, nulls = _valid(is_valid)
    return pa.Array.from_buffers(
        pa.list_(pa.field("element", values.type)),
        len(lengths),
        [bitmap, pa.py_buffer(offsets)],
        nulls,
        children=[values],
    )


@cache
def _four_digits() -> npt.NDArray[np.uint32]:
    return np.frombuffer("".join(f"{n:04d}" for n in range(10_000)).encode(), np.uint32)


@cache
def _four_hex() -> npt.NDArray[np.uint32]:
    return np.frombuffer("".join(f"{n:04x}" for n in range(65_536)).encode(), np.uint32)


def digits(values: I64) -> Bytes:
    """Return twelve digits for each number."""
    table = _four_digits()
    high, low = values // 10_000, values % 10_000
    groups = np.stack([table[high // 10_000], table[high % 10_000], table[low]], axis=1)
    return groups.view(np.uint8).reshape(len(values), 12)


def hexadecimal(values: U64) -> Bytes:
    """Return sixteen hexadecimal digits for each number."""
    table = _four_hex()
    groups = np.stack([table[(values >> np.uint64(s)).astype(np.uint16)] for s in (48, 32, 16, 0)], axis=1)
    return groups.view(np.uint8).reshape(len(values), 16)


def spelled(among: Sequence[str], choice: I64) -> Bytes:
    """Return words of one width as rows of characters."""
    table = np.frombuffer("".join(among).encode("ascii"), np.uint8).reshape(len(among), -1)
    return table[choice]


def beside(*parts: Bytes) -> Bytes:
    """Return the parts next to each other."""
    return np.concatenate(parts, axis=1)

"""Counter-based random numbers: a draw is a hash of (seed, stream, index), the same on any machine.

The hash is SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2714064.2660195).
"""

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
I64 = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S32 = (np.uint64(n) for n in (30, 27, 31, 32))
_LOW32 = np.uint64(0xFFFFFFFF)

#: Entries of every lookup table: the first 12 bits of a draw choose one.
TABLE_BITS = 12
TABLE_SIZE = 1 << TABLE_BITS
TABLE_SHIFT = np.uint64(64 - TABLE_BITS)


class Draws:
    """The random numbers of one market."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._keys: dict[str, np.uint64] = {}

    def key(self, stream: str) -> np.uint64:
        """Return the stream's own starting number."""
        if stream not in self._keys:
            digest = blake2b(f"{self.seed}/{stream}".encode(), digest_size=8).digest()
            self._keys[stream] = np.uint64(int.from_bytes(digest, "little"))
        return self._keys[stream]

    def of(self, stream: str, index: I64) -> U64:
        """Return 64 random bits for each index of the stream."""
        bits = index.astype(np.uint64)
        bits *= GOLDEN
        bits += self.key(stream)
        bits ^= bits >> _S30
        bits *= _M1
        bits ^= bits >> _S27
        bits *= _M2
        bits ^= bits >> _S31
        return bits

    def even(self, stream: str, index: I64, step: int) -> U64:
        """Return 64 bits that spread more evenly than chance: multiples of an irrational step.

        A share chosen by them has hardly any sampling noise, so that a small market shows the same story
        as a large one. Streams used together need steps of different irrationals.
        """
        return index.astype(np.uint64) * np.uint64(step) + self.key(stream)


#: 2^64 times the fractional parts of the golden ratio and of the roots of 2, 3, 7, for `Draws.even`.
STEPS = (0x9E3779B97F4A7C15, 0x6A09E667F3BCC909, 0xBB67AE8584CAA73B, 0xA54FF53A5F1D36F1)


def chance(bits: U64, share: float) -> Flags:
    """Return true in this share of the draws."""
    return bits < np.uint64(min(int(share * 2.0**64), 2**64 - 1))


def below(bits: U64, bound: int | I64) -> I64:
    """Return a whole number from 0 up to but not including the bound (at most 2^31)."""
    number: I64 = (((bits >> _S32) * np.asarray(bound).astype(np.uint64)) >> _S32).astype(np.int64)
    return number


def again(bits: U64) -> U64:
    """Return the draw's low half as a draw of its own (32 bits)."""
    return bits << _S32


def skewed(bits: U64, bound: int | I64, power: int) -> I64:
    """Return a number below the bound, small ones likelier: bound times a uniform to this power."""
    high = bits >> _S32
    value = high
    for _ in range(power - 1):
        value = (value * high) >> _S32
    scaled: I64 = ((value * np.asarray(bound).astype(np.uint64)) >> _S32).astype(np.int64)
    return scaled


def pick(bits: U64, table: npt.NDArray[np.uint8]) -> I64:
    """Return the choice that a share table (`share_table`) holds for each draw."""
    choice: I64 = table[bits >> TABLE_SHIFT].astype(np.int64)
    return choice


def pick_row(bits: U64, tables: npt.NDArray[np.uint8], row: I64) -> I64:
    """Return the choice from the row of share tables that belongs to each draw."""
    flat = row * TABLE_SIZE + (bits >> TABLE_SHIFT).astype(np.int64)
    return tables.ravel()[flat].astype(np.int64)


def share_table(weights: list[float]) -> npt.NDArray[np.uint8]:
    """Return TABLE_SIZE choices in proportion to the weights."""
    total = 0.0
    for weight in weights:
        total += weight
    table = np.zeros(TABLE_SIZE, np.uint8)
    reached = 0.0
    start = 0
    for choice, weight in enumerate(weights):
        reached += weight
        end = min(TABLE_SIZE, int(reached / total * TABLE_SIZE + 0.5))
        table[start:end] = choice
        start = end
    table[start:] = len(weights) - 1
    return table

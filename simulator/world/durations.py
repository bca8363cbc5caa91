"""Random durations from tables of the lognormal distribution, exact on every machine.

Logarithms and exponentials of the C library may differ in the last digit between machines, so the tables
are made once with decimal arithmetic, which is exact to its stated digits everywhere.
"""

from decimal import Decimal, localcontext
from functools import cache

import numpy as np

from simulator.world.draws import I64, TABLE_SHIFT, TABLE_SIZE, U64

#: A table's value 1024 stands for the median.
UNIT_BITS = 10

# Acklam's rational approximation of the normal quantile, relative error below 1.2e-9.
_A = tuple(map(Decimal, (
    "-39.69683028665376", "220.9460984245205", "-275.9285104469687", "138.3577518672690",
    "-30.66479806614716", "2.506628277459239",
)))  # fmt: skip
_B = tuple(map(Decimal, (
    "-54.47609879822406", "161.5858368580409", "-155.6989798598866", "66.80131188771972",
    "-13.28068155288572",
)))  # fmt: skip
_C = tuple(map(Decimal, (
    "-0.007784894002430293", "-0.3223964580411365", "-2.400758277161838", "-2.549732539343734",
    "4.374664141464968", "2.938163982698783",
)))  # fmt: skip
_D = tuple(map(Decimal, (
    "0.007784695709041462", "0.3224671290700398", "2.445134137142996", "3.754408661907416",
)))  # fmt: skip


def normal_quantile(share: Decimal) -> Decimal:
    """Return the standard normal quantile of a share between 0 and 1."""
    if share > Decimal("0.5"):
        return -normal_quantile(1 - share)
    if share < Decimal("0.02425"):
        q = (-2 * share.ln()).sqrt()
        return _at(_C, q) / _at((*_D, Decimal(1)), q)
    q = share - Decimal("0.5")
    r = q * q
    return _at(_A, r) * q / _at((*_B, Decimal(1)), r)


def _at(polynomial: tuple[Decimal, ...], x: Decimal) -> Decimal:
    value = polynomial[0]
    for coefficient in polynomial[1:]:
        value = value * x + coefficient
    return value


@cache
def _normals() -> tuple[Decimal, ...]:
    """Return the quantiles above the median; those below it are their opposites."""
    with localcontext() as context:
        context.prec = 24
        return tuple(
            normal_quantile((k + Decimal("0.5")) / TABLE_SIZE) for k in range(TABLE_SIZE // 2, TABLE_SIZE)
        )


@cache
def lognormal(sigma: str) -> I64:
    """Return the quantiles of a lognormal with median 1 and this spread, times 1024."""
    with localcontext() as context:
        context.prec = 24
        spread, unit = Decimal(sigma), Decimal(1 << UNIT_BITS)
        above = [(spread * z).exp() for z in _normals()]
        values = [int(unit / factor) for factor in reversed(above)] + [int(unit * factor) for factor in above]
    table = np.array([*values, values[-1]], np.int64)
    table.setflags(write=False)
    return table


def around(bits: U64, median: int | I64, sigma: str) -> I64:
    """Return lognormal whole numbers around the median, in its unit."""
    table = lognormal(sigma)
    entry = (bits >> TABLE_SHIFT).astype(np.int64)
    low = table[entry]
    part = ((bits >> np.uint64(42)) & np.uint64(1023)).astype(np.int64)
    factor = low + ((table[entry + 1] - low) * part >> 10)
    return median * factor >> UNIT_BITS

"""What a unit of each currency is worth in US dollars, day by day.

Means of the years, rounded, near the central banks' annual averages; from memory, 2025 and 2026 assumed. A
straight line from the middle of one year to the middle of the next. Market rates move more.
"""

from datetime import date

import numpy as np

from simulator.world.cities import CURRENCIES
from simulator.world.days import DAY, day_number
from simulator.world.draws import I64

_FIRST = 2016
#: Ten-thousandths of a dollar for a unit, by year from 2016.
_MEANS = {
    "CNY": (1505, 1480, 1512, 1448, 1450, 1550, 1486, 1412, 1390, 1390, 1400),
    "USD": (10000,) * 11,
    "GBP": (13550, 12890, 13350, 12770, 12840, 13760, 12370, 12440, 12780, 13200, 13300),
    "EUR": (11070, 11300, 11810, 11200, 11420, 11830, 10530, 10810, 10820, 11300, 11600),
    "MYR": (2410, 2330, 2480, 2410, 2380, 2410, 2270, 2190, 2190, 2300, 2400),
    "AUD": (7440, 7670, 7480, 6950, 6900, 7510, 6950, 6640, 6600, 6450, 6500),
    "NOK": (1190, 1210, 1230, 1136, 1064, 1164, 1041, 947, 931, 960, 980),
}
_MARKS = np.array([day_number(date(_FIRST + n, 7, 1)) for n in range(11)], np.int64)
_TABLE = np.array([_MEANS[name] for name in CURRENCIES], np.int64) * 100


def dollars(currency: I64, time: I64) -> I64:
    """Return millionths of a dollar for a unit of each currency at these China seconds."""
    day = np.clip(time // DAY, _MARKS[0], _MARKS[-1] - 1)
    year = np.searchsorted(_MARKS, day, side="right") - 1
    before, after = _TABLE[currency, year], _TABLE[currency, year + 1]
    rate: I64 = before + (after - before) * (day - _MARKS[year]) // (_MARKS[year + 1] - _MARKS[year])
    return rate


def exchanged(cents: I64, currency: I64, into: I64, time: I64) -> I64:
    """Return amounts in another currency at the day's rate, cents rounded down."""
    same = currency == into
    other: I64 = cents * dollars(currency, time) // dollars(into, time)
    return np.where(same, cents, other)

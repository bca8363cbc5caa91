"""How long a parcel takes, as a distribution given what is known when it is collected.

Known: courier, lane, season, the courier's queue, the hour of collection. Not known: whether the lane is
broken that week, and all the draws of the way. The quantiles are read from a grid over the hour, the
linehaul's median and the courier's pace, each cell made by drawing the way many times.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from simulator.life.journeys import AT_ORIGIN, way_to_the_door
from simulator.world.days import DAY, HOUR
from simulator.world.draws import I64, Draws, again, below, chance
from simulator.world.network import BROKEN, BROKEN_FROM, BROKEN_TO

#: Shares of parcels, per cent, that have been tried at the door by the quantile.
LEVELS = (50, 80, 90, 95)
#: Cells: hours of the clock; medians of the linehaul from 4 to 204 hours; permille of pace.
_CLOCKS = 24
_HOURS = tuple(range(4, 104, 4)) + tuple(range(104, 214, 20))
_PACES = (550, 700, 850, 1000, 1200, 1500, 1900)
_DRAWS = 600


@dataclass(frozen=True)
class Grid:
    """Quantiles in seconds: hour × linehaul × pace × level."""

    seconds: I64

    def quantiles(self, clock: I64, linehaul: I64, pace: I64) -> I64:
        """Return level × parcel: seconds from leaving the courier's queue to the first attempt.

        Args:
            clock: second of the day at which the parcel leaves the queue.
            linehaul: median seconds of the linehaul, with the pace.
            pace: permille.
        """
        marks = np.array(_HOURS, np.int64) * HOUR
        place = np.clip(np.searchsorted(marks, linehaul, side="right") - 1, 0, len(marks) - 2)
        low = marks[place]
        part = np.clip((linehaul - low) * 1024 // (marks[place + 1] - low), 0, 2048)
        middles = (np.array(_PACES[1:]) + np.array(_PACES[:-1])) // 2
        row = (clock // HOUR * len(marks) + place) * len(_PACES) + np.searchsorted(middles, pace)
        flat = self.seconds.reshape(-1, len(LEVELS))
        below_, above = flat[row], flat[row + len(_PACES)]
        between: I64 = below_ + ((above - below_) * part[:, None] >> 10)
        return between.T


@cache
def grid() -> Grid:
    """Return the grid; the same for every market."""
    shape = (_CLOCKS, len(_HOURS), len(_PACES))
    cells = np.arange(shape[0] * shape[1] * shape[2], dtype=np.int64)
    draws = Draws(0)
    found = np.empty((len(cells), len(LEVELS)), np.int64)
    ranks = [-(-_DRAWS * level // 100) - 1 for level in LEVELS]
    for chunk in np.array_split(cells, 24):
        cell = np.repeat(chunk, _DRAWS)
        key = cell * _DRAWS + np.tile(np.arange(_DRAWS, dtype=np.int64), len(chunk))
        clock, hours, pace = np.unravel_index(cell, shape)
        linehaul = np.array(_HOURS, np.int64)[hours] * HOUR
        slow = np.array(_PACES, np.int64)[pace]
        bits = draws.of("broken", key)
        worse = np.where(
            chance(bits, BROKEN), BROKEN_FROM + below(again(bits), BROKEN_TO - BROKEN_FROM), 1000
        )
        leaves = DAY + clock * HOUR + below(draws.of("minute", key), HOUR)
        at = way_to_the_door(
            draws, key, leaves, AT_ORIGIN * slow // 1000 * worse // 1000, linehaul * worse // 1000
        )
        took = np.sort((at - leaves).reshape(len(chunk), _DRAWS), axis=1)
        found[chunk] = took[:, ranks]
    return Grid(found)

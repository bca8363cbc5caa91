"""The contract feed in a folder per day of arrival, written as the market goes on."""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.contract.orders import Table
from simulator.faults.contract_faults import PROVIDER
from simulator.files.parquet import Writer
from simulator.files.periods import Period
from simulator.making import Made
from simulator.world.days import day_number

#: Rows of a day that wait for others, so that late days do not get a row group from each block.
ENOUGH = 16_384
#: Texts with a dictionary of their own in each block: a few rows must not hold all of it in memory.
_NUMBERS = ("order_number", "waybill_number")


class DayFiles:
    """``waymart/<day>/<entity>.parquet``; days are China's. A day is closed once nothing more can arrive."""

    def __init__(self, feeds: Path, first: date) -> None:
        self._folder, self._first = feeds / PROVIDER, first
        self._today = day_number(first)
        self._waiting: dict[tuple[int, str], list[pa.Table]] = defaultdict(list)
        self._open: dict[tuple[int, str], Writer] = {}

    def write_table(self, entity: str, table: Table) -> None:
        """Write rows that arrive on the day that has begun."""
        self._add(self._today, entity, pa.table(table))

    def write(self, block: Made) -> None:
        """Write a block's rows, each on its day."""
        for entity, (table, day) in block.arrivals.items():
            by_day = np.argsort(day, kind="stable")
            days, starts = np.unique(day[by_day], return_index=True)
            plain = {
                name: column.dictionary_decode() if name in _NUMBERS and pa.types.is_dictionary(column.type)
                else column
                for name, column in table.items()
            }  # fmt: skip
            rows = pa.table(plain)
            for which, part in zip(days.tolist(), np.split(by_day, starts)[1:], strict=True):
                self._add(which, entity, rows.take(pa.array(part)))

    def end(self, period: Period) -> None:
        """Begin the day after the period: nothing arrives any more on the days before."""
        self._today = day_number(self._first) + period.last
        for day, entity in sorted({*self._waiting, *self._open}):
            if day < self._today:
                self._close(day, entity)

    def close(self) -> None:
        """Finish all days."""
        for day, entity in sorted({*self._waiting, *self._open}):
            self._close(day, entity)

    def _add(self, day: int, entity: str, rows: pa.Table) -> None:
        waiting = self._waiting[day, entity]
        waiting.append(rows)
        if sum(len(part) for part in waiting) >= ENOUGH:
            self._flush(day, entity)

    def _flush(self, day: int, entity: str) -> None:
        rows = pa.concat_tables(self._waiting.pop((day, entity))).combine_chunks()
        if (day, entity) not in self._open:
            name = self._first + timedelta(days=day - day_number(self._first))
            self._open[day, entity] = Writer(self._folder / f"{name}" / f"{entity}.parquet")
        self._open[day, entity].write({name: rows[name] for name in rows.column_names})

    def _close(self, day: int, entity: str) -> None:
        if (day, entity) in self._waiting:
            self._flush(day, entity)
        self._open.pop((day, entity)).close()

"""Faults in the pushes of trackers: lines for files of their own, and the people in the words of others.

Each is made from the history of a sound parcel that has been collected, so that it can be spelled as the
tracker would; the sound push arrives too.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from simulator.contract.columns import Bytes
from simulator.faults.contract_faults import SENTINEL, Extra, faults_of_waybills, person
from simulator.life.happenings import Happenings
from simulator.life.scan_kinds import Scan
from simulator.providers.histories import History, Record, clock, lines
from simulator.world.days import DAY
from simulator.world.draws import Flags

#: (parcel, line) of a push; and why it is refused, for which field.
Lines = list[tuple[int, str]]
_REFUSALS = {
    "sentinel_times": (("before_2000", "occurred_at"), ("before_2000", "occurred_at")),
    "malformed_rows": (("not_a_timestamp", "occurred_at"), ("malformed_record", None)),
}
_NO_TIME = "2019-02-30 25:61:00"


@dataclass(frozen=True)
class Tracker:
    """A tracker's format: its codes, its pushes, and the words in them that faults change."""

    folder: str
    companies: Mapping[str, str]
    codes: Mapping[Scan, Sequence[str]]
    pushes: Callable[[Happenings, History], Iterator[Record]]
    unmapped: Mapping[str, str]  # what says that a parcel was collected → what no one knows
    riding: str  # what says that a rider is on the way
    time: Callable[[int], str] = clock
    is_abroad: bool = False  # whose parcels it follows

    def lines(self, block: Happenings, history: History) -> list[str]:
        """Return the lines of a parcel's pushes."""
        return lines(self.pushes(block, history))


def _way(block: Happenings, parcel: int) -> int:
    """Return which of two ways a row of this parcel is spoiled in."""
    return int(block.parcels.key[parcel]) // 8 % 2


def faulty_lines(tracker: Tracker, block: Happenings, history: History, fault: str) -> list[str]:
    """Return the lines that a fault adds to a parcel's, none where it cannot happen to it."""
    collected = [scan for scan in history.scans if scan[0] == Scan.PICKED_UP]
    if not collected or history.scans[0] != collected[0]:
        return []
    ((_, city, at),) = collected
    once = tracker.lines(block, history.of(collected))
    if fault == "duplicates":
        return once
    if fault == "resent_histories":
        return tracker.lines(block, history)
    if fault == "impossible_orders":
        return tracker.lines(block, history.of([(Scan.OUT_FOR_DELIVERY, city, at - DAY)]))
    if fault == "sentinel_times":
        return tracker.lines(block, history.of([(Scan.PICKED_UP, city, SENTINEL)]))
    if fault == "malformed_rows":
        is_broken_off = _way(block, history.parcel) == 1
        return [
            line[: len(line) // 2] if is_broken_off else line.replace(tracker.time(at), _NO_TIME)
            for line in once
        ]
    if fault == "unmapped_codes":
        (line,) = tracker.lines(block, history.of([(Scan.PICKED_UP, city, at + 60)]))
        for sound, strange in tracker.unmapped.items():
            line = line.replace(sound, strange)
        return [line]
    return []


def with_people(tracker: Tracker, key: int, line: str) -> str:
    """Return the line with the rider's name and phone in its words, if a rider is on the way."""
    name, phone = person(key)
    return line.replace(tracker.riding, f"派件员：{name}（{phone}）{tracker.riding}")


def extras(
    tracker: Tracker, block: Happenings, waybill_number: Bytes, found: Mapping[str, Lines]
) -> list[Extra]:
    """Return the lines of each fault and what the truth says of them."""
    made = []
    for fault, pushed in found.items():
        parcel = [row for row, _ in pushed]
        detail: dict[str, pa.Array] = {}
        if fault in _REFUSALS:
            ways = [_REFUSALS[fault][_way(block, row)] for row in parcel]
            detail = {
                "reason": pa.array([reason for reason, _ in ways], pa.string()),
                "field": pa.array([field for _, field in ways], pa.string()),
            }
        if fault == "planted_people":
            planted = [" ".join(person(int(block.parcels.key[row]))) for row in parcel]
            detail = {"planted_text": pa.array(planted, pa.string())}
        listed = faults_of_waybills(fault, block, waybill_number, np.array(parcel, np.int64), detail)
        made.append(Extra("waybill_events", fault, [line for _, line in pushed], listed, tracker.folder))
    return made


def touched(chosen: Mapping[str, Flags], parcel: int) -> str | None:
    """Return the fault of a parcel."""
    return next((fault for fault, parcels in chosen.items() if parcels[parcel]), None)

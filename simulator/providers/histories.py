"""Scans grouped by parcel, and the clock, as the trackers' own formats need them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from simulator.contract.columns import Bytes
from simulator.contract.waybills import Scans
from simulator.life.happenings import Happenings
from simulator.life.scan_kinds import Scan
from simulator.world.couriers import COURIERS

Record = dict[str, object]


@dataclass(frozen=True)
class History:
    """What a tracker knows of a parcel: (scan, city, China seconds), oldest first."""

    parcel: int
    courier: str
    number: str
    scans: list[tuple[Scan, int, int]]

    def of(self, scans: list[tuple[Scan, int, int]]) -> "History":
        """Return the same parcel with other scans."""
        return History(self.parcel, self.courier, self.number, scans)


def clock(seconds: int) -> str:
    """Return China's wall clock, as all of these send it: without a zone."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def histories(
    block: Happenings,
    some: Scans,
    waybill_number: Bytes,
    couriers: Mapping[str, str],
    known: Mapping[Scan, object],
) -> Iterator[History]:
    """Yield the history of each of the couriers' parcels, of the scans that the format has words for."""
    has_words = np.isin(some.scan, [int(scan) for scan in known])
    has_words &= np.isin(block.parcels.courier, [COURIERS.index(name) for name in couriers])[some.parcel]
    rows = some.of(has_words)
    rows = rows.of(np.lexsort((rows.scan, rows.at, rows.parcel)))
    starts = np.flatnonzero(np.diff(rows.parcel, prepend=-1))
    ends = np.append(starts[1:], len(rows.parcel))
    scan, city, at = rows.scan.tolist(), rows.city.tolist(), rows.at.tolist()
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        parcel = int(rows.parcel[start])
        yield History(
            parcel=parcel,
            courier=COURIERS[int(block.parcels.courier[parcel])],
            number=bytes(waybill_number[parcel]).decode(),
            scans=[(Scan(scan[k]), city[k], at[k]) for k in range(start, end)],
        )


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def lines(records: Iterable[Record]) -> list[str]:
    """Return each record as a line of JSON."""
    return [_ENCODER.encode(record) for record in records]

"""Other couriers for named parcels: the same market, had they been sent with someone else."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from simulator.world.couriers import COURIERS
from simulator.world.draws import I64


@dataclass(frozen=True)
class Assignments:
    """Couriers by the key of the parcel, sorted by key."""

    key: I64
    to: I64

    def courier(self, key: I64, usual: I64) -> I64:
        """Return the courier assigned to each parcel, the usual one where none is."""
        place = np.minimum(np.searchsorted(self.key, key), len(self.key) - 1)
        return np.where(self.key[place] == key, self.to[place], usual)


def read_assignments(path: Path) -> Assignments:
    """Read a CSV or Parquet file of `waybill_number` (of the market as it was) and `courier_code`.

    A waybill's last twelve digits are its parcel's; those before them name the courier and are not read.

    Raises:
        ValueError: a column is missing, a number or a courier is not known, a parcel stands there twice,
            or there is no row.
    """
    with duckdb.connect() as connection:
        try:
            rows = connection.execute(
                "select right(waybill_number::varchar, 12), courier_code::varchar from "
                + ("read_parquet(?)" if path.suffix == ".parquet" else "read_csv(?, all_varchar = true)"),
                [str(path)],
            ).fetchall()
        except duckdb.Error as error:
            raise ValueError(
                f"{path.name} has no columns waybill_number and courier_code: {error}"
            ) from error
    if not rows:
        raise ValueError(f"{path.name} assigns no parcel.")
    wrong = sorted({str(courier) for _, courier in rows if courier not in COURIERS})
    if wrong:
        raise ValueError(f"{path.name} names couriers not known: {', '.join(wrong[:5])}.")
    numbers = [str(number) for number, _ in rows]
    if not all(number.isdigit() and len(number) == 12 for number in numbers):
        raise ValueError(f"{path.name} holds numbers that are no waybill's of a simulated market.")
    key = np.array([int(number) for number in numbers], np.int64)
    if len(np.unique(key)) < len(key):
        raise ValueError(f"{path.name} assigns a parcel twice.")
    by_key = np.argsort(key)
    to = np.array([COURIERS.index(courier) for _, courier in rows], np.int64)
    return Assignments(key=key[by_key], to=to[by_key])

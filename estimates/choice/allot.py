"""Who carries parcels that nobody carries yet, where couriers can take only so many: a transport problem.

Cells are what is sent, couriers are where to (scipy's HiGHS). A courier in time comes before any that is not,
and any courier before none; then the sum of costs is the least. With whole parcels and whole room a vertex of
the problem is whole, so nothing is rounded.
"""

import numpy as np
import polars as pl
from scipy.optimize import linprog
from scipy.sparse import coo_array

from estimates.choice.recommend import TARGET

#: What is worse than any cost: to be late, and to stay behind, as multiples of the dearest parcel.
_LATE, _LEFT = 1e3, 1e4


def allot(
    rows: pl.DataFrame, keys: list[str], capacity: pl.DataFrame, *, target: float = TARGET
) -> pl.DataFrame:
    """Return `keys`, `courier_id` and `taken_count`: how many parcels of each cell go with each courier.

    Args:
        rows: `candidates`; those allowed, known and with a probability may carry.
        keys: of a cell.
        capacity: `courier_id`, `parcel_count`: how many each can take. A courier that is not there takes all.
        target: probability to arrive by the promise.

    Raises:
        RuntimeError: the solver gives up.
    """
    may = rows.filter(pl.col("is_allowed") & pl.col("is_known") & pl.col("probability").is_not_null()).sort(
        *keys, "courier_id"
    )
    if may.is_empty():
        return may.select(*keys, "courier_id", taken_count=pl.lit(0, pl.Int64))
    cells = may.select(*keys, "parcel_count").unique(maintain_order=True).with_row_index("cell")
    limits = capacity.select("courier_id", room="parcel_count").with_row_index("limit")
    may = may.join(cells.drop("parcel_count"), on=keys, maintain_order="left", nulls_equal=True)
    may = may.join(limits, on="courier_id", how="left", maintain_order="left")
    size, number = len(may), len(cells)
    worst = float(may["cost_amount"].max() or 1.0)  # type: ignore[arg-type]
    late = worst * _LATE * np.maximum(0, target - may["probability"].to_numpy())
    cost = may["cost_amount"].to_numpy() + np.where(late > 0, worst + late, 0)
    # A parcel that no courier has room for stays behind: a last column per cell.
    cost = np.concatenate([cost, np.full(number, worst * _LEFT)])
    limited = np.flatnonzero(may["limit"].is_not_null().to_numpy())
    found = linprog(
        cost,
        A_ub=coo_array(
            (np.ones(len(limited)), (may["limit"].to_numpy()[limited].astype(int), limited)),
            shape=(max(1, len(limits)), size + number),
        ).tocsr(),
        b_ub=limits["room"].to_numpy().astype(float) if len(limits) else np.zeros(1),
        A_eq=coo_array(
            (
                np.ones(size + number),
                (np.concatenate([may["cell"].to_numpy(), np.arange(number)]), np.arange(size + number)),
            ),
            shape=(number, size + number),
        ).tocsr(),
        b_eq=cells["parcel_count"].to_numpy().astype(float),
        bounds=(0, None),
        method="highs-ds",
    )
    if found.x is None:
        raise RuntimeError(f"The parcels were not allotted: {found.message}")
    taken = np.rint(found.x[:size]).astype(np.int64)
    counted = may.select(*keys, "courier_id").with_columns(taken_count=pl.Series(taken))
    return counted.filter(pl.col("taken_count") > 0)

"""How many parcels of each cell move to which courier: a transport problem, solved by scipy's HiGHS.

Cells are what is sent, couriers are where to; what moves costs the least in sum, under what each courier
can take and let go, and with no less of all parcels in time than now. The solution is in fractions; it is
rounded down to whole parcels, and what that loses is stated.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.optimize import linprog
from scipy.sparse import coo_array, csc_array

from estimates.choice.parcels import CELL
from estimates.choice.recommend import TARGET

#: Of a courier's volume this much may move before delays themselves change.
CLAIMED = 0.05
#: Couriers that are chosen for what is expected of them come a little less often in time than that: so much
#: is taken off the probability of each. Set on simulated markets.
MARGIN = 0.007
#: Of all parcels so many more may be late than now: less than half of the half point that is promised.
LATER = 0.002
#: So many cells are solved at once; of more, one in so many first.
_FEW_CELLS, _SAMPLED = 2_000, 10
#: With so many cells to a limit, interior points (and then a vertex) take a third of the simplex's time.
_MANY_CELLS = 100
#: What saves less per parcel saves nothing.
_NOTHING = 1e-7
_KEYS = [*CELL, "courier_id"]
#: What a limit is of: who moves parcels, and the courier.
_LIMITED = ["follower", "courier_id"]


@dataclass(frozen=True)
class Assignment:
    """Parcels that move.

    ``counts`` has `CELL`, `courier_id`, `taken_count` and `left_count`: parcels that come to the courier
    and leave it. ``rounding_loss_amount`` is what whole parcels save less than fractions would, below
    nothing where rounding gave up a part of what is in time; ``moved_share`` the largest share of a
    courier's volume that comes or leaves.
    """

    counts: pl.DataFrame
    saved_amount: float
    rounding_loss_amount: float
    moved_share: float


def assign(
    rows: pl.DataFrame,
    volumes: pl.DataFrame,
    *,
    target: float = TARGET,
    moved_share: float = CLAIMED,
    margin: float = MARGIN,
    later_share: float = LATER,
    capacity: pl.DataFrame | None = None,
) -> Assignment:
    """Move parcels to cheaper couriers.

    Args:
        rows: `candidates`. Parcels move only to couriers allowed, known and in time by the target.
        volumes: `courier_id`, `parcel_count`: all that each courier carries in the time of these parcels.
        target: probability to arrive by the promise.
        moved_share: of a courier's volume at most so much comes, and so much leaves.
        margin: what a courier to which parcels move is expected to fall short of its probability.
        later_share: of all parcels at most so many more may be late than now.
        capacity: `courier_id`, `parcel_count`: how many more each can take, where that is known.

    Raises:
        RuntimeError: the solver gives up.
    """
    followers = rows.with_columns(follower=pl.lit(""))
    limit = _Limit(volumes, target, moved_share, margin, later_share, capacity)
    return _assigned(followers, limit).get("", _nothing(rows))


def assign_each(rows: pl.DataFrame, volumes: pl.DataFrame) -> dict[str, Assignment]:
    """Move the parcels of each merchant as if it alone followed; takes what ``assign`` takes."""
    limit = _Limit(volumes, TARGET, CLAIMED, MARGIN, LATER, None)
    found, nothing = _assigned(rows.with_columns(follower="merchant_id"), limit), _nothing(rows)
    return {name: found.get(name, nothing) for name in rows["merchant_id"].unique().sort()}


@dataclass(frozen=True)
class _Limit:
    """What ``assign`` keeps to."""

    volumes: pl.DataFrame
    target: float
    moved_share: float
    margin: float
    later_share: float
    capacity: pl.DataFrame | None


def _assigned(rows: pl.DataFrame, limit: _Limit) -> dict[str, Assignment]:
    """Return the assignment of each `follower` of the cells, each under limits of its own.

    One problem for all: they share nothing, and to set up each takes longer than to solve it.
    """
    limits = (
        rows.select(_LIMITED)
        .unique()
        .sort(_LIMITED)
        .join(
            limit.volumes.rename({"parcel_count": "volume"}),
            on="courier_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("volume").fill_null(0.0).cast(pl.Float64))
    )
    limits = limits.with_columns(most=pl.col("volume") * limit.moved_share)
    room = limits["most"].to_numpy()
    if limit.capacity is not None:
        known = limits.join(limit.capacity, on="courier_id", how="left", maintain_order="left")
        room = np.minimum(room, known["parcel_count"].cast(pl.Float64).fill_null(np.inf).to_numpy())
    # Couriers of a cell that is not promised anything cannot be compared.
    rows = rows.filter(pl.col("probability").is_not_null())
    may = pl.col("is_allowed") & pl.col("is_known") & (pl.col("probability") >= limit.target)
    to, away = rows.filter(may), rows.filter(pl.col("carried_count") > 0)
    if to.is_empty() or away.is_empty():
        return {}
    values = _solve(to, away, room, limits, limit)
    taken, left = _whole(to, away, values)
    cost_to, cost_away = to["cost_amount"].to_numpy(), away["cost_amount"].to_numpy()
    ideal, saved = (
        pl.concat(
            [
                away.select("follower", amount=pl.Series(cost_away * gone)),
                to.select("follower", amount=pl.Series(-cost_to * come)),
            ]
        )
        .group_by("follower")
        .agg(pl.col("amount").sum())
        for come, gone in ((values[: len(to)], values[len(to) :]), (taken, left))
    )
    counts = _counts(to, away, taken, left)
    shares = (
        counts.group_by(_LIMITED)
        .agg(pl.col("taken_count").sum(), pl.col("left_count").sum())
        .join(limits, on=_LIMITED)
        .group_by("follower")
        .agg(moved=(pl.max_horizontal("taken_count", "left_count") / pl.col("volume")).max())
    )
    own = counts.partition_by("follower", as_dict=True, include_key=False)
    none = counts.head(0).drop("follower")
    amounts = ideal.join(saved, on="follower", suffix="_saved").join(shares, on="follower", how="left")
    return {
        each["follower"]: Assignment(
            own.get((each["follower"],), none),
            each["amount_saved"],
            each["amount"] - each["amount_saved"],
            each["moved"] or 0.0,
        )
        for each in amounts.iter_rows(named=True)
    }


def _nothing(rows: pl.DataFrame) -> Assignment:
    """Return that nothing moves."""
    none = rows.head(0).with_columns(follower=pl.lit(""))
    counts = _counts(none, none, _none(), _none()).drop("follower")
    return Assignment(counts, 0.0, 0.0, 0.0)


def _none() -> npt.NDArray[np.int64]:
    return np.zeros(0, np.int64)


def _solve(
    to: pl.DataFrame,
    away: pl.DataFrame,
    room: npt.NDArray[np.float64],
    limits: pl.DataFrame,
    limit: _Limit,
) -> npt.NDArray[np.float64]:
    """Return parcels that come to each row of `to`, then those that leave each row of `away`."""
    cells = pl.concat([to.select(CELL), away.select(CELL)]).unique(maintain_order=True).with_row_index("cell")
    order = limits.select(_LIMITED).with_row_index("place")
    followers = limits.select("follower").unique(maintain_order=True).with_row_index("place")

    def places(rows: pl.DataFrame, of: pl.DataFrame, keys: list[str], name: str) -> npt.NDArray[np.int64]:
        joined = rows.select(keys).join(of, on=keys, how="left", maintain_order="left")
        return joined[name].cast(pl.Int64).to_numpy()

    size, count, number = len(to), len(to) + len(away), len(order)
    cell = np.concatenate([places(each, cells, list(CELL), "cell") for each in (to, away)])
    courier = np.concatenate([places(each, order, _LIMITED, "place") for each in (to, away)])
    follower = np.concatenate([places(each, followers, ["follower"], "place") for each in (to, away)])
    sign = np.where(np.arange(count) < size, 1.0, -1.0)
    probability = np.concatenate(
        [to["probability"].to_numpy() - limit.margin, away["probability"].to_numpy()]
    )
    cost = np.concatenate([each["cost_amount"].to_numpy() for each in (to, away)])
    carried = away["carried_count"].to_numpy()
    # Parcels that come to a courier, those that leave it, and the parcels in time: not fewer.
    limited = np.concatenate([courier[:size], courier[size:] + number, 2 * number + follower])
    held = coo_array(
        (
            np.concatenate([np.ones(count), -sign * probability]),
            (limited, np.concatenate([np.arange(count), np.arange(count)])),
        ),
        shape=(2 * number + len(followers), count),
    ).tocsc()
    later = limit.later_share * np.bincount(follower[size:], carried, len(followers))
    room_of_all = np.concatenate([room, limits["most"].to_numpy(), later])
    most = np.concatenate([to["parcel_count"].to_numpy(), carried]).astype(float)
    return _net(to, away, _least(sign * cost, held, room_of_all, sign, cell, most))


def _least(
    cost: npt.NDArray[np.float64],
    held: csc_array,
    room: npt.NDArray[np.float64],
    sign: npt.NDArray[np.float64],
    cell: npt.NDArray[np.int64],
    most: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return how much of each column costs the least in sum; of a cell as much comes as leaves.

    Few cells move where few parcels may. So what the limits cost is learnt from every tenth cell, and it is
    solved over those that save something at these prices; others join until none is left that would (column
    generation): the solution is that over all.
    """
    comes = sign > 0
    number = int(cell.max()) + 1
    values = np.zeros(len(cost))

    def solved(is_in: npt.NDArray[np.bool_], room: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        """Solve it over some cells, keep the values, and return which cells save at the prices found."""
        columns, count = np.flatnonzero(is_in[cell]), int(is_in.sum())
        place = np.cumsum(is_in) - 1
        found = linprog(
            cost[columns],
            A_ub=held[:, columns],
            b_ub=room,
            A_eq=coo_array(
                (sign[columns], (place[cell[columns]], np.arange(len(columns)))), shape=(count, len(columns))
            ).tocsr(),
            b_eq=np.zeros(count),
            bounds=np.column_stack([np.zeros(len(columns)), most[columns]]),
            method="highs-ipm" if len(room) * _MANY_CELLS < count else "highs-ds",
        )
        if found.x is None:
            raise RuntimeError(f"The assignment was not solved: {found.message}")
        values[columns] = found.x
        priced: npt.NDArray[np.float64] = cost - held.T @ found.ineqlin.marginals
        return _best(priced, comes, cell, number) < -_NOTHING

    if number < _FEW_CELLS:
        solved(np.ones(number, bool), room)
        return values
    is_in = solved(np.arange(number) % _SAMPLED == 0, room / _SAMPLED)
    values[:] = 0
    is_in[0] = True  # without a cell there is nothing to solve
    while (more := solved(is_in, room) & ~is_in).any():
        is_in |= more
    return values


def _best(
    cost: npt.NDArray[np.float64], comes: npt.NDArray[np.bool_], cell: npt.NDArray[np.int64], number: int
) -> npt.NDArray[np.float64]:
    """Return what one parcel of each cell costs that goes where it costs the least."""
    least = [np.full(number, np.inf) for _ in range(2)]
    for each, is_side in zip(least, (comes, ~comes), strict=True):
        np.minimum.at(each, cell[is_side], cost[is_side])
    return np.asarray(least[0] + least[1])


def _net(to: pl.DataFrame, away: pl.DataFrame, values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the solution without what comes to a courier and leaves it in the same cell."""
    come, leave = values[: len(to)], values[len(to) :]
    both = (
        to.select(_KEYS)
        .with_row_index("come")
        .join(away.select(_KEYS).with_row_index("leave"), on=_KEYS, maintain_order="left")
    )
    here, there = both["come"].to_numpy(), both["leave"].to_numpy()
    same = np.minimum(come[here], leave[there])
    come[here] -= same
    leave[there] -= same
    return values


def _whole(
    to: pl.DataFrame, away: pl.DataFrame, values: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return whole parcels: rounded down, and of a cell as many come as leave; so every limit still holds."""
    whole = np.floor(values + 1e-6).astype(np.int64)
    come = to.select(*CELL, "cost_amount").with_columns(most=pl.Series(whole[: len(to)]))
    leave = away.select(*CELL, "cost_amount").with_columns(most=pl.Series(whole[len(to) :]))
    sums = [each.group_by(CELL).agg(pl.col("most").sum().alias("sum")) for each in (come, leave)]
    both = sums[0].join(sums[1], on=CELL).select(*CELL, many=pl.min_horizontal("sum", "sum_right"))
    return _first(come, both, is_dear=False), _first(leave, both, is_dear=True)


def _first(rows: pl.DataFrame, both: pl.DataFrame, *, is_dear: bool) -> npt.NDArray[np.int64]:
    """Return how many parcels of each row are among the cell's first, the cheapest or the dearest."""
    ordered = (
        rows.with_row_index("row")
        .join(both, on=CELL, how="left", maintain_order="left")
        .sort(*CELL, "cost_amount", "row", descending=[False] * len(CELL) + [is_dear, False])
        .with_columns(before=pl.col("most").cum_sum().over(CELL) - pl.col("most"))
        .with_columns(first=pl.min_horizontal("most", (pl.col("many") - pl.col("before")).clip(0)))
        .sort("row")
    )
    return ordered["first"].fill_null(0).to_numpy()


def _counts(
    to: pl.DataFrame, away: pl.DataFrame, taken: npt.NDArray[np.int64], left: npt.NDArray[np.int64]
) -> pl.DataFrame:
    keys = ["follower", *_KEYS]
    both = pl.concat(
        [
            to.select(keys).with_columns(pl.Series("taken_count", taken), left_count=pl.lit(0, pl.Int64)),
            away.select(keys).with_columns(
                pl.lit(0, pl.Int64).alias("taken_count"), pl.Series("left_count", left)
            ),
        ]
    )
    summed = both.group_by(keys, maintain_order=True).agg(
        pl.col("taken_count").sum(), pl.col("left_count").sum()
    )
    return summed.filter((pl.col("taken_count") > 0) | (pl.col("left_count") > 0)).sort(keys)


def moved(parcels: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Return parcels with `to_courier_id`: where each goes, null where it stays.

    The parcels of a cell and courier that leave are its first ones; they go to the couriers that take, in
    order.
    """
    take = counts.filter(pl.col("taken_count") > 0).select(
        *CELL, pl.col("courier_id").alias("to_courier_id"), pl.col("taken_count").alias("many")
    )
    seats = take.select(*CELL, pl.col("to_courier_id").repeat_by("many")).explode("to_courier_id")
    seats = seats.with_columns(seat=pl.int_range(pl.len()).over(CELL))
    leave = counts.filter(pl.col("left_count") > 0).select(*_KEYS, "left_count")
    leaving = (
        parcels.with_row_index("row")
        .join(leave, on=_KEYS, maintain_order="left")
        .filter(pl.int_range(pl.len()).over(_KEYS) < pl.col("left_count"))
        .with_columns(seat=pl.int_range(pl.len()).over(CELL))
        .join(seats, on=[*CELL, "seat"], maintain_order="left")
    )
    return (
        parcels.with_row_index("row")
        .join(leaving.select("row", "to_courier_id"), on="row", how="left", maintain_order="left")
        .drop("row")
    )

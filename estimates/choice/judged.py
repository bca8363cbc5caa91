"""What parcels would have saved with couriers chosen before they were sent: the rows of `mart_saving`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from estimates.choice.assign import CLAIMED, Assignment, assign, assign_each, moved
from estimates.choice.candidates import Known, candidates
from estimates.choice.market import JUDGED, OLD, WINDOW, fingerprint, monday, sent
from estimates.choice.parcels import CELL
from estimates.choice.propensities import propensities
from estimates.choice.recommend import recommend
from estimates.choice.saving import Estimate, Market, Saving, estimate_saving, judge_market, moving

#: A merchant with fewer parcels is not judged alone.
FEWEST = 30
_MONEY, _SHARE = 4, 6
_METHODS = ("saved", "weighted_saved", "self_normalised_saved")
SAVINGS = {
    "saving_scope": pl.String,
    "merchant_id": pl.String,
    "currency": pl.String,
    "saving_state": pl.String,
    "judged_parcel_count": pl.Int64,
    "moved_parcel_count": pl.Int64,
    "unknown_parcel_count": pl.Int64,
    "effective_parcel_count": pl.Float64,
    "judged_cost_amount": pl.Float64,
    **{f"{method}_{part}": pl.Float64 for method in _METHODS for part in ("amount", "low", "high")},
    "means_saved_amount": pl.Float64,
    "rounding_loss_amount": pl.Float64,
    "saved_share": pl.Float64,
    "saved_share_low": pl.Float64,
    "saved_share_high": pl.Float64,
    "moved_volume_limit": pl.Float64,
    "moved_volume_share": pl.Float64,
    "in_time_change_share": pl.Float64,
    "saving_fingerprint": pl.String,
    "first_judged_date": pl.Date,
    "last_judged_date": pl.Date,
}


def courier_saving(
    waybills: pl.DataFrame, offers: pl.DataFrame, as_of: datetime | None, kept: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return what parcels of thirty days would have saved with couriers chosen before them.

    Args:
        waybills: as ``courier_choice`` takes them, and all else.
        offers: see there.
        as_of: see there.
        kept: see there.

    Returns:
        `SAVINGS`: of the market, as much as can be claimed and all of it, and of each merchant alone.
    """
    found = [pl.DataFrame(schema=SAVINGS)]
    if as_of is None:
        return found[0]
    last = monday(as_of) - OLD
    decided = last - JUDGED
    for each in sent(waybills, offers, monday(as_of)):
        mark = fingerprint(decided, each.parcels, each.offers)
        same = None if kept is None else kept.filter(currency=each.currency, saving_fingerprint=mark)
        if same is not None and len(same):
            found.append(same)
            continue
        judged = each.between(decided, last).filter(pl.col("cost_amount") > 0)
        known = each.learnt(decided - OLD - WINDOW, decided)
        if known and len(judged):
            before = each.between(decided - OLD - WINDOW, decided)
            savings = _savings(_Judged(before, judged, each.may_use(decided), known))
            found.append(
                savings.with_columns(currency=pl.lit(each.currency), saving_fingerprint=pl.lit(mark))
            )
    return pl.concat([each.select(*SAVINGS).cast(SAVINGS) for each in found])  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Part:
    """Who would follow, and how many parcels of a courier may move."""

    scope: str
    merchant_id: str | None
    moved_share: float


@dataclass(frozen=True)
class _Followed:
    """What whoever follows would do: its cells, and its parcels with where they go."""

    part: _Part
    rows: pl.DataFrame
    moves: Assignment
    parcels: pl.DataFrame
    chances: pl.DataFrame


class _Judged:
    """Parcels that are judged, with what is the same for whoever follows."""

    def __init__(
        self, before: pl.DataFrame, judged: pl.DataFrame, allowed: pl.DataFrame, known: Known
    ) -> None:
        self.rows = candidates(judged, allowed, known)
        should = recommend(self.rows).select(*CELL, recommended_courier_id="courier_id")
        self.parcels = judged.join(should, on=CELL, how="left", maintain_order="left")
        self.chances = propensities(before, allowed, judged)
        self.market: Market = judge_market(self.parcels, self.chances, known.prices)
        self.volumes = judged.group_by("courier_id").agg(parcel_count=pl.len())

    def followed(self) -> Iterator[_Followed]:
        """Yield what the market would do, as far as is claimed and in full, then each merchant alone."""
        frames = (self.rows, self.parcels, self.chances)
        for moved_share in (CLAIMED, 1.0):
            moves = assign(self.rows, self.volumes, moved_share=moved_share)
            yield _followed(_Part("market", None, moved_share), moves, *frames)
        counts = self.parcels.group_by("merchant_id").len().filter(pl.col("len") >= FEWEST)
        alone = assign_each(self.rows.join(counts, on="merchant_id", how="semi"), self.volumes)
        own = [each.partition_by("merchant_id", as_dict=True) for each in frames]
        for merchant, moves in alone.items():
            part = _Part("merchant", merchant, CLAIMED)
            yield _followed(part, moves, *(each[merchant,] for each in own))


def _followed(
    part: _Part, moves: Assignment, rows: pl.DataFrame, parcels: pl.DataFrame, chances: pl.DataFrame
) -> _Followed:
    return _Followed(part, rows, moves, moved(parcels, moves.counts), chances)


def _savings(judged: _Judged) -> pl.DataFrame:
    every = list(judged.followed())
    moves = [moving(each.parcels) for each in every]
    # Looked up together: one by one it takes longer than all else.
    quotes = judged.market.prices.quotes(pl.concat(moves))
    rows, first = [], 0
    for each, own in zip(every, moves, strict=True):
        saving = estimate_saving(
            each.parcels,
            judged.market,
            each.chances,
            moved_share=each.moves.moved_share,
            quotes=quotes.part(first, len(own)),
        )
        first += len(own)
        in_time = _in_time_change(each.rows, each.moves)
        rows.append(_row(each.part, saving, each.moves, in_time, each.parcels))
    return pl.DataFrame(rows, schema=SAVINGS)


def _in_time_change(rows: pl.DataFrame, moves: Assignment) -> float:
    """Return how many more parcels are expected in time, as a share of all: below nothing where fewer."""
    keys = [*CELL, "courier_id"]
    found = moves.counts.join(rows.select(*keys, "probability"), on=keys, maintain_order="left")
    more = (pl.col("taken_count") - pl.col("left_count")) * pl.col("probability")
    return float(found.select(more.sum()).item() or 0.0) / max(1, int(rows["carried_count"].sum()))


def _row(
    part: _Part, saving: Saving, moves: Assignment, in_time: float, parcels: pl.DataFrame
) -> dict[str, object]:
    def three(method: str, each: Estimate) -> dict[str, float | None]:
        named = {"amount": each.amount, "low": each.low, "high": each.high}
        return {f"{method}_{part}": _finite(value, _MONEY) for part, value in named.items()}

    robust = saving.doubly_robust
    is_said = saving.state != "cannot_say"
    days = parcels["registered_at"].dt.date()
    return {
        "saving_scope": part.scope,
        "merchant_id": part.merchant_id,
        "saving_state": saving.state,
        "judged_parcel_count": saving.parcel_count,
        "moved_parcel_count": saving.moved_count,
        "unknown_parcel_count": saving.unknown_count,
        "effective_parcel_count": round(saving.effective_sample, 1),
        "judged_cost_amount": round(saving.cost_amount, _MONEY),
        **(three("saved", robust) if is_said else {}),
        **three("weighted_saved", saving.weighted),
        **three("self_normalised_saved", saving.self_normalised),
        "means_saved_amount": round(saving.naive_amount, _MONEY),
        "rounding_loss_amount": round(moves.rounding_loss_amount, _MONEY),
        **{
            name: _finite(value / saving.cost_amount, _SHARE) if is_said else None
            for name, value in {
                "saved_share": robust.amount,
                "saved_share_low": robust.low,
                "saved_share_high": robust.high,
            }.items()
        },
        "moved_volume_limit": part.moved_share,
        "moved_volume_share": round(moves.moved_share, _SHARE),
        "in_time_change_share": round(in_time, _SHARE),
        "first_judged_date": days.min(),
        "last_judged_date": days.max(),
    }


def _finite(value: float, digits: int) -> float | None:
    """Return a number rounded, None where it has no bound."""
    return round(value, digits) if abs(value) < float("inf") else None

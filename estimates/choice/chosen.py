"""Which courier each merchant's parcels should go with from now on: the rows of `mart_courier_choice`."""

from datetime import datetime

import polars as pl

from estimates.choice.assign import Assignment, assign
from estimates.choice.candidates import candidates
from estimates.choice.market import OLD, WINDOW, fingerprint, monday, sent
from estimates.choice.parcels import CELL
from estimates.choice.recommend import recommend

_MONEY, _SHARE = 4, 6
CHOICES = {
    **dict.fromkeys(CELL, pl.String),
    "currency": pl.String,
    "present_courier_id": pl.String,
    "recommended_courier_id": pl.String,
    "next_courier_id": pl.String,
    "choice_reason": pl.String,
    "sent_parcel_count": pl.Int64,
    "moved_parcel_count": pl.Int64,
    "price_sample_count": pl.Int64,
    "time_sample_count": pl.Int64,
    "present_parcel_cost": pl.Float64,
    "recommended_parcel_cost": pl.Float64,
    "next_parcel_cost": pl.Float64,
    "price_error_share": pl.Float64,
    "in_time_probability": pl.Float64,
    "own_times_weight": pl.Float64,
    "promised_hours": pl.Float64,
    "choice_fingerprint": pl.String,
    "decided_date": pl.Date,
}


def courier_choice(
    waybills: pl.DataFrame, offers: pl.DataFrame, as_of: datetime | None, kept: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return which courier each merchant's lane and band of weight should go with.

    Args:
        waybills: `READ` of `fct_waybills` where `IS_CHOSEN`, registered ``since`` then.
        offers: `fct_courier_offers`.
        as_of: the newest that is known, None where nothing is.
        kept: the rows of before; those made from the same parcels and offers are taken from them.

    Returns:
        `CHOICES`: of parcels of the 90 days before the last Monday.
    """
    found = [pl.DataFrame(schema=CHOICES)]
    if as_of is None:
        return found[0]
    decided = monday(as_of)
    for each in sent(waybills, offers, decided):
        now = each.between(decided - WINDOW, decided)
        mark = fingerprint(decided, each.between(decided - WINDOW - OLD, decided), each.offers)
        same = None if kept is None else kept.filter(currency=each.currency, choice_fingerprint=mark)
        if same is not None and len(same):
            found.append(same)
        elif known := each.learnt(decided - WINDOW - OLD, decided):
            rows = candidates(now, each.may_use(decided), known)
            choices = _choices(rows, assign(rows, now.group_by("courier_id").agg(parcel_count=pl.len())))
            found.append(
                choices.with_columns(
                    currency=pl.lit(each.currency),
                    choice_fingerprint=pl.lit(mark),
                    decided_date=decided.date(),
                )
            )
    return pl.concat([each.select(*CHOICES).cast(CHOICES) for each in found])  # type: ignore[arg-type]


def _choices(rows: pl.DataFrame, moves: Assignment) -> pl.DataFrame:
    left = moves.counts.group_by(CELL).agg(moved_parcel_count=pl.col("left_count").sum())
    return (
        recommend(rows)
        .join(left, on=CELL, how="left", maintain_order="left")
        .select(
            *CELL, "present_courier_id", "next_courier_id",
            pl.col("moved_parcel_count").fill_null(0),
            recommended_courier_id="courier_id",
            choice_reason="reason",
            sent_parcel_count="parcel_count",
            price_sample_count="sample_count",
            time_sample_count="probability_sample_count",
            present_parcel_cost=pl.col("present_cost_amount").round(_MONEY),
            recommended_parcel_cost=pl.col("cost_amount").round(_MONEY),
            next_parcel_cost=pl.col("next_cost_amount").round(_MONEY),
            price_error_share=pl.col("cost_error_share").round(_SHARE),
            in_time_probability=pl.col("probability").round(_SHARE),
            own_times_weight=pl.col("probability_weight").round(_SHARE),
            promised_hours=pl.col("promised_hours").round(_MONEY),
        )
        .sort(CELL)
    )  # fmt: skip

"""What needs someone by a rule, not by a change: merchants that ship late, silent parcels, unmapped codes."""

from collections.abc import Collection
from datetime import date, timedelta

import polars as pl
from scipy.special import bdtrc

from estimates.findings.find import SURE
from estimates.findings.parts import FEW
from estimates.findings.row import Row

#: Late or silent by twice the others' share at least, and that is no chance.
TIMES = 2
#: A merchant that is late with fewer of its parcels, or a smaller part of them, is none to call.
LATE_COUNT, LATE_SHARE = 5, 0.10
CHANCE = 0.001
#: Merchants and couriers are judged by so many of their latest weeks.
WEEKS = 4
#: So long silent that a call helps nobody: lost rather than late.
DEAD = "over_30_days"
#: A code that a provider has not sent for so long is of the past.
_SENT_WITHIN = timedelta(days=7)


def late_merchants(merchants: pl.DataFrame, *, except_merchants: Collection[str | None]) -> list[Row]:
    """Return the merchants that ship after the promise, gathered; none where there is none.

    Its key is the merchant with the most late parcels.

    Args:
        merchants: rows of `mart_merchant_weeks`.
        except_merchants: those that are another finding already.
    """
    latest, dates = _latest(merchants)
    due, late = "ship_promise_due_count", "late_shipment_count"
    parts = latest.group_by("merchant_id").agg(pl.col(due, late).sum())
    found = _standing_out(parts, "merchant_id", late, due, few=due)
    found = found.filter(pl.col(late) >= LATE_COUNT, pl.col("share") >= LATE_SHARE)
    found = found.filter(~pl.col("merchant_id").is_in([each for each in except_merchants if each]))
    if found.is_empty() or dates is None:
        return []
    most = found.sort([late, "merchant_id"], descending=[True, False]).row(0, named=True)
    others = parts.join(found, on="merchant_id", how="anti", nulls_equal=True)
    late_count = int(found[late].sum())
    return [
        Row(
            "late_merchants",
            "weeks",
            "late_shipment_share",
            keys={"merchant_id": most["merchant_id"]},
            touched=late_count,
            certainty=1 - float(found["chance"].max()),  # type: ignore[arg-type]
            weight=SURE * late_count,
            dates=dates,
            measures=_shares(
                late_count / int(found[due].sum()), int(others[late].sum()), int(others[due].sum())
            ),
            parts=len(found),
        )
    ]


def silent_parcels(stalled: pl.DataFrame, lanes: pl.DataFrame) -> list[Row]:
    """Return the couriers that have at least twice as many silent parcels for what they carry as all others.

    Args:
        stalled: rows of `mart_stalled_parcels`.
        lanes: rows of `mart_lane_weeks`, for what each carries.
    """
    latest, _ = _latest(lanes)
    carried = latest.group_by("courier_id").agg(pl.col("waybill_count").sum())
    silent = stalled.filter(pl.col("silence_band") != DEAD, pl.col("place_of_silence") != "before_pickup")
    counts = silent.group_by("courier_id").agg(silent_count=pl.len())
    parts = carried.join(counts, on="courier_id", how="left", nulls_equal=True).fill_null(0)
    found = _standing_out(parts, "courier_id", "silent_count", "waybill_count", few="silent_count")
    return [
        Row(
            "silent_parcels",
            "now",
            "silent_share",
            keys={"courier_id": row["courier_id"]},
            touched=row["silent_count"],
            certainty=1 - row["chance"],
            weight=SURE * row["silent_count"],
            measures=_shares(row["share"], row["others"], 1),
        )
        for row in found.sort("courier_id").to_dicts()
    ]


def unmapped_codes(codes: pl.DataFrame, providers: pl.DataFrame) -> list[Row]:
    """Return the codes that no seed knows and that still come, gathered by provider and kind.

    Its code is the one that came most often.

    Args:
        codes: rows of `fct_unmapped_codes`.
        providers: rows of `dim_providers`.
    """
    sent = codes.join(providers.select("provider_id", "as_of_at"), on="provider_id")
    sent = sent.filter(pl.col("last_seen_at") >= pl.col("as_of_at") - _SENT_WITHIN)
    gathered = (
        sent.sort("row_count", "code", descending=[True, False])
        .group_by("provider_id", "kind", maintain_order=True)
        .agg(pl.col("code").first(), parts=pl.len(), touched=pl.col("row_count").sum())
        .filter(pl.col("touched") >= FEW)
    )
    return [
        Row(
            "unmapped_codes",
            "now",
            f"unmapped_{row['kind']}",
            keys={"provider_id": row["provider_id"]},
            touched=row["touched"],
            certainty=1.0,
            weight=SURE * row["touched"],
            code=row["code"],
            parts=row["parts"],
        )
        for row in gathered.to_dicts()
    ]


def _latest(rows: pl.DataFrame) -> tuple[pl.DataFrame, tuple[date, date] | None]:
    """Return the rows of the latest weeks, with their first and last day."""
    if rows.is_empty():
        return rows, None
    newest: date = rows["week_date"].max()  # type: ignore[assignment]
    first = newest - timedelta(days=7 * (WEEKS - 1))
    return rows.filter(pl.col("week_date") >= first), (first, newest + timedelta(days=6))


def _standing_out(parts: pl.DataFrame, key: str, some: str, whole: str, *, few: str) -> pl.DataFrame:
    """Return the parts whose share is at least twice that of all others, which no chance explains.

    ``few`` is the count of which a part needs ``FEW``.
    """
    rest_some, rest_whole = pl.col(some).sum() - pl.col(some), pl.col(whole).sum() - pl.col(whole)
    shares = parts.with_columns(share=pl.col(some) / pl.col(whole), others=rest_some / rest_whole).filter(
        pl.col(key).is_not_null(), pl.col(few) >= FEW, rest_whole > 0
    )
    chance = bdtrc(
        shares[some].to_numpy() - 1.0,
        shares[whole].to_numpy().clip(shares[some]),
        shares["others"].to_numpy(),
    )
    return shares.with_columns(chance=pl.Series(chance, dtype=pl.Float64)).filter(
        pl.col("share") >= TIMES * pl.col("others"), pl.col("chance") < CHANCE
    )


def _shares(now: float, some: float, whole: float) -> dict[str, float]:
    before = some / whole if whole else 0.0
    return {"now_share": now, "before_share": before, "effect_share": now - before}

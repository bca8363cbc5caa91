"""What needs someone, as rows: changes of the latest whole week and month, and what rules find."""

from dataclasses import dataclass

import polars as pl

from estimates.findings.find import MOST, Finding, find
from estimates.findings.metric import Metric
from estimates.findings.row import COLUMNS, Row
from estimates.findings.rules import late_merchants, silent_parcels, unmapped_codes
from estimates.findings.spans import Span, judged_spans

#: Of the findings at most so many may be false, so that quiet weeks stay quiet: measured, see the decision.
FALSE_SHARE = 0.02

_LANE = ("origin_province_id", "destination_province_id")
HOURS = Metric(
    "mean_end_to_end_hours",
    (
        ("courier_id",),
        *((place,) for place in _LANE),
        *(("courier_id", place) for place in _LANE),
        _LANE,
    ),
    0.1,
    "times",
)
HANDLING = Metric(
    "mean_handling_hours", (("merchant_id",), ("courier_id",), ("origin_province_id",)), 0.1, "times"
)
TIER = Metric("tier_1_2_line_share", (("category_id",),), 0.05, "points")
SHARE = Metric("waybill_share", (("courier_id",), *(("courier_id", place) for place in _LANE)), 0.03, "share")
METRICS = (HOURS, HANDLING, TIER, SHARE)


@dataclass(frozen=True)
class Market:
    """What is looked at: tables of the warehouse, with the columns of their models.

    ``lanes``, ``merchants`` and ``categories`` are `mart_lane_weeks`, `mart_merchant_weeks` and
    `mart_category_weeks`; ``stalled`` is `mart_stalled_parcels`, ``codes`` `fct_unmapped_codes`,
    ``providers`` `dim_providers`, ``events`` `dim_event_weeks`.
    """

    lanes: pl.DataFrame
    merchants: pl.DataFrame
    categories: pl.DataFrame
    stalled: pl.DataFrame
    codes: pl.DataFrame
    providers: pl.DataFrame
    events: pl.DataFrame


def what_needs_you(market: Market) -> pl.DataFrame:
    """Return one row per finding, the seven that touch most and are surest, and one per span looked at.

    A row of a span has no rank. Columns are those of ``COLUMNS``, hours and shares (0–1).
    """
    cells = measured(market)
    spans = judged_spans([*cells.values()], set(market.events["week_date"]))
    search = find(
        {span.name: {name: span.cells(rows) for name, rows in cells.items()} for span in spans},
        METRICS,
        false_share=FALSE_SHARE,
    )
    of = {span.name: span for span in spans}
    rows = [_change(each, of[each.span]) for each in search.findings]
    named = {row.keys.get("merchant_id") for row in rows} - {None}
    rules = [
        *late_merchants(market.merchants, except_merchants=named),
        *silent_parcels(market.stalled, market.lanes),
        *unmapped_codes(market.codes, market.providers),
    ]
    ranked = sorted([*rows, *rules], key=lambda row: (-row.weight, row.finding_id))[:MOST]
    looked_at = [
        Row(
            "looked_at",
            span.name,
            touched=_parcels(market, span),
            dates=span.dates,
            tried=sum(tried.values()),
        )
        for span, tried in ((of[name], tried) for name, tried in search.tried.items())
    ]
    written = [row.written(rank) for rank, row in enumerate(ranked, start=1)]
    return pl.DataFrame([*written, *(row.written(None) for row in looked_at)], schema=COLUMNS, orient="row")


def measured(market: Market) -> dict[str, pl.DataFrame]:
    """Return each metric's rows, as ``find`` takes them, with `week_date` and `month_date` for weeks."""

    def rows(frame: pl.DataFrame, metric: Metric, amount: pl.Expr, count: str) -> pl.DataFrame:
        cuts = {column for cut in metric.cuts for column in cut}
        return (
            frame.group_by(*sorted(cuts), "week_date", "month_date")
            .agg(amount=amount, count=pl.col(count).sum())
            .filter(pl.col("count") > 0)
            .with_columns(pl.col("amount").cast(pl.Float64), whole=pl.col("count").cast(pl.Float64))
        )

    # Whole numbers are summed, so that the order of rows changes nothing.
    hours, handling = (pl.col(f"limited_{name}_seconds").sum() / 3600 for name in ("end_to_end", "handling"))
    return {
        HOURS.name: rows(market.lanes, HOURS, hours, "waybill_count"),
        HANDLING.name: rows(market.merchants, HANDLING, handling, "handling_count"),
        TIER.name: rows(market.categories, TIER, pl.col("tier_1_2_line_count").sum(), "line_count"),
        SHARE.name: rows(market.lanes, SHARE, pl.col("waybill_count").sum(), "waybill_count"),
    }


def _change(each: Finding, span: Span) -> Row:
    unit = "hours" if each.metric in (HOURS.name, HANDLING.name) else "share"
    return Row(
        "change",
        span.name,
        each.metric,
        keys=each.cut,
        touched=each.touched,
        certainty=each.certainty,
        weight=each.weight,
        dates=span.dates,
        measures={
            f"now_{unit}": each.now,
            f"before_{unit}": each.before,
            f"effect_{unit}": each.effect,
        },
    )


def _parcels(market: Market, span: Span) -> int:
    return int(span.cells(market.lanes).filter(pl.col("week") == 0)["waybill_count"].sum())

"""One month of a shop: its own figures, what it may be told of the market, its couriers and lanes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl
import streamlit as st

from dashboards.charts.bars import few_last, metric_bars
from dashboards.charts.canvas import Canvas
from dashboards.charts.over_time import line_chart
from dashboards.choice.few import FEW
from dashboards.choice.view import View
from dashboards.languages.messages import _, ngettext
from dashboards.languages.writing import called, meaning, written, written_change, written_day
from dashboards.parts.figure import Figure
from dashboards.parts.tiles import colour_of, draw_number
from serving.benchmark import FIGURES, FLOOR, KEYS, TABLE, Breakdown
from serving.extract_kinds import SCORES
from serving.period import Period
from serving.published import Every
from serving.shop import Shop

PARCELS = "extract_waybills"
MEDIAN = "median_end_to_end_hours"
COUNT = "waybill_count"
STAGES = ("handling", "origin", "linehaul", "destination", "last_mile", "pickup_wait")

#: The tiles: metric → the date whose month it is of. The merchant's part begins with the payment.
TILES = {
    MEDIAN: "picked_up_date",
    "within_72h_share": "picked_up_date",
    "on_time_share": "picked_up_date",
    "shipped_on_time_share": "paid_date",
    "first_scan_within_24h_share": "paid_date",
}
_LESS_IS_BETTER = {MEDIAN}


@dataclass(frozen=True)
class ShopMonth:
    """A shop's parcels of one calendar month, which ``month`` is the first day of."""

    view: View
    shop: Shop
    month: date

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.month, self.month).months()

    @cached_property
    def market(self) -> pl.DataFrame:
        """The platform's figures by month."""
        return self.shop.market("platform")

    def series(self, day: str) -> pl.DataFrame:
        """Return the tiles' metrics of a date by month, in order."""
        names = [COUNT, *(name for name, of in TILES.items() if of == day)]
        found = self.shop.judged(PARCELS, names, [Every(day, "month")])
        return found.drop_nulls(day).rename({day: "month_date"})

    def final(self, name: str, month: date) -> float | None:
        """Return a metric of a month; None where it is not known, or may still change."""
        flag = self.view.metric(PARCELS, name).final
        rows = self.series(TILES[name]).filter(pl.col("month_date") == month)
        if rows.is_empty() or (flag and rows[flag].item() is False):
            return None
        value: float | None = rows[name].item()
        return value

    def told(self, name: str) -> float | None:
        """Return the market's figure of the month beside a metric; None where it is not told."""
        rows = self.market.filter(pl.col("month_date") == self.month)
        value: float | None = rows[FIGURES[name]].item() if len(rows) else None
        return value

    def finding(self) -> str:
        """Return how the shop's median stands to the market's, or what is missing for that."""
        month = written_day(self.month, "month")
        rows = self.series("picked_up_date").filter(pl.col("month_date") == self.month)
        count = 0 if rows.is_empty() else int(rows[COUNT].item())
        own, market = self.final(MEDIAN, self.month), self.told(MEDIAN)
        if count < FEW:
            return _(
                "{month}: fewer than {few} parcels were picked up, too few to state a median.",
                month=month,
                few=FEW,
            )
        if own is None:
            return _(
                "{month}: how long half of the parcels took is not final, some are still on their way.",
                month=month,
            )
        took = {"month": month, "own": written(own, "hours")}
        if market is None:
            return _("{month}: half of this shop's parcels took {own} or less.", **took)
        if round(own - market, 1) == 0:
            return _("{month}: half of this shop's parcels took {own} or less, as on the platform.", **took)
        apart = written(abs(own - market), "hours")
        if own > market:
            return _(
                "{month}: half of this shop's parcels took {own} or less, {apart} more than on the platform.",
                apart=apart,
                **took,
            )
        return _(
            "{month}: half of this shop's parcels took {own} or less, {apart} less than on the platform.",
            apart=apart,
            **took,
        )

    def show_tiles(self) -> None:
        """Draw the tiles: the month, its change against the month before, and the market."""
        with st.container(key="tiles", gap="small"):
            for name, day in TILES.items():
                with st.container(border=True, height="stretch", gap="xsmall"):
                    self._show_tile(name, self.series(day))

    def _show_tile(self, name: str, series: pl.DataFrame) -> None:
        entry = self.view.metric(PARCELS, name)
        rows = series.filter(pl.col("month_date") == self.month)
        value = rows[name].item() if len(rows) else None
        final = self.final(name, self.month)
        before = self.final(name, self.period.previous().first)
        count = int(rows[COUNT].item()) if len(rows) else 0
        change = written_change(final, before, entry.unit) if count >= FEW else None
        is_final = value is None or final is not None
        shown = series.filter(pl.col("month_date") <= self.month)
        if entry.final:
            shown = shown.filter(pl.col(entry.final).fill_null(value=True))
        draw_number(
            called(entry) if is_final else _("{metric} (not final)", metric=called(entry)),
            written(value, entry.unit),
            change,
            colour_of("less" if name in _LESS_IS_BETTER else "more", final, before),
            meaning(entry),
            shown[name].cast(pl.Float64).drop_nulls().to_list(),
        )
        parcels = ngettext("{count} parcel", "{count} parcels", count, count=written(count, "count"))
        market = self.told(name)
        st.caption(
            _("{parcels}; the market is not told", parcels=parcels)
            if market is None
            else _("{parcels}; market {value}", parcels=parcels, value=written(market, entry.unit))
        )

    def over_time(self, view: View) -> Figure:
        """The shop's median by month, beside the market's."""
        own = self.series("picked_up_date")
        flag = view.metric(PARCELS, MEDIAN).final
        columns = ["month_date", MEDIAN, flag, COUNT]
        market = self.market.select("month_date", FIGURES[MEDIAN], FLOOR)
        wide = own.select(columns).join(market, on="month_date", how="left").sort("month_date")
        lines = pl.concat(
            [
                own.select(columns).with_columns(whose=pl.lit(_("This shop"))),
                wide.select(
                    "month_date",
                    pl.col(FIGURES[MEDIAN]).alias(MEDIAN),
                    pl.lit(value=True).alias(flag),
                    pl.col(FLOOR).alias(COUNT),
                    whose=pl.lit(_("The market")),
                ),
            ]
        )
        chart = line_chart(
            Canvas(view, PARCELS, "month"), lines, "month_date", [MEDIAN], by="whose", is_noted=False
        )
        return Figure(
            PARCELS,
            wide,
            (chart,),
            (_rule(), _("The shop's own months are of all of its parcels, few as they may be.")),
            dict.fromkeys(["month_date", FIGURES[MEDIAN], FLOOR], TABLE),
            _("No parcel of this shop was picked up yet."),
            "month",
        )

    def stages(self, view: View) -> Figure:
        """Where the shop's parcels of the month spent their time."""
        names = [f"mean_{stage}_stage_hours" for stage in STAGES]
        frame = self.shop.judged(PARCELS, [*names, "all_stages_share"], (), {"picked_up_date": self.period})
        if frame[names[0]].item() is None:
            return Figure(
                PARCELS, frame.clear(), nothing=_("Of no parcel of the month are all stages known.")
            )
        notes = [
            _(
                "Means over the {share} of the month's parcels of which all stages are known.",
                share=written(frame["all_stages_share"].item(), "share"),
            )
        ]
        if frame[view.metric(PARCELS, names[0]).final].item() is False:
            notes.append(_("Not final: what is still on its way are the slow ones."))
        return Figure(PARCELS, frame, (metric_bars(Canvas(view, PARCELS), frame, names),), tuple(notes))

    def couriers(self, view: View) -> Figure:
        """The shop's couriers, each beside what the market has of it."""
        return self._scores("courier", _("Raw, not like for like: couriers carry different lanes."))

    def lanes(self, view: View) -> Figure:
        """The shop's lanes, each beside the market's."""
        return self._scores("lane")

    def _scores(self, breakdown: Breakdown, *notes: str) -> Figure:
        keys = list(KEYS[breakdown])
        own = self.shop.judged(PARCELS, SCORES, keys, {"picked_up_date": self.period})
        own = own.filter(pl.col(COUNT) > 0)
        names = [MEDIAN, "within_72h_share", "on_time_share"]
        market = self.shop.market(breakdown).filter(pl.col("month_date") == self.month)
        beside = market.select(*keys, *(FIGURES[name] for name in names))
        frame = own.join(beside, on=keys, how="left", nulls_equal=True)
        frame = few_last(frame.sort(COUNT, descending=True), COUNT)
        return Figure(
            PARCELS,
            frame,
            (),
            notes,
            dict.fromkeys((FIGURES[name] for name in names), TABLE),
            _("No parcel of this shop was picked up in the month."),
        )


def _rule() -> str:
    """Return by which rule the market is told."""
    return _(
        "The market: the shop's platform by calendar month, told once hardly a parcel is on its way, and "
        "only where at least five other merchants and ten consumers are behind it, none with more than half."
    )


def months_of(shop: Shop) -> list[date]:
    """Return the months in which parcels of the shop were picked up, the newest first."""
    found = shop.metrics(PARCELS, [COUNT], [Every("picked_up_date", "month")])["picked_up_date"]
    return sorted(found.drop_nulls().to_list(), reverse=True)


def as_options(months: list[date]) -> Mapping[str, str]:
    """Return how a choice among the months is written, by what the URL says."""
    return {f"{month:%Y-%m}": written_day(month, "month") for month in months}

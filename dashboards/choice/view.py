"""One reader's look at one build: the choice in the URL turned into conditions on published tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import polars as pl
import streamlit as st

from dashboards.cache import open_published
from dashboards.choice.filters import Filters
from dashboards.choice.period import LAST_DAYS, parse_period
from serving.dictionary import Entry
from serving.names import Names
from serving.period import Period
from serving.published import Condition, Conditions, Every, Published

#: The table whose days say how far the data reaches, and which currencies there are.
ORDERS = "mart_city_tier_gmv"

#: Values of columns that the page itself fixes, such as the date basis.
Narrowing = Mapping[str, Sequence[str | None]]

_DATES = ("calendar_date", "month_date")


class NotNarrowedError(Exception):
    """A filter is on that the figure's table does not know; showing it unfiltered would be a wrong number."""

    def __init__(self, filter_name: str) -> None:
        super().__init__(filter_name)
        self.filter_name = filter_name


@dataclass(frozen=True)
class View:
    """What a page asks its numbers from."""

    serving: Published
    filters: Filters

    @cached_property
    def names(self) -> Names:
        """Names of values."""
        return Names(self.serving)

    @cached_property
    def currency(self) -> str:
        """The one currency whose money is shown: chosen, else the one with the most orders."""
        if self.filters.currency:
            return self.filters.currency
        platform = self.filters.platform
        orders = self.serving.metrics(
            ORDERS, ["order_count"], ["currency"], {"platform_id": platform} if platform else {}
        )
        return str(orders.sort("order_count", descending=True)["currency"][0]) if len(orders) else ""

    @cached_property
    def loaded(self) -> Period:
        """The days for which there are orders in this currency on these platforms."""
        conditions: dict[str, Condition] = {"currency": [self.currency]}
        if self.filters.platform:
            conditions["platform_id"] = self.filters.platform
        span = self.serving.span(ORDERS, "calendar_date", conditions) or self.serving.span(
            ORDERS, "calendar_date"
        )
        if span is None:
            raise LookupError("The published build holds no orders. Load some, then `waymart run`.")
        return span

    @cached_property
    def period(self) -> Period:
        """The days looked at; the last 28 where the URL's word is none of ours."""
        try:
            return parse_period(self.filters.period, self.loaded)
        except ValueError:
            return parse_period(LAST_DAYS, self.loaded)

    @property
    def before(self) -> Period | None:
        """The days compared with; None where they are not loaded whole."""
        return self._before(self.period)

    def shown(self, table: str) -> Period:
        """Return the days that a table answers for: of a table of months the whole months touched."""
        return self.period.months() if self.date_column(table) == "month_date" else self.period

    def compared(self, table: str) -> Period | None:
        """Return the days compared with, at the table's grain; None where they are not loaded whole."""
        return self._before(self.shown(table)) if self.date_column(table) else None

    def _before(self, period: Period) -> Period | None:
        before = period.previous() if self.filters.compare == "previous" else period.year_before()
        return before if before.first >= self.loaded.first else None

    def tier_column(self, table: str) -> str:
        """Return the column of the chosen reading; a table with one reading only has the fixed one."""
        column = f"tier_{self.filters.tier_reading}"
        return column if self.serving.dictionary.has(table, "column", column) else "tier_fixed"

    def date_column(self, table: str) -> str | None:
        """Return the date by which a table is cut into periods; None for a table of what is now."""
        return next((name for name in _DATES if self.serving.dictionary.has(table, "column", name)), None)

    def conditions(
        self, table: str, period: Period | None = None, more: Narrowing | None = None
    ) -> Conditions:
        """Return the choice as conditions on one table; raises NotNarrowedError.

        A table of months is asked for the whole months that the period touches. Money is narrowed to its
        currency where the table has one; a table without money has none.
        """
        has = self.serving.dictionary.has
        chosen: dict[str, Condition] = dict(more or {})
        columns = {
            "platform": "platform_id",
            "tier": self.tier_column(table),
            "courier": "courier_id",
            "channel": "channel",
        }
        for name, column in columns.items():
            values = getattr(self.filters, name)
            if values and not has(table, "column", column):
                raise NotNarrowedError(name)
            if values and name == "tier" and column != f"tier_{self.filters.tier_reading}":
                raise NotNarrowedError("tier_reading")
            if values:
                chosen.setdefault(column, values)
        if has(table, "column", "currency"):
            chosen["currency"] = [self.currency]
        column = self.date_column(table) or ""
        days = period or self.period
        if column:
            chosen[column] = days.months() if column == "month_date" else days
        return chosen

    def can_narrow(self, table: str) -> bool:
        """Tell whether the table knows every filter that is on."""
        try:
            self.conditions(table)
        except NotNarrowedError:
            return False
        return True

    def metrics(
        self,
        table: str,
        names: Sequence[str],
        by: Sequence[str | Every] = (),
        period: Period | None = None,
        more: Narrowing | None = None,
    ) -> pl.DataFrame:
        """Return metrics under the reader's choice; see ``Published.metrics``."""
        return self.serving.metrics(table, names, by, self.conditions(table, period, more=more))

    def now_and_before(
        self, table: str, name: str, more: Narrowing | None = None
    ) -> tuple[float | None, float | None]:
        """Return a metric of the period and of the one compared with; None where it is not known."""
        against = self.compared(table)
        now = self.metrics(table, [name], more=more).item()
        before = self.metrics(table, [name], period=against, more=more).item() if against else None
        return now, before

    def shares(
        self,
        table: str,
        name: str,
        by: Sequence[str | Every],
        within: Sequence[str] = (),
        period: Period | None = None,
        more: Narrowing | None = None,
    ) -> pl.DataFrame:
        """Return a metric with its share under the reader's choice; see ``Published.shares``."""
        return self.serving.shares(table, name, by, within, self.conditions(table, period, more=more))

    def changes(self, table: str, name: str, by: str, before: Period) -> pl.DataFrame:
        """Return a metric and its change from ``before``; see ``Published.changes``."""
        now, then = self.conditions(table), self.conditions(table, before)
        return self.serving.changes(table, name, by, now, then)

    def run_up(self, table: str) -> Period:
        """Return the days of a series: a few months alone say nothing, so a table of months shows twelve."""
        months = self.period.months()
        if self.date_column(table) != "month_date" or months.day_count > 180:
            return self.period
        first = max(months.last_months(12).first, self.loaded.months().first)
        return Period(first, months.last)

    def every(self, table: str) -> Every:
        """Return the table's date gathered so that the period stays readable."""
        column = self.date_column(table) or ""
        return Every(column, "month" if column == "month_date" else self.period.grain)

    def metric(self, table: str, name: str) -> Entry:
        """Return the dictionary's entry of a metric."""
        return self.serving.dictionary.metric(table, name)

    def emptied_by(self, table: str, more: Narrowing | None = None) -> list[str]:
        """Return the filters that leave the table without rows, each alone if one alone does."""
        active = [name for name in self.filters.active() if name not in ("compare", "tier_reading")]
        alone = [
            name
            for name in active
            if not View(self.serving, self.filters.without(name)).is_empty(table, more)
        ]
        return alone or active

    def is_empty(self, table: str, more: Narrowing | None = None) -> bool:
        """Tell whether no row of the table fits the choice."""
        column = self.date_column(table) or self.serving.dictionary.columns(table)[0].name
        return self.serving.span(table, column, self.conditions(table, more=more)) is None


def tier_1_2_share(view: View) -> str:
    """Return the metric of the tier 1–2 share in the chosen reading."""
    return "tier_1_2_share" if view.filters.tier_reading == "fixed" else "tier_1_2_share_at_date"


def current_view() -> View:
    """Return this session's look; the entry file has made sure that something is published."""
    serving = open_published()
    if serving is None:
        st.stop()
    query = {name: st.query_params.get_all(name) for name in st.query_params}
    return View(serving, Filters.from_query(query))

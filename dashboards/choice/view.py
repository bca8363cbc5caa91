"""One reader's look at one build: the numbers of published tables under the reader's choice."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import polars as pl
import streamlit as st

from dashboards.cache import open_published
from dashboards.choice.chosen import Chosen, Narrowing, NotNarrowedError
from dashboards.choice.few import FEW, count_of
from dashboards.choice.filters import Filters
from dashboards.languages.messages import N_
from serving.dictionary import Entry
from serving.period import Grain, Period
from serving.published import Conditions, Every
from serving.why.change import Change, explain_change
from serving.why.factors import Factors, explain_gmv

#: By how many weeks a statement steps back to what is final.
_WEEKS_BACK = 8

#: The grains that a series may be gathered by instead.
_LONGER: dict[Grain, tuple[Grain, ...]] = {"day": ("week", "month"), "week": ("month",), "month": ()}
#: The fewest points that are a series.
_SERIES = 3
#: The part of a series' points that must be of enough parcels or orders.
_DENSE = 0.8


#: Metrics that are a share of all tiers: among some of them only, they are not what they are called.
_OF_ALL_TIERS = {"tier_1_2_share", "tier_1_2_share_at_date", "lower_tier_share", "lower_tier_share_at_date"}


@dataclass(frozen=True)
class View(Chosen):
    """What a page asks its numbers from."""

    def metrics(
        self,
        table: str,
        names: Sequence[str],
        by: Sequence[str | Every] = (),
        period: Period | None = None,
        more: Narrowing | None = None,
    ) -> pl.DataFrame:
        """Return metrics under the reader's choice; see ``Published.metrics``. Raises NotNarrowedError."""
        return self._asked(self.serving.metrics, table, names, by, period, more)

    def _asked(
        self,
        ask: Callable[[str, Sequence[str], Sequence[str | Every], Conditions], pl.DataFrame],
        table: str,
        names: Sequence[str],
        by: Sequence[str | Every],
        period: Period | None,
        more: Narrowing | None,
    ) -> pl.DataFrame:
        if self.filters.tier and _OF_ALL_TIERS.intersection(names):
            raise NotNarrowedError("tier", N_("a share of all tiers cannot be stated over some of them"))
        days = self._whole(period, by)
        return ask(table, names, by, self.conditions(table, days, more=more))

    def judged(
        self,
        table: str,
        names: Sequence[str],
        by: Sequence[str | Every] = (),
        period: Period | None = None,
        more: Narrowing | None = None,
    ) -> pl.DataFrame:
        """Return metrics with what judges them, under the reader's choice; see ``Published.judged``."""
        return self._asked(self.serving.judged, table, names, by, period, more)

    def _whole(self, period: Period | None, by: Sequence[str | Every]) -> Period:
        days = period or self.period
        for one in by:
            if isinstance(one, Every) and one.is_whole:
                days = days.whole(one.grain)
        return days

    def now_and_before(
        self, table: str, name: str, more: Narrowing | None = None
    ) -> tuple[float | None, float | None]:
        """Return a metric of the period and of the one compared with; None where not known or not final."""
        against = self.compared(table)
        return self.final(table, name, more=more), self.final(table, name, against, more) if against else None

    def final(
        self, table: str, name: str, period: Period | None = None, more: Narrowing | None = None
    ) -> float | None:
        """Return a metric of a period, None where what is under way can still change it."""
        row = self.judged(table, [name], period=period, more=more).row(0, named=True)
        flag = self.metric(table, name).final
        value: float | None = row[name]
        return None if flag and row[flag] is False else value

    def shares(
        self,
        table: str,
        name: str,
        by: Sequence[str | Every],
        within: Sequence[str] = (),
        period: Period | None = None,
        more: Narrowing | None = None,
    ) -> pl.DataFrame:
        """Return a metric with its share of the whole; see ``Published.shares``.

        A filter on couriers, or on the column that is cut by, never changes the whole: those not chosen stay.
        """
        days = self._whole(period, by)
        whole = self.without_filters_on(table, "courier_id", *(one for one in by if isinstance(one, str)))
        return self.serving.shares(table, name, by, within, whole.conditions(table, days, more=more))

    def settled(self, table: str, name: str, more: Narrowing | None = None) -> "View | None":
        """Return the look whose period ends, some weeks earlier, with the metric final; None if none does."""
        for weeks in range(_WEEKS_BACK):
            last = self.period.last - timedelta(weeks=weeks)
            if last < self.period.first:
                break
            days = f"{self.period.first}..{last}"
            view = View(self.serving, self.filters.changed("period", days)) if weeks else self
            if view.final(table, name, more=more) is not None:
                return view
        return None

    def ways_to_split(self, table: str) -> dict[str, str]:
        """Return the filters by which a change of the table can be split, with their columns.

        A filter that leaves one value has nothing to split.
        """
        has = self.serving.dictionary.has
        return {
            name: column
            for name, column in self._columns(table).items()
            if has(table, "column", column) and len(getattr(self.filters, name)) != 1
        }

    def why(self, table: str, name: str, by: str, more: Narrowing | None = None) -> Change | None:
        """Return the change against the period compared with, split by ``by``; see ``explain_change``."""
        now = self.conditions(table, more=more)
        return explain_change(self.serving, table, name, by, now, self._conditions_before(table, more))

    def factors(self, table: str, more: Narrowing | None = None) -> Factors | None:
        """Return the factors of paid GMV's change, where accounts are counted for this choice."""
        now = self.conditions(table, more=more)
        return explain_gmv(self.serving, table, now, self._conditions_before(table, more))

    def _conditions_before(self, table: str, more: Narrowing | None) -> Conditions:
        before = self.compared(table)
        if before is None:
            raise LookupError(f"Nothing is loaded before {self.period.first} to compare {table} with.")
        return self.conditions(table, before, more)

    def of_merchant(self, merchant_id: str) -> "View":
        """Return a look at the platform that the shop is on, whose time zone its times are in."""
        of = {"merchant_id": [merchant_id]}
        platforms = self.serving.rows("dim_merchants", ["platform_id"], of)["platform_id"].to_list()
        return View(self.serving, self.filters.changed("platform", platforms))

    def without_filters_on(self, table: str, *columns: str) -> "View":
        """Return the same look with nothing chosen in these columns."""
        chosen = self.filters
        for name, column in self._columns(table).items():
            if column in columns:
                chosen = chosen.without(name)
        return View(self.serving, chosen)

    def changes(self, table: str, name: str, by: str, before: Period) -> pl.DataFrame:
        """Return a metric and its change from ``before``; see ``Published.changes``."""
        now, then = self.conditions(table), self.conditions(table, before)
        return self.serving.changes(table, name, by, now, then)

    def every(self, table: str, more: Narrowing | None = None) -> Every:
        """Return the table's date gathered so that the period stays readable, whole weeks and months only.

        Where many points would be of few parcels or orders, the next longer grain that still makes a series.
        """
        column = self.date_column(table) or ""
        if column == "month_date":
            return Every(column, "month", is_whole=True)
        chosen = Every(column, self.period.grain, is_whole=True)
        for grain in _LONGER[chosen.grain]:
            counts = self._counts(table, chosen, more)
            longer = Every(column, grain, is_whole=True)
            if counts is None or _is_dense(counts) or len(self._counts(table, longer, more) or ()) < _SERIES:
                break
            chosen = longer
        return chosen

    def _counts(self, table: str, every: Every, more: Narrowing | None) -> list[int] | None:
        """Return over how many parcels or orders each point is; None where that is not known."""
        name = count_of(self.serving.dictionary, table)
        if name is None:
            return None
        try:
            counts = self.metrics(table, [name], [every], more=self._one_basis(table, more))
        except NotNarrowedError:
            return None
        return [count for count in counts[name].to_list() if count]

    def sample(self, table: str, more: Narrowing | None = None) -> int | None:
        """Return over how many parcels or orders a table's statements are; None where that is not known."""
        name = count_of(self.serving.dictionary, table)
        if name is None:
            return None
        return int(self.metrics(table, [name], more=self._one_basis(table, more)).item() or 0)

    def _one_basis(self, table: str, more: Narrowing | None) -> Narrowing:
        """Return the narrowing with one date basis: by each of them a parcel is counted once."""
        has_basis = self.serving.dictionary.has(table, "column", "date_basis")
        return {**({"date_basis": ["picked_up"]} if has_basis else {}), **(more or {})}

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


def _is_dense(counts: list[int]) -> bool:
    return sum(count >= FEW for count in counts) >= _DENSE * len(counts)


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

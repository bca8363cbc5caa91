"""One reader's look at one build: the choice in the URL turned into conditions on published tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import cached_property
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards.cache import open_published
from dashboards.choice.few import FEW, count_of
from dashboards.choice.filters import Filters
from dashboards.choice.period import LAST_MONTHS, parse_period
from dashboards.languages.language import language
from dashboards.languages.messages import N_, _
from serving.dictionary import Entry
from serving.names import Names
from serving.period import Grain, Period
from serving.published import Condition, Conditions, Every, Published
from serving.tiers import TIERS
from serving.why.change import Change, explain_change
from serving.why.factors import Factors, explain_gmv

#: The table whose days say how far the data reaches, and which currencies there are.
ORDERS = "mart_city_tier_gmv"
#: The table whose paid GMV is kept by courier.
CARRIED = "mart_courier_share"

#: Values of columns that the page itself fixes, such as the date basis.
Narrowing = Mapping[str, Sequence[str | None]]

#: By how many weeks a statement steps back to what is final.
_WEEKS_BACK = 8

_DATES = ("calendar_date", "month_date")

_CHINA = ("CN", "HK", "MO", "TW")

#: The grains that a series may be gathered by instead.
_LONGER: dict[Grain, tuple[Grain, ...]] = {"day": ("week", "month"), "week": ("month",), "month": ()}
#: The fewest points that are a series.
_SERIES = 3
#: The part of a series' points that must be of enough parcels or orders.
_DENSE = 0.8


#: Metrics that are a share of all tiers: among some of them only, they are not what they are called.
_OF_ALL_TIERS = {"tier_1_2_share", "tier_1_2_share_at_date", "lower_tier_share", "lower_tier_share_at_date"}


class NotNarrowedError(Exception):
    """A filter is on under which a figure would be a wrong number; ``why`` is the end of the sentence."""

    def __init__(self, filter_name: str, why: str = N_("these numbers are not kept by it")) -> None:
        super().__init__(filter_name)
        self.filter_name = filter_name
        self.why = why


@dataclass(frozen=True)
class View:
    """What a page asks its numbers from."""

    serving: Published
    filters: Filters

    @cached_property
    def names(self) -> Names:
        """Names of values in the reader's language."""
        return Names(self.serving, language(), _)

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
    def list_countries(self) -> list[str]:
        """The countries by whose lists these platforms' tiers are, in this currency; most orders first."""
        chosen: dict[str, Condition] = {"currency": [self.currency]}
        if self.filters.platform:
            chosen["platform_id"] = self.filters.platform
        orders = self.serving.metrics(ORDERS, ["order_count"], ["list_country_code"], chosen)
        known = orders.filter(pl.col("list_country_code").is_not_null())
        return list(known.sort("order_count", descending=True)["list_country_code"])

    @property
    def list_country(self) -> str:
        """The one of them with the most orders; empty where there is none."""
        return next(iter(self.list_countries), "")

    @property
    def home_countries(self) -> tuple[str, ...]:
        """That country; of China with Hong Kong, Macao and Taiwan, which are drawn and offered together."""
        return _CHINA if self.is_sold_from_china else (self.list_country,)

    @property
    def is_sold_from_china(self) -> bool:
        """Whether China's places are the ones that are drawn."""
        return self.list_country in _CHINA

    @property
    def is_of_china(self) -> bool:
        """Whether China's calendar of events and yardsticks say something of these orders."""
        return self.currency == "CNY"

    @cached_property
    def currencies(self) -> list[str]:
        """The currencies that orders were paid in."""
        return self.serving.values(ORDERS, "currency")

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
        """The days looked at; the last six months where the URL's word is none of ours."""
        try:
            return parse_period(self.filters.period, self.loaded)
        except ValueError:
            return parse_period(LAST_MONTHS, self.loaded)

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

        A table of months is asked for the whole months that the period touches. A currency that was chosen
        narrows all numbers; one that was not, money alone.
        """
        has = self.serving.dictionary.has
        chosen: dict[str, Condition] = dict(more or {})
        for name, column in self._columns(table).items():
            values = getattr(self.filters, name)
            if values and not has(table, "column", column):
                raise NotNarrowedError(name)
            if values and name == "tier" and column != f"tier_{self.filters.tier_reading}":
                raise NotNarrowedError("tier_reading")
            if values:
                chosen.setdefault(column, values)
        if has(table, "column", "currency"):
            chosen["currency"] = [self.currency]
        elif self.filters.currency and len(self.currencies) > 1:
            raise NotNarrowedError("currency")
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

    def at_home(self, table: str) -> Narrowing:
        """Return the narrowing that leaves parcels abroad out, which others' yardsticks do not count."""
        column = self.tier_column(table)
        chosen = self.filters.tier or (*TIERS, None)
        return {column: [tier for tier in chosen if tier != "abroad"]}

    @cached_property
    def paid(self) -> str | None:
        """The table that keeps paid GMV by every filter that is on; None where none does."""
        return next((table for table in (ORDERS, CARRIED) if self.can_narrow(table)), None)

    @cached_property
    def time_zone(self) -> str:
        """The zone of the platform that is looked at, of the one with the most orders where several are."""
        orders = self.serving.metrics(ORDERS, ["order_count"], ["platform_id"])
        zones = self.serving.rows("dim_platforms", ["platform_id", "time_zone"])
        known = orders.join(zones, on="platform_id").sort("order_count", descending=True)
        if self.filters.platform:
            known = known.filter(pl.col("platform_id").is_in(self.filters.platform))
        return str(known["time_zone"][0]) if len(known) else "UTC"

    @cached_property
    def zone(self) -> ZoneInfo:
        """The same, to reckon with."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def as_of(self) -> datetime | None:
        """The newest record of all providers, in the zone of the platform that is looked at."""
        newest = self.serving.rows("dim_providers", ["as_of_at"])["as_of_at"].max()
        return newest.astimezone(self.zone) if isinstance(newest, datetime) else None

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

    def chosen(self, table: str, column: str) -> tuple[str, ...]:
        """Return the values that the reader chose in a column; empty where all are shown."""
        name = self.filter_on(table, column)
        return tuple(getattr(self.filters, name)) if name else ()

    def filter_on(self, table: str, column: str) -> str | None:
        """Return the filter that chooses values of a column; None where none does."""
        return next((name for name, chosen in self._columns(table).items() if chosen == column), None)

    def address(self, name: str, value: str) -> str:
        """Return the link, on this page, that sets one filter to one value and leaves all else as it is."""
        ours = {field.name for field in fields(Filters)}
        kept = {key: st.query_params.get_all(key) for key in st.query_params if key not in ours}
        return "?" + urlencode({**kept, **self.filters.changed(name, [value]).to_query()}, doseq=True)

    def _columns(self, table: str) -> dict[str, str]:
        return {
            "platform": "platform_id",
            "tier": self.tier_column(table),
            "province": self._province_column(table),
            "courier": "courier_id",
            "channel": "channel",
        }

    def _province_column(self, table: str) -> str:
        """Return the column of the consumer's province, which of a lane is where it ends."""
        has_end = self.serving.dictionary.has(table, "column", "destination_province_id")
        return "destination_province_id" if has_end else "province_id"

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

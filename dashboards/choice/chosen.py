"""What a reader chose, as conditions on one build's tables: days, filters, currency, country and zone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import polars as pl
import streamlit as st

from dashboards.choice.filters import Filters
from dashboards.choice.period import LAST_MONTHS, parse_period
from dashboards.languages.language import language
from dashboards.languages.messages import N_, _
from serving.names import Names
from serving.period import Period
from serving.published import Condition, Conditions, Published
from serving.tiers import TIERS

#: The table whose days say how far the data reaches, and which currencies there are.
ORDERS = "mart_city_tier_gmv"
SCANS = "mart_tracking_latency"
#: The table whose paid GMV is kept by courier.
CARRIED = "mart_courier_share"

#: Values of columns that the page itself fixes, such as the date basis.
Narrowing = Mapping[str, Sequence[str | None]]

_DATES = ("calendar_date", "month_date")

_CHINA = ("CN", "HK", "MO", "TW")


class NotNarrowedError(Exception):
    """A filter is on under which a figure would be a wrong number; ``why`` is the end of the sentence."""

    def __init__(self, filter_name: str, why: str = N_("these numbers are not kept by it")) -> None:
        super().__init__(filter_name)
        self.filter_name = filter_name
        self.why = why


@dataclass(frozen=True)
class Chosen:
    """One reader's choice of one build."""

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
        """The days of the orders in this currency on these platforms; without orders, of the scans."""
        conditions: dict[str, Condition] = {"currency": [self.currency]}
        if self.filters.platform:
            conditions["platform_id"] = self.filters.platform
        span = (
            self.serving.span(ORDERS, "calendar_date", conditions)
            or self.serving.span(ORDERS, "calendar_date")
            or self.serving.span(SCANS, "calendar_date")
        )
        if span is None:
            raise LookupError("The published build has neither orders nor scans: load some, then build.")
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

    def run_up(self, table: str) -> Period:
        """Return the days of a series: a few months alone say nothing, so a table of months shows twelve."""
        months = self.period.months()
        if self.date_column(table) != "month_date" or months.day_count > 180:
            return self.period
        first = max(months.last_months(12).first, self.loaded.months().first)
        return Period(first, months.last)

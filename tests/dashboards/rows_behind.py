"""What tiles, charts and tables should say, asked of the facts' rows, not of marts."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import duckdb

#: Hours that a percentile read from a histogram may be off: the width of its bucket, by where it begins.
BUCKETS = ((96, 1), (168, 6), (336, 12), (720, 24))
TIER_1_2 = ("tier_1", "new_tier_1", "tier_2")

#: Sales that are still expected at their consumer or reached it.
_COHORT = (
    "purpose = 'sale' and not coalesce(is_cancelled, false) and not coalesce(is_forwarded, false)"
    " and (coalesce(is_delivered, false) or not coalesce(is_returned, false))"
)
_STARTED = (
    "(end_to_end_seconds is not null or (picked_up_at is not null and not coalesce(is_handed_over, false)))"
)


@dataclass(frozen=True)
class Choice:
    """What a reader chose: days, and values per filter."""

    first: date
    last: date
    platform: tuple[str, ...] = ()
    tier: tuple[str, ...] = ()
    courier: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    currency: str = ""

    def query(self) -> str:
        """Write it as the URL has it."""
        values = {name: getattr(self, name) for name in ("platform", "tier", "courier", "channel")}
        values["currency"] = self.currency
        chosen = {name: value for name, value in values.items() if value}
        return urlencode({"period": f"{self.first}..{self.last}", **chosen}, doseq=True)


def choices(seed: int, count: int, warehouse: duckdb.DuckDBPyConnection) -> list[Choice]:
    """Return random choices, each filter on in about a third of them."""
    chance = random.Random(seed)

    def some(column: str, table: str, most: int) -> tuple[str, ...]:
        if chance.random() > 0.35:
            return ()
        rows = warehouse.execute(
            f"select distinct {column} from core.{table} where {column} is not null order by 1"
        )
        return tuple(sorted(chance.sample([value for (value,) in rows.fetchall()], chance.randint(1, most))))

    made = []
    for _ in range(count):
        first = date(2018, 6, 1) + timedelta(days=chance.randrange(0, 420))
        made.append(
            Choice(
                first,
                min(first + timedelta(days=chance.choice([0, 6, 30, 60, 90, 180, 400])), date(2019, 8, 31)),
                some("platform_id", "fct_orders", 2),
                some("tier_fixed", "fct_orders", 3),
                some("courier_id", "fct_waybills", 3),
                some("channel", "fct_orders", 2),
                chance.choice(["", "", "", "CNY", "USD"]),
            )
        )
    return made


class Rows:
    """The rows that fit a choice."""

    def __init__(self, warehouse: duckdb.DuckDBPyConnection, choice: Choice) -> None:
        self._warehouse, self.choice = warehouse, choice
        of_platform = _among("platform_id", choice.platform)
        most = f"where {of_platform} group by 1 order by count(*) desc limit 1"
        self.currency = choice.currency or self.one(f"select currency from core.fct_orders {most}")

    def one(self, sql: str) -> Any:
        """Return the one value of a query."""
        return self.all(sql)[0][0]

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._warehouse.execute(sql).fetchall()

    def orders(self, measure: str, first: date | None = None, last: date | None = None) -> Any:
        """Return an aggregate over orders placed in the days."""
        return self.one(f"select {measure} from core.fct_orders where {self._orders(first, last)}")

    def orders_by(self, column: str, measure: str, first: date, last: date) -> list[tuple[Any, ...]]:
        """Return it per value of a column."""
        where = self._orders(first, last)
        return self.all(f"select {column}, {measure} from core.fct_orders where {where} group by 1")

    def gmv_paid(self, first: date | None = None, last: date | None = None) -> Any:
        """Return paid GMV; with couriers chosen, that of their parcels."""
        if not self.choice.courier:
            return self.orders("sum(gmv_paid)::double", first, last)
        where = self._orders(first, last, "orders.")
        return self.one(
            "select sum(parts.gmv_paid)::double from core.fct_waybill_orders parts"
            " join core.fct_waybills using (waybill_id) join core.fct_orders orders using (order_id)"
            f" where {where} and {_among('courier_id', self.choice.courier)}"
        )

    def parcels(self, measure: str, day: str, first: date | None = None, last: date | None = None) -> Any:
        """Return an aggregate over the parcels that count, of a date within the days."""
        return self.one(f"select {measure} from ({self.cohort(day, first, last)})")

    def cohort(self, day: str, first: date | None = None, last: date | None = None) -> str:
        """Return SQL of the parcels that count, those of a date within the days."""
        chosen = self.choice
        days = _within(day, first or chosen.first, last or chosen.last)
        return (
            f"select *, {_STARTED} as has_started from core.fct_waybills where {_COHORT}"
            f" and {days} and currency = '{self.currency}'"
            f" and {_among('platform_id', chosen.platform)} and {_among('tier_fixed', chosen.tier)}"
            f" and {_among('courier_id', chosen.courier)} and {_among('channel', chosen.channel)}"
        )

    def carried(self, measure: str) -> Any:
        """Return an aggregate over the sold parcels that the chosen couriers picked up in the days."""
        chosen = _among("courier_id", self.choice.courier)
        return self.one(
            f"select {measure} from ({self._carried(self.choice.first, self.choice.last)}) where {chosen}"
        )

    def carried_by_courier(self, first: date, last: date) -> dict[str, int]:
        """Return how many sold parcels each courier picked up in the days, whichever are chosen."""
        first, last = max(first, self.choice.first), min(last, self.choice.last)
        return dict(self.all(f"select courier_id, count(*) from ({self._carried(first, last)}) group by 1"))

    def _carried(self, first: date, last: date) -> str:
        return (
            "select * from core.fct_waybills where purpose = 'sale'"
            f" and {_within('picked_up_date', first, last)} and currency = '{self.currency}'"
            f" and {_among('platform_id', self.choice.platform)} and {_among('tier_fixed', self.choice.tier)}"
        )

    def within_72h(self) -> float | None:
        """Return the share at home delivered within 72 h, over days that ended 72 h before the as-of time."""
        home = (
            f"select parcel.*, time_zone, as_of_at from ({self.cohort('picked_up_date')}) parcel"
            " join core.dim_platforms using (platform_id)"
            " join (select provider_id, as_of_at from core.dim_providers) using (provider_id)"
            " where tier_fixed is distinct from 'abroad'"
        )
        value: float | None = self.one(
            "select count(*) filter (where end_to_end_seconds <= 72 * 3600)"
            f" / nullif(count(*) filter (where has_started), 0) from ({home})"
            " where timezone(time_zone, (picked_up_date + 1)::timestamp) + interval 72 hour <= as_of_at"
        )
        return value

    def median_hours(self) -> float | None:
        """Return the hours in which half of the parcels arrive, those under way last; None if unknown."""
        finished, started = self.all(
            "select list(end_to_end_seconds / 3600 order by end_to_end_seconds)"
            " filter (where end_to_end_seconds is not null), count(*) filter (where has_started)"
            f" from ({self.cohort('picked_up_date')})"
        )[0]
        rank = -(-started // 2)
        return finished[rank - 1] if finished and rank <= len(finished) else None

    def on_time(self) -> float | None:
        """Return the share that was on time of those whose promise is due."""
        value: float | None = self.one(
            "select count(*) filter (where is_on_time) / nullif(count(*), 0)"
            f" from ({self.cohort('picked_up_date')}) join core.dim_providers using (provider_id)"
            " where promised_delivery_at <= as_of_at"
        )
        return value

    def _orders(self, first: date | None, last: date | None, of: str = "") -> str:
        chosen = self.choice
        return (
            f"{_within(f'{of}order_date', first or chosen.first, last or chosen.last)}"
            f" and {of}currency = '{self.currency}' and {_among(f'{of}platform_id', chosen.platform)}"
            f" and {_among(f'{of}tier_fixed', chosen.tier)} and {_among(f'{of}channel', chosen.channel)}"
        )


def bucket(hours: float) -> float:
    """Return the width of the histogram's bucket at so many hours."""
    return next((width for end, width in BUCKETS if hours <= end), 72)


def _within(column: str, first: date, last: date) -> str:
    return f"{column} between '{first}' and '{last}'"


def _among(column: str, values: Sequence[str]) -> str:
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"{column} in ({quoted})" if values else "true"

"""Paid GMV's change as accounts × orders per account × value per order, where accounts are counted."""

import math
from dataclasses import dataclass

from serving.period import Period
from serving.published import Condition, Conditions, Published
from serving.why.split import split_product

#: What is multiplied.
FACTORS = ("accounts", "orders per account", "value per order")

_ACCOUNTS = "mart_active_consumers"
_MEASURES = ("active_consumer_count", "order_count", "gmv_paid")
#: The filters for which accounts are counted, beside the month.
_FILTERS = ("currency", "platform_id")


@dataclass(frozen=True)
class Factors:
    """What each of ``FACTORS`` was now and before, and its effect; they add up to the change."""

    now: tuple[float, ...]
    before: tuple[float, ...]
    effects: tuple[float, ...]


def explain_gmv(published: Published, table: str, now: Conditions, before: Conditions) -> Factors | None:
    """Return the factors of a table's ``gmv_paid`` under two sets of conditions.

    None where accounts are not counted so: an account counts once in a month however often it buys, so that
    it is counted by whole months, platforms and currencies alone, and GMV without an account has no factors.
    """
    ours, theirs = (_factors(published, table, each) for each in (now, before))
    if ours is None or theirs is None:
        return None
    return Factors(ours, theirs, tuple(split_product(ours, theirs)))


def _factors(published: Published, table: str, conditions: Conditions) -> tuple[float, ...] | None:
    days = next((each for each in conditions.values() if isinstance(each, Period)), None)
    others = {name: each for name, each in conditions.items() if not isinstance(each, Period)}
    is_month = days is not None and days == Period(days.first, days.first).months()
    if days is None or not is_month or not others.keys() <= {*_FILTERS}:
        return None
    month: dict[str, Condition] = {"month_date": days, "window_months": ["1"], "tier_group": ["all"]}
    sums = {name: f"sum({name})::double" for name in _MEASURES}
    accounts, orders, gmv = published.aggregates(_ACCOUNTS, sums, [], {**month, **others}).row(0)
    paid = published.metrics(table, ["gmv_paid"], filters=conditions).item()
    if not all((accounts, orders, gmv, paid)) or not math.isclose(gmv, paid, abs_tol=0.005):
        return None
    return accounts, orders / accounts, gmv / orders

"""Who was won with what, who brought them, which groups formed, against plain Polars over the feeds."""

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from published_reports import FROM, TO, Published
from reference.market import Market

CELL = ["platform_id", "currency", "channel", "tier_fixed", "first_order_subsidy", "month_date"]
KIND = pl.coalesce(
    pl.when(pl.col("referrer_code").is_null()).then(pl.lit("none")),
    pl.when(channel="dropship").then(pl.lit("dropshipper")),
    pl.when(channel="group_buy").then(pl.lit("group_leader")),
    pl.lit("other"),
)


@pytest.fixture(scope="module")
def orders(published: Published) -> pl.DataFrame:
    rows = Market(published.settings.home / "market").orders
    return rows.with_columns(kind=KIND, month_date=pl.col("order_date").dt.truncate("1mo"))


@pytest.fixture(scope="module")
def whole(orders: pl.DataFrame) -> list[str]:
    spans = (
        orders.drop_nulls("consumer")
        .group_by("platform_id")
        .agg(first=pl.min("order_date"), last=pl.max("order_date"))
    )
    return spans.filter(first=FROM, last=TO)["platform_id"].to_list()


def rows_of(published: Published, table: str, names: list[str], where: str = "true") -> dict[Any, Any]:
    """Keys of a row → its numbers."""
    found = published.rows(f"select {', '.join(names)} from {table} where {where}")
    return {row[: -len(NUMBERS[table])]: row[-len(NUMBERS[table]) :] for row in found}


NUMBERS = {
    "mart_first_orders": [
        *("won_consumer_count", "first_order_subsidy_amount", "won_back_within_60d_count"),
        *("won_back_within_90d_count", "won_retained_count", "is_left_censored"),
    ],
    "mart_referrers": ["order_count", "paid_order_count", "gmv_paid"],
    "mart_active_referrers": ["active_referrer_count", "brought_consumer_count", "brought_order_count"],
    "mart_group_orders": ["ended_group_order_count", "formed_group_order_count"],
}


def months_on(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 + count
    return date(number // 12, number % 12 + 1, 1)


def test_accounts_won_with_and_without_a_subsidy_are_those_of_plain_counting(
    published: Published, orders: pl.DataFrame, whole: list[str]
) -> None:
    number = pl.concat_str("platform_id", "order_number", separator=":")
    known = orders.drop_nulls("consumer").filter(pl.col("platform_id").is_in(whole))
    accounts = known.sort("consumer", "placed_at", number).partition_by("consumer")
    counted: dict[Any, list[Any]] = {}
    for account in accounts:
        first = account.row(0, named=True)
        if not first["is_paid"]:
            continue
        is_subsidised = first["platform_subsidy_amount"] > 0
        kind = "subsidised" if is_subsidised else "not_subsidised"
        key = (*(first[name] for name in CELL[:4]), kind, first["month_date"])
        later = account["order_date"][1:].to_list()
        third = months_on(first["month_date"], 3)
        month_ended = months_on(first["month_date"], 1) - timedelta(days=1)
        cell = counted.setdefault(key, [0, 0, 0, 0, 0, first["month_date"] < FROM + timedelta(days=365)])
        cell[0] += 1
        cell[1] += first["platform_subsidy_amount"] or 0
        for place, days in ((2, 60), (3, 90)):
            if TO - month_ended < timedelta(days=days):
                cell[place] = None
            elif later and later[0] - first["order_date"] <= timedelta(days=days):
                cell[place] += 1
        if months_on(third, 1) > TO + timedelta(days=1):
            cell[4] = None
        elif any(third <= day < months_on(third, 1) for day in later):
            cell[4] += 1
    names = [*CELL, *NUMBERS["mart_first_orders"]]
    listed = ", ".join(f"'{platform}'" for platform in whole)
    found = rows_of(published, "mart_first_orders", names, f"platform_id in ({listed})")
    assert found == {key: tuple(cell) for key, cell in counted.items()}
    judged = [cell for cell in counted.values() if cell[3]]
    assert len(judged) > 50
    assert any(cell[2] is None for cell in counted.values())
    assert any(key[4] == "subsidised" for key in counted)


def test_parties_bring_the_orders_that_name_them(published: Published, orders: pl.DataFrame) -> None:
    keys = ["platform_id", "currency", "kind", "province_id", "tier_fixed", "month_date"]
    expected = orders.group_by(keys).agg(pl.len(), pl.col("is_paid").sum(), pl.col("gmv_paid").sum())
    names = ["platform_id", "currency", "referrer_kind", *keys[3:], *NUMBERS["mart_referrers"]]
    found = rows_of(published, "mart_referrers", names)
    assert found == {row[:6]: row[6:] for row in expected.rows()}
    assert {key[2] for key in found} == {"dropshipper", "group_leader", "none"}


@pytest.mark.parametrize("place", ["all", "tier", "province"])
def test_a_party_counts_once_in_each_month_and_place(
    published: Published, orders: pl.DataFrame, place: str
) -> None:
    # Months of which every day is loaded, by the platform's own first and last order.
    spans = orders.group_by("platform_id").agg(first=pl.min("order_date"), last=pl.max("order_date"))
    month = pl.col("month_date")
    in_whole = orders.join(spans, on="platform_id").filter(
        month >= pl.col("first"), month.dt.month_end() <= pl.col("last")
    )
    everywhere = pl.lit("all")
    placed = in_whole.filter(pl.col("kind") != "none").with_columns(
        tier_fixed="tier_fixed" if place == "tier" else everywhere,
        province_id="province_id" if place == "province" else everywhere,
    )
    keys = ["platform_id", "kind", "tier_fixed", "province_id", "month_date"]
    expected = placed.group_by(keys).agg(
        pl.col("referrer_code").n_unique(), pl.col("consumer").drop_nulls().n_unique(), pl.len()
    )
    names = ["platform_id", "referrer_kind", *keys[2:], *NUMBERS["mart_active_referrers"]]
    found = rows_of(published, "mart_active_referrers", names, f"place_kind = '{place}'")
    assert found == {row[:5]: row[5:] for row in expected.rows()}
    assert len(found) > 10


def test_leaders_are_those_of_the_simulators_truth(published: Published) -> None:
    truth = pl.read_parquet(published.truth / "orders.parquet").drop_nulls("referrer_kind")
    sent = truth.group_by("referrer_kind").len()
    found = published.rows(
        "select referrer_kind, sum(order_count)::bigint from mart_referrers"
        " where referrer_kind <> 'none' group by all"
    )
    assert dict(found) == dict(sent.rows())


def test_groups_come_together_as_their_orders_say(published: Published, orders: pl.DataFrame) -> None:
    ended = orders.filter(pl.col("group_status_code").is_in(["formed", "failed"]))
    keys = ["platform_id", "tier_fixed", "month_date"]
    expected = ended.group_by(keys).agg(pl.len(), (pl.col("group_status_code") == "formed").sum())
    found = rows_of(published, "mart_group_orders", [*keys, *NUMBERS["mart_group_orders"]])
    assert found == {row[:3]: row[3:] for row in expected.rows()}
    assert 0 < sum(formed for _, formed in found.values()) < sum(count for count, _ in found.values())

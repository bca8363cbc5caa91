"""What orders cost their merchants, and who brought their consumers."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market

DAYS = (date(2018, 1, 1), date(2019, 6, 30))
ORDER = ["platform_id", "order_number"]
LOW = ("tier_3", "tier_4", "tier_5", "unranked")


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("economics")
    write_market(40_000, *DAYS, 23, folder, parts=["economics", "parties"])
    return Written(folder)


@pytest.fixture(scope="module")
def orders(market: Written) -> pl.DataFrame:
    feed = market.feed("orders").select(*ORDER, "commission_amount", "payment_fee_amount", "referrer_code")
    truth = market.truth("orders").drop("commission_amount", "payment_fee_amount", "referrer_code")
    return feed.collect().join(truth, on=ORDER)


def test_commission_and_fee_are_known_once_paid_and_lie_in_the_platforms_range(orders: pl.DataFrame) -> None:
    unpaid, paid = (orders.filter(pl.col("paid_at").is_null() == is_not) for is_not in (True, False))
    assert unpaid["commission_amount"].null_count() == len(unpaid) > 1_000
    assert paid["commission_amount"].null_count() == paid["payment_fee_amount"].null_count() == 0
    ranges = {
        "pinduoduo": (0.0, 0.006),
        "taobao": (0.015, 0.05),
        "jd": (0.038, 0.08),
        "shopify": (0.018, 0.02),
    }
    large = paid.filter(pl.col("gmv_paid") > 20).with_columns(
        share=pl.col("commission_amount").cast(pl.Float64) / pl.col("gmv_paid").cast(pl.Float64)
    )
    for platform, (low, high) in ranges.items():
        shares = large.filter(pl.col("platform_id") == platform)["share"]
        assert low <= shares.min() <= shares.max() <= high + 1e-9, platform


def test_the_cost_of_an_order_is_that_of_its_lines_and_mostly_below_its_price(
    market: Written, orders: pl.DataFrame
) -> None:
    lines = market.feed("order_lines").group_by(ORDER).agg(pl.sum("cost_amount", "goods_amount")).collect()
    both = orders.join(lines, on=ORDER, suffix="_of_lines")
    assert len(both) == len(orders)
    assert both.filter(pl.col("cost_amount") != pl.col("cost_amount_of_lines")).is_empty()
    margin = 1 - both["cost_amount"].cast(pl.Float64).sum() / both["goods_amount"].cast(pl.Float64).sum()
    assert 0.35 < margin < 0.55


def test_dropshippers_bring_all_that_is_dropshipped_and_leaders_some_of_the_groups(
    orders: pl.DataFrame,
) -> None:
    by_channel = dict(
        orders.group_by("channel").agg(pl.col("referrer_code").is_not_null().mean()).iter_rows()
    )
    assert by_channel["dropship"] == 1
    assert by_channel["direct"] == by_channel["flash_sale"] == 0
    assert 0.05 < by_channel["group_buy"] < 0.4
    drop = orders.filter(pl.col("channel") == "dropship")
    each = drop.group_by("platform_id", "consumer_code").agg(pl.n_unique("referrer_code"))
    assert each["referrer_code"].max() == 1
    leaders = orders.filter(pl.col("referrer_kind") == "group_leader")
    assert leaders.group_by("referrer_code").agg(pl.n_unique("city_name"))["city_name"].max() == 1


def test_leaders_grow_in_lower_tiers(orders: pl.DataFrame) -> None:
    groups = orders.filter(pl.col("channel") == "group_buy")
    led = pl.col("referrer_code").is_not_null().mean()

    def share(who: pl.Expr, *months: int) -> float:
        quarter = (pl.col("order_date").dt.year() == months[0]) & (
            pl.col("order_date").dt.quarter() == months[1]
        )
        return float(groups.filter(who, quarter).select(led).item())

    low = pl.col("tier").is_in(LOW)
    assert share(low, 2019, 2) > share(low, 2018, 1) + 0.15
    assert share(low, 2019, 2) > share(~low, 2019, 2) + 0.12


def test_a_market_without_these_parts_says_nothing_of_them(tmp_path: Path) -> None:
    write_market(300, *DAYS, 1, tmp_path)
    plain = Written(tmp_path)
    told = {*plain.feed("orders").collect_schema(), *plain.feed("order_lines").collect_schema()}
    assert not told & {"referrer_code", "commission_amount", "payment_fee_amount", "cost_amount"}

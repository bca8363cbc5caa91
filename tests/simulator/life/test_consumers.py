"""Consumers with tastes and products with lives: what they buy follows from what the truth says of them."""

from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market

DAYS = (date(2018, 7, 1), date(2019, 6, 30))
ORDERS, SEED = 60_000, 19
ACCOUNT = ["platform_id", "consumer_code"]
ORDER = ["platform_id", "order_number"]
THEMES = {
    "fashion": ("women_clothing", "men_clothing", "underwear", "shoes_bags"),
    "family": ("mother_baby", "toys"),
    "care": ("beauty", "health"), "kitchen_table": ("food", "fresh_produce"),
    "home": ("home", "kitchen", "appliances"), "leisure": ("phones_digital", "sports", "pets"),
}  # fmt: skip


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Written:
    print(f"seed {SEED}")
    folder = tmp_path_factory.mktemp("consumers")
    write_market(ORDERS, *DAYS, SEED, folder, parts=["consumers", "products"])
    return Written(folder)


@pytest.fixture(scope="module")
def orders(market: Written) -> pl.DataFrame:
    """Orders within China with their accounts."""
    home = market.truth("orders").filter(pl.col("platform_id") != "shopify")
    return home.join(market.truth("accounts"), on=ACCOUNT)


@pytest.fixture(scope="module")
def bought(market: Written, orders: pl.DataFrame) -> pl.DataFrame:
    """The first line of each of these orders, with its product."""
    products = market.feed("products").with_columns(pl.col("category_code", "brand_name").cast(pl.String))
    lines = market.feed("order_lines").filter(pl.col("order_line_number").cast(pl.String) == "1")
    return (
        lines.select(*ORDER, "merchant_code", "product_code", "goods_amount", "unit_count")
        .join(products.drop("merchant_code", "updated_at"), on=["platform_id", "product_code"])
        .collect()
        .join(orders, on=ORDER)
        .with_columns(price=pl.col("goods_amount").cast(pl.Float64) / pl.col("unit_count"))
    )


def test_each_taste_buys_its_own_categories_more_than_others_do(bought: pl.DataFrame) -> None:
    for taste, categories in THEMES.items():
        mine = pl.col("category_code").is_in(categories)
        those, rest = pl.col("taste") == taste, pl.col("taste") != taste
        share, others = (bought.filter(who).select(mine.mean()).item() for who in (those, rest))
        assert share > 1.5 * others, taste


def test_tastes_change_nothing_of_what_all_buy_together(bought: pl.DataFrame, tmp_path: Path) -> None:
    write_market(ORDERS, *DAYS, SEED, tmp_path)
    plain = Written(tmp_path)
    products = plain.feed("products").select("platform_id", "product_code", "category_code")
    lines = plain.feed("order_lines").filter(pl.col("order_line_number").cast(pl.String) == "1")
    was = lines.join(products, on=["platform_id", "product_code"]).collect()["category_code"].cast(pl.String)
    before = dict(was.value_counts(normalize=True).iter_rows())
    after = dict(bought["category_code"].value_counts(normalize=True).iter_rows())
    assert all(after[category] == pytest.approx(share, abs=0.02) for category, share in before.items())


def test_accounts_keep_their_rhythm_in_more_orders_than_chance_brings(orders: pl.DataFrame) -> None:
    """Of two accounts the one in its days goes first: 1 − (1 − p)² of orders, with p of the days liked."""
    since = (pl.col("order_date") - pl.col("rhythm_begins_date")).dt.total_days()
    # Also of days before the first round.
    kept = ((since % pl.col("rhythm_day_count")) + pl.col("rhythm_day_count")) % pl.col("rhythm_day_count")
    shares = orders.group_by("rhythm_day_count", "liked_day_count").agg(
        (kept < pl.col("liked_day_count")).mean().alias("kept")
    )
    assert set(shares["rhythm_day_count"]) == {7, 14, 28}
    for days, liked, share in shares.rows():
        by_chance = liked / days
        assert by_chance + 0.12 < share < 1 - (1 - by_chance) ** 2 + 0.02


def test_categories_have_slopes_over_all_tiers_as_the_truth_says(
    market: Written, bought: pl.DataFrame
) -> None:
    tiers = ["tier_1", "new_tier_1", "tier_2", "tier_3", "tier_4", "tier_5"]
    year = market.truth("category_shares").group_by("tier", "category_code").agg(pl.mean("order_share"))
    wanted = {(tier, code): share for tier, code, share in year.iter_rows()}
    sums = market.truth("category_shares").group_by("tier", "month_number").agg(pl.sum("order_share"))
    assert sums["order_share"].is_between(1 - 1e-9, 1 + 1e-9).all()
    for code, falls in (("beauty", True), ("pets", True), ("home", False), ("underwear", False)):
        path = [wanted[tier, code] for tier in tiers]
        assert path == sorted(path, reverse=falls), code
    # Within tiers 1–2, and within the others, what was bought leans as far as it should: a few loyal accounts
    # with tastes of their own make it uneven.
    listed = bought.filter(pl.col("tier").is_in(tiers))
    found = listed.group_by("tier", "category_code").agg(count=pl.len()).with_columns(
        share=pl.col("count") / pl.col("count").sum().over("tier"),
        kind=pl.col("tier").is_in(tiers[:3]),
    )  # fmt: skip
    both = found.join(year, on=["tier", "category_code"]).with_columns(
        pl.col("share", "order_share") - pl.col("share", "order_share").mean().over("kind", "category_code")
    )
    slope = (both["share"] * both["order_share"]).sum() / (both["order_share"] ** 2).sum()
    assert 0.6 < slope < 1.4
    assert both.select(pl.corr("share", "order_share")).item() > 0.5


def test_price_bands_pay_different_prices_for_the_same_categories(bought: pl.DataFrame) -> None:
    each = bought.group_by("category_code", "price_band").agg(pl.col("price").median())
    wide = each.pivot("price_band", index="category_code", values="price")
    assert (wide["high"] > 1.05 * wide["low"]).all()
    assert (wide["high"] / wide["low"]).mean() > 1.2


def test_accounts_return_to_their_shops(bought: pl.DataFrame) -> None:
    """Of two orders in one category, far more are of one shop than chance brings together."""
    many = bought.filter(pl.len().over([*ACCOUNT, "category_code"]) >= 2)
    firsts = many.sort("placed_at").group_by([*ACCOUNT, "category_code"], maintain_order=True)
    pairs = firsts.agg(pl.col("merchant_code").head(2)).with_columns(
        same=pl.col("merchant_code").list.n_unique() == 1
    )
    by_chance = (
        bought.group_by("platform_id", "category_code", "merchant_code").len()
        .with_columns(share=pl.col("len") / pl.col("len").sum().over("platform_id", "category_code"))
        .group_by("platform_id", "category_code").agg((pl.col("share") ** 2).sum())["share"].mean()
    )  # fmt: skip
    assert pairs["same"].mean() > 1.3 * by_chance


def test_no_account_buys_before_it_joined_and_few_after_they_stopped(orders: pl.DataFrame) -> None:
    assert orders.filter(pl.col("order_date") < pl.col("joined_date") - timedelta(days=1)).is_empty()
    assert orders.select((pl.col("order_date") > pl.col("last_date")).mean()).item() < 0.02


def test_who_was_won_by_a_subsidy_stays_shorter_and_got_it_in_the_first_week(orders: pl.DataFrame) -> None:
    new = orders.filter(
        (pl.col("order_date") - pl.col("joined_date")).dt.total_days() < 7,
        pl.col("joined_date") > DAYS[0] + timedelta(days=7), pl.col("gmv_placed") > 60,
    )  # fmt: skip
    got = dict(
        new.group_by("is_won_by_subsidy").agg((pl.col("platform_subsidy_amount") > 0).mean()).iter_rows()
    )
    assert got[True] > 0.85 > 0.3 > got[False]
    stays = orders.unique(ACCOUNT).with_columns(
        days=(pl.col("last_date") - pl.col("joined_date")).dt.total_days()
    )
    habit = dict(stays.group_by("is_won_by_subsidy").agg(pl.col("days").median()).iter_rows())
    assert habit[True] < 0.6 * habit[False]


def test_orders_follow_fast_parcels_more_often_than_slow_ones(market: Written, orders: pl.DataFrame) -> None:
    repeats = market.truth("repeats")
    shares = repeats.group_by("chance_share").agg(pl.len(), pl.col("has_followed").mean())
    assert set(shares["chance_share"].round(3)) == {0.9, 0.68, 0.45}
    for chance, count, share in shares.rows():
        assert share == pytest.approx(chance, abs=4.5 * (chance * (1 - chance) / count) ** 0.5)
    assert repeats.filter(
        pl.col("has_followed") != (pl.col("draw_share") < pl.col("chance_share"))
    ).is_empty()
    hours = pl.col("first_attempt_hour_count")
    expected = pl.when(hours > 96).then(0.45).when(hours > 60).then(0.68).otherwise(0.9)
    assert repeats.filter((pl.col("chance_share") - expected).abs() > 1e-6).is_empty()
    who = orders.select("order_number", "consumer_code", "platform_id")
    followed = repeats.filter("has_followed").join(who, on="order_number")
    followed = followed.join(who, left_on="earlier_order_number", right_on="order_number", suffix="_earlier")
    assert len(followed) > 1_500
    assert followed.filter(pl.col("consumer_code") != pl.col("consumer_code_earlier")).is_empty()


def test_the_hours_before_a_repeat_are_those_of_the_earlier_parcel(market: Written) -> None:
    carried = market.feed("waybills").filter(pl.col("purpose_code") == "sale").select(
        "courier_code", "waybill_number", "order_numbers"
    ).collect().filter(pl.col("order_numbers").list.len() == 1).explode("order_numbers")  # fmt: skip
    alone = carried.filter(pl.len().over("order_numbers") == 1)
    took = market.truth("waybills").join(alone, on=["courier_code", "waybill_number"]).select(
        "order_numbers",
        hours=(pl.col("first_attempt_at") - pl.col("placed_at")).dt.total_seconds() // 3600,
    )  # fmt: skip
    both = market.truth("repeats").join(took, left_on="earlier_order_number", right_on="order_numbers")
    assert len(both) > 2_000
    assert both.filter(pl.col("hours") != pl.col("first_attempt_hour_count")).is_empty()


def test_brands_rise_from_the_day_of_their_cause(market: Written, bought: pl.DataFrame) -> None:
    for cause in market.truth("causes").filter(pl.col("kind") != "launch").rows(named=True):
        category = bought.filter(pl.col("category_code") == cause["category_code"])
        mine = pl.col("brand_name") == cause["brand_name"]
        after = pl.col("order_date") >= cause["began_date"]
        before, since = (category.filter(when).select(mine.mean()).item() for when in (~after, after))
        assert since > 1.8 * before, cause["kind"]
        if cause["kind"] == "price_cut":
            prices = (
                category.filter(mine).group_by(after.alias("is_after"), "product_code").agg(pl.mean("price"))
            )
            wide = prices.pivot("is_after", index="product_code", values="price").drop_nulls()
            cut = (wide["true"] / wide["false"]).median()
            assert cut == pytest.approx(0.82, abs=0.04)


def test_early_buyers_of_a_new_product_are_alike_and_none_is_earlier(
    market: Written, bought: pl.DataFrame
) -> None:
    for launch in market.truth("causes").filter(pl.col("kind") == "launch").rows(named=True):
        sold = bought.filter(pl.col("product_code").is_in(launch["product_codes"]))
        assert sold["order_date"].min() >= launch["began_date"]
        early = sold.filter(pl.col("order_date") < launch["began_date"] + timedelta(days=60))
        alike = early.filter(pl.col("taste") == launch["taste"], pl.col("price_band") == launch["price_band"])
        assert len(alike) > 0.7 * len(early) > 5


def test_products_sell_between_launch_and_decline(market: Written, bought: pl.DataFrame) -> None:
    lives = market.truth("products").with_columns(pl.col("platform_id").cast(pl.String))
    sold = bought.with_columns(pl.col("platform_id").cast(pl.String)).join(
        lives, on=["platform_id", "product_code"]
    )
    named = market.truth("causes").filter(pl.col("kind") != "none")["product_codes"].explode()
    free = sold.filter(~pl.col("product_code").is_in(named.implode()))
    assert free.filter(pl.col("order_date") < pl.col("launched_date")).is_empty()
    new = free.filter(pl.col("launched_date").is_not_null()).with_columns(
        age=(pl.col("order_date") - pl.col("launched_date")).dt.total_days()
    )
    first, second = (len(new.filter(pl.col("age").is_between(a, b))) for a, b in ((0, 9), (30, 39)))
    assert second > 2 * first


def test_the_same_products_sell_more_in_cheap_weeks(market: Written) -> None:
    """Products that are not always there: 8% of their sales would fall in promoted weeks by chance."""
    evergreen = market.truth("products").filter("is_evergreen").select("platform_id", "product_code")
    lines = market.truth("order_lines").filter(pl.col("order_line_number") == "1")
    sold = lines.filter(pl.col("appeal_share") == 1).join(
        evergreen, on=["platform_id", "product_code"], how="anti"
    )
    assert len(sold) > 4_000
    assert sold.select((pl.col("price_share") < 0.91).mean()).item() > 0.08 * 1.12

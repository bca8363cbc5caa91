"""Who buys what, and what is bought together, against plain Polars over the feeds."""

import random
from datetime import date
from typing import Any

import polars as pl
import pytest
from published_reports import FROM, TO, Published
from reference.feeds import feed, latest
from reference.market import Market
from reference.orders import ORDER


@pytest.fixture(scope="module")
def rng() -> random.Random:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture(scope="module")
def bought(published: Published) -> pl.DataFrame:
    """Paid lines with account, place and month, of platforms loaded from the first to the last day."""
    market = Market(published.settings.home / "market")
    told = market.orders.select(*ORDER, "consumer", "currency", "adcode", "province_id", "placed_at")
    days = market.lines.group_by("platform_id").agg(first=pl.min("order_date"), last=pl.max("order_date"))
    whole = days.filter(pl.col("first") == FROM, pl.col("last") == TO)
    return (
        market.lines.filter("is_paid")
        .drop("currency")
        .join(told, on=ORDER)
        .join(whole, on="platform_id", how="semi")
        .with_columns(month=pl.col("order_date").dt.truncate("1mo"))
    )


def number(published: Published, table: str, name: str, condition: str) -> Any:
    ((found,),) = published.rows(f"select {published.formula(table, name)} from {table} where {condition}")
    return found


def near(found: Any, expected: float | None) -> bool:
    if expected is None or found is None:
        return expected is None and found is None
    return bool(float(found) == pytest.approx(expected))


PLACES = {"all": (), "tier": ("tier_fixed",), "province": ("province_id",), "city": ("adcode",)}


def test_categories_penetrate_places_as_their_buyers_do(
    published: Published, bought: pl.DataFrame, rng: random.Random
) -> None:
    last, tried = date(2019, 6, 1), 0
    for _ in range(60):
        row = bought.row(rng.randrange(len(bought)), named=True)
        kind, window = rng.choice([*((kind, 12) for kind in PLACES), ("all", 1), ("tier", 1)])
        month = last if window == 12 else rng.choice(sorted(bought["month"].unique()))
        place = {name: row[name] for name in PLACES[kind]}
        of = {"platform_id": row["platform_id"], "currency": row["currency"]}
        since = date(2018, 7, 1) if window == 12 else month
        rows = bought.filter(
            pl.col("month").is_between(since, month), *(pl.col(name) == value for name, value in of.items())
        )
        here = rows.filter(*(pl.col(name) == value for name, value in place.items()))
        is_category = pl.col("category_id") == row["category_id"]
        buyers, of_place = here.filter(is_category)["consumer"].n_unique(), here["consumer"].n_unique()
        if None in place.values() or not buyers or (kind == "city" and of_place < 30):
            continue
        tried += 1
        overall = rows.filter(is_category)["consumer"].n_unique() / rows["consumer"].n_unique()
        chosen = {
            **of,
            "category_id": row["category_id"],
            "place_kind": kind,
            "window_months": window,
            "month_date": month,
        }
        condition = " and ".join(f"{name} = '{value}'" for name, value in {**chosen, **place}.items())
        table = "mart_categories_by_tier"
        assert number(published, table, "category_buyer_count", condition) == buyers, condition
        assert near(number(published, table, "penetration_share", condition), buyers / of_place), condition
        index = 100 * buyers / of_place / overall
        assert near(number(published, table, "penetration_index", condition), index), condition
        if window == 12:
            continue
        year = bought.filter(
            pl.col("month") >= date(2018, 7, 1),
            *(pl.col(name) == value for name, value in {**of, **place}.items()),
        )
        mix = [
            float(part.filter(is_category)["gmv_paid"].sum() / part["gmv_paid"].sum())
            for part in (here, year)
        ]
        expected = 100 * mix[0] / mix[1] if month >= date(2018, 7, 1) else None
        assert near(number(published, table, "season_index", condition), expected), condition
        before = bought.filter(
            is_category,
            pl.col("month") == month.replace(year=month.year - 1),
            *(pl.col(name) == value for name, value in {**of, **place}.items()),
        )["gmv_paid"].sum()
        now = here.filter(is_category)["gmv_paid"].sum()
        growth = float(now) / float(before) - 1 if before else None
        assert near(number(published, table, "category_growth_year", condition), growth), condition
    assert tried > 20


def test_cities_with_few_buyers_are_left_out(published: Published) -> None:
    assert published.rows(
        "select min(place_buyer_count) >= 30, count(*) > 0 from mart_categories_by_tier"
        " where place_kind = 'city'"
    ) == [(True, True)]


def test_baskets_are_those_of_the_orders(
    published: Published, bought: pl.DataFrame, rng: random.Random
) -> None:
    last = pl.col("order_date").max().over("platform_id")
    rows = (
        bought.filter(pl.col("consumer").is_not_null())
        .with_columns(
            order=pl.concat_str(ORDER, separator=":"), age=(last - pl.col("order_date")).dt.total_days()
        )
        .filter(pl.col("age") < 365)
    )
    for platform in rng.sample(sorted(rows["platform_id"].unique()), 2):
        items = (
            rows.filter(platform_id=platform)
            .select("order", "consumer", "order_date", "age", item="category_id")
            .drop_nulls("item")
            .unique()
        )
        pairs = items.join(items, on="consumer", suffix="_other")
        same = pairs.filter(pl.col("order") == pl.col("order_other"), pl.col("item") != pl.col("item_other"))
        gap = (pl.col("order_date_other") - pl.col("order_date")).dt.total_days()
        later = pairs.filter(pl.col("age") >= 30, gap.is_between(1, 30))
        of_platform = rows.filter(platform_id=platform)
        for span, found, whole in (
            ("order", same, of_platform),
            ("30_days", later, of_platform.filter(pl.col("age") >= 30)),
        ):
            bases = items if span == "order" else items.filter(pl.col("age") >= 30)
            of_item = bases.group_by("item").len("with_item")
            of_other = (
                of_item.rename({"item": "item_other", "with_item": "with_other"})
                if span == "order"
                else found.group_by("item_other").agg(with_other=pl.col("order").n_unique())
            )
            counted = (
                found.group_by("item", "item_other")
                .agg(both=pl.col("order").n_unique())
                .filter(pl.col("both") >= 30)
                .join(of_item, on="item")
                .join(of_other, on="item_other")
                .with_columns(orders=whole["order"].n_unique())
                .sort("item", "item_other")
            )
            columns = ("pair_order_count", "item_order_count", "other_item_order_count", "basket_order_count")
            ours = published.rows(
                f"select item_id, other_item_id, {', '.join(columns)} from mart_baskets"
                f" where item_kind = 'category' and basket_span = '{span}'"
                f" and platform_id = '{platform}' order by 1, 2"
            )
            wanted = counted.select("item", "item_other", "both", "with_item", "with_other", "orders").rows()
            assert ours == wanted, (platform, span)
            if wanted:
                item, other, both, with_item, with_other, orders = rng.choice(wanted)
                condition = (
                    f"basket_span = '{span}' and item_id = '{item}' and other_item_id = '{other}'"
                    f" and platform_id = '{platform}'"
                )
                lift = both * orders / with_item / with_other
                assert near(number(published, "mart_baskets", "basket_lift", condition), lift), condition
                confidence = number(published, "mart_baskets", "basket_confidence", condition)
                assert near(confidence, both / with_item), condition


def test_some_items_are_bought_after_each_other(published: Published) -> None:
    """In this market an order is of one shop and category; pairs within it are the unit test's."""
    assert published.rows("select count(*) > 100 from mart_baskets where basket_span = '30_days'") == [
        (True,)
    ]


def moved_share(now: dict[str, float], before: dict[str, float]) -> float:
    """Half of what the shares of the brands differ by, all together."""
    total, former = sum(now.values()), sum(before.values())
    brands = now.keys() | before.keys()
    return sum(abs(now.get(brand, 0) / total - before.get(brand, 0) / former) for brand in brands) / 2


def test_a_brands_change_is_its_shifts_and_each_shift_is_what_its_accounts_did(
    published: Published, bought: pl.DataFrame
) -> None:
    market = published.settings.home / "market"
    products = latest(feed(market, "products"), ["platform_id", "product_code"])
    rows = bought.join(
        products.select("platform_id", "product_code", brand=pl.col("brand_name").fill_null("none")),
        on=["platform_id", "product_code"],
        how="left",
    ).with_columns(pl.col("brand").fill_null("none"), fen=(pl.col("gmv_paid") * 100).cast(pl.Int64))
    periods = {"months_before": date(2019, 1, 1), "year_before": date(2018, 5, 1)}
    expected: dict[tuple[str, ...], list[int]] = {}
    for comparison, since in periods.items():
        if comparison == "year_before":  # April 2018 is not loaded
            continue
        until = date(since.year, since.month + 3, 1)
        in_then = pl.col("order_date").is_between(since, until, closed="left")
        in_now = pl.col("order_date") >= date(2019, 4, 1)
        keys = ["platform_id", "currency", "category_id", "consumer"]
        spent = (
            rows.filter(in_then | in_now)
            .drop_nulls("category_id")
            .group_by(*keys, "brand")
            .agg(now=pl.col("fen").filter(in_now).sum(), then=pl.col("fen").filter(in_then).sum())
        )
        for account, part in spent.group_by(keys):
            now = dict(part.select("brand", "now").rows())
            then = dict(part.select("brand", "then").rows())
            if sum(then.values()) <= 0:
                kind = "new_to_category"
            elif sum(now.values()) <= 0:
                kind = "left_category"
            else:
                kind = "switched" if moved_share(now, then) >= 0.5 - 1e-12 else "stayed"
            for brand in now:
                key = (comparison, *(str(value) for value in account[:3]), brand, kind)
                sums = expected.setdefault(key, [0, 0, 0])
                sums[0] += then[brand]
                sums[1] += now[brand]
                sums[2] += 1
    listed = ", ".join(f"'{platform}'" for platform in bought["platform_id"].unique())
    ours = published.rows(
        "select comparison, platform_id, currency, category_id, brand_name, shift_kind,"
        " (100 * sum(gmv_before))::bigint, (100 * sum(gmv_now))::bigint, sum(shifted_consumer_count)::bigint,"
        f" (100 * sum(gmv_change))::bigint from mart_brand_shift where platform_id in ({listed}) group by all"
    )
    assert {tuple(row[:6]): list(row[6:9]) for row in ours} == expected
    assert all(row[9] == row[7] - row[6] for row in ours)  # type: ignore[operator]
    assert {row[5] for row in ours} == {"new_to_category", "left_category", "switched", "stayed"}


def test_who_switched_came_from_and_went_to_another_brand(published: Published) -> None:
    assert (
        published.rows(
            "select * from mart_brand_shift where other_brand_name = brand_name and brand_name <> 'none'"
            " or (other_brand_name <> 'none' and shift_kind <> 'switched')"
        )
        == []
    )
    assert published.rows("select count(*) > 0 from mart_brand_shift where other_brand_name <> 'none'") == [
        (True,)
    ]

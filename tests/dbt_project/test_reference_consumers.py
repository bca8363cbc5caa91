"""Who comes back, against plain Polars over the feeds: cohorts, repeats, new accounts, hours."""

import random
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest
from built_warehouse import PROJECT
from published_reports import FROM, TO, Published
from reference import waybills as waybill_rows
from reference.market import Market

CUTS = ("platform_id", "tier_fixed", "channel")


@pytest.fixture(scope="module")
def rng() -> random.Random:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture(scope="module")
def followed(published: Published) -> pl.DataFrame:
    """Orders of known accounts on platforms loaded from the first to the last day, in their order."""
    orders = Market(published.settings.home / "market").orders.filter(pl.col("consumer").is_not_null())
    whole = orders.group_by("platform_id").agg(first=pl.min("order_date"), last=pl.max("order_date"))
    whole = whole.filter(pl.col("first") == FROM, pl.col("last") == TO)
    number = pl.concat_str("platform_id", "order_number", separator=":")
    orders = orders.join(whole, on="platform_id", how="semi").sort("consumer", "placed_at", number)
    return orders.with_columns(
        rank=pl.int_range(pl.len()).over("consumer") + 1,
        previous=pl.col("order_date").shift(1).over("consumer"),
        following=pl.col("order_date").shift(-1).over("consumer"),
        month=pl.col("order_date").dt.truncate("1mo"),
        first_month=pl.col("order_date").first().over("consumer").dt.truncate("1mo"),
        **{f"first_{cut}": pl.col(cut).first().over("consumer") for cut in (*CUTS, "currency")},
    )


def drawn(rng: random.Random, rows: pl.DataFrame, prefix: str = "") -> dict[str, Any]:
    """A value each of one or two cuts; none of the others."""
    row = rows.row(rng.randrange(len(rows)), named=True)
    return {cut: row[f"{prefix}{cut}"] for cut in rng.sample(CUTS, rng.randint(1, 2))}


def where(chosen: dict[str, Any], **more: object) -> str:
    return " and ".join(f"{name} = '{value}'" for name, value in {**chosen, **more}.items())


def asked(published: Published, table: str, names: list[str], condition: str, whole: list[str]) -> Any:
    formulas = ", ".join(published.formula(table, name) for name in names)
    listed = ", ".join(f"'{platform}'" for platform in whole)
    (row,) = published.rows(f"select {formulas} from {table} where {condition} and platform_id in ({listed})")
    return row


def test_cohorts_come_back_as_often_as_their_accounts_do(
    published: Published, followed: pl.DataFrame, rng: random.Random
) -> None:
    whole = followed["platform_id"].unique().to_list()
    months = sorted(followed["month"].unique())
    for _ in range(30):
        chosen = drawn(rng, followed, "first_")
        cohort, month = sorted(rng.choices(months, k=2))
        since = (month.year - cohort.year) * 12 + month.month - cohort.month
        rows = followed.filter(
            pl.col("first_month") == cohort,
            pl.col("first_currency") == "CNY",
            *(pl.col(f"first_{cut}") == value for cut, value in chosen.items()),
        )
        names = ["cohort_consumer_count", "retained_consumer_count", "gmv_to_date_per_consumer"]
        condition = where(chosen, month_date=cohort, months_since=since, currency="CNY")
        count, retained, gmv = asked(published, "mart_retention", names, condition, whole)
        size = rows["consumer"].n_unique()
        assert (count or 0) == size, condition
        assert (retained or 0) == rows.filter(month=month)["consumer"].n_unique(), condition
        if size:
            to_date = rows.filter(pl.col("month") <= month, currency="CNY")["gmv_paid"].sum()
            assert gmv == pytest.approx(float(to_date) / size), condition


def test_repeats_are_of_first_orders_that_are_old_enough(
    published: Published, followed: pl.DataFrame, rng: random.Random
) -> None:
    whole = followed["platform_id"].unique().to_list()
    for _ in range(30):
        chosen, days = drawn(rng, followed), rng.choice([30, 60, 90])
        month = rng.choice(sorted(followed["month"].unique()))
        firsts = followed.filter(
            pl.col("rank") == 1,
            pl.col("month") == month,
            pl.col("order_date") <= TO - timedelta(days),
            pl.col("currency") == "CNY",
            *(pl.col(cut) == value for cut, value in chosen.items()),
        )
        back = firsts.filter(pl.col("following") - pl.col("order_date") <= timedelta(days))
        condition = where(chosen, month_date=month, currency="CNY")
        name = f"repeat_within_{days}d_share"
        (share,) = asked(published, "mart_repeat", [name], condition, whole)
        expected = len(back) / len(firsts) if len(firsts) else None
        assert share == (None if expected is None else pytest.approx(expected)), condition


def test_new_accounts_have_no_order_in_the_365_days_before_and_are_not_stated_earlier(
    published: Published, followed: pl.DataFrame, rng: random.Random
) -> None:
    whole = followed["platform_id"].unique().to_list()
    names = ["new_consumer_count", "returning_gmv_share", "median_days_between_orders"]
    for month in (date(2019, 4, 1), date(2019, 6, 1)):
        rows = followed.filter(month=month, currency="CNY")
        condition = where({}, month_date=month, currency="CNY")
        new, returning, days = asked(published, "mart_repeat", names, condition, whole)
        gaps = rows["order_date"] - rows["previous"]
        in_order = gaps.drop_nulls().dt.total_days().sort()
        assert days == in_order[(len(in_order) + 1) // 2 - 1]
        assert days <= 95
        if month < FROM + timedelta(365):
            assert (new, returning) == (None, None)
            continue
        firsts = rows.filter(pl.col("previous").is_null() | (pl.col("previous") < month))
        is_new = pl.col("previous").is_null() | (pl.col("order_date") - pl.col("previous") > timedelta(365))
        assert new == firsts.filter(is_new)["consumer"].n_unique()
        assert returning == pytest.approx(
            float(rows.filter(~is_new)["gmv_paid"].sum()) / float(rows["gmv_paid"].sum())
        )


def test_an_order_counts_at_its_weekday_and_hour(published: Published, followed: pl.DataFrame) -> None:
    orders = Market(published.settings.home / "market").orders.filter(currency="CNY", platform_id="pinduoduo")
    local = pl.col("placed_at").dt.convert_time_zone("Asia/Shanghai")
    counted = orders.group_by(
        weekday=local.dt.weekday().cast(pl.Int64), hour=local.dt.hour().cast(pl.Int64)
    ).len()
    expected = {(row["weekday"], row["hour"]): row["len"] for row in counted.iter_rows(named=True)}
    rows = published.rows(
        "select weekday, hour_of_day, sum(order_count)::bigint from mart_order_hours"
        " where currency = 'CNY' and platform_id = 'pinduoduo' group by all"
    )
    assert {(weekday, hour): count for weekday, hour, count in rows} == expected


def test_segments_are_fifths_of_recency_and_frequency_and_moves_lead_from_month_to_month(
    published: Published, followed: pl.DataFrame
) -> None:
    grid = pl.read_csv(PROJECT / "seeds" / "rfm_segments.csv").select(pl.exclude("source"))
    platform = "pinduoduo"
    orders = followed.filter(platform_id=platform, currency="CNY")

    def fifth(name: str, *, descending: bool = False) -> pl.Expr:
        rank = pl.col(name).rank("min", descending=descending).cast(pl.Int64) - 1
        return 5 * rank // pl.len() + 1

    def segments_at(last: date) -> pl.DataFrame:
        in_year = orders.filter(pl.col("order_date").is_between(last - timedelta(364), last))
        accounts = in_year.group_by("consumer").agg(
            days=(last - pl.col("order_date").max()).dt.total_days(),
            orders=pl.len(),
            gmv=pl.col("gmv_paid").sum(),
        )
        scored = accounts.with_columns(
            recency_score=fifth("days", descending=True), frequency_score=fifth("orders")
        )
        return scored.join(grid, on=["recency_score", "frequency_score"])

    may, june = segments_at(date(2019, 5, 31)), segments_at(date(2019, 6, 30))
    expected = june.group_by("segment").agg(pl.len(), pl.col("orders", "gmv", "days").sum())
    rows = published.rows(
        "select segment, segment_consumer_count, order_count, gmv_paid, recency_days from mart_rfm"
        f" where platform_id = '{platform}' and currency = 'CNY' and month_date = '2019-06-01' order by 1"
    )
    assert rows == expected.sort("segment").rows()
    assert len(rows) > 5
    both = may.join(june, on="consumer", how="full", coalesce=True)
    moved = both.group_by(
        pl.col("segment").fill_null("none").alias("before"),
        pl.col("segment_right").fill_null("none").alias("after"),
    ).len()
    rows = published.rows(
        "select from_segment, to_segment, moved_consumer_count from mart_rfm_moves"
        f" where platform_id = '{platform}' and currency = 'CNY' and month_date = '2019-06-01' order by 1, 2"
    )
    assert rows == moved.sort("before", "after").rows()
    first = published.rows("select min(month_date) from mart_rfm")
    assert first == [(date(2019, 4, 1),)]


def stratified(rows: pl.DataFrame, band: str, reference: str) -> tuple[float, float] | None:
    """Mantel and Haenszel's difference of shares and its standard error after Sato, stratum by stratum."""
    strata = ["platform_id", "currency", "tier_fixed", "category_id", "third", "day_part"]
    weight = difference = slope = spread = 0.0
    for _, part in rows.group_by(strata):
        is_band, is_reference = part["band"] == band, part["band"] == reference
        n, m = is_band.sum(), is_reference.sum()
        if not n or not m:
            continue
        x, y = part.filter(is_band)["again"].sum(), part.filter(is_reference)["again"].sum()
        weight += n * m / (n + m)
        difference += (x * m - y * n) / (n + m)
        slope += (n * n * y - m * m * x + n * m * (m - n) / 2) / (n + m) ** 2
        spread += (x * (m - y) + y * (n - x)) / 2 / (n + m)
    if not weight:
        return None
    return difference / weight, (max(difference / weight * slope + spread, 0) ** 0.5) / weight


def test_first_deliveries_are_compared_with_repeats_stratum_by_stratum(
    published: Published, followed: pl.DataFrame
) -> None:
    market = Market(published.settings.home / "market")
    key = ["platform_id", "order_number"]
    named = waybill_rows.parcels(waybill_rows.registered(published.settings.home / "market"))
    tried = market.waybills.filter(purpose="sale").select("waybill", "attempt_at", "promise", "is_on_time")
    parcels = named.select("waybill", *key).unique().join(tried, on="waybill")
    judged = pl.when(pl.col("attempt_at").is_not_null() | (pl.col("promise") < market.as_of)).then(
        "is_on_time"
    )
    of_orders = parcels.group_by(key).agg(
        attempt_at=pl.col("attempt_at").min(),
        promised=pl.when(judged.is_not_null() & pl.col("promise").is_not_null()).then(judged).len(),
        known=pl.when(pl.col("promise").is_not_null()).then(judged).count(),
        kept=pl.when(pl.col("promise").is_not_null()).then(judged).all(),
    )
    spend = market.lines.drop_nulls("category_id").sort("gmv_paid", "category_id").group_by(key)
    firsts = (
        followed.filter(
            "is_paid", pl.col("rank") == 1, (pl.lit(TO) - pl.col("order_date")).dt.total_days() >= 60
        )
        .join(of_orders, on=key, how="left")
        .join(spend.agg(category_id=pl.col("category_id").last()), on=key)
    )
    alike = ["platform_id", "currency", "category_id"]
    hours = (pl.col("attempt_at") - pl.col("placed_at")).dt.total_microseconds() / 3.6e9
    firsts = firsts.with_columns(
        third=3 * (pl.col("gmv_paid").rank("min").over(alike).cast(pl.Int64) - 1) // pl.len().over(alike),
        day_part=pl.col("placed_at").dt.convert_time_zone("Asia/Shanghai").dt.hour() // 8,
        again=((pl.col("following") - pl.col("order_date")).dt.total_days() <= 60).fill_null(False),
        speed=pl.when(hours <= 60).then(pl.lit("up_to_60h")).when(hours <= 96).then(pl.lit("up_to_96h"))
        .when(hours > 96).then(pl.lit("over_96h")),
        punctuality=pl.when(pl.col("known") == pl.col("promised"))
        .then(pl.when("kept").then(pl.lit("on_time")).otherwise(pl.lit("late"))),
        subsidy=pl.when(pl.col("platform_subsidy_amount") > 0)
        .then(pl.lit("subsidised"))
        .otherwise(pl.lit("not_subsidised")),
    )  # fmt: skip
    references = {"speed": "up_to_60h", "punctuality": "on_time", "subsidy": "not_subsidised"}
    for platform in sorted(followed["platform_id"].unique()):
        for cut, reference in references.items():
            rows = firsts.filter(platform_id=platform).with_columns(band=cut).drop_nulls("band")
            found = published.rows(
                "select first_order_band, delivered_first_order_count, repeated_first_order_count,"
                " repeat_difference, repeat_difference_low, repeat_difference_high"
                f" from mart_delivery_and_repeat where platform_group = '{platform}'"
                f" and first_order_cut = '{cut}'"
            )
            counted = rows.group_by("band").agg(pl.len(), pl.col("again").sum())
            assert sorted(row[:3] for row in found) == sorted(counted.rows()), (platform, cut)
            for band, _count, _again, difference, low, high in found:
                expected = None if band == reference else stratified(rows, str(band), reference)
                if expected is None:
                    assert (difference, low, high) == (None, None, None)
                    continue
                middle, error = expected
                wanted = (middle, middle - 1.959964 * error, middle + 1.959964 * error)
                assert (difference, low, high) == pytest.approx(wanted, abs=1e-8), (platform, cut, band)

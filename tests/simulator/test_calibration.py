"""The market against published figures (sources: where the figures stand in `simulator`), and its story."""

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from written_market import HIGH_TIERS, Written

from simulator import write_market

CHINA = "8h"
EAST = {"11", "12", "13", "21", "31", "32", "33", "35", "37", "44", "46"}
CENTRAL = {"14", "22", "23", "34", "36", "41", "42", "43"}


@pytest.fixture(scope="module")
def finished(demo: Written) -> pl.DataFrame:
    return handed_over(demo, until=date(2019, 8, 19))


def handed_over(market: Written, until: date) -> pl.DataFrame:
    """Sold parcels within China picked up in 2019, up to twelve days before the end, and handed over."""
    local = pl.col("picked_up_at").dt.offset_by(CHINA).dt.date()
    province = pl.col("destination_adcode").str.head(2)
    return (
        market.truth("waybills")
        .filter(
            pl.col("purpose") == "sale",
            pl.col("handed_over_at").is_not_null(),
            pl.col("destination_adcode").is_not_null(),
        )
        .with_columns(
            picked_up_date=local,
            region=pl.when(province.is_in(EAST)).then(pl.lit("east"))
            .when(province.is_in(CENTRAL)).then(pl.lit("central")).otherwise(pl.lit("west")),
        )
        .filter(pl.col("picked_up_date").is_between(date(2019, 1, 1), until))
    )  # fmt: skip


def mean_hours(rows: pl.DataFrame) -> float:
    return rows["end_to_end_seconds"].sum() / len(rows) / 3600


def high_tier_shares(demo: Written) -> dict[date, float]:
    high = pl.col("gmv_paid").filter(pl.col("tier").is_in(HIGH_TIERS)).sum()
    months = (
        demo.truth("gmv")
        .filter(pl.col("platform_id") == "pinduoduo")
        .with_columns(pl.col("gmv_paid").cast(pl.Float64))
        .group_by("month_date")
        .agg(share=high / pl.col("gmv_paid").sum())
    )
    return dict(months.sort("month_date").iter_rows())


def test_tier_one_and_two_cities_make_37_percent_in_january_and_almost_half_in_june(demo: Written) -> None:
    shares = high_tier_shares(demo)
    assert shares[date(2019, 1, 1)] == pytest.approx(0.37, abs=0.015)
    assert 0.465 < shares[date(2019, 6, 1)] < 0.5
    year = [share for month, share in shares.items() if month.year == 2018]
    assert all(0.30 < share < 0.385 for share in year)


def test_the_share_of_tier_one_and_two_cities_rises_through_the_half_year(demo: Written) -> None:
    shares = high_tier_shares(demo)
    path = [shares[date(2019, month, 1)] for month in range(1, 7)]
    assert all(after > before - 0.01 for before, after in pairwise(path))
    assert path[-1] - path[0] > 0.08


def test_orders_move_to_pinduoduos_own_labels_between_march_and_august(demo: Written) -> None:
    labels = (
        demo.truth("waybills")
        .filter(pl.col("platform_id") == "pinduoduo")
        .group_by(pl.col("registered_at").dt.offset_by(CHINA).dt.date().dt.truncate("1mo").alias("month"))
        .agg(own=(pl.col("waybill_system") == "pinduoduo").mean())
        .sort("month")
    )
    shares = dict(labels.iter_rows())
    assert all(share == 0 for month, share in shares.items() if month < date(2019, 3, 1))
    path = [shares[date(2019, month, 1)] for month in range(2, 9)]
    assert all(after > before for before, after in pairwise(path))
    assert path[-1] > 0.94


@pytest.mark.slow
def test_the_market_of_make_demo_has_all_parts_ends_on_30_june_2019_and_tells_the_published_story(
    tmp_path: Path,
) -> None:
    makefile = Path(__file__).parents[2].joinpath("Makefile").read_text()
    said = re.search(
        r"simulate --orders \$\(ORDERS\) --from (\S+) --to (\S+) --seed (\d+) --with all ", makefile
    )
    orders = re.search(r"^ORDERS \?= (\d+)$", makefile, re.MULTILINE)
    assert said is not None
    assert orders is not None
    first, last = (date.fromisoformat(day) for day in said.groups()[:2])
    assert last == date(2019, 6, 30)
    write_market(int(orders[1]), first, last, int(said[3]), tmp_path, parts=["all"])
    shown = Written(tmp_path)
    shares = high_tier_shares(shown)
    assert shares[date(2019, 1, 1)] == pytest.approx(0.37, abs=0.015)
    assert 0.465 < shares[date(2019, 6, 1)] < 0.5
    finished = handed_over(shown, until=date(2019, 6, 18))
    assert mean_hours(finished) == pytest.approx(56.20, abs=0.8)
    assert (finished["end_to_end_seconds"] <= 72 * 3600).mean() == pytest.approx(0.7926, abs=0.015)
    months = pl.col("month_date") >= date(2019, 1, 1)
    carried = (
        shown.truth("courier_shares").filter(months).group_by("courier_code").agg(pl.sum("waybill_count"))
    )
    counts = dict(carried.iter_rows())
    assert counts["zto"] / sum(counts.values()) == pytest.approx(0.191, abs=0.006)
    placed = dict(shown.truth("orders").group_by("order_date").len().iter_rows())
    assert placed[date(2019, 6, 18)] > 2 * placed[date(2019, 6, 4)]


def test_every_courier_takes_both_labels(demo: Written) -> None:
    carried = (
        demo.truth("waybills")
        .filter(
            pl.col("platform_id") == "pinduoduo", pl.col("waybill_system").is_in(["cainiao", "pinduoduo"])
        )
        .group_by("courier_code")
        .agg(pl.n_unique("waybill_system"))
    )
    assert set(carried["waybill_system"]) == {2}
    assert len(carried) == 10


def test_end_to_end_is_the_post_bureaus_mean_and_72_hour_rate_of_2019(finished: pl.DataFrame) -> None:
    assert mean_hours(finished) == pytest.approx(56.20, abs=0.8)
    within = finished.filter(pl.col("end_to_end_seconds") <= 72 * 3600).height / len(finished)
    assert within == pytest.approx(0.7926, abs=0.015)


def test_central_and_western_cities_wait_longer_as_the_post_bureau_measured(finished: pl.DataFrame) -> None:
    """2019, derived: east 53.51 + 2.05, central 58.42 − 0.80, west 68.60 − 4.97 hours."""
    hours = {
        region: mean_hours(finished.filter(pl.col("region") == region))
        for region in ("east", "central", "west")
    }
    assert hours["central"] - hours["east"] == pytest.approx(57.62 - 55.56, abs=1.0)
    assert hours["west"] - hours["east"] == pytest.approx(63.63 - 55.56, abs=1.2)


def test_zto_carries_19_percent_of_2019(demo: Written) -> None:
    parcels = demo.truth("courier_shares").filter(pl.col("month_date") >= date(2019, 1, 1))
    carried = dict(parcels.group_by("courier_code").agg(pl.sum("waybill_count")).iter_rows())
    assert carried["zto"] / sum(carried.values()) == pytest.approx(0.191, abs=0.006)
    assert max(carried, key=lambda courier: carried[courier]) == "zto"


def test_fast_couriers_are_fast(finished: pl.DataFrame) -> None:
    hours = {
        str(courier[0]): mean_hours(rows)
        for courier, rows in finished.group_by(["courier_code"])
        if len(rows) > 800
    }
    assert hours["sf"] < hours["ems"] < hours["zto"] < hours["ttk"]


def test_the_three_largest_couriers_share_fifty_lanes_with_a_hundred_parcels(demo: Written) -> None:
    picked = demo.truth("waybills").filter(pl.col("picked_up_at").is_not_null())
    lanes = picked.group_by(
        "courier_code", pl.col("origin_adcode").str.head(2), pl.col("destination_adcode").str.head(2)
    ).len()
    busy = lanes.filter(pl.col("len") >= 100).group_by("courier_code").len("lanes")
    volumes = picked.group_by("courier_code").len().sort("len", descending=True)["courier_code"].head(3)
    counts = dict(busy.iter_rows())
    assert all(counts[courier] >= 50 for courier in volumes), counts


def test_farther_lanes_take_longer(finished: pl.DataFrame) -> None:
    """From Zhejiang (33) to itself, to Beijing (11), to Xinjiang (65)."""
    from_zhejiang = finished.filter(pl.col("origin_adcode").str.starts_with("33"))
    hours = [
        mean_hours(from_zhejiang.filter(pl.col("destination_adcode").str.starts_with(to)))
        for to in ("33", "11", "65")
    ]
    assert hours[0] + 5 < hours[1] < hours[2] - 10


def test_sale_days_tower_and_slow_the_parcels_down(demo: Written) -> None:
    orders = dict(demo.truth("orders").group_by("order_date").len().iter_rows())
    usual = sum(orders[date(2019, 5, day)] for day in range(8, 29)) / 21
    assert orders[date(2019, 6, 18)] > 2 * usual
    usual = sum(orders[date(2018, 10, day)] for day in range(8, 29)) / 21
    assert orders[date(2018, 11, 11)] > 3 * usual
    sold = demo.truth("waybills").filter(pl.col("purpose") == "sale", pl.col("handed_over_at").is_not_null())
    days = sold.with_columns(day=pl.col("picked_up_at").dt.offset_by(CHINA).dt.date())

    def between(first: date, last: date) -> float:
        return mean_hours(days.filter(pl.col("day").is_between(first, last)))

    assert (
        between(date(2018, 11, 11), date(2018, 11, 14)) > between(date(2018, 10, 8), date(2018, 10, 28)) + 8
    )
    assert between(date(2019, 6, 18), date(2019, 6, 20)) > between(date(2019, 5, 8), date(2019, 5, 28)) + 4


def test_most_promises_are_kept(demo: Written) -> None:
    """Assumption: 85 to 95 in a hundred of those that were due three weeks before the end."""
    end_of_day = pl.col("promised_delivery_date").cast(pl.Datetime("us", "UTC")) + timedelta(hours=16)
    promise = pl.coalesce(pl.col("promised_delivery_at").cast(pl.Datetime("us", "UTC")), end_of_day)
    due = demo.truth("waybills").filter(promise < datetime(2019, 8, 10, tzinfo=UTC))
    kept = (pl.col("first_attempt_at").cast(pl.Datetime("us", "UTC")) <= promise).fill_null(value=False)
    shares = dict(due.group_by("platform_id").agg(kept.mean()).iter_rows())
    assert set(shares) == {"pinduoduo", "taobao", "jd", "shopify"}
    assert all(0.85 < share < 0.95 for share in shares.values()), shares


def test_shops_are_shut_at_spring_festival(demo: Written) -> None:
    """The lunar year began on 5 February 2019."""
    picked = demo.truth("waybills").select(
        pl.col("picked_up_at").dt.offset_by(CHINA).dt.date().alias("day"), "handling_seconds"
    )
    counts = dict(picked.group_by("day").len().iter_rows())
    assert counts[date(2019, 2, 6)] < counts[date(2019, 1, 16)] / 5
    waits = picked.filter(pl.col("day").is_between(date(2019, 2, 11), date(2019, 2, 12)))["handling_seconds"]
    assert waits.mean() > 48 * 3600


def test_people_buy_in_the_evening_and_less_at_the_weekend(demo: Written) -> None:
    placed = demo.truth("orders").select(pl.col("placed_at").dt.offset_by(CHINA).alias("at"))
    hours = dict(placed.group_by(pl.col("at").dt.hour()).len().iter_rows())
    assert hours[20] > 5 * hours[4]
    days = dict(placed.group_by(pl.col("at").dt.weekday()).len().iter_rows())
    assert days[1] > days[6]


def test_consumers_return_at_very_different_rates_and_cohorts_fade(demo: Written) -> None:
    each = demo.truth("orders").group_by("platform_id", "consumer_code").len()["len"]
    assert each.median() <= 3
    assert each.quantile(0.99) >= 15
    cohorts = demo.truth("cohorts").filter(pl.col("platform_id") == "pinduoduo")
    of_june = dict(
        cohorts.filter(pl.col("cohort_date") == date(2018, 6, 1))
        .select("month_number", "consumer_count")
        .iter_rows()
    )
    assert 0.08 < of_june[1] / of_june[0] < 0.5
    assert of_june[1] > of_june[6] > of_june[12] > 0


def test_channels_have_their_own_tier_mix(demo: Written) -> None:
    orders = demo.truth("orders").filter(pl.col("platform_id") == "pinduoduo")
    shares = dict(orders.group_by("channel").agg(pl.col("tier").is_in(HIGH_TIERS).mean()).iter_rows())
    assert shares["direct"] > shares["group_buy"] + 0.08


def test_kinds_of_city_prefer_different_goods(demo: Written) -> None:
    lines = demo.feed("order_lines").join(demo.feed("products"), on=["platform_id", "product_code"])
    tiers = demo.truth("orders").lazy().select("platform_id", "order_number", "tier")
    bought = lines.join(tiers, on=["platform_id", "order_number"]).collect()
    share = bought.group_by("category_code").agg(high=pl.col("tier").is_in(HIGH_TIERS).mean())
    by_category = dict(share.iter_rows())
    assert by_category["pets"] > by_category["underwear"] + 0.1
    assert len(by_category) == 16

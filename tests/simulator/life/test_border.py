"""Parcels abroad with all that a border asks: values, headings, hubs, inspections, duties and promises."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from written_market import Written

from simulator import write_market

FROM, TO, UNTIL = date(2025, 3, 1), date(2025, 10, 31), date(2025, 11, 30)
KEY = ["courier_code", "waybill_number"]
VAT = {"BE": 21, "NL": 21, "ES": 21, "IT": 22, "FR": 20, "GB": 20, "AU": 10, "NO": 25}


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("border")
    write_market(24_000, FROM, TO, 31, folder, cross_border=1, parts=["abroad"], until_date=UNTIL)
    return Written(folder)


@pytest.fixture(scope="module")
def crossings(market: Written) -> pl.DataFrame:
    truth = market.truth("border_crossings")
    amounts = [name for name in truth.columns if "amount" in name]
    return truth.with_columns(pl.col(amounts).cast(pl.Float64))


def cents(column: str) -> pl.Expr:
    return (pl.col(column) * 100).round().cast(pl.Int64)


def test_values_lie_on_both_sides_of_every_exemption(crossings: pl.DataFrame) -> None:
    """Of the reference's rules and of those that schemes have: US 800, EU 22 and 150, UK 15 and 135 …"""
    limits = {"US": (800,), "GB": (15, 135), "AU": (1000,), "NO": (3000,), "TR": (30, 150)}
    limits |= dict.fromkeys(("BE", "NL", "ES", "IT", "FR"), (22, 150))
    for country, values in limits.items():
        there = crossings.filter(pl.col("destination_country_code") == country)["goods_amount"]
        for value in values:
            assert (there > value).sum() >= 15, (country, value)
            assert (there <= value).sum() >= 15, (country, value)


def test_duties_follow_the_rule_of_the_day_of_entry(crossings: pl.DataFrame) -> None:
    """By hand from the dates of the United States in 2025; amounts in cents, rounded down."""
    us = crossings.filter(
        pl.col("destination_country_code") == "US", pl.col("duty_amount").is_not_null()
    ).with_columns(cents("declared_amount"), cents("duty_amount"))
    entry, by_post = pl.col("entry_date"), pl.col("entry_channel") == "post"
    periods = [
        (entry <= date(2025, 5, 1), 0, 0),
        (by_post & entry.is_between(date(2025, 5, 2), date(2025, 5, 13)), 120, 0),
        (~by_post & entry.is_between(date(2025, 5, 2), date(2025, 5, 13)), 54, 0),
        (entry.is_between(date(2025, 5, 14), date(2025, 8, 28)), 54, 0),
        (by_post & (entry >= date(2025, 8, 29)), 0, 200_00),
        (~by_post & (entry >= date(2025, 8, 29)), 54, 0),
    ]
    for which, percent, fixed in periods:
        rows = us.filter(which)
        free = (entry <= date(2025, 5, 1)) & (pl.col("declared_amount") > 800_00)
        rows = rows.filter(~free)
        assert len(rows) > 100
        due = pl.col("declared_amount") * percent // 100 + fixed
        assert rows.filter(pl.col("duty_amount") != due).is_empty()
    dear = us.filter(entry <= date(2025, 5, 1), pl.col("declared_amount") > 800_00)
    assert len(dear) > 10
    assert dear["duty_amount"].max() > 0


def test_vat_is_of_the_declared_value_and_collected_at_sale_by_schemes(crossings: pl.DataFrame) -> None:
    for country, percent in VAT.items():
        rows = crossings.filter(
            pl.col("destination_country_code") == country, pl.col("import_tax_amount").is_not_null()
        ).with_columns(cents("declared_amount"), cents("import_tax_amount"))
        assert len(rows) > 300
        due = pl.col("declared_amount") * percent // 100
        assert rows.filter(pl.col("import_tax_amount") != due).is_empty(), country
    of_schemes = dict(
        crossings.drop_nulls("seller_scheme")
        .group_by("seller_scheme")
        .agg(pl.col("destination_country_code").unique().sort())
        .iter_rows()
    )
    assert of_schemes == {
        "ioss": ["BE", "ES", "FR", "IT", "NL"], "uk_vat": ["GB"], "gst": ["AU"], "voec": ["NO"],
    }  # fmt: skip
    ioss = crossings.filter(pl.col("seller_scheme") == "ioss")
    assert ioss["declared_amount"].max() <= 150
    assert (ioss["import_fee_amount"] == 0).mean() > 0.99


def test_some_declare_just_below_the_exemption_and_all_others_what_it_is_worth(
    crossings: pl.DataFrame,
) -> None:
    low = crossings.filter("is_understated")
    assert low.filter(pl.col("declared_amount") > pl.col("exemption_amount")).is_empty()
    assert low.filter(pl.col("declared_amount") < 0.9 * pl.col("exemption_amount") - 0.01).is_empty()
    assert low.filter(pl.col("goods_amount") <= pl.col("exemption_amount")).is_empty()
    honest = crossings.filter(~pl.col("is_understated"))
    assert honest.filter(pl.col("declared_amount") != pl.col("goods_amount")).is_empty()
    tempted = crossings.drop_nulls("exemption_amount")
    assert tempted["is_understated"].mean() == pytest.approx(0.4, abs=0.05)
    assert len(tempted) > 600


def test_customs_looks_at_dear_parcels_and_watched_sellers_and_only_some_looks_leave_a_scan(
    market: Written, crossings: pl.DataFrame
) -> None:
    seen = crossings.drop_nulls("is_inspected")
    above = pl.col("declared_amount") > pl.col("exemption_amount")
    shares = dict(seen.group_by(above.fill_null(value=False)).agg(pl.mean("is_inspected")).iter_rows())
    assert shares[True] > 3 * shares[False]
    watched = dict(seen.group_by("is_seller_watched").agg(pl.mean("is_inspected")).iter_rows())
    assert watched[True] > 1.7 * watched[False]
    inspected = seen.filter("is_inspected")
    assert inspected["is_inspection_seen"].mean() == pytest.approx(0.56, abs=0.06)
    assert not seen.filter(~pl.col("is_inspected"))["is_inspection_seen"].any()
    silent = inspected.filter(~pl.col("is_inspection_seen"))["import_seconds"].mean()
    assert silent > 20 * 3600 + seen.filter(~pl.col("is_inspected"))["import_seconds"].mean()
    told = market.feed("waybill_events").filter(
        pl.col("event_code").is_in(["customs.held", "customs.failed"])
    )
    assert set(told.select("waybill_number").unique().collect()["waybill_number"]) == set(
        seen.filter("is_inspection_seen")["waybill_number"]
    )


def test_what_may_not_enter_goes_back_and_is_refunded(market: Written, crossings: pl.DataFrame) -> None:
    failed = crossings.filter(
        "has_failed", pl.col("import_failed_at") < datetime(2025, 10, 25, tzinfo=UTC)
    ).select("waybill_number")
    assert len(failed) >= 10
    waybills = market.truth("waybills").join(failed, on="waybill_number")
    assert waybills["returned_at"].null_count() == 0
    assert waybills["delivered_at"].null_count() == len(waybills)
    registered = market.feed("waybills").collect().join(failed, on="waybill_number")
    numbers = registered["order_numbers"].explode()
    orders = market.truth("orders").filter(pl.col("order_number").is_in(numbers.implode()))
    assert (orders["refunded_amount"] == orders["paid_amount"]).all()
    assert set(orders["status"]) == {"cancelled"}


def test_hubs_have_days_on_which_parcels_wait_in_front_of_them(
    market: Written, crossings: pl.DataFrame
) -> None:
    days = market.truth("hub_days").select("hub_code", "date", wait="queued_seconds")
    china = pl.col("hub_arrived_at").dt.offset_by("8h").dt.date()
    arrived = crossings.filter(pl.col("hub_left_at").is_not_null()).with_columns(date=china)
    both = arrived.join(days, on=["hub_code", "date"])
    assert len(both) == len(arrived)
    assert both.filter(pl.col("wait") != pl.col("queued_seconds")).is_empty()
    assert both.filter(pl.col("queued_seconds") > pl.col("hub_seconds")).is_empty()
    assert 0.02 < (both["queued_seconds"] > 12 * 3600).mean() < 0.4
    assert set(both["hub_code"]) == {"BELGG", "MYKUL"}


def test_days_promised_are_working_days_and_from_10_september_2025_days_of_the_calendar(
    market: Written, crossings: pl.DataFrame
) -> None:
    registered = market.feed("waybills").select(*KEY, "promised_delivery_at", "order_numbers").collect()
    orders = market.truth("orders").select("order_number", "placed_at")
    promised = (
        crossings.join(registered, on=KEY)
        .with_columns(order_number=pl.col("order_numbers").list.first())
        .join(orders, on="order_number")
        .filter(pl.col("order_numbers").list.len() == 1)
    )
    kinds = set()
    told = promised.select(
        "placed_at", "promised_delivery_at", "promised_day_count", "is_promised_in_calendar_days"
    )
    for placed, until, count, by_calendar in told.sample(5_000, seed=1).iter_rows():
        first = (placed + timedelta(hours=8)).date()
        last = (until + timedelta(hours=8)).date()
        assert by_calendar == (first >= date(2025, 9, 10))
        days = [first + timedelta(days=n + 1) for n in range((last - first).days)]
        assert sum(by_calendar or day.weekday() < 5 for day in days) == count
        kinds.add((by_calendar, count))
    assert len(kinds) >= 5
    kept = crossings["is_promise_kept"].drop_nulls().mean()
    assert 0.85 < kept < 0.95


def test_the_feed_declares_what_the_truth_knows_and_tells_what_was_taken_once_it_entered(
    market: Written, crossings: pl.DataFrame
) -> None:
    feed = market.feed("waybills").filter(pl.col("declared_amount").is_not_null()).collect()
    assert len(feed) == len(crossings)
    both = feed.join(market.truth("border_crossings"), on=KEY, suffix="_true")
    for name in ("hub_code", "tariff_headings", "duty_amount", "import_tax_amount", "import_fee_amount",
                 "declared_currency", "promised_day_count"):  # fmt: skip
        assert both[name].equals(both[f"{name}_true"], check_names=False, null_equal=True), name
    assert both["declared_amount"].equals(both["declared_amount_as_sent"], check_names=False)
    entered = both.filter(pl.col("import_cleared_at").is_not_null())
    assert (entered["updated_at"] == entered["import_cleared_at"]).all()
    assert both.filter(pl.col("import_cleared_at").is_null())["duty_amount"].drop_nulls().is_empty()
    assert both.filter(pl.col("tariff_headings").list.len() > 1).height > 100


def test_a_value_in_dollars_is_exchanged_at_the_rate_of_its_day(market: Written) -> None:
    rates = market.truth("exchange_rates").filter(pl.col("valid_from_date") == date(2025, 6, 1))
    of = dict(rates.select("currency", "usd_per_unit").iter_rows())
    dollars = market.truth("border_crossings").filter(
        pl.col("declared_currency") == "USD", pl.col("currency") != "USD",
        pl.col("import_started_at").dt.date().is_between(date(2025, 6, 5), date(2025, 6, 25)),
        pl.col("declared_amount") > 20,
    )  # fmt: skip
    assert len(dollars) > 100
    for currency, own, sent in dollars.select(
        "currency", pl.col("declared_amount").cast(float), pl.col("declared_amount_as_sent").cast(float)
    ).iter_rows():
        assert sent / own == pytest.approx(of[currency], rel=0.004)


def test_a_parcel_that_entered_arrives_twice_in_a_feed_by_days(tmp_path: Path) -> None:
    days = (date(2025, 6, 1), date(2025, 6, 20))
    for name, daily in (("whole", False), ("daily", True)):
        write_market(600, *days, 3, tmp_path / name, cross_border=0.5, parts=["abroad"], daily=daily)
    whole = pl.read_parquet(tmp_path / "whole/feeds/waymart/waybills/*.parquet")
    daily = pl.concat(
        [pl.read_parquet(path) for path in sorted((tmp_path / "daily/feeds").rglob("waybills*.parquet"))]
    )
    entered = whole.filter(pl.col("duty_amount").is_not_null())
    assert len(daily) == len(whole) + len(entered)
    assert len(entered) > 50
    last = daily.sort("updated_at").unique(KEY, keep="last", maintain_order=True)
    assert last.sort(KEY).equals(whole.sort(KEY).select(last.columns))


def test_a_market_without_the_part_declares_nothing_in_its_feed(tmp_path: Path) -> None:
    write_market(300, FROM, TO, 1, tmp_path, cross_border=0.5)
    assert not {"declared_amount", "hub_code"} & set(Written(tmp_path).feed("waybills").collect_schema())
    assert not (tmp_path / "truth/border_crossings.parquet").exists()


@pytest.mark.slow
def test_a_trial_market_has_fifty_thousand_parcels_abroad_of_which_bunching_finds_the_understated(
    tmp_path: Path,
) -> None:
    """What is declared in [0.9 L, L] beyond a smooth curve fitted on both sides, with a step at L."""
    days = (date(2018, 3, 1), date(2019, 3, 31))
    print("seed 5")
    write_market(60_000, *days, 5, tmp_path, cross_border=1, parts=["abroad"], until_date=date(2019, 4, 30))
    amounts = pl.col("goods_amount", "declared_amount", "exemption_amount").cast(pl.Float64)
    truth = Written(tmp_path).truth("border_crossings").with_columns(amounts)
    assert len(truth) >= 50_000
    step = np.log(1 / 0.9) / 2
    for country, limit in (("US", 800), ("GB", 15), ("GB", 135), ("ES", 22), ("ES", 150)):
        there = truth.filter(pl.col("destination_country_code") == country)
        counts, edges = np.histogram(
            np.log(there["declared_amount"].to_numpy() / limit), np.arange(-12, 12) * step
        )
        middle = (edges[1:] + edges[:-1]) / 2
        inside = (middle > -2 * step) & (middle < 0)
        shape = np.stack([np.ones_like(middle), middle, middle**2, middle > 0], axis=1).astype(float)
        beta = np.linalg.lstsq(shape[~inside], np.log(counts[~inside] + 0.5), rcond=None)[0]
        smooth = float(np.exp(shape[inside] @ beta).sum())
        excess = int(counts[inside].sum()) - smooth
        true = there.filter("is_understated", pl.col("exemption_amount") == limit).height
        assert true > 100, (country, limit)
        assert excess == pytest.approx(true, abs=4 * (true + 3 * smooth) ** 0.5), (country, limit)

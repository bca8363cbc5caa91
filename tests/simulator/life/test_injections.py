"""What is put into a market on purpose shows where it was put, and nowhere else."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market

DAYS = (date(2019, 3, 4), date(2019, 5, 5))
SINCE = datetime(2019, 4, 7, 16, tzinfo=UTC)
ORDERS, SEED = 28_000, 77
KEY = ["courier_code", "waybill_number"]


def write(folder: Path, *inject: str, **options: object) -> Written:
    write_market(
        ORDERS, *DAYS, SEED, folder, until_date=date(2019, 5, 31), inject=inject, **options  # type: ignore[arg-type]
    )  # fmt: skip
    return Written(folder)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Written:
    print(f"seed {SEED}")
    return write(tmp_path_factory.mktemp("plain"))


def both(plain: Written, other: Written) -> pl.DataFrame:
    sold = plain.truth("waybills").filter(pl.col("purpose") == "sale")
    return sold.join(other.truth("waybills"), on=KEY, suffix="_then")


def listed(market: Written) -> dict[str, object]:
    return market.truth("injections").row(0, named=True)


def test_a_courier_slowed_in_a_region_is_slow_there_alone(plain: Written, tmp_path: Path) -> None:
    other = write(tmp_path, "slow_courier courier=zto province=44 from=2019-04-08 size=1.6")
    parcels = both(plain, other)
    here = (
        (pl.col("courier_code") == "zto")
        & pl.col("destination_adcode").str.starts_with("44")
        & (pl.col("picked_up_at") >= SINCE)
    )
    changed = pl.col("arrived_at") != pl.col("arrived_at_then")
    slowed = parcels.filter(changed)
    assert slowed.filter(~here).is_empty()
    touched = parcels.filter(here & pl.col("arrived_at").is_not_null())
    assert len(slowed) == len(touched)
    hours = [touched[f"end_to_end_seconds{then}"].mean() for then in ("", "_then")]
    assert hours[1] > 1.2 * hours[0]
    mature = touched.filter(pl.col("picked_up_at") < datetime(2019, 5, 24, 16, tzinfo=UTC))
    assert listed(other)["touched_parcel_count"] == len(mature) > 200


def test_a_broken_lane_is_slow_for_all_couriers(plain: Written, tmp_path: Path) -> None:
    other = write(tmp_path, "broken_lane origin=33 destination=44 from=2019-04-08 to=2019-05-03 size=2.5")
    slowed = both(plain, other).filter(pl.col("arrived_at") != pl.col("arrived_at_then"))
    assert set(slowed["origin_adcode"].str.head(2)) == {"33"}
    assert set(slowed["destination_adcode"].str.head(2)) == {"44"}
    assert slowed["courier_code"].n_unique() > 6
    assert listed(other)["touched_parcel_count"] == len(slowed) > 200


def test_a_merchant_ships_late_from_the_day_on(plain: Written, tmp_path: Path) -> None:
    counts = plain.truth("waybills").filter(pl.col("purpose") == "sale")["merchant_code"].value_counts()
    merchant = counts.sort("count", descending=True)["merchant_code"][0]
    other = write(tmp_path, f"late_merchant merchant={merchant} from=2019-04-08 size=60")
    later = both(plain, other).filter(pl.col("registered_at") != pl.col("registered_at_then"))
    assert set(later["merchant_code"]) == {merchant}
    waits = (later["registered_at_then"] - later["registered_at"]).dt.total_hours()
    assert 48 < waits.mean() < 72
    assert later["clock_started_at"].min() >= SINCE


@pytest.mark.parametrize(("towards", "sign"), [("high", 1), ("low", -1)])
def test_a_category_moves_between_kinds_of_city(
    plain: Written, tmp_path: Path, towards: str, sign: int
) -> None:
    other = write(tmp_path, f"category_tier category=pets towards={towards} from=2019-04-08 size=0.6")
    high = pl.col("tier").is_in(["tier_1", "new_tier_1", "tier_2"])

    def share(market: Written, *, after: bool) -> tuple[float, int]:
        products = market.feed("products").select("platform_id", "product_code", "category_code")
        lines = market.feed("order_lines").filter(pl.col("order_line_number").cast(pl.String) == "1")
        orders = market.truth("orders").lazy()
        bought = (
            lines.join(products, on=["platform_id", "product_code"])
            .filter(pl.col("category_code").cast(pl.String) == "pets")
            .join(orders, on=["platform_id", "order_number"])
            .filter((pl.col("placed_at") >= SINCE) == after)
            .collect()
        )
        return bought.select(high.mean()).item(), len(bought)

    assert share(other, after=False) == share(plain, after=False)
    (was, before), (now, since) = share(plain, after=True), share(other, after=True)
    assert (now - was) * sign > 0.1
    assert since == pytest.approx(before, rel=0.35)


def test_a_brand_takes_consumers_from_its_rival_from_the_day_on(tmp_path: Path) -> None:
    words = "taken_consumers category=women_clothing brand=小鹿山 rival=云杉 from=2019-04-08 size=0.3"
    market = write(tmp_path, words, parts=["consumers"])
    product = ["platform_id", "product_code"]
    products = market.feed("products").unique(product)
    bought = (
        market.feed("order_lines")
        .unique(["platform_id", "order_number", "order_line_number"])
        .join(products.select(*product, "category_code", "brand_name"), on=product)
        .filter(pl.col("category_code").cast(pl.String) == "women_clothing")
        .join(market.truth("orders").lazy(), on=["platform_id", "order_number"])
        .with_columns(pl.col("brand_name").cast(pl.String), is_after=pl.col("placed_at") >= SINCE)
        .collect()
    )
    shares = {
        after: dict(part["brand_name"].value_counts(normalize=True).rows())
        for (after,), part in bought.group_by("is_after")
    }
    assert shares[False]["云杉"] > shares[False]["小鹿山"] + 0.15
    assert shares[True]["小鹿山"] > shares[True]["云杉"] + 0.15
    of_rival = bought.filter(~pl.col("is_after"), brand_name="云杉")["consumer_code"].drop_nulls().unique()
    went_on = bought.filter("is_after", pl.col("consumer_code").is_in(of_rival.implode()))
    others = bought.filter("is_after", ~pl.col("consumer_code").is_in(of_rival.implode()))
    theirs, elsewhere = ((rows["brand_name"] == "小鹿山").mean() for rows in (went_on, others))
    assert theirs > elsewhere + 0.15  # type: ignore[operator]
    causes = market.truth("causes").filter(pl.col("kind").is_in(["rival", "taker"]))
    assert causes["brand_name"].to_list() == ["云杉", "小鹿山"]


def test_a_code_nobody_maps_and_a_silent_provider_change_the_feed_and_not_what_happened(
    plain: Written, tmp_path: Path
) -> None:
    other = write(
        tmp_path,
        "unmapped_code courier=yunda from=2019-04-08 size=0.5",
        "silent_provider provider=kdniao from=2019-04-15 to=2019-04-21 size=1",
    )
    assert other.truth("waybills").equals(plain.truth("waybills"))
    was, now = (market.feed("waybill_events").collect() for market in (plain, other))
    strange = now.filter(pl.col("event_code") == "belt_scan")
    assert set(strange["courier_code"]) == {"yunda"}
    renamed = was.join(now, on=[*KEY, "event_code", "occurred_at"], how="anti")
    renamed = renamed.filter(pl.col("courier_code") == "yunda")
    assert len(renamed) == len(strange)
    assert set(renamed["event_code"]) <= {"departed", "arrived"}
    week = pl.col("occurred_at").is_between(
        datetime(2019, 4, 14, 16, tzinfo=UTC), datetime(2019, 4, 21, 16, tzinfo=UTC), closed="left"
    )
    gone = was.filter(week, pl.col("courier_code").is_in(["zto", "ems"]))
    assert now.filter(week, pl.col("courier_code").is_in(["zto", "ems"])).is_empty()
    assert len(was) - len(now) == len(gone) > 1_000
    assert (other.truth("injections")["touched_parcel_count"] > 200).all()


def test_a_quiet_market_has_no_trend_no_move_and_no_peaks(tmp_path: Path) -> None:
    write_market(60_000, date(2018, 9, 1), date(2019, 8, 31), 5, tmp_path, story="off", parts=["couriers"])
    market = Written(tmp_path)
    orders = market.truth("orders")
    days = orders.group_by("order_date").len().sort("order_date")
    usual = days.filter(~pl.col("order_date").is_between(date(2019, 1, 25), date(2019, 2, 20)))["len"]
    assert usual.max() < 1.15 * usual.mean()
    high = pl.col("tier").is_in(["tier_1", "new_tier_1", "tier_2"])
    pinduoduo = orders.filter(pl.col("platform_id") == "pinduoduo")
    halves = [
        float(pinduoduo.filter(when).select(high.mean()).item())
        for when in (pl.col("order_date") < date(2019, 3, 1), pl.col("order_date") >= date(2019, 3, 1))
    ]
    assert halves[0] == pytest.approx(halves[1], abs=0.01)
    assert "pinduoduo" not in set(market.truth("waybills")["waybill_system"])


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("flood province=44 from=2019-04-08 size=2", "no injection named flood"),
        ("slow_courier from=2019-04-08 size=2", "needs courier, from, size"),
        ("slow_courier courier=dhl from=2019-04-08 size=2", "no courier named dhl"),
        ("slow_courier courier=zto from=yesterday size=2", "dates are like"),
        ("slow_courier courier=zto from=2019-04-08 size=1.1", "at least a fifth"),
        ("silent_provider provider=zto from=2019-04-08 to=2019-04-01 size=1", "ends before"),
        (
            "taken_consumers category=pets brand=橙里 rival=海盐集 from=2019-04-08 size=0.3",
            "the part consumers",
        ),
        ("taken_consumers category=pets brand=x rival=海盐集 from=2019-04-08 size=0.3", "no brand named x"),
        ("late_merchant merchant=7 from=2019-04-08 size=48", "like M000000000992"),
    ],
)
def test_an_injection_that_cannot_be_meant_is_refused(tmp_path: Path, words: str, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        write_market(100, *DAYS, 1, tmp_path, inject=[words])

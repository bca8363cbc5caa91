"""Period tables, growth and ranks against plain Polars over the feeds, month by month."""

import math
import random
from datetime import date, timedelta

import polars as pl
import pytest
from published_reports import FROM, TO, Published
from reference.market import Market
from reference.orders import ORDER
from reference.subjects import Rows

MONTHS = pl.date_range(FROM, TO, "1mo", eager=True).to_list()
_ROLL_UPS = {
    "tier_1_2": ["tier_1", "new_tier_1", "tier_2"],
    "lower_tier": ["tier_3", "tier_4", "tier_5", "unranked"],
}


@pytest.fixture(scope="module")
def market(published: Published) -> Market:
    return Market(published.settings.home / "market")


@pytest.fixture(scope="module")
def rng() -> random.Random:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


def _back(month: date, months: int) -> date:
    ordinal = month.year * 12 + month.month - 1 - months
    return date(ordinal // 12, ordinal % 12 + 1, 1)


def _of_months(rows: Rows, column: str, first: date, last: date) -> Rows:
    return rows.filter(pl.col(column).dt.truncate("1mo").is_between(first, last))


def _whole_platforms(market: Market) -> list[str]:
    """Platforms whose orders reach from the first to the last day of the market."""
    days = market.orders.group_by("platform_id").agg(first=pl.min("order_date"), last=pl.max("order_date"))
    found = days.filter(pl.col("first") == FROM, pl.col("last") == TO)["platform_id"].sort().to_list()
    assert len(found) > 1
    return found


def _metrics(published: Published, table: str, names: list[str], where: str) -> tuple[object, ...]:
    formulas = ", ".join(published.formula(table, name) for name in names)
    (row,) = published.rows(f"select {formulas} from {table} where {where}")
    return row


def test_active_consumers_are_distinct_accounts_of_the_window_and_none_of_a_window_not_loaded(
    published: Published, market: Market, rng: random.Random
) -> None:
    platforms = _whole_platforms(market)
    groups = [*market.orders["tier_fixed"].unique().sort(), *_ROLL_UPS, "all"]
    names = ["active_consumer_count", "paying_consumer_count", "gmv_per_active_consumer"]
    compared = 0
    while compared < 20:
        chosen, group = rng.sample(platforms, rng.randint(1, len(platforms))), rng.choice(groups)
        month, window = rng.choice(MONTHS), rng.choice([1, 12])
        first = _back(month, window - 1)
        rows = market.orders.filter(pl.col("platform_id").is_in(chosen), currency="CNY")
        if group != "all":
            rows = rows.filter(pl.col("tier_fixed").is_in(_ROLL_UPS.get(group, [group])))
        rows = _of_months(rows, "order_date", first, month)
        if first >= FROM and rows.height < 30:
            continue
        compared += 1
        where = (
            f"month_date = '{month}' and window_months = {window} and tier_group = '{group}'"
            f" and currency = 'CNY' and list_contains({chosen}, platform_id)"
        )
        got = _metrics(published, "mart_active_consumers", names, where)
        if first < FROM:
            assert got == (None, None, None), where
            continue
        active = rows["consumer"].n_unique()
        paying = rows.filter("is_paid")["consumer"].n_unique()
        assert got[:2] == (active, paying), where
        assert float(got[2]) == pytest.approx(float(rows["gmv_paid"].sum()) / active), where  # type: ignore[arg-type]


def test_several_months_or_tier_groups_have_no_consumer_count(published: Published) -> None:
    names = ["active_consumer_count", "annual_active_consumer_count"]
    month = f"month_date = '{MONTHS[-1]}'"
    for where in (
        "true",
        month,
        f"{month} and window_months = 1",
        "tier_group = 'all' and window_months = 1",
    ):
        assert _metrics(published, "mart_active_consumers", names[:1], where) == (None,)
    both = _metrics(published, "mart_active_consumers", names, f"{month} and tier_group = 'all'")
    assert both[0] is None
    assert both[1] is None or both[1] > 0  # type: ignore[operator]


def test_growth_is_a_month_against_the_month_and_the_year_before(
    published: Published, market: Market, rng: random.Random
) -> None:
    tiers = market.orders["tier_fixed"].unique().sort().to_list()
    whole = _whole_platforms(market)
    compared = 0
    while compared < 20:
        chosen, kept = rng.sample(whole, rng.randint(1, len(whole))), rng.sample(tiers, rng.randint(2, 6))
        month, (back, word) = rng.choice(MONTHS), rng.choice([(1, "month"), (12, "year")])
        rows = market.orders.filter(
            pl.col("platform_id").is_in(chosen), pl.col("tier_fixed").is_in(kept), currency="CNY"
        )
        now = _of_months(rows, "order_date", month, month)["gmv_paid"].sum()
        earlier = _of_months(rows, "order_date", _back(month, back), _back(month, back))
        if earlier.height < 30:
            wanted = None
            if _back(month, back) >= FROM:
                continue
        else:
            wanted = float(now) / float(earlier["gmv_paid"].sum()) - 1
        compared += 1
        where = (
            f"month_date = '{month}' and currency = 'CNY' and list_contains({chosen}, platform_id)"
            f" and list_contains({kept}, tier_fixed)"
        )
        (got,) = _metrics(published, "mart_gmv_growth", [f"gmv_paid_growth_{word}"], where)
        assert got == (None if wanted is None else pytest.approx(wanted)), where


def test_shares_and_ranks_of_couriers_and_labels_move_from_month_to_month(
    published: Published, market: Market, rng: random.Random
) -> None:
    picked = market.waybills.filter(pl.col("picked_up_date").is_not_null(), platform_id="pinduoduo")
    for column in ("courier_id", "waybill_system"):
        for month in rng.sample(MONTHS[2:-1], 5):
            now, before = (
                dict(_of_months(picked, "picked_up_date", of, of)[column].value_counts().iter_rows())
                for of in (month, _back(month, 1))
            )
            names = ["waybill_share_change_month", "waybill_rank", "waybill_rank_change_month"]
            formulas = ", ".join(published.formula("mart_courier_changes", name) for name in names)
            rows = published.rows(
                f"select {column}, {formulas} from mart_courier_changes"
                f" where month_date = '{month}' and platform_id = 'pinduoduo' group by all"
            )
            for value, change, rank, moved in rows:
                share = now.get(value, 0) / sum(now.values()) - before.get(value, 0) / sum(before.values())
                assert change == pytest.approx(share, abs=1e-12), (month, value)
                ranks = [_rank(value, of) for of in (now, before)]
                assert rank == ranks[0], (month, value)
                assert moved == (None if None in ranks else ranks[1] - ranks[0]), (month, value)  # type: ignore[operator]


def _rank(value: object, counts: dict[object, int]) -> int | None:
    own = counts.get(value, 0)
    return 1 + sum(of > own for of in counts.values()) if own >= 30 else None


def _moments(values: list[float]) -> tuple[float, float]:
    """Mean, and the variance of that mean."""
    middle = sum(values) / len(values)
    return middle, sum((of - middle) ** 2 for of in values) / (len(values) - 1) / len(values)


def test_like_for_like_is_standardised_on_the_lanes_shared_with_other_couriers(
    published: Published, market: Market, rng: random.Random
) -> None:
    is_of_couriers_own_net = (pl.col("tier_fixed") != "abroad") | pl.col("destination_country").is_in(
        ["CN", "HK", "MO", "TW"]
    )
    rows = market.cohort("picked_up_date").filter(
        is_of_couriers_own_net,
        pl.col("origin_province_id").is_not_null(),
        pl.col("destination_province_id").is_not_null(),
    )
    is_settled = market.as_of - pl.col("picked_up_at") >= timedelta(days=14)
    hours = (pl.col("end_to_end_seconds") / 3600).alias("value")
    fast = (pl.col("end_to_end_seconds") <= 72 * 3600).fill_null(False).cast(pl.Float64).alias("value")
    is_old = pl.col("age_seconds") >= 72 * 3600
    measures = {
        "end_to_end": rows.filter(is_settled, pl.col("end_to_end_seconds").is_not_null()).with_columns(hours),
        "within_72h": rows.filter(is_old).with_columns(fast),
    }
    compared = 0
    for _ in range(20):
        month, window = rng.choice(MONTHS[3:]), rng.choice([1, 3])
        measure, group = rng.choice(list(measures)), rng.choice(["all", "pinduoduo", "taobao"])
        chosen = _of_months(measures[measure], "picked_up_date", _back(month, window - 1), month)
        if group != "all":
            chosen = chosen.filter(platform_id=group)
        lanes = {
            lane: {courier: of["value"].to_list() for (courier,), of in shared.group_by("courier_id")}
            for lane, shared in chosen.group_by("origin_province_id", "destination_province_id")
        }
        for courier in chosen["courier_id"].unique():
            compared += _compare(published, lanes, str(courier), measure, (month, window, group))
    assert compared > 20


def _compare(
    published: Published,
    lanes: dict[tuple[object, ...], dict[str, list[float]]],
    courier: str,
    measure: str,
    period: tuple[date, int, str],
) -> bool:
    """Whether there was a like-for-like number to compare."""
    shared = []
    for values in lanes.values():
        own = values.get(courier, [])
        others = [value for name, of in values.items() if name != courier for value in of]
        if len(own) >= 5 and len(others) >= 5:
            shared.append((len(own) + len(others), _moments(own), _moments(others)))
    month, window, group = period
    ((count, value, lower, upper, theirs),) = published.rows(
        "select shared_lane_count, like_for_like_value, like_for_like_lower, like_for_like_upper,"
        f" others_value from mart_courier_scorecard where month_date = '{month}' and window_months = {window}"
        f" and platform_group = '{group}' and courier_id = '{courier}' and measure = '{measure}'"
    )
    assert count == len(shared)
    if not shared:
        assert value is None
        return False
    whole = sum(weight for weight, *_ in shared)
    mean = sum(weight / whole * own[0] for weight, own, _ in shared)
    error = 1.96 * math.sqrt(sum((weight / whole) ** 2 * own[1] for weight, own, _ in shared))
    other = sum(weight / whole * others[0] for weight, _, others in shared)
    assert (value, lower, upper, theirs) == pytest.approx((mean, mean - error, mean + error, other), abs=2e-6)
    return True


def test_stalled_parcels_are_those_without_a_scan_for_48_hours(published: Published, market: Market) -> None:
    gone = ("delivered_at", "returning_at", "return_signed_at", "lost_at", "cancelled_at", "forwarded_at")
    silent = int(market.as_of.timestamp()) - pl.coalesce("last_event_at", "registered_at").dt.epoch(
        "us"
    ).floordiv(1_000_000)
    cancelled = market.orders.filter("is_cancelled").select(*ORDER)
    of_others = market.carried.join(cancelled, on=ORDER, how="anti")
    unwanted = market.carried.join(of_others, on="waybill", how="anti")
    expected = (
        market.waybills.with_columns(silent_seconds=silent)
        .join(unwanted, on="waybill", how="anti")
        .filter(*(pl.col(name).is_null() for name in gone), pl.col("silent_seconds") >= 48 * 3600)
        .with_columns(
            place=pl.when(pl.col("handed_at").is_not_null())
            .then(pl.lit("at_pickup_point"))
            .when(pl.col("picked_up_at").is_null())
            .then(pl.lit("before_pickup"))
            .otherwise(pl.lit("in_transit"))
        )
        .select("courier_id", "waybill_number", "place", "silent_seconds")
        .sort("courier_id", "waybill_number")
    )
    got = published.rows(
        "select courier_id, waybill_number, place_of_silence, round(silent_hours * 3600)::bigint"
        " from mart_stalled_parcels order by all"
    )
    assert len(got) > 10
    assert got == [tuple(row) for row in expected.iter_rows()]

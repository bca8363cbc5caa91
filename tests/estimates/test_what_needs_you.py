"""The findings of a warehouse: the weeks and months that are judged, changes and rules ranked together."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from estimates.findings.find import MOST
from estimates.findings.spans import judged_spans
from estimates.findings.what_needs_you import Market, what_needs_you

MONDAYS = [date(2019, 1, 7) + timedelta(days=7 * n) for n in range(20)]
COURIERS, PLACES = [f"c{n}" for n in range(8)], [f"p{n}" for n in range(6)]
DUE, LATE = "ship_promise_due_count", "late_shipment_count"
AS_OF = datetime(2019, 6, 1, tzinfo=UTC)


def lanes(seed: int, each: int = 40) -> pl.DataFrame:
    """A quiet market: so many parcels of each courier and lane, 50 hours each with noise, every week."""
    dice = np.random.default_rng(seed)
    rows = [(c, o, d, week) for week in MONDAYS for c in COURIERS for o in PLACES[:2] for d in PLACES]
    frame = pl.DataFrame(
        rows,
        schema=["courier_id", "origin_province_id", "destination_province_id", "week_date"],
        orient="row",
    )
    hours = 50 + dice.normal(0, 4, len(rows))
    return frame.with_columns(
        month_date=pl.col("week_date").dt.truncate("1mo"),
        waybill_count=pl.Series(each + dice.integers(-4, 5, len(rows))),
        limited_end_to_end_seconds=pl.Series((hours * 3600 * each).astype(int)),
    )


def market(lanes: pl.DataFrame, **tables: pl.DataFrame) -> Market:
    """These lanes, and of everything else nothing but what is given."""
    empty = {
        "merchants": pl.DataFrame(
            schema={
                **dict.fromkeys(("merchant_id", "courier_id", "origin_province_id"), pl.String),
                **dict.fromkeys(("handling_count", "limited_handling_seconds", DUE, LATE), pl.Int64),
                **dict.fromkeys(("week_date", "month_date"), pl.Date),
            }
        ),
        "categories": pl.DataFrame(
            schema={
                "category_id": pl.String,
                **dict.fromkeys(("line_count", "tier_1_2_line_count"), pl.Int64),
                **dict.fromkeys(("week_date", "month_date"), pl.Date),
            }
        ),
        "stalled": pl.DataFrame(
            schema=dict.fromkeys(("courier_id", "place_of_silence", "silence_band"), pl.String)
        ),
        "codes": pl.DataFrame(
            schema={
                **dict.fromkeys(("provider_id", "kind", "code"), pl.String),
                "row_count": pl.Int64,
                "last_seen_at": pl.Datetime("us", "UTC"),
            }
        ),
        "providers": pl.DataFrame({"provider_id": ["p"], "as_of_at": [AS_OF]}),
        "events": pl.DataFrame(schema={"week_date": pl.Date}),
    }
    return Market(lanes=lanes, **{**empty, **tables})


def slower(rows: pl.DataFrame, here: pl.Expr, times: float) -> pl.DataFrame:
    seconds = pl.col("limited_end_to_end_seconds")
    return rows.with_columns(pl.when(here).then((seconds * times).cast(pl.Int64)).otherwise(seconds))


def ranked(rows: pl.DataFrame) -> list[dict[str, object]]:
    return rows.filter(pl.col("finding_rank").is_not_null()).to_dicts()


THIS_WEEK = pl.col("week_date") == MONDAYS[-1]


def test_a_slow_lane_is_found_in_its_week_with_its_hours_and_parcels() -> None:
    here = (pl.col("origin_province_id") == "p0") & (pl.col("destination_province_id") == "p3")
    rows = slower(lanes(1), here & THIS_WEEK, 1.5)
    [found] = ranked(what_needs_you(market(rows)))
    assert (found["origin_province_id"], found["destination_province_id"]) == ("p0", "p3")
    assert (found["courier_id"], found["finding_metric"], found["span"]) == (
        None,
        "mean_end_to_end_hours",
        "week",
    )
    assert (found["first_date"], found["last_date"]) == (date(2019, 5, 20), date(2019, 5, 26))
    touched = rows.filter(here & THIS_WEEK)
    assert found["touched_count"] == touched["waybill_count"].sum()
    assert found["now_hours"] == pytest.approx(75, abs=6)
    assert found["before_hours"] == pytest.approx(50, abs=3)
    assert found["effect_hours"] == pytest.approx(25, abs=6)
    assert found["now_share"] is None


def test_a_courier_that_loses_half_of_its_parcels_to_another_is_found_by_its_share() -> None:
    count, here = pl.col("waybill_count"), THIS_WEEK & pl.col("courier_id").is_in(["c1", "c2"])
    times = pl.when(here & (pl.col("courier_id") == "c1")).then(0.5).when(here).then(1.5).otherwise(1.0)
    rows = lanes(2).with_columns(
        (pl.col("limited_end_to_end_seconds") * times).cast(pl.Int64), (count * times).round().cast(pl.Int64)
    )
    found = ranked(what_needs_you(market(rows)))
    assert {each["finding_metric"] for each in found} == {"waybill_share"}
    assert found[0]["courier_id"] in ("c1", "c2")
    assert found[0]["now_share"] == pytest.approx(
        0.0625 if found[0]["courier_id"] == "c1" else 0.1875, abs=0.01
    )
    assert found[0]["before_share"] == pytest.approx(0.125, abs=0.01)


def test_a_change_of_a_whole_month_that_no_week_shows_is_found_in_the_month() -> None:
    here = (pl.col("courier_id") == "c3") & (pl.col("month_date") == date(2019, 4, 1))
    [found] = ranked(what_needs_you(market(slower(lanes(3), here, 1.3))))
    assert (found["span"], found["courier_id"]) == ("month", "c3")
    assert (found["first_date"], found["last_date"]) == (date(2019, 4, 1), date(2019, 4, 30))


def test_weeks_of_an_event_are_neither_judged_nor_history() -> None:
    # Each other week of the past is an event in which one courier takes twice as long.
    events = pl.DataFrame({"week_date": [*MONDAYS[1:-3:2], MONDAYS[-1]]})
    in_event = pl.col("week_date").is_in(events["week_date"].to_list())
    rows = slower(lanes(4), in_event & (pl.col("courier_id") == "c5"), 2)
    found = what_needs_you(market(rows, events=events))
    assert ranked(found) == []
    [week] = found.filter(span="week").to_dicts()
    assert (week["first_date"], week["tried_count"] > 50) == (MONDAYS[-2], True)
    hidden = slower(rows, (pl.col("week_date") == MONDAYS[-2]) & (pl.col("courier_id") == "c5"), 1.4)
    assert [each["courier_id"] for each in ranked(what_needs_you(market(hidden, events=events)))] == ["c5"]


def test_a_quiet_market_says_what_was_looked_at_and_nothing_else() -> None:
    found = what_needs_you(market(lanes(5)))
    assert found["finding_kind"].to_list() == ["looked_at"] * 2
    assert found["span"].to_list() == ["week", "month"]
    now = lanes(5).filter(THIS_WEEK)
    assert found["touched_count"][0] == now["waybill_count"].sum()


def test_nothing_loaded_is_nothing_looked_at() -> None:
    assert what_needs_you(market(lanes(5).clear())).is_empty()


def merchants(late: dict[str, tuple[int, int]]) -> pl.DataFrame:
    """Merchant → parcels due and late in each week."""
    rows = [(name, due, some, week) for name, (due, some) in late.items() for week in MONDAYS]
    frame = pl.DataFrame(rows, schema=["merchant_id", DUE, LATE, "week_date"], orient="row")
    return frame.with_columns(
        month_date=pl.col("week_date").dt.truncate("1mo"),
        courier_id=pl.lit("c0"),
        origin_province_id=pl.lit("p0"),
        handling_count=pl.lit(0),
        limited_handling_seconds=pl.lit(0),
    )


def test_merchants_that_ship_late_are_one_finding_over_four_weeks() -> None:
    shops = {**{f"good{n}": (50, 1) for n in range(20)}, "bad": (20, 6), "worse": (30, 10), "small": (5, 5)}
    [found] = ranked(what_needs_you(market(lanes(6), merchants=merchants(shops))))
    assert (found["finding_kind"], found["merchant_id"], found["part_count"]) == (
        "late_merchants",
        "worse",
        2,
    )
    assert found["touched_count"] == 4 * 16
    assert found["now_share"] == pytest.approx(16 / 50)
    assert found["before_share"] == pytest.approx(25 / 1005)
    assert (found["first_date"], found["last_date"]) == (date(2019, 4, 29), date(2019, 5, 26))


def silent(counts: dict[str, int], place: str = "in_transit", band: str = "under_7_days") -> pl.DataFrame:
    rows = [(courier, place, band) for courier, count in counts.items() for _ in range(count)]
    return pl.DataFrame(rows, schema=["courier_id", "place_of_silence", "silence_band"], orient="row")


def test_a_courier_with_twice_as_many_silent_parcels_for_what_it_carries_is_a_finding() -> None:
    counts = {**dict.fromkeys(COURIERS, 40), "c2": 95}
    [found] = ranked(what_needs_you(market(lanes(7), stalled=silent(counts))))
    carried = lanes(7).filter(pl.col("week_date") >= MONDAYS[-4])
    of_it = carried.filter(courier_id="c2")["waybill_count"].sum()
    assert (found["finding_kind"], found["courier_id"], found["touched_count"]) == (
        "silent_parcels",
        "c2",
        95,
    )
    assert found["now_share"] == pytest.approx(95 / of_it)
    assert found["before_share"] == pytest.approx(280 / (carried["waybill_count"].sum() - of_it))


@pytest.mark.parametrize(
    ("place", "band"), [("in_transit", "over_30_days"), ("before_pickup", "under_7_days")]
)
def test_parcels_given_up_or_not_yet_with_a_courier_are_no_couriers_silence(place: str, band: str) -> None:
    counts = {**dict.fromkeys(COURIERS, 40), "c2": 95}
    assert ranked(what_needs_you(market(lanes(7), stalled=silent(counts, place, band)))) == []


def test_codes_that_no_seed_knows_are_gathered_by_provider_and_kind_while_they_come() -> None:
    old = AS_OF - timedelta(days=8)
    codes = pl.DataFrame(
        [
            ("p", "event", "X1", 20, AS_OF),
            ("p", "event", "X2", 25, AS_OF),
            ("p", "event", "GONE", 900, old),
            ("p", "place", "FEW", 29, AS_OF),
        ],
        schema=["provider_id", "kind", "code", "row_count", "last_seen_at"],
        orient="row",
    )
    [found] = ranked(what_needs_you(market(lanes(8), codes=codes)))
    assert (found["finding_kind"], found["finding_metric"]) == ("unmapped_codes", "unmapped_event")
    assert (found["provider_id"], found["code"], found["part_count"]) == ("p", "X2", 2)
    assert found["touched_count"] == 45


def test_changes_and_rules_are_ranked_together_seven_at_most() -> None:
    rows = lanes(9)
    for n, courier in enumerate(COURIERS[:5]):
        here = (pl.col("courier_id") == courier) & (pl.col("destination_province_id") == f"p{n}")
        rows = slower(rows, here & THIS_WEEK, 1.6)
    codes = pl.DataFrame(
        [(f"q{n}", "event", "X", count, AS_OF) for n, count in enumerate((31, 32, 5_000, 33, 34))],
        schema=["provider_id", "kind", "code", "row_count", "last_seen_at"],
        orient="row",
    )
    providers = pl.DataFrame({"provider_id": [f"q{n}" for n in range(5)], "as_of_at": [AS_OF] * 5})
    found = ranked(what_needs_you(market(rows, codes=codes, providers=providers)))
    assert [each["finding_rank"] for each in found] == list(range(1, MOST + 1))
    assert found[0]["touched_count"] == 5_000
    assert {each["finding_kind"] for each in found} == {"change", "unmapped_codes"}


def test_the_same_rows_in_another_order_are_the_same_findings() -> None:
    here = (pl.col("courier_id") == "c3") & (pl.col("destination_province_id") == "p4")
    rows = slower(lanes(10), here & THIS_WEEK, 1.5)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
    first, second = what_needs_you(market(rows)), what_needs_you(market(shuffled))
    assert first.select(pl.exclude(pl.Float64)).equals(second.select(pl.exclude(pl.Float64)))


def test_a_month_is_judged_when_all_its_weeks_are_there_and_half_its_days_lie_outside_events() -> None:
    def months(last: date, events: set[date] = frozenset()) -> list[tuple[date, date]]:  # type: ignore[assignment]
        weeks = [week for week in MONDAYS if week <= last]
        frame = pl.DataFrame({"week_date": weeks}).with_columns(
            month_date=pl.col("week_date").dt.truncate("1mo")
        )
        return [span.dates for span in judged_spans([frame], events) if span.name == "month"]

    # The week of 29 April ends April, which begins with that of 1 April.
    assert months(date(2019, 4, 29)) == [(date(2019, 4, 1), date(2019, 4, 30))]
    assert months(date(2019, 4, 22)) == [(date(2019, 3, 1), date(2019, 3, 31))]
    assert months(date(2019, 4, 29), {date(2019, 4, 1), date(2019, 4, 8)}) == [
        (date(2019, 4, 1), date(2019, 4, 30))
    ]
    most = {date(2019, 4, 1), date(2019, 4, 8), date(2019, 4, 15)}
    assert months(date(2019, 4, 29), most) == [(date(2019, 3, 1), date(2019, 3, 31))]
    assert months(date(2019, 1, 28)) == []

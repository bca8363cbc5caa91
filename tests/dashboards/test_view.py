"""A reader's look against SQL over rows: what each filter narrows, and what it must not."""

from datetime import date

import duckdb
import polars as pl
import pytest

from dashboards.charts.canvas import Canvas
from dashboards.choice.chosen import CARRIED, ORDERS, NotNarrowedError
from dashboards.choice.filters import Filters
from dashboards.choice.view import View
from dashboards.parts.figure import file_name, written_csv
from serving.period import Period
from serving.published import Every, Published
from warehouse.settings import Settings

PARCELS = "mart_delivery_time"
PICKED_UP = {"date_basis": ["picked_up"]}
JUNE = "picked_up_date between '2019-06-01' and '2019-06-30'"


@pytest.fixture(scope="module")
def warehouse(market: Settings) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(market.warehouse), read_only=True)


def look(serving: Published, **chosen: object) -> View:
    return View(serving, Filters(period="2019-06", **chosen))  # type: ignore[arg-type]


def test_a_currency_narrows_parcels_by_their_orders_currency(
    serving: Published, warehouse: duckdb.DuckDBPyConnection
) -> None:
    for currency in ("USD", "CNY"):
        expected = warehouse.execute(
            "select count(distinct waybill_id) from core.fct_waybills join core.fct_waybill_orders"
            " using (waybill_id) join core.fct_orders orders using (order_id)"
            f" where purpose = 'sale' and {JUNE} and orders.currency = ? and not fct_waybills.is_cancelled"
            " and not is_forwarded and (is_delivered or not is_returned)",
            [currency],
        ).fetchone()
        view = look(serving, currency=currency)
        assert view.metrics(PARCELS, ["waybill_count"], more=PICKED_UP).rows() == [expected]


def test_a_currency_that_was_chosen_switches_off_what_does_not_know_it(serving: Published) -> None:
    assert look(serving).conditions("mart_lane_time")
    with pytest.raises(NotNarrowedError):
        look(serving, currency="USD").conditions("mart_lane_time")


def test_a_courier_filter_leaves_the_whole_of_a_share_as_it_is(
    serving: Published, warehouse: duckdb.DuckDBPyConnection
) -> None:
    expected = warehouse.execute(
        "select count(*) filter (where courier_id = 'sf') / count(*) from core.fct_waybills"
        f" where purpose = 'sale' and currency = 'CNY' and {JUNE}"
    ).fetchone()
    assert expected is not None
    chosen = look(serving, courier=("sf",), currency="CNY")
    shares = chosen.shares(CARRIED, "waybill_count", ["courier_id"], more={"purpose": ["sale"]})
    assert dict(shares.select("courier_id", "share").rows())["sf"] == pytest.approx(expected[0])
    assert shares["share"].sum() == pytest.approx(1)


def test_a_share_of_all_tiers_is_not_stated_over_some_of_them(serving: Published) -> None:
    view = look(serving, tier=("tier_1",))
    for name in ("tier_1_2_share", "lower_tier_share_at_date"):
        assert look(serving).metrics(ORDERS, [name]).width == 1
        with pytest.raises(NotNarrowedError) as refused:
            view.metrics(ORDERS, [name])
        assert refused.value.filter_name == "tier"
    assert view.metrics(ORDERS, ["gmv_paid"]).item() < look(serving).metrics(ORDERS, ["gmv_paid"]).item()


def test_an_axis_of_counts_has_whole_numbers_only(serving: Published) -> None:
    canvas = Canvas(look(serving), PARCELS)
    assert canvas.axis("waybill_count").tickMinStep == 1
    assert canvas.axis("median_end_to_end_hours").to_dict().get("tickMinStep") is None


def test_paid_gmv_of_a_courier_is_that_of_its_parcels(
    serving: Published, warehouse: duckdb.DuckDBPyConnection
) -> None:
    view = look(serving, courier=("zto",))
    assert (look(serving).paid, view.paid) == (ORDERS, CARRIED)
    expected = warehouse.execute(
        "select sum(parts.gmv_paid)::double from core.fct_waybill_orders parts join core.fct_waybills"
        " using (waybill_id) join core.fct_orders orders using (order_id)"
        " where courier_id = 'zto' and orders.currency = 'CNY'"
        " and order_date between '2019-06-01' and '2019-06-30'"
    ).fetchone()
    assert expected is not None
    assert view.metrics(CARRIED, ["gmv_paid"]).item() == pytest.approx(expected[0])


def test_parcels_abroad_are_left_out_beside_a_yardstick(
    serving: Published, warehouse: duckdb.DuckDBPyConnection
) -> None:
    by_place = "select count(*), count(*) filter (where tier_fixed <> 'abroad') from core.fct_waybills"
    expected = warehouse.execute(
        f"{by_place} where purpose = 'sale' and picked_up_date is not null and currency = 'USD'"
        " and not is_cancelled and not is_forwarded and (is_delivered or not is_returned)"
    ).fetchone()
    view = View(serving, Filters(period="2018-06-01..2019-12-31", currency="USD"))
    narrowings = (PICKED_UP, {**PICKED_UP, **view.at_home(PARCELS)})
    counts = [view.metrics(PARCELS, ["waybill_count"], more=more).item() or 0 for more in narrowings]
    assert tuple(counts) == expected
    assert counts[0] > counts[1]


def test_a_series_has_only_points_that_the_period_covers_whole(serving: Published) -> None:
    view = View(serving, Filters(period="2019-05-01..2019-08-31"))
    weeks = view.metrics(ORDERS, ["order_count"], [view.every(ORDERS)])["calendar_date"]
    assert (weeks.min(), weeks.max()) == (date(2019, 5, 6), date(2019, 8, 19))
    months = view.metrics(ORDERS, ["order_count"], [Every("calendar_date", "month")])
    assert len(months) == 4


@pytest.mark.parametrize(
    ("days", "grain", "whole"),
    [
        (("2019-05-01", "2019-08-31"), "week", ("2019-05-06", "2019-08-25")),
        (("2019-05-06", "2019-05-12"), "week", ("2019-05-06", "2019-05-12")),
        (("2019-05-07", "2019-05-12"), "week", ("2019-05-07", "2019-05-12")),
        (("2018-02-10", "2019-08-30"), "month", ("2018-03-01", "2019-07-31")),
        (("2018-02-01", "2019-08-31"), "month", ("2018-02-01", "2019-08-31")),
    ],
)
def test_a_period_is_cut_to_whole_weeks_and_months(
    days: tuple[str, str], grain: str, whole: tuple[str, str]
) -> None:
    period = Period(*map(date.fromisoformat, days))
    assert period.whole(grain) == Period(*map(date.fromisoformat, whole))  # type: ignore[arg-type]


def test_times_are_shown_in_the_zone_of_the_platform_that_is_looked_at(serving: Published) -> None:
    assert look(serving).time_zone == "Asia/Shanghai"
    assert look(serving, platform=("shopify",)).time_zone == "UTC"


def test_a_province_narrows_what_went_there(serving: Published, warehouse: duckdb.DuckDBPyConnection) -> None:
    view = look(serving, province=("330000", "440000"))
    there = "province_id in ('330000', '440000')"
    june = "order_date between '2019-06-01' and '2019-06-30' and currency = 'CNY'"
    paid = f"select sum(gmv_paid)::double from core.fct_orders where {june} and {there}"
    expected = warehouse.execute(paid).fetchone()
    assert view.metrics(ORDERS, ["gmv_paid"]).rows() == [expected]
    lanes = view.metrics("mart_lane_time", ["waybill_count"], ["destination_province_id"])
    assert set(lanes["destination_province_id"]) == {"330000", "440000"}
    with pytest.raises(NotNarrowedError):
        view.conditions(PARCELS)


def test_a_download_says_what_each_share_is_of(
    serving: Published, warehouse: duckdb.DuckDBPyConnection
) -> None:
    view = look(serving)
    rows = view.judged(PARCELS, ["on_time_share", "waybill_count"], ["courier_id"], more=PICKED_UP)
    lines = pl.read_csv(written_csv(view, rows))
    expected = warehouse.execute(
        "select courier_id, count(*) from core.fct_waybills join core.dim_providers using (provider_id)"
        f" where purpose = 'sale' and {JUNE} and currency = 'CNY' and not is_cancelled and not is_forwarded"
        " and (is_delivered or not is_returned) and promised_delivery_at <= as_of_at group by 1"
    ).fetchall()
    written = lines.filter(pl.col("on_time_share_of") > 0).select("courier_id", "on_time_share_of")
    assert sorted(written.rows()) == sorted(expected)


def test_a_download_names_its_filters_and_build_and_the_codes_in_it(serving: Published) -> None:
    view = look(serving, courier=("zto", "sf"))
    name = file_name(view, "Rising and falling")
    assert name.startswith("rising-and-falling-2019-06-01-2019-06-30-zto+sf-")
    assert serving.path.stem.lower() in name
    rows = view.serving.rows("mart_stalled_parcels", ["courier_id", "last_event_at"], limit=5)
    text = written_csv(view, rows).decode("utf-8")
    assert text.startswith("\ufeffcourier_id,courier_id_name,last_event_at")
    assert "+08:00" in text

"""Each page as a reader meets it, without a browser."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

import dashboards
from dashboards.charts.canvas import Specified
from serving.access import Grant
from serving.estimates import Estimate
from serving.own_estimates import OwnEstimates
from serving.published import Published
from warehouse.settings import Settings

ENTRY = Path(dashboards.__file__).with_name("app.py")
MARKET_PAGES = ["overview", "gmv_by_tier", "delivery_time", "lanes", "courier_share"]
PAGES = [
    *MARKET_PAGES,
    "delivery_estimate",
    "across_the_border",
    "cost_and_choice",
    "consumers",
    "stalled",
    "follow_a_parcel",
    "my_shop",
    "data_health",
]
CHOICES: list[dict[str, Any]] = [
    {},
    {"period": "2019-06", "compare": "year"},
    {"period": "2019-Q2", "platform": ["pinduoduo", "jd"], "tier": ["tier_1", "tier_3"]},
    {"period": "all", "tier_reading": "at_date", "channel": "group_buy"},
    {"period": "2019-05-20..2019-06-25", "courier": ["zto", "yto"]},
    {"period": "2018-06", "tier_reading": "at_date", "tier": "tier_2"},
    {"period": "2019-08-31..2019-08-31", "courier": "deppon", "tier": "unranked"},
]


def open_page(page: str, query: dict[str, Any]) -> AppTest:
    """Open a page by its URL."""
    entry = AppTest.from_file(str(ENTRY), default_timeout=60)
    if page != "overview":
        entry.switch_page(f"app_pages/{page}.py")
    entry.query_params.update(query)
    return entry.run()


def texts(page: AppTest) -> list[str]:
    kinds = (page.markdown, page.info, page.caption, page.warning)
    return [element.value for kind in kinds for element in kind]


@pytest.mark.parametrize("query", CHOICES, ids=lambda query: "&".join(query) or "nothing")
@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_under_any_choice(page: str, query: dict[str, Any], home: Path) -> None:
    shown = open_page(page, query)
    assert not shown.exception
    assert shown.title[0].value
    assert any("build" in text for text in texts(shown))


@pytest.mark.parametrize("page", PAGES)
def test_every_chart_of_a_page_is_valid_vega_lite(
    page: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Specified, "to_dict", lambda specified: specified._chart.to_dict(validate=True))
    assert not open_page(page, {}).exception


@pytest.mark.parametrize("page", MARKET_PAGES)
def test_a_page_opens_with_its_finding(page: str, home: Path) -> None:
    shown = open_page(page, {"period": "2019-06"})
    finding = next(text for text in texts(shown) if text.startswith("#### "))
    assert "June 2019" in finding
    assert shown.metric


@pytest.mark.parametrize("page", MARKET_PAGES)
def test_an_empty_choice_says_which_filter_empties_it_and_clears_that_one(page: str, home: Path) -> None:
    shown = open_page(page, {"period": "2019-06", "platform": "nowhere"})
    assert any("Nothing fits" in text and "platform" in text for text in texts(shown))
    clear = next(button for button in shown.button if button.label == "Clear the platform filter")
    clear.click().run()
    assert not shown.exception
    assert shown.query_params == {"period": "2019-06"}
    assert shown.metric


def test_a_filter_that_a_table_does_not_know_switches_the_figure_off(home: Path) -> None:
    shown = open_page("gmv_by_tier", {"courier": "zto"})
    assert any("while the courier filter is on" in text for text in texts(shown))
    assert not shown.metric


def columns(shown: AppTest) -> list[list[str]]:
    """The headings of each table of a page."""
    configs = [json.loads(table.proto.columns) for table in shown.dataframe]
    return [[column["label"] for column in config.values() if column.get("label")] for config in configs]


def test_a_share_of_all_tiers_is_off_while_some_are_chosen(home: Path) -> None:
    for page in ("overview", "gmv_by_tier"):
        tiles = {metric.label: metric for metric in open_page(page, {"tier": "tier_1"}).metric}
        assert tiles["Tier 1–2 share"].value == "–"
        assert "a share of all tiers cannot be stated over some of them" in tiles["Tier 1–2 share"].help
        assert tiles["Paid GMV"].value != "–"


@pytest.mark.parametrize(
    ("period", "heading"),
    [("2019-06-01..2019-06-14", "Day"), ("2019-05-01..2019-08-31", "Week"), ("all", "Month")],
)
def test_a_table_is_headed_by_what_a_row_of_it_spans(period: str, heading: str, home: Path) -> None:
    headings = columns(open_page("overview", {"period": period}))
    dated = [{"Day", "Week", "Month"}.intersection(one) for one in headings]
    assert {heading} in dated
    assert set().union(*dated) == {heading}


def home_with(folder: Path, home: Path, statement: str) -> Path:
    """A home whose published build differs by a statement."""
    published = (home / "serving" / "current.duckdb").resolve()
    (folder / "serving").mkdir()
    copy = folder / "serving" / published.name
    shutil.copy(published, copy)
    with duckdb.connect(str(copy)) as connection:
        connection.execute(statement)
    (folder / "serving" / "current.duckdb").symlink_to(published.name)
    return folder


def test_the_audit_begins_with_what_does_not_hold_and_says_it_in_words(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = home_with(tmp_path, home, "update audit_results set is_met = table_name <> 'fct_waybills'")
    monkeypatch.setenv("WAYMART_HOME", str(copy))
    audit, builds = (table.value for table in open_page("data_health", {}).dataframe[-2:])
    broken = [result.startswith("Broken") for result in audit["Result"]]
    assert broken[0]
    assert broken == sorted(broken, reverse=True)
    assert not any("_" in expectation for expectation in audit["Expectation"])
    published = (home / "serving" / "current.duckdb").resolve().stem
    assert builds[builds["Current"].notna()]["Build"].tolist() == [published]


def test_a_page_on_which_some_figures_find_nothing_shows_no_error(home: Path) -> None:
    nobody = {"courier": ["ems", "sto"], "channel": "direct", "currency": "USD"}
    shown = open_page("overview", {"period": "2018-07-01..2019-08-05", **nobody})
    assert not shown.exception
    assert any("Nothing fits" in text for text in texts(shown))


def test_a_chip_clears_its_filter(home: Path) -> None:
    shown = open_page("overview", {"period": "2019-06", "platform": "pinduoduo"})
    chip = next(button for button in shown.button if button.label == "Platform: Pinduoduo ✕")
    chip.click().run()
    assert shown.query_params == {"period": "2019-06"}
    assert shown.multiselect(key="filter_platform").value == []


def test_a_filter_set_in_the_sidebar_stands_in_the_url(home: Path) -> None:
    shown = open_page("overview", {})
    shown.multiselect(key="filter_courier").set_value(["zto", "yto"]).run()
    shown.selectbox(key="filter_compare").set_value("year").run()
    assert shown.query_params == {"courier": ["zto", "yto"], "compare": "year"}


def test_a_choice_is_kept_on_the_way_to_another_page(home: Path) -> None:
    shown = open_page("overview", {"period": "2019-06", "platform": ["jd"]})
    shown.query_params.clear()
    shown.switch_page("app_pages/delivery_time.py").run()
    assert shown.query_params == {"period": "2019-06", "platform": "jd"}


def test_a_month_is_picked_in_two_steps(home: Path) -> None:
    shown = open_page("overview", {})
    shown.selectbox(key="period_kind").set_value("month").run()
    assert shown.query_params == {"period": "2019-08"}
    shown.selectbox(key="filter_period").set_value("2019-06").run()
    assert shown.query_params == {"period": "2019-06"}
    shown.selectbox(key="period_kind").set_value("custom").run()
    assert shown.query_params == {"period": "2019-06-01..2019-06-30"}


def test_a_period_that_is_none_is_said_and_the_last_six_months_are_shown(home: Path) -> None:
    shown = open_page("overview", {"period": "someday"})
    assert any("'someday' is not a period" in text for text in texts(shown))
    assert shown.metric


def test_simulated_data_says_so(home: Path) -> None:
    assert any("Simulated market" in text for text in texts(open_page("overview", {})))


def test_without_a_published_file_the_page_says_what_to_run(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    shown = open_page("overview", {})
    assert not shown.exception
    assert "`waymart run`" in shown.info[0].value


def test_a_switch_of_the_build_is_noticed_and_shows_no_error(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = (home / "serving" / "current.duckdb").resolve()
    serving = tmp_path / "serving"
    serving.mkdir()
    for build_id in ("20260101T000000Z", "20260102T000000Z"):
        copy = serving / f"{build_id}.duckdb"
        copy.write_bytes(published.read_bytes())
        with duckdb.connect(str(copy)) as connection:
            connection.execute(
                "update builds set build_id = ? where build_id = ?", [build_id, published.stem]
            )
    link = serving / "current.duckdb"
    link.symlink_to("20260101T000000Z.duckdb")
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    shown = open_page("overview", {"period": "2019-06"})
    assert any("build 20260101T000000Z" in text for text in texts(shown))

    fresh = serving / "fresh"
    fresh.symlink_to("20260102T000000Z.duckdb")
    fresh.replace(link)
    (serving / "20260101T000000Z.duckdb").unlink()
    shown.run()
    assert not shown.exception
    assert any("build 20260102T000000Z" in text for text in texts(shown))


@pytest.mark.parametrize("lacks", ["table_name = 'mart_day_so_far'", "name = 'list_country_code'"])
def test_what_an_older_waymart_published_is_said_to_be_built_anew(
    lacks: str, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "serving").mkdir()
    build = tmp_path / "serving" / "20260101T000000Z.duckdb"
    build.write_bytes((home / "serving" / "current.duckdb").resolve().read_bytes())
    with duckdb.connect(str(build)) as connection:
        connection.execute(f"delete from data_dictionary where {lacks}")
    (build.parent / "current.duckdb").symlink_to(build.name)
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    shown = open_page("overview", {})
    assert not shown.exception
    assert any("An older waymart published this build" in text for text in texts(shown))


def test_a_merchant_sees_its_own_rows_offered_and_stands_in_the_url_by_its_id(home: Path) -> None:
    shown = open_page("my_shop", {})
    first = shown.selectbox(key="shop").value
    other = shown.selectbox(key="shop").options[1].split("(")[-1][:-1]
    shown.selectbox(key="shop").set_value(other).run()
    assert shown.selectbox(key="shop").value == other != first
    assert shown.query_params == {"merchant": other}
    assert not shown.exception
    assert any("rows · build" in text for text in texts(shown))


def test_a_shops_month_stands_in_the_url_and_narrows_its_figures_and_late_lists(
    home: Path, serving: Published
) -> None:
    """The tile is the file's own count of parcels; the lists hold what was due in the month."""
    shop = serving.frame(
        "select merchant_id from mart_late_parcels group by all order by count(*) desc, 1 limit 1"
    ).item()
    for month in ("2019-05", "2019-06"):
        shown = open_page("my_shop", {"merchant": shop, "month": month})
        assert not shown.exception
        assert shown.selectbox(key="month").value == month
        days = f"picked_up_date between '{month}-01' and last_day(date '{month}-01')"
        parcels = serving.frame(
            f"select count(*) filter (where is_timed) from extract_waybills where merchant_id = ? and {days}",
            [shop],
        ).item()
        unit = "parcel" if parcels == 1 else "parcels"
        assert any(text.startswith(f"{parcels} {unit}; ") for text in texts(shown))
        due = serving.frame(
            "select count(*) from mart_late_parcels where merchant_id = ? "
            f"and strftime(due_date, '%Y-%m') = '{month}'",
            [shop],
        ).item()
        lists = [table.value for table in shown.dataframe if "late_hours" in table.value.columns]
        assert sum(map(len, lists)) == due


def test_a_shop_that_the_url_names_by_anything_but_its_id_is_refused(home: Path) -> None:
    label = open_page("my_shop", {}).selectbox(key="shop").options[1]
    for asked in (label, "jd:nobody"):
        shown = open_page("my_shop", {"merchant": asked})
        assert any(f"No shop with the id {asked}" in text for text in texts(shown))
        assert not any("rows · build" in text for text in texts(shown))


def test_a_reading_of_tiers_that_no_list_covers_says_which_list_covers_what(home: Path) -> None:
    shown = open_page("gmv_by_tier", {"period": "2019-06", "tier_reading": "at_date"})
    finding = next(text for text in texts(shown) if text.startswith("#### "))
    assert "the list of 2018 (in part only) for 2018" in finding
    assert "the list of 2025 (every city) from 2025" in finding


def test_what_is_not_final_is_marked_and_neither_compared_nor_coloured(home: Path) -> None:
    shown = open_page("delivery_time", {"period": "2019-08-25..2019-08-31"})
    young = {metric.label: metric for metric in shown.metric}
    on_time = young["On time (not final)"]
    assert on_time.value != "–"
    assert not on_time.delta
    old = {metric.label for metric in open_page("delivery_time", {"period": "2019-05"}).metric}
    assert {"On time", "Median paid to delivered", "First attempt success"} <= old


def test_every_tile_that_states_a_change_says_why_on_a_click(home: Path) -> None:
    for page in MARKET_PAGES:
        shown = open_page(page, {"period": "2019-06"})
        buttons = [button for button in shown.button if str(button.key).startswith("why ")]
        # Overview's first four are of today, against last week.
        tiles = list(shown.metric)[4 if page == "overview" else 0 :]
        changed = [tile.label for tile in tiles if tile.delta]
        assert [button.label for button in buttons if not button.disabled] == [
            f"Why it changed *: {label}*" for label in changed
        ], page
        assert len(buttons) == len(tiles)


@pytest.mark.parametrize("metric", ["gmv_paid", "median_end_to_end_hours", "within_72h_share"])
def test_a_part_of_a_change_is_a_link_that_sets_its_filter(metric: str, home: Path) -> None:
    shown = open_page("overview", {"period": "2019-06"})
    next(button for button in shown.button if str(button.key).endswith(f" {metric}")).click().run()
    assert not shown.exception
    assert any("goes with" in text for text in texts(shown))
    only = next(button for button in shown.button if button.label == "Only Pinduoduo")
    only.click().run()
    assert not shown.exception
    assert shown.query_params == {"period": "2019-06", "platform": "pinduoduo"}


def test_paid_gmv_is_split_into_accounts_orders_and_value_of_a_month(home: Path) -> None:
    shown = open_page("overview", {"period": "2019-06"})
    next(button for button in shown.button if str(button.key).endswith(" gmv_paid")).click().run()
    ways = next(group for group in shown.button_group if str(group.key).startswith("split "))
    assert "Accounts × orders × value" in ways.options


def test_overview_opens_on_the_day_so_far_against_the_same_weekday(home: Path, market: Settings) -> None:
    shown = open_page("overview", {"period": "2018-12", "platform": "pinduoduo"})
    assert any("The last day loaded, Saturday 31 Aug 2019, as of " in each.value for each in shown.subheader)
    with duckdb.connect(str(market.warehouse), read_only=True) as connection:
        now, then = (
            connection.execute(
                "select count(*) from core.fct_orders, core.dim_providers as provider where currency = 'CNY'"
                " and platform_id = 'pinduoduo' and provider.provider_id = fct_orders.provider_id"
                " and timezone('Asia/Shanghai', placed_at)::date = ?::date"
                " and timezone('Asia/Shanghai', placed_at)::time"
                " <= timezone('Asia/Shanghai', as_of_at)::time",
                [day],
            ).fetchall()[0][0]
            for day in ("2019-08-31", "2019-08-24")
        )
    orders = shown.metric[0]
    assert (orders.label, orders.value) == ("Orders", f"{now:,}")
    assert orders.delta == (f"{now / then - 1:+.1%}" if then else "")
    assert any("Against Saturday 24 Aug 2019 up to the same time." in text for text in texts(shown))


def test_a_filter_that_the_day_so_far_does_not_know_switches_it_off(home: Path) -> None:
    shown = open_page("overview", {"period": "2019-06", "courier": "zto"})
    assert any("Not shown while the courier filter is on" in text for text in texts(shown))
    assert "Picked up" not in [tile.label for tile in shown.metric]


def test_a_parcel_is_followed_by_its_number(market: Settings, home: Path) -> None:
    parcel = Published(market.current).frame(
        "select waybill_number, courier_name from extract_waybills join dim_couriers using (courier_id)"
        " where delivered_at is not null and end_to_end_seconds is not null"
        " order by picked_up_at desc limit 1"
    )
    number, courier = parcel.row(0)
    shown = open_page("follow_a_parcel", {"waybill": number})
    assert not shown.exception
    finding = next(text for text in texts(shown) if text.startswith("#### "))
    assert finding.startswith(f"#### {courier} {number}: delivered, last seen on ")
    assert "from pickup to hand-over" in finding
    assert len(shown.dataframe) > 1
    charts = [element.proto.spec for element in shown.main if element.type == "vega_lite_chart"]
    assert any('"title": "Happened, Asia/Shanghai"' in spec for spec in charts), "hover names the zone"


def test_a_promise_abroad_is_written_by_the_clocks_of_where_the_parcel_arrives(
    market: Settings, home: Path
) -> None:
    abroad = Published(market.current).frame(
        "select waybill_number from extract_waybills join dim_cities on destination_adcode = adcode"
        " where promised_delivery_at is not null and time_zone = 'America/New_York' order by 1 limit 1"
    )
    shown = open_page("follow_a_parcel", {"waybill": abroad.item()})
    assert not shown.exception
    headings = "".join(table.proto.columns for table in shown.dataframe)
    assert "Promised delivery time, America/New_York" in headings
    assert "its end where the parcel arrives" in headings
    assert "Promised ship time, UTC" in headings


def test_of_a_parcel_under_way_the_page_says_by_when_its_like_are_there(market: Settings, home: Path) -> None:
    under_way = Published(market.current).frame(
        "select waybill_number from extract_waybills"
        " where waybill_status in ('picked_up', 'departed', 'arrived') and purpose = 'sale'"
        " and first_attempt_at is null order by picked_up_at desc, waybill_id limit 1"
    )
    shown = open_page("follow_a_parcel", {"waybill": under_way.item()})
    assert not shown.exception
    finding = next(text for text in texts(shown) if text.startswith("#### "))
    assert re.search(
        r"Of 100 parcels (of|on) .+, 50 are there by .+, 90 by .+: so went \d+ of the last 90 days\.", finding
    )


def test_what_a_parcel_was_told_first_stands_beside_the_platforms_promise(
    market: Settings, home: Path
) -> None:
    ((number, day, promised),) = (
        Published(market.current)
        .frame(
            "select waybill_number, p90_date, timezone(time_zone, given.promised_delivery_at)::date"
            " from estimates_given as given join extract_waybills using (waybill_id)"
            " where p90_date < timezone(time_zone, given.promised_delivery_at)::date order by 1 limit 1"
        )
        .rows()
    )
    shown = open_page("follow_a_parcel", {"waybill": number})
    assert not shown.exception
    finding = next(text for text in texts(shown) if text.startswith("#### "))
    told, theirs = (f"{one.day} {one:%b %Y}" for one in (day, promised))
    assert f"told for {told} (90 of 100); the platform promised later, {theirs}." in finding
    headings = "".join(table.proto.columns for table in shown.dataframe)
    assert "First estimate" in headings
    assert "What the platform promised when it was told." in headings


def test_what_parcels_were_told_and_whether_it_was_kept_stands_on_delivery_estimate(home: Path) -> None:
    shown = open_page("delivery_estimate", {"period": "2019", "since": "pickup"})
    assert not shown.exception
    rows = next(table.value for table in shown.dataframe if "promise_kept_share" in table.value.columns)
    assert rows["told_by"].to_list() == ["Estimate", "Platform"]
    assert min(rows["waybill_count"]) > 10
    # Nothing that was told is over at the newest data of the first build.
    assert sum(rows["day_over_count"]) == 0


@pytest.mark.parametrize("since", ["payment", "pickup"])
def test_delivery_estimate_says_who_tells_and_what_the_other_lost(since: str, home: Path) -> None:
    shown = open_page("delivery_estimate", {"period": "2019", "since": since})
    assert not shown.exception
    serving = Published(Settings(home=home).current)
    rows = serving.frame(
        "select told_by, sum(pinball_days) / sum(compared_count) from mart_estimate_quality"
        " where estimate_target = ? group by all",
        [since],
    )
    lost = dict(rows.rows())
    is_learnt = lost["learnt"] < lost["estimate"]
    (said,) = (text for text in texts(shown) if "levels alone" in text or "levels answer alone" in text)
    assert said.startswith("The learnt level answers first" if is_learnt else "The levels answer alone")
    assert f"{lost['learnt']:.3f}" in said
    assert f"{lost['estimate']:.3f}" in said


def test_a_number_of_no_parcel_is_said_to_be_in_no_build(home: Path) -> None:
    shown = open_page("follow_a_parcel", {"waybill": "1234<b>"})
    assert not shown.exception
    assert any("1234<b>" in text and "is in this build" in text for text in texts(shown))


def test_of_a_parcel_whose_scans_are_older_than_what_is_published_the_page_says_so(
    market: Settings, home: Path
) -> None:
    older = Published(market.current).frame(
        "select waybill_number from extract_waybills anti join extract_scans using (waybill_id)"
        " where end_to_end_seconds is not null order by waybill_id limit 1"
    )
    shown = open_page("follow_a_parcel", {"waybill": older.item()})
    assert not shown.exception
    assert any("older ones are not published" in text for text in texts(shown))


def test_the_slowest_lane_is_one_between_known_provinces(home: Path) -> None:
    shown = open_page("lanes", {"period": "all"})
    finding = next(text for text in texts(shown) if text.startswith("#### "))
    assert "is the slowest" in finding
    assert "Not known" not in finding


def told_to_its_shop(serving: Published) -> tuple[str, str, Estimate]:
    """Return a shop, the number of a parcel of its under way, and what the shop may be told of it."""
    rows = serving.frame(
        "select * from extract_waybills where purpose = 'sale' and first_attempt_at is null"
        " and waybill_status in ('picked_up', 'departed') order by waybill_id"
    )
    for row in rows.to_dicts():
        shop = str(row["merchant_id"])
        told = OwnEstimates(serving, Grant("lin", "merchant", frozenset([shop])), shop).of(row)
        if told and told.days[90]:
            return shop, str(row["waybill_number"]), told
    raise AssertionError("no parcel under way of which its shop may be told")


def test_on_my_shop_a_parcel_under_way_is_told_by_what_a_shop_may_know(market: Settings, home: Path) -> None:
    shop, number, told = told_to_its_shop(Published(market.current))
    shown = open_page("my_shop", {"merchant": shop})
    assert not shown.exception
    rows = next(table.value for table in shown.dataframe if "estimate_level" in table.value.columns)
    row = rows[rows["waybill_number"].str.endswith(number)].iloc[0]
    assert (str(row["p90_date"])[:10], row["arrived_count"]) == (str(told.days[90]), told.arrived_count)
    assert any("Known from parcels of all merchants" in text for text in texts(shown))


def test_a_merchant_who_follows_its_parcel_reads_what_a_shop_may_know(
    market: Settings, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, number, told = told_to_its_shop(Published(market.current))
    merchant = Grant("lin", "merchant", frozenset([shop]))
    monkeypatch.setattr("dashboards.reader.current_grant", lambda: merchant)
    entry = open_page("follow_a_parcel", {"waybill": number})
    assert not entry.exception
    finding = next(text for text in texts(entry) if text.startswith("#### "))
    assert "Of 100 parcels like it, of all merchants, 50 are there by" in finding
    assert f"so went {told.arrived_count:,} of the last 90 days" in finding
    # The ledger rests on levels that a shop may not be told of.
    assert "First it was told" not in finding

"""What stands on the screen, under random filters, is what SQL over the facts' rows says.

``WAYMART_TRUTH_SEED=7 pytest -m slow tests/dashboards/test_truth_on_screen.py`` tries other filters.
"""

import os
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import duckdb
import polars as pl
import pytest
from pages_in_browser import PATIENCE_MS, chromium, needs_chromium, open_page, pages_of, wait_until_drawn
from playwright.sync_api import Browser, Page
from rows_behind import TIER_1_2, Choice, Rows, bucket, choices

from serving.formats import written
from serving.tiers import TIERS
from warehouse.settings import Settings

pytestmark = [needs_chromium, pytest.mark.slow]

SEED = int(os.environ.get("WAYMART_TRUTH_SEED", "618"))
COUNT = 36
PAGES = ("", "gmv_by_tier", "delivery_time", "courier_share")


@pytest.fixture(scope="module")
def warehouse(market: Settings) -> duckdb.DuckDBPyConnection:
    return duckdb.connect(str(market.warehouse), read_only=True)


@pytest.fixture(scope="module")
def address(market: Settings) -> Iterator[str]:
    with pages_of(market.home) as address:
        yield address


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("place", range(COUNT))
def test_tiles_charts_and_tables_say_what_the_rows_say(
    place: int, warehouse: duckdb.DuckDBPyConnection, address: str, browser: Browser
) -> None:
    choice = choices(SEED, COUNT, warehouse)[place]
    name = PAGES[place % len(PAGES)]
    print(f"WAYMART_TRUTH_SEED={SEED}, choice {place}: /{name}?{choice.query()}")
    page, _ = open_page(browser, f"{address}/{name}?{choice.query()}")
    wait_until_drawn(page)
    assert page.get_by_test_id("stException").count() == 0
    rows, tiles = Rows(warehouse, choice), tiles_of(page)
    CHECKS[name](page, rows, tiles)
    page.context.close()


def tiles_of(page: Page) -> dict[str, str]:
    """Label → value of every tile, once they have all come; a label loses its mark of not being final."""
    seen, tiles = -1, page.get_by_test_id("stMetric")
    while seen != (seen := tiles.count()):
        page.wait_for_timeout(500)
    return {
        tile.get_by_test_id("stMetricLabel").inner_text().removesuffix(" (not final)"): tile.get_by_test_id(
            "stMetricValue"
        ).inner_text()
        for tile in tiles.all()
    }


def check_overview(page: Page, rows: Rows, tiles: dict[str, str]) -> None:
    chosen = rows.choice
    knows_orders = not (chosen.courier and chosen.channel)
    if "Waybills" not in tiles:  # the day's own tiles stand there all the same
        assert not (rows.parcels("count(*)", "picked_up_date") if chosen.courier else rows.orders("count(*)"))
        return
    count = rows.parcels("count(*)", "picked_up_date")
    expected = {
        "Paid GMV": written(rows.gmv_paid(), "money", rows.currency) if knows_orders else "–",
        # Where no cell fits, nothing is counted: a dash, which says the same as nought.
        "Waybills": written(count, "count") if count or tiles["Waybills"] != "–" else "–",
        "Tier 1–2 share": tier_share(rows),
        "Within 72 h": written(rows.within_72h(), "share"),
    }
    assert {label: tiles[label] for label in expected} == expected
    assert_median(tiles["Median end to end"], rows)
    if not count and not knows_orders:
        return  # nothing to draw
    frame = downloaded(page, "Paid GMV and parcels picked up")
    check_spans(frame.rows(named=True), rows, knows_orders)
    table = table_of(page, "Waybills" if knows_orders else None)
    columns = {"Paid GMV": "gmv_paid", "Paid orders": "paid_order_count", "Waybills": "waybill_count"}
    for line in table:
        when = date.fromisoformat(next(line[name] for name in ("Day", "Week", "Month") if name in line))
        [drawn] = frame.filter(calendar_date=when).rows(named=True)
        for label, column in columns.items():
            shown = next((text for name, text in line.items() if name.split(",")[0] == label), None)
            assert shown is None or column not in drawn or number(shown) == pytest.approx(drawn[column] or 0)


def check_spans(lines: list[dict[str, object]], rows: Rows, knows_orders: bool) -> None:
    """Hold each point of the chart, a day, week or month, against the rows of its days."""
    starts = [line["calendar_date"] for line in lines]
    grain = grain_of(starts, rows.choice)
    for line, first in zip(lines, starts, strict=True):
        assert isinstance(first, date)
        last = end_of(first, grain)
        if knows_orders:
            assert (line["gmv_paid"] or 0) == pytest.approx(rows.gmv_paid(first, last) or 0)
        if "paid_order_count" in line:
            paid = rows.orders("count(*) filter (where is_paid)", first, last)
            assert (line["paid_order_count"] or 0) == paid
        counted = rows.parcels("count(*)", "picked_up_date", first, last)
        assert (line["waybill_count"] or 0) == counted


def check_tiers(page: Page, rows: Rows, tiles: dict[str, str]) -> None:
    if not tiles:
        assert rows.choice.courier or not rows.orders("count(*)")
        return
    paid, gmv = rows.orders("count(*) filter (where is_paid)"), rows.orders("sum(gmv_paid)::double")
    subsidy = rows.orders("sum(platform_subsidy_amount) filter (where is_paid)::double")
    expected = {
        "Paid GMV": written(gmv, "money", rows.currency),
        "Tier 1–2 share": tier_share(rows),
        "Paid orders": written(paid, "count"),
        "Order value": written(gmv / paid if paid else None, "money", rows.currency),
        "Platform subsidy": written(subsidy, "money", rows.currency),
    }
    assert {label: tiles[label] for label in expected} == expected
    by_tier = dict(rows.orders_by("tier_fixed", "sum(gmv_paid)::double", rows.choice.first, rows.choice.last))
    table = table_of(page, "Not final", "Order value")
    [paid_gmv] = [name for name in table[0] if name.startswith("Paid GMV")]
    shown = {line["City tier (fixed list)"]: number(line[paid_gmv]) for line in table}
    named = {tier.replace("_", " ").capitalize(): value for tier, value in by_tier.items()}
    assert shown == pytest.approx({name: named.get(name) or 0 for name in shown})
    frame = downloaded(page, "Paid GMV by tier over time")
    grain = grain_of(frame["calendar_date"], rows.choice)
    whole = Rows(rows._warehouse, Choice(**{**vars(rows.choice), "tier": ()}))
    for (first,), drawn in frame.group_by("calendar_date"):
        assert isinstance(first, date)
        last = end_of(first, grain)
        truth = {k: v or 0 for k, v in whole.orders_by("tier_fixed", "sum(gmv_paid)::double", first, last)}
        points = dict(drawn.select("tier_fixed", "gmv_paid").rows())
        assert points == pytest.approx({tier: truth.get(tier, 0) for tier in points})
        assert set(points) <= set(TIERS)
        total = sum(truth.values())
        shares = dict(drawn.select("tier_fixed", "share").rows())
        if total:
            assert shares == pytest.approx({tier: truth.get(tier, 0) / total for tier in shares})


def check_times(page: Page, rows: Rows, tiles: dict[str, str]) -> None:
    if not tiles:
        assert not rows.parcels("count(*)", "picked_up_date")
        return
    attempted = "count(*) filter (where is_first_attempt_successful) / nullif(count(first_attempt_at), 0)"
    expected = {
        "Within 72 h": written(rows.within_72h(), "share"),
        "On time": written(rows.on_time(), "share"),
        "First attempt success": written(rows.parcels(attempted, "picked_up_date"), "share"),
    }
    assert {label: tiles[label] for label in expected} == expected
    assert_median(tiles["Median end to end"], rows)
    counts = rows.all(f"select courier_id, count(*) from ({rows.cohort('picked_up_date')}) group by 1")
    table = table_of(page, "P85 end to end")
    assert sorted(number(line["Waybills"]) for line in table) == sorted(count for _, count in counts)
    covered = rows.parcels("count(*) filter (where has_all_stages)", "paid_date")
    if not covered:
        return
    stages = downloaded(page, "Where the time is spent, from payment to delivery")
    sums = "avg(handling_seconds) / 3600, avg(last_mile_seconds) / 3600"
    truth = rows.all(
        f"select courier_id, {sums} from ({rows.cohort('paid_date')}) where has_all_stages group by 1"
    )
    names = ["courier_id", "mean_handling_stage_hours", "mean_last_mile_stage_hours"]
    shown = {courier: hours for courier, *hours in stages.select(names).drop_nulls(names[1]).rows()}
    assert shown.keys() == {courier for courier, *_ in truth}
    for courier, *hours in truth:
        assert shown[courier] == pytest.approx(hours)


def check_couriers(page: Page, rows: Rows, tiles: dict[str, str]) -> None:
    """Hold shares and concentration against all couriers' parcels, whichever couriers are chosen."""
    if not tiles:
        assert rows.choice.channel or not rows.carried("count(*)")
        return
    attempted = "count(*) filter (where is_first_attempt_successful) / nullif(count(first_attempt_at), 0)"
    expected = {
        "Within 72 h": written(rows.within_72h(), "share"),
        "On time": written(rows.on_time(), "share"),
        "First attempt success": written(rows.parcels(attempted, "picked_up_date"), "share"),
    }
    assert {label: tiles[label] for label in expected} == expected
    if rows.choice.channel:
        assert tiles["Waybills"] == "–"  # shares are not kept by channel
        return
    assert tiles["Waybills"] == written(rows.carried("count(*)"), "count")
    drawn = downloaded(page, "Share over time by courier")
    concentrated = dict(downloaded(page, "Concentration").select("calendar_date", "hhi").rows())
    grain = grain_of(drawn["calendar_date"], rows.choice)
    for (first,), points in drawn.group_by("calendar_date"):
        assert isinstance(first, date)
        counts = rows.carried_by_courier(first, end_of(first, grain))
        shares = {courier: count / sum(counts.values()) for courier, count in counts.items()}
        assert dict(points.select("courier_id", "share").rows()) == pytest.approx(shares)
        assert concentrated[first] == pytest.approx(10_000 * sum(share**2 for share in shares.values()))


CHECKS = {
    **{"": check_overview, "gmv_by_tier": check_tiers},
    **{"delivery_time": check_times, "courier_share": check_couriers},
}


def assert_median(shown: str, rows: Rows) -> None:
    hours = rows.median_hours()
    if hours is None:
        assert shown == "–"
    else:
        assert float(shown.removesuffix(" h")) == pytest.approx(hours, abs=bucket(hours) + 0.05)


def tier_share(rows: Rows) -> str:
    """Return the share of tier 1–2 cities as text; over some tiers, or by courier, there is none."""
    if rows.choice.tier or rows.choice.courier:
        return "–"
    among = ", ".join(f"'{tier}'" for tier in TIER_1_2)
    share = f"sum(gmv_paid) filter (where tier_fixed in ({among})) / nullif(sum(gmv_paid), 0)"
    value = rows.orders(f"case when sum(gmv_paid) > 0 then coalesce({share}, 0) end::double")
    return written(value, "share")


def grain_of(starts: Iterable[object], choice: Choice) -> str:
    """Return by what a chart's points are gathered, which is longer where there are few orders."""
    drawn = sorted({start for start in starts if isinstance(start, date)})
    if len(drawn) > 1:
        gap = min((later - one).days for one, later in pairwise(drawn))
        return "month" if gap >= 28 else "week" if gap >= 7 else "day"
    days = (choice.last - choice.first).days + 1
    return "day" if days <= 62 else "week" if days <= 200 else "month"


def end_of(first: date, grain: str) -> date:
    if grain == "month":
        return (first.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first + timedelta(days=6 if grain == "week" else 0)


def downloaded(page: Page, title: str) -> pl.DataFrame:
    """Return the rows that a figure draws."""
    with page.expect_download(timeout=PATIENCE_MS) as taken:
        page.get_by_role("button", name=f"Download of {title}", exact=True).click()
    return pl.read_csv(BytesIO(Path(taken.value.path()).read_bytes()), try_parse_dates=True)


def table_of(page: Page, *headings: str | None) -> list[dict[str, str]]:
    """Return the lines on the screen of the last table; one of the headings stands in it."""
    grid = page.get_by_test_id("stDataFrame").last
    grid.scroll_into_view_if_needed(timeout=PATIENCE_MS)
    grid.locator("[role=columnheader]").first.wait_for(state="attached", timeout=PATIENCE_MS)
    read = "row => [...row.children].map(cell => cell.textContent)"
    lines = grid.evaluate(f"grid => [...grid.querySelectorAll('[role=row]')].map({read})")
    names, *cells = lines
    asked = [heading for heading in headings if heading]
    assert not asked or any(name.split(",")[0] in asked for name in names), names
    return [dict(zip(names, line, strict=True)) for line in cells if len(line) == len(names)]


def number(text: str) -> float:
    return float(text.replace(",", "")) if text.strip("–") else 0.0

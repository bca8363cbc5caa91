"""The pages in a real browser: drawn, within the screen, and nothing fetched from elsewhere."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from pages_in_browser import (
    PATIENCE_MS,
    chromium,
    go_to,
    needs_chromium,
    open_page,
    pages_of,
    wait_until_drawn,
)
from playwright.sync_api import Browser, Page, TimeoutError

from operations.live import show_segments
from operations.spool import Segment
from warehouse.settings import Settings

pytestmark = needs_chromium

PAGES = [
    *("", "gmv_by_tier", "delivery_time", "lanes", "courier_share", "stalled", "follow_a_parcel"),
    *("delivery_estimate", "across_the_border", "cost_and_choice", "consumers", "my_shop", "data_health"),
]
EXPORTS = Path(__file__).parents[1] / "ingest" / "mapping" / "samples"


@pytest.fixture(scope="module")
def home(market: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the market published as two builds, the first of them current."""
    serving = tmp_path_factory.mktemp("home") / "serving"
    serving.mkdir()
    published = market.current.resolve()
    shutil.copytree(published.parent / "rows", serving / "rows")
    for build_id in ("20260101T000000Z", "20260102T000000Z"):
        copy = serving / f"{build_id}.duckdb"
        copy.write_bytes(published.read_bytes())
        with duckdb.connect(str(copy)) as connection:
            connection.execute(
                "update builds set build_id = ? where build_id = ?", [build_id, published.stem]
            )
    (serving / "current.duckdb").symlink_to("20260101T000000Z.duckdb")
    return serving.parent


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    with pages_of(home) as address:
        yield address


@pytest.fixture(scope="module")
def browser(address: str) -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def parcel(market: Settings) -> str:
    """The number of a parcel whose scans are published."""
    with duckdb.connect(str(market.published_file()), read_only=True) as published:
        published.execute(f"set file_search_path = '{market.serving}'")
        [(number,)] = published.execute(
            "select max(waybill_number) from extract_waybills semi join extract_scans using (waybill_id)"
        ).fetchall()
    return str(number)


@pytest.mark.parametrize(("width", "theme"), [(1440, "light"), (390, "dark")])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_drawn_within_the_screen(
    name: str, width: int, theme: str, address: str, browser: Browser, parcel: str
) -> None:
    asked = f"waybill={parcel}" if name == "follow_a_parcel" else "period=2019-06"
    page, elsewhere = open_page(browser, f"{address}/{name}?{asked}", width, theme)
    wait_until_drawn(page)
    assert page.get_by_test_id("stException").count() == 0
    assert elsewhere == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for chart in page.get_by_test_id("stVegaLiteChart").all():
        if chart.is_visible():
            drawn = chart.locator("canvas, svg").first
            drawn.wait_for(timeout=PATIENCE_MS)
            box = drawn.bounding_box()
            assert box is not None
            assert 200 < box["width"] <= width
    assert_cards_of_a_row_are_equally_high(page)
    assert_buttons_are_told_apart(page)
    assert_axe_finds_nothing_serious(page)
    page.context.close()


def assert_cards_of_a_row_are_equally_high(page: Page) -> None:
    boxes = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stHorizontalBlock"]')].map(row =>
            [...row.children].filter(one => one.matches('[data-testid="stColumn"]')).map(column => {
                const box = column.querySelector('[data-testid="stVerticalBlock"]').firstElementChild
                    .getBoundingClientRect();
                return [Math.round(box.top), Math.round(box.height)];
            }))"""
    )
    for row in boxes:
        if len({top for top, _ in row}) == 1:  # on a phone they stand below each other
            assert max(height for _, height in row) - min(height for _, height in row) <= 1, row


def assert_buttons_are_told_apart(page: Page) -> None:
    page.get_by_test_id("stMain").get_by_role("button").first.wait_for(timeout=PATIENCE_MS)
    # Streamlit's own: those of a table stand in its toolbar, the arrows of its choices are all named alike.
    names = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid="stMain"] button')]
            .filter(one => one.checkVisibility() && !one.closest(
                '[data-testid="stElementToolbar"], [data-testid="stSelectbox"]'))
            .map(one => one.getAttribute('aria-label') || one.textContent)"""
    )
    assert names
    assert sorted(names) == sorted(set(names))


def assert_axe_finds_nothing_serious(page: Page) -> None:
    found = [
        (one["id"], node["target"], node["failureSummary"])
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert found == []


def test_a_chip_is_reached_and_cleared_by_keyboard(address: str, browser: Browser) -> None:
    page, _ = open_page(browser, f"{address}/?period=2019-06&platform=pinduoduo")
    page.get_by_role("button", name="Platform: Pinduoduo ✕").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{address}/?period=2019-06", timeout=PATIENCE_MS)
    page.context.close()


def choose(page: Page, label: str, name: str) -> None:
    """Choose an option of a filter. What is drawn meanwhile may close the list: then it is opened again."""
    option = page.get_by_role("option", name=name, exact=True)
    for _ in range(5):
        page.get_by_role("combobox", name=label).first.click()
        with suppress(TimeoutError):
            option.click(timeout=PATIENCE_MS / 5)
            return
        page.keyboard.press("Escape")
    raise AssertionError(f"{name} is no option of {label}.")


def test_back_leads_through_the_filters_that_were_chosen(address: str, browser: Browser) -> None:
    page, _ = open_page(browser, f"{address}/?period=2019-06")
    visited = [page.url]
    for label, name, query in (
        ("Platform", "Pinduoduo", "platform=pinduoduo"),
        ("Courier", "ZTO Express", "courier=zto"),
    ):
        choose(page, label, name)
        page.keyboard.press("Escape")
        page.wait_for_url(f"{visited[-1]}&{query}", timeout=PATIENCE_MS)
        wait_until_drawn(page)
        visited.append(page.url)
    for url in reversed(visited[:-1]):
        page.go_back()
        page.wait_for_url(url, timeout=PATIENCE_MS)
    page.get_by_role("button", name="Platform: Pinduoduo ✕").wait_for(state="hidden", timeout=PATIENCE_MS)
    page.context.close()


def test_a_bar_is_a_link_that_sets_its_filter_and_leaves_the_others(address: str, browser: Browser) -> None:
    page, _ = open_page(browser, f"{address}/gmv_by_tier?period=2019-06&show=value")
    before = page.url
    page.get_by_test_id("stVegaLiteChart").first.locator('[aria-roledescription="bar"]').first.click()
    page.wait_for_function("() => location.search.includes('tier=')", timeout=PATIENCE_MS)
    assert set(before.partition("?")[2].split("&")) < set(page.url.partition("?")[2].split("&"))
    wait_until_drawn(page)
    page.go_back()
    page.wait_for_url(before, timeout=PATIENCE_MS)
    page.context.close()


def test_a_bar_of_why_a_number_changed_sets_its_filter(address: str, browser: Browser) -> None:
    page, _ = open_page(browser, f"{address}/?period=2019-06")
    page.get_by_role("button", name=re.compile("Why it changed.*: Paid GMV")).click()
    panel = page.get_by_role("dialog")
    panel.get_by_text("goes with").first.wait_for(timeout=PATIENCE_MS)
    panel.locator('[aria-roledescription="bar"]').first.click(timeout=PATIENCE_MS)
    page.wait_for_function("() => location.search.includes('platform=')", timeout=PATIENCE_MS)
    panel.wait_for(state="hidden", timeout=PATIENCE_MS)
    page.context.close()


def test_a_choice_goes_along_to_another_page(address: str, browser: Browser) -> None:
    page, _ = open_page(browser, f"{address}/?period=2019-06&platform=pinduoduo")
    page.get_by_role("link", name="Delivery time").click()
    page.wait_for_url(f"{address}/delivery_time?period=2019-06&platform=pinduoduo", timeout=PATIENCE_MS)
    page.context.close()


def test_a_merchant_downloads_its_parcels(address: str, browser: Browser, tmp_path: Path) -> None:
    page, _ = open_page(browser, f"{address}/my_shop")
    link = page.get_by_role("link", name="CSV of Waybills")
    link.evaluate("link => { link.target = '_self' }")  # a page that is only a download closes at once
    with page.expect_download(timeout=PATIENCE_MS) as taken:
        link.click()
    taken.value.save_as(tmp_path / "rows.csv")
    header = (tmp_path / "rows.csv").read_text(encoding="utf-8-sig").partition("\n")[0]
    assert "waybill_number" in header
    page.context.close()


def test_an_export_is_mapped_and_nothing_of_it_is_kept(
    home: Path, address: str, browser: Browser, tmp_path: Path
) -> None:
    text = (EXPORTS / "pinduoduo.csv").read_text(encoding="utf-8")
    (tmp_path / "六月.csv").write_text(text, encoding="gb18030")
    page = browser.new_context().new_page()
    go_to(page, f"{address}/own_file")
    page.locator("input[type=file]").set_input_files(tmp_path / "六月.csv")
    page.get_by_role("textbox", name="Name of the mapping").fill("June shop")
    page.get_by_role("textbox", name="Name of the mapping").press("Enter")
    page.get_by_text("What would be read").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Keep this mapping").click()
    page.get_by_text("waymart ingest --mapping june_shop 六月.csv").wait_for(timeout=PATIENCE_MS)
    assert page.get_by_test_id("stException").count() == 0
    kept = (home / "mappings" / "june_shop.toml").read_text(encoding="utf-8")
    assert 'order_number = "订单号"' in kept
    # Who took a file before stands in the log.
    there = {path.name for path in home.iterdir()} - {"access_log.sqlite"}
    assert there == {"serving", "mappings", "session.key"}
    page.context.close()


def test_what_is_kept_is_seen_by_name_and_axe_finds_nothing_serious(
    home: Path, address: str, browser: Browser
) -> None:
    (home / "views.toml").write_text('[views]\n"June at JD" = "delivery_time?period=2019-06&platform=jd"\n')
    (home / "notes.toml").write_text('[[notes]]\nfrom = 2019-06-10\ntext = "strike in Hubei"\n')
    page, _ = open_page(browser, f"{address}/?period=2019-06")
    for popover, what in (("Saved views", "June at JD"), ("Notes", "strike in Hubei")):
        page.get_by_role("button", name=popover).click()
        page.get_by_role("button", name=f"Forget {what}").wait_for(timeout=PATIENCE_MS)
        wait_until_drawn(page)
        assert_axe_finds_nothing_serious(page)
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Saved views").click()
    page.get_by_role("button", name="June at JD", exact=True).click()
    page.wait_for_function("() => location.pathname === '/delivery_time'", timeout=PATIENCE_MS)
    assert "platform=jd" in page.url
    for name in ("views.toml", "notes.toml"):
        (home / name).unlink()
    page.context.close()


def test_a_browser_that_speaks_chinese_is_answered_in_chinese_until_its_reader_says_otherwise(
    address: str, browser: Browser
) -> None:
    page = browser.new_context(locale="zh-CN").new_page()
    go_to(page, f"{address}/?period=2019-06")
    page.get_by_role("heading", name="总览").wait_for(timeout=PATIENCE_MS)
    page.wait_for_function("() => document.documentElement.lang === 'zh-CN'", timeout=PATIENCE_MS)
    wait_until_drawn(page)
    page.get_by_role("radio", name="English").click()
    page.get_by_role("heading", name="Overview").wait_for(timeout=PATIENCE_MS)
    page.wait_for_function("() => document.documentElement.lang === 'en'", timeout=PATIENCE_MS)
    page.get_by_role("link", name="Lanes").click()
    page.wait_for_url(f"{address}/lanes?*language=en*", timeout=PATIENCE_MS)
    page.get_by_role("heading", name="Lanes", exact=True).wait_for(timeout=PATIENCE_MS)
    page.context.close()


def test_a_scan_that_is_pushed_arrives_on_the_open_page_marked_as_not_yet_audited(
    home: Path, address: str, browser: Browser
) -> None:
    settings = Settings(home=home)
    page, _ = open_page(browser, f"{address}/follow_a_parcel?waybill=73999900001")
    wait_until_drawn(page)
    arrived = page.get_by_role("heading", name="Just pushed, not yet audited")
    assert arrived.count() == 0
    segment = settings.spool / "kuaidi100" / "pushed-20261129T120000000000Z-abc.jsonl"
    segment.parent.mkdir(parents=True)
    scan = {"time": "2019-06-30 13:00:00", "context": "快件已揽收 电话13812345678", "statusCode": "103"}
    pushed = {"lastResult": {"com": "zhongtong", "nu": "73999900001", "data": [scan]}}
    segment.write_text(json.dumps(pushed, ensure_ascii=False), encoding="utf-8")
    show_segments(settings, [Segment(datetime(2026, 11, 29, 12, tzinfo=UTC), "kuaidi100", segment)])
    arrived.wait_for(timeout=PATIENCE_MS)
    words = page.locator("canvas td", has_text="快件已揽收")
    words.wait_for(timeout=PATIENCE_MS, state="attached")
    assert "13812345678" not in page.content()
    assert page.get_by_test_id("stException").count() == 0
    wait_until_drawn(page)
    assert_axe_finds_nothing_serious(page)
    shutil.rmtree(settings.live)
    shutil.rmtree(settings.spool)
    arrived.wait_for(timeout=PATIENCE_MS, state="hidden")
    page.context.close()


def test_a_page_left_open_moves_to_a_newly_published_build(
    home: Path, address: str, browser: Browser
) -> None:
    page, _ = open_page(browser, f"{address}/?period=2019-06")
    fresh = home / "serving" / "fresh"
    fresh.symlink_to("20260102T000000Z.duckdb")
    fresh.replace(home / "serving" / "current.duckdb")
    (home / "serving" / "20260101T000000Z.duckdb").unlink()
    page.get_by_text("build 20260102T000000Z").wait_for(timeout=PATIENCE_MS)
    assert page.get_by_test_id("stException").count() == 0
    page.context.close()

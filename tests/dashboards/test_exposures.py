"""dbt knows who reads what: a page's exposure lists the tables that the page asks, and no other."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from test_pages import ENTRY, PAGES

from dashboards.cache import CachedPublished
from serving.published import Published
from warehouse.settings import Settings

#: Filters choose rows; the reading of tiers chooses columns, a courier the table of paid GMV.
CHOICES: list[dict[str, Any]] = [{}, {"tier_reading": "at_date"}, {"courier": "zto"}]
#: Of a month accounts say why paid GMV changed: only here is each tile asked why.
MONTH = {"period": "2019-06"}

#: The page that says nothing before it is asked for a parcel.
FOLLOW = "follow_a_parcel"
#: The pages of one shop or parcel, which have no filters.
UNFILTERED = {FOLLOW, "my_shop", "data_health"}

#: The exposure of what every page with filters asks, whichever it is, beside reports.
EVERY_PAGE = "every_page"
#: What Spark does not make has an exposure of its own, which is not there with Spark: exposure → its page.
PARTS = {
    **{"what_needs_you": "overview", "when_it_arrives": FOLLOW},
    **{"courier_choice": "cost_and_choice", "shop_saving": "my_shop"},
    "shop_estimates": "my_shop",
}
#: The exposure of what no page asks.
NO_PAGE = "published_file"


@pytest.fixture(scope="module")
def exposed(market: Settings) -> dict[str, set[str]]:
    """Exposure → tables it depends on."""
    content = json.loads(market.manifest.read_text())
    found: dict[str, set[str]] = {}
    names = {id: node["alias"] for id, node in content["nodes"].items()}
    names |= {id: node["name"] for id, node in content["sources"].items()}
    for exposure in content["exposures"].values():
        tables = {names[node] for node in exposure["depends_on"]["nodes"]}
        found.setdefault(PARTS.get(exposure["name"], exposure["name"]), set()).update(tables)
    return found


@pytest.fixture
def asked(
    home: Path, market: Settings, exposed: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch
) -> dict[str, set[str]]:
    """Page → the published tables in all of its queries."""
    published = set().union(*exposed.values())
    tables: dict[str, set[str]] = {page: set() for page in PAGES}
    shown = PAGES[0]
    frame, batches = CachedPublished.frame, Published.arrow_batches
    under_way = (
        "select max(waybill_id) from extract_scans join extract_waybills using (waybill_id)"
        " where waybill_status in ('picked_up', 'departed', 'arrived') and first_attempt_at is null"
    )
    parcel = Published(market.current).frame(under_way).item()

    named: dict[str, set[str]] = {}

    def note(asked_of: Published, sql: str, parameters: Sequence[Any]) -> None:
        if sql not in named:
            # Macros read tables too, which only the plan names.
            with asked_of._connection.cursor() as cursor:
                ((_, plan),) = cursor.execute(f"explain (format json) {sql}", list(parameters)).fetchall()
            named[sql] = published & {*re.findall(r"\w+", sql), *re.findall(r'\.(\w+)"', plan)}
        tables[shown] |= named[sql]

    def noting_frame(self: CachedPublished, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        note(self, sql, parameters)
        return frame(self, sql, parameters)

    def noting_batches(self: Published, sql: str, parameters: Sequence[Any], *others: Any) -> Any:
        note(self, sql, parameters)
        return batches(self, sql, parameters, *others)

    monkeypatch.setattr(CachedPublished, "frame", noting_frame)
    monkeypatch.setattr(Published, "arrow_batches", noting_batches)
    for choice in [*CHOICES, MONTH]:
        entry = AppTest.from_file(str(ENTRY), default_timeout=120)
        for shown in PAGES if choice in ({}, MONTH) else [page for page in PAGES if page not in UNFILTERED]:
            # What another page asked before would be kept, and not be asked again.
            st.cache_data.clear()
            st.cache_resource.clear()
            if shown != "overview":
                entry.switch_page(f"app_pages/{shown}.py")
            entry.query_params.update(choice | ({"waybill": parcel} if shown == FOLLOW else {}))
            entry.run()
            assert not entry.exception
            offered = [button for button in entry.button if str(button.key).startswith("why ")]
            for key in [button.key for button in offered if choice is MONTH and not button.disabled]:
                entry.button(key=key).click().run()
                assert not entry.exception
    return tables


def test_a_page_asks_the_tables_of_its_exposure_and_no_other(
    exposed: dict[str, set[str]], asked: dict[str, set[str]]
) -> None:
    filtered = [tables for page, tables in asked.items() if page not in UNFILTERED]
    always = {table for table in set.intersection(*filtered) if not table.startswith("mart_")}
    asks = {EVERY_PAGE: always, **{page: asked[page] - always for page in PAGES}}
    for name, tables in asks.items():
        assert exposed[name] == tables, name


def test_a_report_that_no_page_asks_is_exposed_for_whoever_asks_the_file(
    exposed: dict[str, set[str]],
) -> None:
    pages = {table for name, tables in exposed.items() if name != NO_PAGE for table in tables}
    assert not exposed[NO_PAGE] & pages
    assert exposed.keys() == {*PAGES, EVERY_PAGE, NO_PAGE, "merchant_extracts"}


def test_every_report_is_exposed(exposed: dict[str, set[str]], market: Settings) -> None:
    nodes = json.loads(market.manifest.read_text())["nodes"].values()
    reports = {
        node["alias"] for node in nodes if node["schema"] == "reports" and node["resource_type"] == "model"
    }
    assert reports <= set().union(*exposed.values())

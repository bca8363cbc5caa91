"""A reader sees one language on a page: that of the URL, else the browser's."""

import csv
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from streamlit.testing.v1 import AppTest
from test_pages import open_page

import dashboards
import warehouse
from dashboards.languages.vocabulary import (
    CATEGORIES,
    EXPECTATIONS,
    OF_THE_DATA,
    OF_THE_MARKET,
    REASONS_TO_EXPECT,
)
from ingest.contract import CONTRACT, REASONS
from serving.formats import words
from serving.published import Published
from serving.tiers import TIERS
from simulator.world import categories
from warehouse.bounds import read_bounds

ROOM = Path(dashboards.__file__).parent
SEEDS = Path(__file__).parents[2] / "dbt_project" / "seeds"
PAGES = [
    *("overview", "gmv_by_tier", "delivery_time", "lanes", "courier_share", "stalled", "follow_a_parcel"),
    *("delivery_estimate", "across_the_border", "cost_and_choice", "consumers", "my_shop", "data_health"),
    "own_file",
]
CHINESE = {"language": "zh_CN", "period": "2019-06"}

#: What is written in Latin letters in Chinese, too: commands, kinds of files, zones and currencies, terms,
#: names of programs and companies, the switch itself, and what the simulator calls its shops.
LATIN = re.compile(
    r"`[^`]*`|:orange-badge|:material/\w+:|[A-Z][a-z]+/[A-Z]\w+|UTC|[A-Z]{3}(?![A-Za-z])|\d{8}T\d{6}Z"
    r"|Shop M\d+ \(\w+:M\d+\)|Own export|waymart|English|Language|Shopify|Olist|Excel|[Pp]arquet|xlsx"
)


def said(shown: AppTest) -> list[str]:
    """What a page says by itself: titles, sentences, labels, buttons, options and tiles."""
    kinds = (shown.title, shown.subheader, shown.markdown, shown.caption, shown.info, shown.warning)
    values = [str(element.value) for kind in kinds for element in kind]
    labelled = (shown.button, shown.selectbox, shown.multiselect, shown.metric, shown.button_group)
    labels = [str(element.label) for kind in labelled for element in kind]
    chosen = (shown.selectbox, shown.multiselect, shown.button_group)
    options = [str(option) for kind in chosen for element in kind for option in element.options]
    numbers = [f"{tile.value} {tile.delta}" for tile in shown.metric]
    return values + labels + options + numbers


@pytest.mark.parametrize("page", PAGES)
def test_a_page_in_chinese_says_nothing_in_english(page: str, home: Path) -> None:
    shown = open_page(page, CHINESE)
    assert not shown.exception
    texts = said(shown)
    assert len(texts) > 5
    english = [text for text in texts if re.search("[A-Za-z]{3}", LATIN.sub("", text))]
    assert english == []


def test_the_audit_says_in_chinese_what_it_expected_saw_and_why(home: Path) -> None:
    shown = open_page("data_health", CHINESE)
    frames = [frame.value for frame in shown.dataframe if "校验项" in frame.value.columns]
    texts = {str(value) for column in ("实测", "应为", "原因") for value in frames[0][column]}
    assert len(texts) > 20
    assert [text for text in texts if re.search("[A-Za-z]{3}", LATIN.sub("", text))] == []


def test_every_reason_of_a_bound_is_in_the_vocabulary() -> None:
    bounds = read_bounds(Path(warehouse.__file__).with_name("bounds.toml"))
    assert {bound.reason.partition(": ")[2] for bound in bounds} == set(REASONS_TO_EXPECT)


def test_the_language_of_the_url_stays_on_the_way_to_another_page(home: Path) -> None:
    shown = open_page("overview", {"language": "zh_CN"})
    assert shown.title[0].value == "总览"
    shown.query_params.clear()
    shown.switch_page("app_pages/lanes.py").run()
    assert shown.query_params == {"language": "zh_CN"}
    assert shown.title[0].value == "线路"


def test_the_switch_writes_the_language_into_the_url_and_leaves_the_filters(home: Path) -> None:
    shown = open_page("overview", {"period": "2019-06"})
    assert shown.title[0].value == "Overview"
    shown.button_group(key="language").set_value("zh_CN").run()
    assert shown.query_params == {"period": "2019-06", "language": "zh_CN"}
    assert shown.title[0].value == "总览"
    assert any("2019年6月" in text for text in said(shown))
    shown.button_group(key="language").set_value("en").run()
    assert shown.title[0].value == "Overview"


def test_a_language_that_is_none_of_ours_is_english(home: Path) -> None:
    assert open_page("overview", {"language": "tlh"}).title[0].value == "Overview"


def test_what_a_page_alone_lets_choose_stands_in_the_url_by_its_code(home: Path) -> None:
    shown = open_page("delivery_time", {"language": "zh_CN", "cut": "month"})
    assert shown.button_group(key="cut").value == "month"
    shown.button_group(key="cut").set_value("tier").run()
    assert shown.query_params == {"language": "zh_CN", "cut": "tier"}
    shown.button_group(key="cut").set_value("courier").run()
    assert shown.query_params == {"language": "zh_CN"}


def seeded(name: str, column: str) -> set[str]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row[column] for row in csv.DictReader(file)}


def test_every_word_of_ours_has_a_translation(serving: Published) -> None:
    codes: set[str] = {*TIERS, *REASONS, *(entity.name for entity in CONTRACT), *categories.CATEGORIES}
    for name, column in (
        *(("channel_codes", "channel"), ("service_codes", "service"), ("purpose_codes", "purpose")),
        *(("event_codes", "milestone"), ("order_statuses", "status"), ("exception_reasons", "reason")),
        ("exception_reasons", "side_at_fault"),
    ):
        codes |= seeded(name, column)
    tables = (("mart_stalled_parcels", ("place_of_silence", "silence_band", "status")),)
    codes |= {code for table, names in tables for name in names for code in serving.values(table, name)}
    codes |= {*serving.frame("select expectation from audit_results")["expectation"]}
    listed = {*OF_THE_MARKET, *OF_THE_DATA, *CATEGORIES, *EXPECTATIONS}
    assert {words(code) for code in codes} - listed == set()


def test_chinese_writes_chinese_alone() -> None:
    with (ROOM / "languages" / "zh_CN.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    # A translation without a Chinese character is a string that was copied.
    copied = [
        message.id
        for message in messages
        for form in ([message.string] if isinstance(message.string, str) else message.string)
        if not re.search("[一-鿿]", form) and re.search("[A-Za-z]{3}", re.sub(r"\{\w+\}", "", form))
    ]
    assert copied == []

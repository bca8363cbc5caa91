"""Overview's "What needs you": each finding is a sentence with its numbers and a link that sets filters."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import home_with, open_page, texts

from estimates.findings.row import COLUMNS

WEEK = {"span": "week", "first_date": "2019-08-12", "last_date": "2019-08-18", "certainty_share": 0.9971}
HOURS = {"now_hours": 71.24, "before_hours": 49.0, "effect_hours": 20.31}
CHANGE = {"finding_kind": "change", **WEEK, "touched_count": 1234}
SHARE = {"now_share": 0.121, "before_share": 0.16, "effect_share": -0.0401}
LANE = {"origin_province_id": "330000", "destination_province_id": "440000"}

#: Words of a finding's sentence, the numbers beside it, the page of its link, the filters set there.
FINDINGS: list[tuple[dict[str, Any], str, str, str, str]] = [
    (
        {**CHANGE, **HOURS, **LANE, "finding_metric": "mean_end_to_end_hours"},
        "Parcels from Zhejiang to Guangdong took 71.2 h from pickup to the door, 20.3 h longer than expected "
        "(before: 49.0 h).",
        "The week of 12 Aug to 18 Aug 2019 · 1,234 parcels · 99.7% certain",
        "lanes",
        "period=2019-08-12..2019-08-18&lane=330000%3E440000",
    ),
    (
        {
            **CHANGE,
            **HOURS,
            "effect_hours": -5.0,
            "courier_id": "zto",
            "finding_metric": "mean_end_to_end_hours",
        },
        "Parcels with ZTO Express took 71.2 h from pickup to the door, 5.0 h less than expected "
        "(before: 49.0 h).",
        "The week of 12 Aug to 18 Aug 2019 · 1,234 parcels · 99.7% certain",
        "delivery_time",
        "period=2019-08-12..2019-08-18&courier=zto",
    ),
    (
        {
            **CHANGE,
            **SHARE,
            "courier_id": "yto",
            "destination_province_id": "440000",
            "finding_metric": "waybill_share",
        },
        "YTO Express carried 12.1% of the parcels to Guangdong, 4.0 points less than expected "
        "(before: 16.0%).",
        "The week of 12 Aug to 18 Aug 2019 · 1,234 parcels · 99.7% certain",
        "courier_share",
        "period=2019-08-12..2019-08-18&courier=yto",
    ),
    (
        {
            **CHANGE,
            **SHARE,
            "effect_share": 0.08,
            "category_id": "jd:pets",
            "finding_metric": "tier_1_2_line_share",
            "span": "month",
            "first_date": "2019-07-01",
            "last_date": "2019-07-31",
        },
        "Pets, JD.com: 12.1% of what was sold went to tier 1–2 cities, 8.0 points more than expected "
        "(before: 16.0%).",
        "July 2019 · 1,234 order lines · 99.7% certain",
        "gmv_by_tier",
        "period=2019-07",
    ),
    (
        {
            "finding_kind": "late_merchants",
            "finding_metric": "late_shipment_share",
            "span": "weeks",
            "first_date": "2019-07-22",
            "last_date": "2019-08-18",
            "merchant_id": "a shop",
            "part_count": 1,
            "touched_count": 21,
            **SHARE,
        },
        "a shop shipped 21 parcels after the promise, 12.1% of those due; all others 16.0%.",
        "The four weeks of 22 Jul to 18 Aug 2019",
        "delivery_time",
        "period=2019-07-22..2019-08-18",
    ),
    (
        {
            "finding_kind": "silent_parcels",
            "finding_metric": "silent_share",
            "span": "now",
            "courier_id": "sto",
            "touched_count": 95,
            **SHARE,
        },
        "STO Express has 95 parcels that have been silent for 2 to 30 days, 12.1% of what it carries in four "
        "weeks; all others have 16.0%.",
        "Now",
        "stalled",
        "courier=sto",
    ),
    (
        {
            "finding_kind": "unmapped_codes",
            "finding_metric": "unmapped_event",
            "span": "now",
            "provider_id": "waymart",
            "code": "X1$",
            "part_count": 2,
            "touched_count": 4500,
        },
        "Own export sends 2 codes that are not mapped (event, most often X1$), 4,500 rows so far.",
        "Now",
        "data_health",
        "",
    ),
]
LOOKED_AT = {"finding_kind": "looked_at", "tried_count": 608, "touched_count": 9000}


def statement(rows: list[dict[str, Any]]) -> str:
    """SQL that puts these findings in the place of the build's."""
    placed = [{**row, "finding_id": f"f{n}", "finding_rank": n} for n, row in enumerate(rows, 1)]
    placed += [
        {**LOOKED_AT, **WEEK, "finding_id": "week"},
        {
            **LOOKED_AT,
            "span": "month",
            "first_date": "2019-07-01",
            "last_date": "2019-07-31",
            "finding_id": "month",
        },
    ]
    values = ", ".join(
        "(" + ", ".join("null" if row.get(name) is None else f"'{row[name]}'" for name in COLUMNS) + ")"
        for row in placed
    )
    return f"delete from mart_findings; insert into mart_findings ({', '.join(COLUMNS)}) values {values}"


def section(shown: AppTest) -> tuple[list[str], list[str]]:
    """Return what the section says: sentences, and captions."""
    [needs] = [block for block in shown.main.children.values() if _heading(block) == "What needs you"]
    return [each.value for each in needs.get("markdown")], [each.value for each in needs.get("caption")]


def _heading(block: Any) -> str | None:
    headings = block.get("subheader") if hasattr(block, "get") else []
    return headings[0].value if headings else None


def test_each_finding_is_a_sentence_with_its_numbers_and_a_link_with_filters(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = home_with(tmp_path, home, statement([row for row, *_ in FINDINGS]))
    monkeypatch.setenv("WAYMART_HOME", str(copy))
    shown = open_page("overview", {})
    assert not shown.exception
    sentences, captions = section(shown)
    assert [each.replace("\\", "") for each in sentences] == [words for _, words, *_ in FINDINGS]
    assert captions[:-1] == [numbers for _, _, numbers, *_ in FINDINGS]
    assert captions[-1].startswith(
        "Looked at: July 2019 and the week of 12 Aug to 18 Aug 2019. 608 couriers, provinces, lanes"
    )
    links = [link for link in shown.get("page_link") if ":" in link.proto.label]
    assert [(link.proto.page, link.proto.query_string) for link in links] == [
        (page, query) for *_, page, query in FINDINGS
    ]


def test_where_there_is_nothing_it_says_what_was_looked_at(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(home_with(tmp_path, home, statement([]))))
    sentences, captions = section(open_page("overview", {"courier": "zto"}))
    assert sentences == []
    assert captions == [
        "Nothing stands out in July 2019 and the week of 12 Aug to 18 Aug 2019. 608 couriers, provinces, "
        "lanes, merchants and categories were compared with the rest of the market and their own weeks "
        "before; weeks of sales and long holidays are left out. All of the market, whatever is chosen."
    ]


def test_a_build_without_findings_has_no_such_section(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = "drop table mart_findings; delete from data_dictionary where table_name = 'mart_findings'"
    monkeypatch.setenv("WAYMART_HOME", str(home_with(tmp_path, home, without)))
    shown = open_page("overview", {})
    assert not shown.exception
    assert "What needs you" not in [each.value for each in shown.subheader]


def test_the_builds_own_findings_are_shown_in_their_order(home: Path) -> None:
    sentences, captions = section(open_page("overview", {}))
    with duckdb.connect(str(home / "serving" / "current.duckdb"), read_only=True) as connection:
        count, first = connection.execute(
            "select count(finding_rank), min(strftime(first_date, '%-d %b')) filter (where span = 'week'"
            " and finding_rank is null) from mart_findings"
        ).fetchall()[0]
    assert len(sentences) == count
    assert f"the week of {first}" in captions[-1]
    assert not any("whatever is chosen" in text for text in texts(open_page("overview", {})))

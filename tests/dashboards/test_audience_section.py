"""Who sees the market sees the kept audiences, and a merchant's session sees nothing of them."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest
from test_pages import open_page, texts

from serving.access import Grant, Identity, RefusedError
from serving.audiences import Audience, keep
from warehouse.settings import Settings

#: How the section begins below its table.
RANKED = "Ranked by how much accounts buy"
MERCHANT = Grant("lin@example.com", "merchant", frozenset({"pinduoduo:M000000000001"}))


@pytest.fixture
def kept(own_home: Settings) -> Audience:
    audience = Audience(
        name="launch",
        products=("pinduoduo:P1",),
        early_days=60,
        buyer_count=41,
        top_tenth_lift=3.25,
        listed_count=12,
        tier_counts={"tier_1": 5, "tier_3": 7},
        kept_at=datetime(2019, 7, 1, tzinfo=UTC),
    )
    rows = {
        "rank": range(1, 13),
        "consumer_id": [f"pinduoduo:{number}" for number in range(12)],
        "tier_fixed": ["tier_1"] * 5 + ["tier_3"] * 7,
        "score": [0.5] * 12,
    }
    keep(own_home.audiences, audience, pl.DataFrame(rows))
    return audience


def shown(page: AppTest) -> str:
    """All that the page says, tables and buttons too."""
    tables = [frame.value.to_csv() for frame in page.dataframe]
    return "\n".join([*texts(page), *tables, str(page)])


def test_an_analyst_sees_its_size_by_tier_and_how_well_it_finds(kept: Audience) -> None:
    page = open_page("consumers", {})
    assert not page.exception
    [table] = [frame.value for frame in page.dataframe if "top_tenth_lift" in frame.value.columns]
    [row] = table.to_dict("records")
    assert (row["name"], row["tier_1"], row["tier_3"], row["listed_count"]) == ("launch", 5, 7, 12)
    assert row["top_tenth_lift"] == pytest.approx(3.2, abs=0.06)
    assert "Download launch" in shown(page)


def test_a_merchants_session_sees_neither_its_name_nor_its_size(
    kept: Audience, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.reader.current_grant", lambda: MERCHANT)
    assert open_page("consumers", {}).title[0].value == "My shop"
    for page in ("consumers", "my_shop", "follow_a_parcel"):
        said = shown(open_page(page, {}))
        assert "launch" not in said
        assert RANKED not in said


def test_the_section_itself_draws_nothing_for_a_merchant(kept: Audience) -> None:
    def section() -> None:
        from test_audience_section import MERCHANT

        from dashboards.choice.view import current_view
        from dashboards.parts.audiences import show_audiences
        from serving.access import THIS_MACHINE

        view = current_view()
        show_audiences(view, lambda: MERCHANT)
        import streamlit as st

        if st.query_params.get("all"):
            show_audiences(view, lambda: THIS_MACHINE)

    page = AppTest.from_function(section, default_timeout=60)
    page.run()
    assert not page.exception
    assert len(page.main) == 0
    page.query_params["all"] = "1"
    page.run()
    assert RANKED in shown(page)


def test_a_download_asks_at_the_click_who_may_still_see_it(
    kept: Audience, own_home: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = own_home.access
    access.write_text('[users."mei@example.com"]\nrole = "analyst"\n', encoding="utf-8")
    reader = Identity("mei@example.com", datetime.now(UTC) + timedelta(hours=1))
    monkeypatch.setattr("dashboards.reader.is_for_this_machine", lambda _settings: False)
    monkeypatch.setattr("dashboards.reader._identity", lambda: reader)
    buttons: dict[str, Callable[[], str]] = {}
    monkeypatch.setattr(
        "streamlit.download_button", lambda _label, data, **options: buttons.update({options["key"]: data})
    )
    assert not open_page("consumers", {}).exception
    click = buttons["audience launch"]
    assert pl.read_csv(click().encode()).height == kept.listed_count
    # Nobody is signed in any more for Streamlit, which a click after the page's run does not tell.
    monkeypatch.setattr("dashboards.reader._identity", lambda: None)
    assert click()
    access.write_text(
        '[users."mei@example.com"]\nrole = "merchant"\nmerchants = ["jd:M1"]\n', encoding="utf-8"
    )
    with pytest.raises(RefusedError, match="analysts and operators alone"):
        click()
    access.write_text("", encoding="utf-8")
    with pytest.raises(RefusedError, match="no access yet"):
        click()

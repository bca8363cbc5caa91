"""What people keep on the pages: a view by its name, a note that charts show."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

import dashboards
from warehouse.settings import Settings

ENTRY = Path(dashboards.__file__).with_name("app.py")


def open_overview(period: str = "2019-06") -> AppTest:
    entry = AppTest.from_file(str(ENTRY), default_timeout=60)
    entry.query_params.update({"period": period, "platform": "jd"})
    return entry.run()


def test_a_view_is_kept_with_its_filters_and_opened_by_its_name(own_home: Settings) -> None:
    page = open_overview()
    page.text_input(key="view_name").input("June at JD")
    next(button for button in page.button if button.label == "Keep this view").click().run()
    assert "overview" not in own_home.views.read_text()
    assert '"June at JD" = "?period=2019-06&platform=jd"' in own_home.views.read_text()
    later = open_overview("all")
    later.button(key="view June at JD").click().run()
    assert later.query_params == {"period": "2019-06", "platform": "jd"}
    later.button(key="no view June at JD").click().run()
    assert "June at JD" not in own_home.views.read_text()


def test_a_note_stands_in_charts_of_its_days_and_in_no_others(own_home: Settings) -> None:
    own_home.notes.write_text('[[notes]]\nfrom = 2019-06-10\nto = 2019-06-12\ntext = "strike in Hubei"\n')

    def marked_charts(period: str) -> int:
        page = open_overview(period)
        assert not page.exception
        specs = [element.proto.spec for element in page.main if element.type == "vega_lite_chart"]
        return sum('"field": "note"' in spec for spec in specs)

    assert marked_charts("2019-06") > 1
    assert marked_charts("2019-05") == 0


def test_a_damaged_file_of_notes_is_said_and_the_page_is_drawn(own_home: Settings) -> None:
    own_home.notes.write_text("[[notes]\n")
    page = open_overview()
    assert not page.exception
    assert any("is no file of notes" in warning.value for warning in page.warning)
    assert page.metric

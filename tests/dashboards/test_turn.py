"""Pages are drawn by turns."""

import os
from pathlib import Path
from threading import Thread

from streamlit.testing.v1 import AppTest

import dashboards
from dashboards.turn import turn

ENTRY = Path(dashboards.__file__).with_name("app.py")


def taken() -> int:
    """Take all turns that are free; return how many."""
    count = 0
    while turn.acquire(blocking=False):
        count += 1
    return count


def test_a_page_waits_while_as_many_are_drawn_as_there_are_cores_and_gives_its_turn_back(home: Path) -> None:
    page = AppTest.from_file(str(ENTRY), default_timeout=120).switch_page("app_pages/data_health.py")
    drawing = Thread(target=page.run)
    turns = taken()
    assert turns == os.cpu_count()
    drawing.start()
    drawing.join(timeout=5)
    assert drawing.is_alive()
    turn.release(turns)
    drawing.join()
    assert page.title[0].value == "Data health"
    assert not page.exception
    assert taken() == turns
    turn.release(turns)

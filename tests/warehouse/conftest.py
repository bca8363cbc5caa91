from pathlib import Path

import pytest
from small_line import SmallLine


@pytest.fixture
def line(tmp_path: Path) -> SmallLine:
    """A small line with nothing loaded."""
    return SmallLine(tmp_path / "line")


@pytest.fixture(scope="session")
def _published_once(tmp_path_factory: pytest.TempPathFactory) -> SmallLine:
    made = SmallLine(tmp_path_factory.mktemp("published"))
    made.load_orders("first", {"2018-06-18": [4, 5, 6], "2019-06-18": [10, 20, 30], "2019-06-19": [7]})
    made.run()
    return made


@pytest.fixture
def published_line(tmp_path: Path, _published_once: SmallLine) -> SmallLine:
    """A small line with one published build; its own copy."""
    return _published_once.copy(tmp_path / "line")

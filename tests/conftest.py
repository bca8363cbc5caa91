import fcntl
import os
from pathlib import Path

import pytest
from published_market import publish_market
from small_line import SmallLine

from serving.published import Published
from warehouse.settings import Settings


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


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Publish the market once per run of the tests, however many workers ask for it."""
    root = tmp_path_factory.getbasetemp()
    shared = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    home = shared / "published-market"
    with (shared / "published-market.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if Settings(home=home).published_file() is None:
            return publish_market(home)
    return Settings(home=home)


@pytest.fixture
def own_home(market: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The market's build in a home to which a test may write."""
    for path in (market.serving, market.warehouse):
        (tmp_path / path.name).symlink_to(path)
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    return Settings.from_environment()


@pytest.fixture(scope="session")
def serving(market: Settings) -> Published:
    return Published(market.current)

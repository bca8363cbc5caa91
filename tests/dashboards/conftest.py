import fcntl
import os
from pathlib import Path

import pytest
from published_market import publish_market

from dashboards.serving import Serving
from warehouse.settings import Settings


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


@pytest.fixture(scope="session")
def serving(market: Settings) -> Serving:
    return Serving(market.current)


@pytest.fixture
def home(market: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pages read the market."""
    monkeypatch.setenv("WAYMART_HOME", str(market.home))
    return market.home

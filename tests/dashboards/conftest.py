from pathlib import Path

import pytest
from streamlit import config

from warehouse.settings import Settings


@pytest.fixture(scope="session", autouse=True)
def _for_this_machine_alone() -> None:
    """The pages are for this machine alone, as the command serves them where nobody signs in."""
    config.set_option("server.address", "127.0.0.1")
    config.set_option("browser.gatherUsageStats", False)


@pytest.fixture
def home(market: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pages read the market."""
    monkeypatch.setenv("WAYMART_HOME", str(market.home))
    return market.home

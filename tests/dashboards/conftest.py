from pathlib import Path

import pytest
from streamlit import config

from warehouse.settings import Settings


@pytest.fixture
def home(market: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pages read the market, and are for this machine alone, as the command serves them."""
    config.set_option("server.address", "127.0.0.1")
    monkeypatch.setenv("WAYMART_HOME", str(market.home))
    return market.home

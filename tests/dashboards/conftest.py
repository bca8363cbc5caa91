from pathlib import Path

import pytest

from warehouse.settings import Settings


@pytest.fixture
def home(market: Settings, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The pages read the market."""
    monkeypatch.setenv("WAYMART_HOME", str(market.home))
    return market.home

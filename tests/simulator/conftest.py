import polars as pl
import pytest
from written_market import FROM, SEED, TO, Written

from simulator import write_market
from simulator.world.cities import TIERS, cities


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """A market with all its parts, two months longer than the one that `make demo` shows."""
    print(f"seed {SEED}")
    folder = tmp_path_factory.mktemp("demo")
    write_market(200_000, FROM, TO, SEED, folder, parts=["all"])
    return Written(folder)


@pytest.fixture(scope="session")
def tiers() -> pl.LazyFrame:
    """The 2025 list as (adcode, tier)."""
    places = cities()
    return pl.LazyFrame({"adcode": places.adcode, "tier": [TIERS[t] for t in places.tier.tolist()]})

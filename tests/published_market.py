"""Publishes a small simulated market, as anyone would, for pages and extracts to read."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
from dbt_at_hand import run_at_hand

from ingest.finding.find import find_files
from ingest.loading.load import create_raw, load_file
from simulator import write_market
from warehouse.audit import audit
from warehouse.build import build
from warehouse.publish import publish
from warehouse.settings import Settings

FROM, TO = date(2018, 6, 1), date(2019, 8, 31)
ORDERS = 6_000


def publish_market(home: Path) -> Settings:
    """Simulate, load, build, audit and publish under ``home``."""
    home.mkdir(parents=True, exist_ok=True)
    write_market(ORDERS, FROM, TO, 618, home / "market", parts=["cards"])
    found = find_files("waymart", [home / "market"]).files
    return publish_files(home, [("waymart", one.path) for one in found], is_simulated=True)


def publish_files(home: Path, files: Sequence[tuple[str, Path]], *, is_simulated: bool) -> Settings:
    """Load files, each with its provider, build, audit and publish under ``home``."""
    settings = Settings(home=home)
    home.mkdir(parents=True, exist_ok=True)
    key = settings.pseudonym_key()
    with duckdb.connect(str(settings.warehouse)) as connection:
        create_raw(connection)
        for provider, path in files:
            load_file(connection, provider, path, pseudonym_key=key, is_simulated=is_simulated)
    build(settings, dbt=run_at_hand)
    report = audit(settings)
    publish(settings, accept="so few orders are unusual, and meant here" if report.errors else None)
    return settings

"""Publishes a simulated market of which the truth is known, as anyone would."""

from datetime import date
from pathlib import Path

import duckdb
import polars as pl
from published_market import publish_files

from ingest.finding.find import find_files
from simulator import write_market
from warehouse.row_files import search_in
from warehouse.settings import Settings

#: Long enough for a month and the same of the year before, and for twelve months that end in two of them.
FROM, TO = date(2018, 5, 1), date(2019, 6, 30)
ORDERS = 20_000
SEED = 72
#: Those that add columns to the facts.
PARTS = ("abroad", "cards", "claims", "economics", "parties", "points")

#: What if goods into the union had paid 3 euros per subheading from this day on, as a rule announced.
WHAT_IF_FROM = date(2019, 1, 1)
WHAT_IF_RULES = (
    "destination,channel,kind,basis,currency,fixed_fee,fee_per,valid_from,status\n"
    f"EU,any,duty,tariff_heading,EUR,3.00,tariff subheading and parcel,{WHAT_IF_FROM},announced\n"
)


class Published:
    """The published file, opened read-only, and the truth behind it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.truth = settings.home / "market" / "truth"
        self.connection = duckdb.connect(str(settings.published_file()), read_only=True)
        search_in(self.connection, settings.serving)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return self.connection.execute(query).fetchall()

    def warehouse(self, query: str) -> pl.DataFrame:
        """What the warehouse behind it says."""
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            return connection.execute(query).pl()

    def formula(self, table: str, metric: str) -> str:
        """The formula under which a page asks for the metric."""
        found = self.connection.execute(
            "select formula from data_dictionary where table_name = ? and name = ? and kind = 'metric'",
            [table, metric],
        ).fetchone()
        assert found is not None, f"{table} has no metric {metric}"
        return str(found[0])


def publish_reports(home: Path) -> None:
    """Simulate, load, build, audit and publish under ``home``."""
    home.mkdir(parents=True)
    (home / "what_if_rules.csv").write_text(WHAT_IF_RULES, encoding="utf-8")
    write_market(ORDERS, FROM, TO, SEED, home / "market", cross_border=0.05, parts=PARTS)
    found = find_files("waymart", [home / "market"]).files
    publish_files(home, [("waymart", one.path) for one in found], is_simulated=True)

"""One market built by DuckDB and by Spark: every table is the same."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Literal

import duckdb
import pytest
from built_warehouse import Loads, load, run_dbt
from two_engines import differences, show_spark, tables

from ingest.finding.find import find_files
from simulator import write_market
from simulator.faults.rates import usual
from warehouse.audit import audit
from warehouse.publish import publish
from warehouse.settings import Settings
from warehouse.spark import build_on_spark

pytest.importorskip("pyspark", reason="Spark is not installed: make engines")
pytestmark = pytest.mark.spark

SEED = 20_180_101
DAYS = (date(2018, 1, 1), date(2018, 3, 31))
#: Orders of the market in the providers' formats, and of that in our own contract.
SIZES: dict[Literal["providers", "contract"], int] = {"providers": 3_000, "contract": 3_000}
#: One of the samples has no year in its times, and its reader asks for one.
SAMPLES = [
    path for path in (Path(__file__).parents[1] / "ingest" / "samples").iterdir() if path.name != "lade"
]

#: Models in Python, which Spark's session cannot run.
IN_PYTHON = ("findings", "delivery_estimates", "estimate_quality", "courier_choice", "saving")

Homes = tuple[Settings, Settings]


def loads_of(root: Path) -> Loads:
    """Both markets with three times the usual faults, and every sample: all providers, zones, odd words."""
    found: Loads = []
    for feeds, size in SIZES.items():
        rates = {fault: 3 * rate for fault, rate in usual(feeds).items()}
        write_market(size, *DAYS, SEED, root / feeds, feeds=feeds, faults=rates, parts=["cards"])
        providers = root / feeds / "feeds"
        found += [
            (place.name, file.path)
            for place in sorted(providers.iterdir())
            for file in find_files(place.name, [place]).files
        ]
    found += [
        (place.name, file.path) for place in sorted(SAMPLES) for file in find_files(place.name, [place]).files
    ]
    return found


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Homes:
    """The market built by DuckDB, and by Spark from the same raw tables."""
    print(f"seed {SEED}")
    root = tmp_path_factory.mktemp("engines")
    duck, spark = Settings(home=root / "duckdb"), Settings(home=root / "spark")
    load(duck.home, loads_of(root))
    spark.home.mkdir()
    shutil.copy(duck.warehouse, spark.warehouse)
    run_dbt(duck.home, "build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    build_on_spark(spark)
    return duck, spark


@pytest.fixture(scope="module")
def built(homes: Homes) -> Iterator[duckdb.DuckDBPyConnection]:
    """What DuckDB built, and beside it what Spark built."""
    duck, spark = homes
    with duckdb.connect(duck.warehouse) as connection:
        show_spark(connection, spark)
        yield connection


def test_spark_builds_every_table(built: duckdb.DuckDBPyConnection) -> None:
    of_spark = {name.replace(".spark_", ".") for name in tables(built, "VIEW") if ".spark_" in name}
    in_python = {f"reports.mart_{name}" for name in IN_PYTHON}
    views_of_duckdb = {"core.fct_waybill_events", "extracts.extract_scans"}
    assert tables(built, "BASE TABLE") - in_python == of_spark - views_of_duckdb


@pytest.mark.parametrize("schema", ["seeds", "arrivals", "intermediate", "core", "reports", "extracts"])
def test_every_table_of_spark_is_duckdbs(built: duckdb.DuckDBPyConnection, schema: str) -> None:
    of_the_builds_themselves = {"arrivals.builds"}
    found = differences(built, schema)
    assert {table: what for table, what in found.items() if table not in of_the_builds_themselves} == {}


def test_what_spark_built_is_published_like_any_build(homes: Homes, built: duckdb.DuckDBPyConnection) -> None:
    _, spark = homes
    audit(spark)
    publish(spark, accept="its faults are meant")
    file = spark.published_file()
    assert file is not None
    with duckdb.connect(file, read_only=True) as published:
        counted = "select sum(waybill_count), sum(end_to_end_seconds), sum(end_to_end_histogram.h24)"
        expected = built.execute(f"{counted} from reports.mart_delivery_time").fetchall()
        assert published.execute(f"{counted} from mart_delivery_time").fetchall() == expected
        assert published.execute(
            "select count(*) from data_dictionary where formula is not null"
        ).fetchone() != (0,)

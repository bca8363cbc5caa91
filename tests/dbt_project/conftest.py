import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from built_warehouse import Build, Loads, load, run_dbt
from published_reports import Published, publish_reports
from real_lines import write_push

from warehouse.settings import Settings


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Build each warehouse once per run of the tests, however many workers ask for it."""
    root = tmp_path_factory.getbasetemp()
    shared = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def _build(name: str, loads: Loads, session_zone: str) -> Path:
        home = shared / f"warehouse-{name}"
        with (shared / f"warehouse-{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (home / "is_built").exists():
                load(home, loads)
                run_dbt(
                    home,
                    "build",
                    "--select",
                    "+path:models/marts/core",
                    "mart_order_delivery_time",
                    "mart_lane_time",
                    "--indirect-selection",
                    "buildable",
                    "--exclude-resource-type",
                    "unit_test",
                    session_zone=session_zone,
                )
                (home / "is_built").touch()
        return home / "warehouse.duckdb"

    return _build


@pytest.fixture(scope="session")
def real_data() -> Path:
    if "WAYMART_REAL_DATA" not in os.environ:
        pytest.skip("WAYMART_REAL_DATA is not set: no real data to test with")
    return Path(os.environ["WAYMART_REAL_DATA"])


@pytest.fixture(scope="session")
def real_loads(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Loads:
    lines = write_push(real_data, tmp_path_factory.mktemp("lines") / "lines.jsonl")
    olist = [("olist", path) for path in sorted((real_data / "olist").glob("olist_*_dataset.csv"))]
    return [
        *olist,
        ("kuaidi100", real_data / "tracking" / "yto_YT5555508965056.json"),
        ("kuaidi100", lines),
    ]


@pytest.fixture(scope="session")
def real_warehouse(build: Build, real_loads: Loads) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(build("real", real_loads, "Asia/Shanghai")), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Publish the market once per run of the tests, however many workers ask for it."""
    root = tmp_path_factory.getbasetemp()
    shared = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root
    home = shared / "published-reports"
    with (shared / "published-reports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if Settings(home=home).published_file() is None:
            publish_reports(home)
    return Published(Settings(home=home))

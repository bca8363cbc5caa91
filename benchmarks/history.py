"""What a history of eighteen months costs to build at once, and its readers to wait.

Run it with ``python -m benchmarks.history --orders 2000000``. Beside the line stands the same feed copied
into tables in the same run. Then the published build is read: its pages (``benchmarks.pages``) and extracts
(``benchmarks.extracts``). The last line is one JSON object.
"""

import json
import os
from dataclasses import asdict
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from benchmarks.day import engine_run, line_steps, whole_of
from benchmarks.figures import run
from simulator import write_market

FIRST_DAY, LAST_DAY = date(2018, 7, 1), date(2019, 12, 31)
_SEED = 3
_SLOWEST = 12


def main(orders: Annotated[int, typer.Option(help="Orders of all months.")] = 2_000_000) -> None:
    """Simulate, copy, build and read."""
    with TemporaryDirectory() as temporary:
        work = Path(temporary)
        write_market(orders, FIRST_DAY, LAST_DAY, _SEED, work / "market")
        copy = engine_run("rows", work / "market" / "feeds" / "waymart", work / "rows")
        steps = line_steps(work / "market", work / "line")
        home = work / "line" / "home"
        os.environ["WAYMART_HOME"] = str(home)
        said = {
            "benchmark": "history",
            "orders": orders,
            "seed": _SEED,
            "copy": asdict(copy),
            **{name: asdict(one) for name, one in (steps | {"line": whole_of(steps)}).items()},
            "build_in_times_the_copy": steps["build"].core_seconds / copy.core_seconds,
            "seconds_of_the_slowest_models": _slowest(home),
            "pages": run("pages", str(home)),
            "extracts": run("extracts"),
        }
    print(json.dumps(said))


def _slowest(home: Path) -> dict[str, float]:
    results = json.loads((home / "dbt" / "target" / "run_results.json").read_text())["results"]
    slow = sorted(results, key=lambda one: -one["execution_time"])[:_SLOWEST]
    return {one["unique_id"].split(".")[2]: round(one["execution_time"], 2) for one in slow}


if __name__ == "__main__":
    typer.run(main)

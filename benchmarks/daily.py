"""Measure what a day's build costs after a short and after a long history.

Run it with ``python -m benchmarks.daily --orders 4000``. Both warehouses hold the same market up to another
day, loaded day by day; one further day arrives and is built. What dbt takes to start is left out.
Seconds are processor time of both cores, which a busy machine stretches less than the clock.
"""

import json
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import duckdb
import typer
from rich.console import Console
from rich.table import Table

from ingest.load import create_raw, load_file
from simulator import write_market
from warehouse.build import build
from warehouse.dbt_run import run_dbt
from warehouse.settings import Settings

FIRST_DAY = date(2019, 3, 1)
HISTORIES = (15, 90)
_SLOWEST = 12


@dataclass
class Cost:
    """Processor seconds: dbt's start, building the history, building one more day; seconds per model."""

    start: float = 0.0
    history: float = 0.0
    day: float = 0.0
    models: dict[str, float] = field(default_factory=dict)


@contextmanager
def _measured(cost: Cost, name: str) -> Iterator[None]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    setattr(cost, name, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _load(settings: Settings, days: list[Path]) -> None:
    with duckdb.connect(str(settings.warehouse)) as connection:
        create_raw(connection)
        for day in days:
            for path in sorted(day.glob("*.parquet")):
                load_file(connection, "waymart", path, pseudonym_key=b"b" * 32, is_simulated=True)


def _cost(settings: Settings, days: list[Path], history: int) -> Cost:
    cost = Cost()
    settings.home.mkdir(parents=True)
    _load(settings, days[: history - 1])
    with _measured(cost, "history"):
        build(settings)
    _load(settings, days[history - 1 : history])
    with _measured(cost, "day"):
        build(settings)
    results = json.loads((settings.dbt_target / "run_results.json").read_text())["results"]
    cost.models = {one["unique_id"].split(".")[2]: one["execution_time"] for one in results}
    with _measured(cost, "start"):
        run_dbt(settings, "parse")
    return cost


def main(orders: Annotated[int, typer.Option(help="Orders a day.")] = 4_000) -> None:
    """Simulate, load, build and print the table."""
    console = Console()
    with TemporaryDirectory() as folder:
        market = Path(folder) / "market"
        last_day = FIRST_DAY + timedelta(days=max(HISTORIES) - 1)
        write_market(orders * max(HISTORIES), FIRST_DAY, last_day, 5, market, daily=True)
        days = sorted((market / "feeds" / "waymart").iterdir())
        costs = {}
        for history in HISTORIES:
            home = Path(folder) / str(history)
            costs[history] = _cost(Settings(home=home), days, history)
            shutil.rmtree(home)
    table = Table(
        "days of history", "dbt's start, s", "everything, s", "one day more, s", "without the start, s"
    )
    for history, cost in costs.items():
        seconds = (cost.start, cost.history, cost.day, cost.day - cost.start)
        table.add_row(str(history), *(f"{value:.1f}" for value in seconds))
    console.print(table)
    short, long = (costs[history] for history in HISTORIES)
    console.print(f"ratio {(long.day - long.start) / (short.day - short.start):.2f}")
    grown = sorted(long.models, key=lambda name: short.models.get(name, 0) - long.models[name])[:_SLOWEST]
    models = Table("grew most (seconds of the clock)", *(f"{history} days" for history in HISTORIES))
    for name in grown:
        models.add_row(name, *(f"{cost.models.get(name, 0):.2f}" for cost in costs.values()))
    console.print(models)


if __name__ == "__main__":
    typer.run(main)

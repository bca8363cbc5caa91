"""Measure what a day costs after a short and after a long history.

Run it with ``python -m benchmarks.daily --orders 6000``. Both warehouses hold the same market up to another
day, loaded day by day; one further day arrives, is built, audited and published. Of several days (``--days``)
the medians are told. What dbt takes to start is left out. Seconds are processor time of both cores, which a
busy machine stretches less than the clock; dbt tells of its nodes only by the clock. The last line is one
JSON object.
"""

import json
import resource
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ingest.loading.load import create_raw, load_file
from simulator import write_market
from warehouse.audit import audit
from warehouse.build import build
from warehouse.connection import open_warehouse
from warehouse.dbt_run import run_dbt
from warehouse.publish import publish
from warehouse.settings import Settings

FIRST_DAY = date(2019, 3, 1)
HISTORIES = (15, 90)
_SEED = 5
_MARTS = Path(__file__).parent.parent / "dbt_project" / "models" / "marts"
_SLOWEST = 12


@dataclass
class Cost:
    """Processor seconds by step; seconds of the clock by node of dbt."""

    steps: dict[str, float] = field(default_factory=dict)
    nodes: dict[str, float] = field(default_factory=dict)

    def measure(self, step: str, work: Callable[[], object]) -> None:
        """Do a step of which dbt, a process of its own, may be a part."""
        before = _processor_seconds()
        work()
        self.steps[step] = _processor_seconds() - before

    @property
    def day(self) -> float:
        """The day's build without dbt's start."""
        return self.steps["day's build"] - self.steps["dbt's start"]

    def clock(self, kind: str) -> float:
        """Seconds of the clock of all nodes of a kind."""
        return sum(seconds for node, seconds in self.nodes.items() if node.startswith(f"{kind}."))


def _processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _load(settings: Settings, days: list[Path]) -> None:
    with open_warehouse(settings, create=True) as connection:
        create_raw(connection)
        for day in days:
            for path in sorted(day.glob("*.parquet")):
                load_file(connection, "waymart", path, pseudonym_key=b"b" * 32, is_simulated=True)


def _cost(settings: Settings, days: list[Path], history: int, count: int) -> Cost:
    settings.home.mkdir(parents=True)
    _load(settings, days[: history - 1])
    whole = Cost()
    whole.measure("history's build", lambda: build(settings))
    audit(settings)
    publish(settings)
    found = [_day_cost(settings, day) for day in days[history - 1 :][:count]]
    whole.measure("dbt's start", lambda: run_dbt(settings, "parse"))
    steps = {step: median(one.steps[step] for one in found) for step in found[0].steps}
    nodes = {node: median(one.nodes.get(node, 0.0) for one in found) for node in found[0].nodes}
    return Cost(whole.steps | steps, nodes)


def _day_cost(settings: Settings, day: Path) -> Cost:
    cost = Cost()
    cost.measure("day's load", lambda: _load(settings, [day]))
    cost.measure("day's build", lambda: build(settings))
    results = json.loads((settings.dbt_target / "run_results.json").read_text())["results"]
    for one in results:
        kind, _, name = one["unique_id"].split(".")[:3]
        cost.nodes[f"{kind}.{name}"] = one["execution_time"]
    cost.measure("day's audit", lambda: audit(settings))
    cost.measure("day's publish", lambda: publish(settings))
    return cost


def _about_consumers() -> set[str]:
    paths = [*(_MARTS / "reports" / "consumers").glob("*.sql"), *(_MARTS / "core").glob("fct_consumer_*.sql")]
    return {f"model.{path.stem}" for path in paths}


def main(
    orders: Annotated[int, typer.Option(help="Orders a day.")] = 6_000,
    count: Annotated[int, typer.Option("--days", min=1, help="Days after each history; medians.")] = 1,
) -> None:
    """Simulate, load, build and print the tables."""
    console = Console()
    with TemporaryDirectory() as folder:
        market = Path(folder) / "market"
        span = max(HISTORIES) + count - 1
        last_day = FIRST_DAY + timedelta(days=span - 1)
        write_market(orders * span, FIRST_DAY, last_day, _SEED, market, daily=True)
        days = sorted((market / "feeds" / "waymart").iterdir())
        costs = {}
        for history in HISTORIES:
            home = Path(folder) / str(history)
            costs[history] = _cost(Settings(home=home), days, history, count)
            shutil.rmtree(home)
    short, long = (costs[history] for history in HISTORIES)
    table = Table("processor seconds after a history of", *(f"{history} days" for history in HISTORIES))
    for step, seconds in short.steps.items():
        table.add_row(step, f"{seconds:.1f}", f"{long.steps[step]:.1f}")
    table.add_row("day's build without the start", f"{short.day:.1f}", f"{long.day:.1f}")
    console.print(table, f"ratio {long.day / short.day:.2f}")
    nodes = Table("seconds of the clock", *(f"{history} days" for history in HISTORIES))
    for kind in ("model", "test", "operation"):
        nodes.add_row(f"all of kind {kind}", f"{short.clock(kind):.2f}", f"{long.clock(kind):.2f}")
    consumers = sorted(short.nodes.keys() & _about_consumers())
    both = [sum(cost.nodes[name] for name in consumers) for cost in (short, long)]
    nodes.add_row("models about consumers", *(f"{seconds:.2f}" for seconds in both))
    for name in consumers:
        nodes.add_row(name, f"{short.nodes[name]:.2f}", f"{long.nodes[name]:.2f}")
    grown = Counter({name: seconds - short.nodes.get(name, 0) for name, seconds in long.nodes.items()})
    for name, _ in grown.most_common(_SLOWEST):
        nodes.add_row(name, f"{short.nodes.get(name, 0):.2f}", f"{long.nodes[name]:.2f}")
    console.print(nodes)
    said = {"benchmark": "daily", "orders_a_day": orders, "seed": _SEED, "ratio": long.day / short.day}
    print(json.dumps(said | {f"after_{history}_days": cost.steps for history, cost in costs.items()}))


if __name__ == "__main__":
    typer.run(main)

"""How many pushes the receiver keeps, how fast it answers, and how that compares with one fdatasync for each.

Run it with ``python -m benchmarks.receive [--home HOME]``. First as many pushes as are answered, then so many
a second for as long again; with ``--home``, a copy of a home with a published build, that is built anew niced
beside it meanwhile. Pushes are histories of five scans, signed as Kuaidi100 signs. The load generator is a
process of its own; its core-seconds are counted apart. The last line is one JSON object.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import psutil
import typer

from benchmarks.figures import WAYMART
from benchmarks.pushing import free_port, kuaidi100, receiver


def _load(port: int, rate: float, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.push_load", str(port)]
    command += ["--rate", str(rate), "--seconds", str(seconds)]
    found: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return found


def _one_each(folder: Path, seconds: float) -> float:
    """Return how many pushes a second are kept where each has an fdatasync of its own."""
    body, count = kuaidi100("F", 5) + b"\n", 0
    with (folder / "floor").open("wb", buffering=0) as file:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            file.write(body)
            os.fdatasync(file.fileno())
            count += 1
    return count / seconds


@contextmanager
def _built_beside(home: Path | None) -> Iterator[list[int]]:
    """Build the home anew, niced, again and again; yield how often it was, or none."""
    if home is None:
        yield []
        return
    script = 'while true; do nice -n 19 "$0" run --full-refresh > /dev/null || exit; echo; done'
    with subprocess.Popen(
        ["bash", "-c", script, *WAYMART],
        env=os.environ | {"WAYMART_HOME": str(home)},
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as builder:
        built: list[int] = []
        try:
            time.sleep(5)  # until it is in the middle of it
            yield built
        finally:
            for child in psutil.Process(builder.pid).children(recursive=True):
                child.kill()
            builder.kill()


def _used(process: psutil.Process) -> float:
    """Core-seconds of the receiver's processes."""
    times = [one.cpu_times() for one in (process, *process.children())]
    return float(sum(one.user + one.system for one in times))


def main(
    home: Annotated[Path | None, typer.Option(help="A home to build anew beside it, from a copy.")] = None,
    rate: Annotated[float, typer.Option(help="Pushes a second of the second part.")] = 5_000,
    processes: Annotated[int, typer.Option(min=1, help="Of the receiver.")] = 2,
    seconds: Annotated[float, typer.Option(help="Of each part.")] = 20,
    is_json: Annotated[
        bool, typer.Option("--json", help="The last line is one JSON object: always so.")
    ] = False,
) -> None:
    """Measure and print."""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        own = None
        if home is not None:
            own = folder / "built"
            shutil.copytree(home, own, symlinks=True)
        floor = _one_each(folder, 3)
        port = free_port()
        with receiver(folder / "home", port, processes) as process, _built_beside(own):
            watched = psutil.Process(process.pid)
            before = _used(watched)
            fastest = _load(port, 0, seconds)
            between = _used(watched)
            steady = _load(port, rate, seconds)
            used = [between - before, _used(watched) - between]
    print(
        f"{fastest['per_second']:,.0f} pushes/s durable ({fastest['per_second'] / floor:.1f} times one "
        f"fdatasync each); at {rate:,.0f}/s: {steady['per_second']:,.0f}/s, p99 {steady['p99_ms']:.1f} ms."
    )
    print(
        json.dumps(
            {
                "benchmark": "receive",
                "fastest": fastest | {"receiver_core_seconds": used[0]},
                "steady": steady | {"rate": rate, "receiver_core_seconds": used[1]},
                "one_fdatasync_each_per_second": floor,
                "ratio": fastest["per_second"] / floor,
                "processes": processes,
                "is_built_beside": home is not None,
                "load_average": os.getloadavg()[0],
            }
        )
    )


if __name__ == "__main__":
    typer.run(main)

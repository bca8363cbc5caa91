"""Try whether a push that was answered for can be lost, or counted twice, by kills of receiver and worker.

Run it with ``python -m benchmarks.push_kills --seeds 12``: so many times the receiver is killed (-9) while
eight senders push, and every third time the worker, or what it has at work, with it. In the end every push
that was answered must be in the warehouse, once. A push that was on its way when the receiver died was not
answered: it may be there or not.
"""

import http.client
import json
import os
import random
import signal
import subprocess
import threading
import time
from contextlib import suppress
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from typing import Annotated

import duckdb
import psutil
import typer

from benchmarks.figures import WAYMART
from benchmarks.pushing import FORM, environment, free_port, kuaidi100, receiver
from serving.live import read_worker
from warehouse.settings import Settings

_SENDERS = 8
_PATIENCE_SECONDS = 600
#: Scans of a parcel's history, which every push of it repeats.
_SCANS = 3


class _Sender(threading.Thread):
    """Pushes until it is told to stop or the receiver is gone; notes what was answered for."""

    def __init__(self, port: int, name: str) -> None:
        super().__init__(name=name)
        self.answered: list[str] = []
        self.tried = 0
        self.stop = False
        self._port = port

    def run(self) -> None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            while not self.stop:
                number = f"{self.name}N{self.tried}"
                self.tried += 1
                connection.request("POST", "/push/kuaidi100", kuaidi100(number, _SCANS), FORM)
                answer = connection.getresponse()
                answer.read()
                if answer.status == 200:
                    self.answered.append(number)


def _worker(home: Path) -> "subprocess.Popen[bytes]":
    command = [*WAYMART, "work", "--every", "0"]
    return subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL)


def _kill_worker(worker: "subprocess.Popen[bytes]", dice: random.Random) -> None:
    """Kill the worker or one of those that work for it, whoever is there."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(worker.pid)
        victim = dice.choice([process, *process.children(recursive=True)])
        victim.kill()
        if victim == process:
            worker.wait()


def _come_after(home: Path, worker: "subprocess.Popen[bytes]") -> None:
    """Wait until the spool is empty and what was loaded is published."""
    settings, until = Settings(home), time.monotonic() + _PATIENCE_SECONDS
    quiet = 0
    while quiet < 3:
        if time.monotonic() > until or worker.poll() is not None:
            raise RuntimeError("the worker did not come after")
        time.sleep(1)
        state = read_worker(settings.worker)
        if state is None or state.process_id != worker.pid:
            continue
        is_done = state.waiting_count == 0 and not state.is_building and state.published_at is not None
        quiet = quiet + 1 if is_done and not any(settings.spool.glob("*/*")) else 0


def main(
    seeds: Annotated[int, typer.Option(min=1, help="Kills of the receiver.")] = 12,
    first_seed: Annotated[int | None, typer.Option(help="What the dice begin with; default: drawn.")] = None,
    is_json: Annotated[
        bool, typer.Option("--json", help="The last line is one JSON object: always so.")
    ] = False,
) -> None:
    """Push, kill, and count what is in the warehouse."""
    seed = SystemRandom().randrange(2**31) if first_seed is None else first_seed
    dice, port = random.Random(seed), free_port()
    answered: list[str] = []
    tried = worker_kills = 0
    with TemporaryDirectory() as temporary:
        home = Path(temporary, "home")
        worker = _worker(home)
        try:
            for number in range(seeds):
                with receiver(home, port) as process:
                    senders = [_Sender(port, f"R{number}T{place}") for place in range(_SENDERS)]
                    for sender in senders:
                        sender.start()
                    time.sleep(dice.uniform(0.1, 2.0))
                    if number % 3 == 2:
                        _kill_worker(worker, dice)
                        worker_kills += 1
                    process.send_signal(signal.SIGKILL)
                    for sender in senders:
                        sender.stop = True
                        sender.join()
                        answered += sender.answered
                        tried += sender.tried
                if worker.poll() is not None:
                    worker = _worker(home)
            with receiver(home, port):
                time.sleep(1)  # what the last one left goes to the spool
            _come_after(home, worker)
        finally:
            worker.terminate()
            worker.wait()
        with duckdb.connect(Settings(home).warehouse, read_only=True) as connection:
            rows = connection.execute(
                "select waybill_number, count(*) from raw.waybill_events group by all"
            ).fetchall()
            published = connection.execute("select count(*) from core.fct_waybill_events").fetchall()[0][0]
    held = dict(rows)
    lost = [number for number in answered if number not in held]
    doubled = [number for number, count in held.items() if count != _SCANS]
    is_published = published == _SCANS * len(held)
    print(
        f"Seed {seed}: {seeds} kills of the receiver and {worker_kills} of the worker; {len(answered):,} "
        f"pushes answered of {tried:,}, {len(lost)} lost, {len(doubled)} not once."
    )
    print(
        json.dumps(
            {
                "benchmark": "push_kills",
                "first_seed": seed,
                "receiver_kills": seeds,
                "worker_kills": worker_kills,
                "answered": len(answered),
                "lost": len(lost),
                "not_once": len(doubled),
                "is_published": is_published,
                "load_average": os.getloadavg()[0],
            }
        )
    )
    if lost or doubled or not is_published or not answered:
        raise SystemExit(1)


if __name__ == "__main__":
    typer.run(main)

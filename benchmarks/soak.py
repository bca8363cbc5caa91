"""Push for hours while builds run, pages are read, processes killed and the disk filled; then count rows.

Run it with ``python -m benchmarks.soak --minutes 120 [--picture FILE.svg]``. Parcels of a simulated market
are pushed as Kuaidi100 pushes them, their histories re-sent, late, out of order and doubled. Every twelfth of
the time something happens: the receiver or the worker (or what it has at work) is killed with -9, or the disk
is full for a while (as root, who may mount one). In the end every scan that was answered for must be in the
warehouse, once, and published, and nothing that was never pushed. The last line is one JSON object; lag,
memory and disk are sampled all along and drawn.
"""

import asyncio
import http.client
import json
import random
import shutil
import signal
import subprocess
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import SystemRandom
from tempfile import TemporaryDirectory
from typing import Annotated, Any
from urllib.parse import urlencode

import altair as alt
import duckdb
import polars as pl
import psutil
import typer
from websockets.exceptions import WebSocketException

from benchmarks.figures import WAYMART
from benchmarks.pages import act, reader, served
from benchmarks.pushing import FORM, environment, free_port, receiver, sign
from serving.live import read_worker
from simulator import write_market
from warehouse.settings import Settings

_SENDERS = 8
_ORDERS = 20_000
_FROM, _TO = date(2019, 5, 1), date(2019, 6, 30)
_SAMPLE_SECONDS = 5.0
_FULL_SECONDS = 20
_DISK_BYTES = 6 << 30
_EVENTS = 12
_PATIENCE_SECONDS = 900
_PAGES = ("", "delivery_time", "follow_a_parcel", "data_health")

#: A scan as it is pushed: number, time and code. (Of its words those that may name people are not kept.)
Scan = tuple[str, str, str]


@dataclass
class _Journal:
    """What was pushed, and what of it was answered for."""

    answered: set[Scan] = field(default_factory=set)
    tried: set[Scan] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, scans: list[Scan], status: int | None) -> None:
        """Take down a push: answered with a status, or with nothing."""
        with self.lock:
            self.tried.update(scans)
            self.counts["no answer" if status is None else str(status)] += 1
            if status == 200:
                self.answered.update(scans)


class _Histories:
    """Parcels of a market, their pushes drawn so that they come again, late and out of order."""

    def __init__(self, folder: Path, seed: int) -> None:
        write_market(_ORDERS, _FROM, _TO, seed, folder, feeds="providers")
        files = sorted(folder.rglob("kuaidi100/**/*.jsonl")) + sorted(folder.rglob("kuaidi100/**/*.json"))
        pushes = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
        self._pushes = [push for push in pushes if push["lastResult"]["data"]]
        self._dice = random.Random(seed)
        self._lock = threading.Lock()
        if not self._pushes:
            raise RuntimeError("the market has no pushes of Kuaidi100")

    def draw(self) -> tuple[bytes, list[Scan]]:
        """Return the body of a push, signed, and the scans in it: a parcel's history up to some scan."""
        with self._lock:
            push = self._dice.choice(self._pushes)
            result = push["lastResult"]
            data = result["data"][self._dice.randrange(len(result["data"])) :]
        text = json.dumps(push | {"lastResult": result | {"data": data}}, ensure_ascii=False)
        scans = [(result["nu"], scan["time"], scan["statusCode"]) for scan in data]
        return urlencode({"param": text, "sign": sign(text)}).encode(), scans


class _Sender(threading.Thread):
    """Pushes at its part of the rate; a push that was not answered 200 is not sent again by itself."""

    def __init__(self, port: int, rate: float, histories: _Histories, journal: _Journal) -> None:
        super().__init__(daemon=True)
        self.stop = False
        self._port, self._rate, self._histories, self._journal = port, rate, histories, journal

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=15)
        due = time.monotonic()
        while not self.stop:
            due = max(due + 1 / self._rate, time.monotonic() - 1)
            time.sleep(max(0.0, due - time.monotonic()))
            _push(connection, self._histories, self._journal)


def _push(connection: http.client.HTTPConnection, histories: _Histories, journal: _Journal) -> None:
    body, scans = histories.draw()
    status = None
    try:
        connection.request("POST", "/push/kuaidi100", body, FORM)
        answer = connection.getresponse()
        answer.read()
        status = answer.status
    except (OSError, http.client.HTTPException):
        connection.close()
        time.sleep(0.2)
    journal.note(scans, status)


class _Reader(threading.Thread):
    """Reads pages, one every five seconds, and notes what was slow or broken."""

    def __init__(self, port: int, dice: random.Random) -> None:
        super().__init__(daemon=True)
        self.stop, self.seconds, self.errors = False, list[float](), list[str]()
        self._port, self._dice = port, dice

    def run(self) -> None:
        asyncio.run(self._read())

    async def _read(self) -> None:
        while not self.stop:
            try:
                async with reader(self._port) as session:
                    self.seconds.append(await act(session, self._dice.choice(_PAGES), ""))
            except (OSError, RuntimeError, TimeoutError, WebSocketException) as error:
                self.errors.append(repr(error))
            await asyncio.sleep(5)


@contextmanager
def _disk(folder: Path) -> Iterator[bool]:
    """A disk of its own at the folder, where we may mount one; yield whether it is."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(folder)]
    is_own = shutil.which("mount") is not None and not subprocess.run(mount, check=False).returncode
    try:
        yield is_own
    finally:
        if is_own:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


class _Line:
    """Receiver and worker of a home, each begun anew when it was killed."""

    def __init__(self, home: Path, dice: random.Random) -> None:
        self.home, self.port, self._dice = home, free_port(), dice
        self.kills: dict[str, int] = defaultdict(int)
        self._receiver = ExitStack()
        self.receiver = self._receiver.enter_context(receiver(home, self.port))
        self.worker = self._work()

    def _work(self) -> "subprocess.Popen[bytes]":
        command = [*WAYMART, "work", "--every", "0"]
        return subprocess.Popen(command, env=environment(self.home), stdout=subprocess.DEVNULL)

    def keep(self) -> None:
        """Begin anew who has ended."""
        if self.receiver.poll() is not None:
            self._receiver.close()
            self.receiver = self._receiver.enter_context(receiver(self.home, self.port))
        if self.worker.poll() is not None:
            self.worker = self._work()

    def kill(self, what: str) -> None:
        """Kill the receiver, the worker, or whoever works for it."""
        self.kills[what] += 1
        if what == "receiver":
            self.receiver.send_signal(signal.SIGKILL)
            self.receiver.wait()
            return
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.worker.pid)
            children = process.children(recursive=True)
            (process if what == "worker" or not children else self._dice.choice(children)).kill()

    def fill(self) -> None:
        """Leave nothing on the disk for a while."""
        self.kills["full disk"] += 1
        ballast = self.home / "ballast"
        with suppress(OSError), ballast.open("wb") as file:
            while True:
                file.write(bytes(1 << 22))
        time.sleep(_FULL_SECONDS)
        ballast.unlink()

    def sample(self, begun: float) -> dict[str, float | None]:
        """Return lag in seconds, memory and disk in megabytes, and how many segments wait."""
        now, state = time.time(), read_worker(Settings(self.home).worker)
        since = state.waiting_since.timestamp() if state and state.waiting_since else None
        return {
            "minutes": (time.monotonic() - begun) / 60,
            "lag_seconds": 0.0 if since is None else now - since,
            "receiver_megabytes": _memory(self.receiver.pid),
            "worker_megabytes": _memory(self.worker.pid),
            "disk_megabytes": _size(self.home) / 1e6,
        }

    def end(self) -> None:
        """End both."""
        self._receiver.close()
        self.worker.terminate()
        self.worker.wait()

    def come_after(self) -> None:
        """Wait until all that was answered for is published.

        Raises:
            RuntimeError: it is not, after so long.
        """
        self.keep()
        time.sleep(2)
        settings, until, quiet = Settings(self.home), time.monotonic() + _PATIENCE_SECONDS, 0
        while quiet < 3:
            if time.monotonic() > until:
                raise RuntimeError("the worker did not come after")
            time.sleep(1)
            self.keep()
            state = read_worker(settings.worker)
            is_mine = state is not None and state.process_id == self.worker.pid
            is_done = is_mine and state is not None and not state.is_building and not state.waiting_count
            quiet = quiet + 1 if is_done and not any(settings.spool.glob("*/*")) else 0


def _memory(process_id: int) -> float | None:
    with suppress(psutil.Error):
        process = psutil.Process(process_id)
        return sum(one.memory_info().rss for one in [process, *process.children(recursive=True)]) / 1e6
    return None


def _size(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with suppress(OSError):
            total += path.lstat().st_size
    return total


def _stored(home: Path) -> tuple[set[Scan], int, int]:
    """Return the scans of the warehouse, how many rows are there more than once, and how many are facts."""
    with duckdb.connect(Settings(home).warehouse, read_only=True) as connection:
        rows = connection.execute(
            "select waybill_number, strftime(timezone('Asia/Shanghai', occurred_at), '%Y-%m-%d %H:%M:%S'),"
            " event_code, event_text from raw.waybill_events"
        ).fetchall()
        published = connection.execute("select count(*) from core.fct_waybill_events").fetchall()[0][0]
    scans = {(number, time, code) for number, time, code, _ in rows}
    return scans, len(rows) - len(set(rows)), len(rows) - int(published)


def _draw(samples: pl.DataFrame, picture: Path) -> None:
    """Draw lag, memory and disk, one below the other."""
    names = {
        "lag_seconds": "Lag, seconds",
        "receiver_megabytes": "Receiver, MB",
        "worker_megabytes": "Worker and builds, MB",
        "disk_megabytes": "Disk, MB",
    }
    charts = [
        alt.Chart(samples, height=90, width=700)
        .mark_line()
        .encode(x=alt.X("minutes:Q", title="Minutes"), y=alt.Y(f"{name}:Q", title=title))
        for name, title in names.items()
    ]
    alt.vconcat(*charts).save(str(picture))


def _soak(
    line: _Line, senders: list[_Sender], seconds: float, dice: random.Random, is_own_disk: bool
) -> pl.DataFrame:
    """Let it run and disturb it; return the samples."""
    begun = time.monotonic()
    events = ["receiver", "worker", "child"] + ["full disk"] * is_own_disk
    due = [seconds * (number + dice.random()) / _EVENTS for number in range(1, _EVENTS)]
    samples: list[dict[str, float | None]] = []
    for sender in senders:
        sender.start()
    while (now := time.monotonic() - begun) < seconds:
        if due and now >= due[0]:
            due.pop(0)
            event = events[len(due) % len(events)]
            if event == "full disk":
                line.fill()
            else:
                line.kill(event)
        line.keep()
        samples.append(line.sample(begun))
        time.sleep(_SAMPLE_SECONDS)
    for sender in senders:
        sender.stop = True
    for sender in senders:
        sender.join()
    return pl.DataFrame(samples, infer_schema_length=None)


def main(
    seeds: Annotated[int, typer.Option(min=1, help="Soaks, one after the other.")] = 1,
    first_seed: Annotated[int | None, typer.Option(help="What the dice begin with; default: drawn.")] = None,
    minutes: Annotated[float, typer.Option(min=0.5, help="How long each lasts.")] = 120,
    rate: Annotated[float, typer.Option(min=1, help="Pushes a second.")] = 500,
    picture: Annotated[
        Path | None, typer.Option(help="SVG of lag, memory and disk of the last soak.")
    ] = None,
    is_json: Annotated[
        bool, typer.Option("--json", help="The last line is one JSON object: always so.")
    ] = False,
) -> None:
    """Push, disturb, and reconcile to the row."""
    first = SystemRandom().randrange(2**31) if first_seed is None else first_seed
    found = [_one(seed, minutes, rate, picture) for seed in range(first, first + seeds)]
    # One soak's figures stand by themselves.
    figures = found[0] if len(found) == 1 else {"soaks": found}
    print(json.dumps({"benchmark": "soak", "first_seed": first, "minutes": minutes, **figures}))
    if any(not one["is_reconciled"] for one in found):
        raise SystemExit(1)


def _one(seed: int, minutes: float, rate: float, picture: Path | None) -> dict[str, Any]:
    dice, journal = random.Random(seed), _Journal()
    with TemporaryDirectory() as temporary, _disk(Path(temporary, "disk")) as is_own_disk:
        home = Path(temporary, "disk", "home")
        home.mkdir()
        histories = _Histories(Path(temporary, "market"), seed)
        line, port = _Line(home, dice), free_port()
        try:
            _push(http.client.HTTPConnection("127.0.0.1", line.port), histories, journal)
            line.come_after()  # pages open once something is published
            with served(home, port):
                people = _Reader(port, dice)
                people.start()
                senders = [_Sender(line.port, rate / _SENDERS, histories, journal) for _ in range(_SENDERS)]
                samples = _soak(line, senders, minutes * 60, dice, is_own_disk)
                line.come_after()
                people.stop = True
                people.join()
        finally:
            line.end()
        stored, doubled, unpublished = _stored(home)
    lost, foreign = journal.answered - stored, stored - journal.tried
    is_reconciled = bool(stored) and not (lost or foreign or doubled or unpublished or people.errors)
    print(
        f"Seed {seed}: {sum(journal.counts.values()):,} pushes, {len(journal.answered):,} scans "
        f"answered for, {len(lost)} lost, {doubled} doubled, {len(foreign)} never pushed; "
        f"{len(people.seconds)} pages read, {len(people.errors)} with an error."
    )
    if picture is not None:
        _draw(samples, picture)
    return {
        "seed": seed,
        "pushes": sum(journal.counts.values()),
        "answers": dict(journal.counts),
        "disturbances": dict(line.kills),
        "scans_answered": len(journal.answered),
        "lost": len(lost),
        "doubled": doubled,
        "never_pushed": len(foreign),
        "not_published": unpublished,
        "page_errors": people.errors,
        "pages_read": len(people.seconds),
        "lag_p50_seconds": samples["lag_seconds"].median(),
        "lag_max_seconds": samples["lag_seconds"].max(),
        "receiver_max_megabytes": samples["receiver_megabytes"].max(),
        "worker_max_megabytes": samples["worker_megabytes"].max(),
        "disk_end_megabytes": samples["disk_megabytes"][-1],
        "is_reconciled": is_reconciled,
    }


if __name__ == "__main__":
    typer.run(main)

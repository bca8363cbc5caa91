"""How long the server takes to answer a reader, alone and with nineteen others.

Run it with ``python -m benchmarks.pages HOME [--json]`` on a home with a published build. A reader is a
session of the websocket as a browser opens it: it asks for a page with its filters and waits until the
server says that the page is whole; what the browser then draws is not counted. First each choice is asked
for once, so that the answers are kept, as they are for all but the first reader of a morning (``cold`` says
what that one waits). Then one reader acts without a pause, and twenty act every five seconds, each choice
drawn anew. The last line is one JSON object; seconds mean something on an idle machine only.
"""

import asyncio
import json
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import Annotated
from urllib.parse import urlencode

import httpx
import psutil
import typer
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from benchmarks.figures import WAYMART

_PAGES = ("", "gmv_by_tier", "delivery_time", "lanes", "courier_share", "stalled", "data_health")
_PERIODS = ("6m", "28d", "all")
_FILTERS: tuple[dict[str, str], ...] = ({}, {"platform": "pinduoduo"}, {"tier": "tier_1"}, {"courier": "zto"})
_CHOICES = [
    (page, urlencode({"period": period, **chosen}))
    for page in _PAGES
    for period in _PERIODS
    for chosen in _FILTERS
]
_READERS, _PAUSE_SECONDS, _LASTS_SECONDS, _ALONE_ACTS = 20, 5, 90, 100
_PATIENCE_SECONDS = 120

app = typer.Typer(add_completion=False)


@contextmanager
def served(home: Path, port: int) -> Iterator[psutil.Process]:
    """Serve the pages of a home on a port of 127.0.0.1; yield the process of the server."""
    environment = os.environ | {"WAYMART_HOME": str(home)}
    command = [*WAYMART, "dashboards", "--port", str(port)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as server:
        try:
            ends = time.monotonic() + _PATIENCE_SECONDS
            while not _answers(port):
                if time.monotonic() > ends or server.poll() is not None:
                    raise RuntimeError(f"The pages of {home} did not open on port {port}.")
                time.sleep(0.2)
            yield psutil.Process(server.pid)
        finally:
            server.terminate()


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).is_success
    except httpx.HTTPError:
        return False


def reader(port: int) -> connect:
    """Return a session of the websocket, as a browser opens it."""
    at = f"127.0.0.1:{port}"
    return connect(
        f"ws://{at}/_stcore/stream",
        origin=Origin(f"http://{at}"),
        subprotocols=[Subprotocol("streamlit")],
        max_size=None,
        ping_interval=None,  # a page that takes long is no broken connection
    )


async def act(reader: ClientConnection, page: str, query: str) -> float:
    """Ask for a page and return the seconds until the server has said all of it.

    Raises:
        RuntimeError: the page shows an error.
    """
    asked = BackMsg()
    asked.rerun_script.query_string = query
    asked.rerun_script.page_name = page
    began = time.perf_counter()
    await reader.send(asked.SerializeToString())
    said = ForwardMsg()
    while said.WhichOneof("type") != "script_finished":
        said.ParseFromString(bytes(await asyncio.wait_for(reader.recv(), _PATIENCE_SECONDS)))  # type: ignore[arg-type]
        if said.delta.new_element.HasField("exception"):
            raise RuntimeError(f"/{page}?{query} shows {said.delta.new_element.exception.message}")
    return time.perf_counter() - began


async def _alone(port: int, choices: list[tuple[str, str]]) -> list[float]:
    async with reader(port) as session:
        return [await act(session, *choice) for choice in choices]


async def _together(port: int, chance: random.Random) -> list[float]:
    async def one(starts_after: float) -> list[float]:
        await asyncio.sleep(starts_after)
        taken = []
        async with reader(port) as session:
            ends = time.monotonic() + _LASTS_SECONDS
            while time.monotonic() < ends:
                taken.append(await act(session, *chance.choice(_CHOICES)))
                await asyncio.sleep(max(0, _PAUSE_SECONDS - taken[-1]))
        return taken

    starts = [chance.uniform(0, _PAUSE_SECONDS) for _ in range(_READERS)]
    return [seconds for of in await asyncio.gather(*map(one, starts)) for seconds in of]


def _told(seconds: list[float]) -> dict[str, float]:
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {
        "acts": len(seconds),
        "p50_ms": cuts[49] * 1000,
        "p95_ms": cuts[94] * 1000,
        "max_ms": max(seconds) * 1000,
    }


@app.command()
def main(
    home: Annotated[Path, typer.Argument(help="A home with a published build.")],
    seed: Annotated[int, typer.Option(help="Which choices are drawn.")] = 1,
    port: Annotated[int, typer.Option(help="Port of 127.0.0.1 to serve on.")] = 8640,
    as_json: Annotated[bool, typer.Option("--json", help="Only the JSON object.")] = False,
) -> None:
    """Measure a published build's pages."""
    chance = random.Random(seed)
    with served(home, port) as server:
        cold = asyncio.run(_alone(port, _CHOICES))
        found = {
            "seed": seed,
            "cold": _told(cold),
            "one_reader": _told(asyncio.run(_alone(port, chance.choices(_CHOICES, k=_ALONE_ACTS)))),
            f"{_READERS}_readers": _told(asyncio.run(_together(port, chance))),
            "memory_mb": server.memory_info().rss / 2**20,
        }
    if not as_json:
        slow = sorted(zip(cold, _CHOICES, strict=True), reverse=True)[:5]
        for seconds, (page, query) in slow:
            typer.echo(f"cold {seconds:.2f} s: /{page}?{query}")
    typer.echo(json.dumps(found))


if __name__ == "__main__":
    app()

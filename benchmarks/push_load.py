"""Pushes to a receiver at a steady rate, or as fast as it answers, and times each from when it was due.

Run by ``benchmarks.receive`` in a process of its own, so that its time is not the receiver's. The last line
is one JSON object: pushes answered 200 and otherwise, seconds, latencies in milliseconds, core-seconds of its
own.
"""

import asyncio
import json
import resource
import time
from typing import Annotated

import typer
import uvloop

from benchmarks.pushing import FORM, kuaidi100

#: Bodies are made before the clock starts; each is pushed many times, which the receiver need not know.
_BODIES = 2_000


class _Connection(asyncio.Protocol):
    """One connection that is kept, one push at a time on it."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._answered: asyncio.Future[int] | None = None
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found or self._answered is None:
            return
        length = int(head.lower().split(b"content-length: ", 1)[1].split(b"\r\n", 1)[0])
        if len(body) >= length:
            self._read = b""
            self._answered.set_result(int(head[9:12]))

    async def push(self, request: bytes) -> int:
        """Send a request and return the status of its answer."""
        assert self._transport is not None
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered


async def _push(
    port: int, connections: int, rate: float, seconds: float, scans: int
) -> dict[str, float | int]:
    loop = asyncio.get_running_loop()
    head = f"POST /push/kuaidi100 HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: {FORM['content-type']}\r\n"
    requests = [
        f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
        for body in (kuaidi100(f"L{number}", scans) for number in range(_BODIES))
    ]
    made = [await loop.create_connection(_Connection, "127.0.0.1", port) for _ in range(connections)]
    latencies: list[float] = []
    refused = sent = 0
    begun = time.perf_counter()

    async def send(connection: _Connection) -> None:
        nonlocal sent, refused
        while True:
            number, sent = sent, sent + 1
            due = begun + number / rate if rate else time.perf_counter()
            if due - begun >= seconds:
                return
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            if await connection.push(requests[number % _BODIES]) == 200:
                latencies.append(time.perf_counter() - due)
            else:
                refused += 1

    await asyncio.gather(*(send(connection) for _, connection in made))
    ended = time.perf_counter() - begun
    for transport, _ in made:
        transport.close()
    latencies.sort()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "answered": len(latencies),
        "refused": refused,
        "seconds": ended,
        "per_second": len(latencies) / ended,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(len(latencies) * 0.99)],
        "max_ms": 1000 * latencies[-1],
        "body_bytes": len(requests[0]),
        "core_seconds": used.ru_utime + used.ru_stime,
    }


def main(
    port: Annotated[int, typer.Argument(help="Where the receiver listens.")],
    connections: Annotated[int, typer.Option(min=1)] = 256,
    rate: Annotated[float, typer.Option(min=0, help="Pushes a second; 0: as fast as they are answered.")] = 0,
    seconds: Annotated[float, typer.Option(min=0)] = 10,
    scans: Annotated[int, typer.Option(min=1, help="Scans in the history of each parcel.")] = 5,
) -> None:
    """Push and print."""
    print(json.dumps(uvloop.run(_push(port, connections, rate, seconds, scans))))


if __name__ == "__main__":
    typer.run(main)

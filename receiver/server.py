"""The receiver: an address for each provider that pushes; what it answers for is on the disk."""

import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sized
from contextlib import asynccontextmanager, suppress
from socket import AF_INET, AF_INET6, SO_REUSEADDR, SO_REUSEPORT, SOCK_STREAM, SOL_SOCKET, socket
from typing import Any

import uvicorn
from starlette.responses import JSONResponse, Response
from starlette.routing import Router
from starlette.types import Receive, Scope, Send

from receiver.configuration import Door
from receiver.segments import Feed, FullError, Segments
from receiver.senders import NotAPushError
from receiver.signing import Push

_log = logging.getLogger("waymart.receiver")

#: Bytes. A push of a hundred parcels with forty scans each is a tenth of it.
BODY_BYTES = 4 << 20
#: Bytes of bodies in memory; who sends more waits.
_HELD_BYTES = 256 << 20
#: Connections of one process; a push on one more is refused before it is read, and the connection ended.
CONNECTIONS = 2_000
_READ_SECONDS = 10.0
_SWITCH_SECONDS = 0.0005
_SAY_SECONDS = 60.0
#: Seconds after which to try again, when the disk or the spool is full.
_FULL_SECONDS = 30


class Receiver:
    """The application: an address for each provider that has a door, and what became of its pushes."""

    def __init__(self, doors: Mapping[str, Door], segments: Segments) -> None:
        self._doors, self._segments = doors, segments
        self._rates = {provider_id: _Rate(door.per_second) for provider_id, door in doors.items()}
        self._held_bytes = 0
        self._reading: dict[asyncio.Task[Any], float] = {}
        self._counts: Counter[tuple[str, int]] = Counter()
        #: Those that are open, kept by whoever listens.
        self.connections: Sized = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI): a router and middleware would take as long as the push itself."""
        if scope["type"] == "lifespan":
            await Router(lifespan=self.lifespan).lifespan(scope, receive, send)
        elif scope["type"] == "http":
            await (await self._answered(scope, receive))(scope, receive, send)

    async def _answered(self, scope: Scope, receive: Receive) -> Response:
        if scope["path"] == "/healthz":
            return _full() if self._segments.is_full else JSONResponse({"is_taking": True})
        path: str = scope["path"]
        push, provider_id, rest, *more = [*path.removeprefix("/").split("/"), "", ""]
        door = self._doors.get(provider_id)
        if push != "push" or door is None or any(more):
            return _refusal(404, "Nobody is expected to push here.")
        if scope["method"] != "POST":
            return _refusal(405, "Pushes are posted.")
        response = await self._take_from(door, rest, scope, receive)
        self._counts[provider_id, response.status_code] += 1
        return response

    async def _take_from(self, door: Door, rest: str, scope: Scope, receive: Receive) -> Response:
        if len(self.connections) > CONNECTIONS:
            crowded = _refusal(503, "Too many connections.", 1)
            crowded.headers["connection"] = "close"
            return crowded
        wait = self._rates[door.sender.provider_id].wait_seconds()
        if wait:
            return _refusal(429, "More pushes than agreed.", wait)
        if self._segments.is_full:
            return _full()
        if self._held_bytes > _HELD_BYTES:
            return _refusal(503, "Too much at once.", 1)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        length = headers.get("content-length", "")
        if length.isdigit() and int(length) > BODY_BYTES:
            return _too_long()
        body = bytearray()
        try:
            refusal = await self._read(receive, body)
            if refusal is not None:
                return refusal
            return await self._take(door, Push(bytes(body), headers, rest))
        finally:
            self._held_bytes -= len(body)

    async def _read(self, receive: Receive, body: bytearray) -> Response | None:
        """Read a body; return a refusal where it is too long, breaks off, or does not come."""
        task = asyncio.current_task()
        assert task is not None
        self._reading[task] = time.monotonic()
        try:
            is_more = True
            while is_more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return _refusal(400, "The body broke off.")
                part = message.get("body", b"")
                body += part
                self._held_bytes += len(part)
                if len(body) > BODY_BYTES:
                    return _too_long()
                is_more = message.get("more_body", False)
        except asyncio.CancelledError:
            if task in self._reading:
                raise
            task.uncancel()
            return _refusal(408, "The body did not come.")
        finally:
            self._reading.pop(task, None)
        return None

    async def _take(self, door: Door, push: Push) -> Response:
        if not door.is_signed(push):
            return _refusal(401, "The signature is not right.")
        try:
            taken = door.sender.take(push)
        except NotAPushError as error:
            return _refusal(400, str(error))
        try:
            await self._segments.append(Feed(door.sender.provider_id, taken.stem, taken.suffix), taken.lines)
        except FullError:
            return _full()
        return Response(taken.answer, media_type=taken.content_type)

    async def _end_late(self) -> None:
        """End the reading of bodies that do not come; a timer each would cost as much as a signature."""
        while True:
            await asyncio.sleep(1)
            late = time.monotonic() - _READ_SECONDS
            for task in [task for task, since in self._reading.items() if since < late]:
                del self._reading[task]
                task.cancel()

    @asynccontextmanager
    async def lifespan(self, _: object) -> AsyncIterator[None]:
        """Rotate, and end what does not come, while the block runs; what was taken is in the spool then."""
        works = (self._segments.keep_rotating(), self._keep_saying(), self._end_late())
        tasks = [asyncio.create_task(work) for work in works]
        yield
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        self._segments.close()
        self._say()

    async def _keep_saying(self) -> None:
        while True:
            await asyncio.sleep(_SAY_SECONDS)
            self._say()

    def _say(self) -> None:
        """Log how many pushes came from whom, and how they were answered; nothing of what stood in them."""
        counts, self._counts = self._counts, Counter()
        for (provider_id, status), count in sorted(counts.items()):
            _log.info("%s: %s answered %s.", provider_id, f"{count:,}", status)


class _Rate:
    """So many a second, and a second's worth at once."""

    def __init__(self, per_second: float) -> None:
        self._per_second, self._left, self._at = per_second, max(1.0, per_second), time.monotonic()

    def wait_seconds(self) -> int:
        """Count one more; return 0 where it is within the rate, else when to try again."""
        now = time.monotonic()
        gained = (now - self._at) * self._per_second
        self._left, self._at = min(max(1.0, self._per_second), self._left + gained), now
        if self._left < 1:
            return 1 + int((1 - self._left) / self._per_second)
        self._left -= 1
        return 0


def _refusal(status: int, sentence: str, retry_after: int | None = None) -> Response:
    headers = {} if retry_after is None else {"retry-after": str(retry_after)}
    return JSONResponse({"error": sentence}, status, headers)


def _too_long() -> Response:
    return _refusal(413, f"The body is longer than {BODY_BYTES:,} bytes.")


def _full() -> Response:
    return _refusal(503, "The disk is full.", _FULL_SECONDS)


def serve(doors: Mapping[str, Door], segments: Segments, listening: socket) -> None:
    """Take pushes until the process is told to stop; what was taken is in the spool then."""
    # A write that has reached the disk waits so long, at most, for whoever reads pushes to let it go on.
    sys.setswitchinterval(_SWITCH_SECONDS)
    with suppress(KeyboardInterrupt):
        receiver = Receiver(doors, segments)
        config = uvicorn.Config(
            receiver,
            loop="uvloop",
            http="httptools",
            access_log=False,  # an address may hold a secret
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            date_header=False,
            timeout_graceful_shutdown=3,
        )
        server = uvicorn.Server(config)
        # Uvicorn's own limit refuses, too, but does not say when to come again.
        receiver.connections = server.server_state.connections
        server.run([listening])


def listen(address: str, port: int) -> socket:
    """Return a socket on the address, where others of this user may listen, too: each gets its part."""
    made = socket(AF_INET6 if ":" in address else AF_INET, SOCK_STREAM)
    made.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
    made.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
    made.bind((address, port))
    return made

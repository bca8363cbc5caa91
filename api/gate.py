"""The gate before everything that the server answers: who asks, and whether that way is open to them."""

import hashlib
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.counters import REFUSALS
from api.sessions import SESSION, USER_COOKIE, Session, Sessions
from api.sign_in import SignIn
from serving.access import THIS_MACHINE, Grant, RefusedError, grant, is_loopback

#: Headers in which the pages find whom the gate vouches for; what a client writes there is taken away.
USER_HEADER, ENDS_HEADER = b"x-waymart-user", b"x-waymart-session-ends-at"
#: Another when the user may see something else: Streamlit then begins a new page instead of resuming the old.
GRANT_HEADER = b"x-waymart-grant"

#: Where a route of ours finds who asks: a function that returns the grant or raises RefusedError.
ASKER = "waymart_asker"

#: What is open to whoever comes: the shell of the pages, which holds no data, and signing in. All else is
#: not, whatever a newer Streamlit may add.
_OPEN = re.compile(
    r"/|/[a-z_]+|/static/.+|/favicon\.\w+|/manifest\.json|/auth/(login|logout)|/oauth2callback"
    r"|(/[a-z_]+)?/_stcore/(health|host-config|stream)"
)
#: Routes of ours look themselves like a page's address; they ask who comes.
_OURS = re.compile(r"/(take|files|healthz|metrics)(/.*)?")
_CLOSED = re.compile(r"/_stcore/metrics")
_LOGOUT = "/auth/logout"

#: How long an answer whether a session lasts is kept while an open page is being drawn, seconds.
_GLANCE_SECONDS = 0.5

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
]


class Gate:
    """Middleware that comes first, for pages, routes, media and websockets alike.

    Without a sign-in the pages are for this machine alone: the name by which they were called must be this
    machine's, so that no page of the internet reaches them under a name of its own.
    """

    def __init__(self, app: ASGIApp, access: Path, sign_in: SignIn | None, sessions: Sessions | None) -> None:
        self._app, self._access, self._sign_in, self._sessions = app, access, sign_in, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let through, or refuse with a sentence."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        cookies = cookie_parser("; ".join(_values(scope, b"cookie")))
        session = self._sessions.of(cookies) if self._sessions else None
        asker = self._asker(session)
        scope = {**scope, "headers": self._vouched(scope, session, cookies, asker), ASKER: asker}
        if reason := self._why_closed(scope, headers, session, asker):
            REFUSALS.labels(reason[0]).inc()
            await _refuse(scope, receive, send, *reason)
            return
        if scope["type"] == "websocket":
            receive, send = self._watched(receive, send, session, asker)
        else:
            if session and self._sessions and scope["path"] == _LOGOUT:
                self._sessions.end(session)
            send = self._dressed(send)
        await self._app(scope, receive, send)

    def _asker(self, session: Session | None) -> Callable[[], Grant]:
        if self._sign_in is None:
            return lambda: THIS_MACHINE
        return lambda: grant(self._access, session.identity if session else None)

    def _why_closed(
        self, scope: Scope, headers: dict[bytes, str], session: Session | None, asker: Callable[[], Grant]
    ) -> tuple[str, int, str] | None:
        """Return the kind, status and sentence of a refusal; None where the way is open."""
        host, origin = headers.get(b"host", ""), headers.get(b"origin")
        if self._sign_in is None and not is_loopback(urlsplit(f"//{host}").hostname or ""):
            return "host", 421, "These pages are for this machine alone."
        own = self._sign_in.address if self._sign_in else f"http://{host}"
        if scope["type"] == "websocket" and origin != own:
            return "origin", 403, "Only the pages themselves may open this."
        path = scope["path"]
        if _CLOSED.fullmatch(path):
            return "closed", 404, "Not here: /metrics has what may be seen."
        if _OURS.fullmatch(path) or not _OPEN.fullmatch(path):
            try:
                asker()
            except RefusedError as error:
                return ("no_access", 403, str(error)) if session else ("nobody", 401, str(error))
        return None

    def _vouched(
        self, scope: Scope, session: Session | None, cookies: dict[str, str], asker: Callable[[], Grant]
    ) -> list[tuple[bytes, bytes]]:
        """Return the headers with whom the gate vouches for, and without cookies that prove nothing."""
        kept = []
        for name, value in scope["headers"]:
            if name.lower() in (USER_HEADER, ENDS_HEADER, GRANT_HEADER):
                continue
            if name.lower() == b"cookie" and session is None:
                pairs = (f"{key}={of}" for key, of in cookies.items() if not key.startswith(USER_COOKIE))
                value = "; ".join(pairs).encode("latin-1")
            # What is sent in parts is sent as it lies on the disk.
            if name.lower() == b"accept-encoding" and scope["path"].startswith("/files/"):
                continue
            kept.append((name, value))
        if session:
            kept.append((USER_HEADER, quote(session.identity.user).encode()))
            kept.append((ENDS_HEADER, session.identity.ends_at.isoformat().encode()))
            kept.append((GRANT_HEADER, _fingerprint(_granted(asker)).encode()))
        return kept

    def _watched(
        self, receive: Receive, send: Send, session: Session | None, asker: Callable[[], Grant]
    ) -> tuple[Receive, Send]:
        """Close an open page as soon as its session is over or what it may see is another than before."""
        if session is None or self._sessions is None:
            return receive, send
        sessions = self._sessions
        before, is_closed, looked_at = _granted(asker), False, time.monotonic()

        def may_go_on() -> bool:
            return sessions.lasts(session) and _granted(asker) == before

        async def close() -> None:
            nonlocal is_closed
            if not is_closed:
                is_closed = True
                await send({"type": "websocket.close", "code": 1008})

        async def watched_receive() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not may_go_on():
                await close()
                return {"type": "websocket.disconnect", "code": 1008}
            return message

        async def watched_send(message: Message) -> None:
            nonlocal looked_at
            if is_closed:
                return
            if time.monotonic() - looked_at > _GLANCE_SECONDS:
                looked_at = time.monotonic()
                if not may_go_on():
                    await close()
                    return
            await send(message)

        return watched_receive, watched_send

    def _dressed(self, send: Send) -> Send:
        """Return ``send`` that ends cookies with the session and keeps them to TLS."""

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*map(self._header, message["headers"]), *_HEADERS]}
            await send(message)

        return dressed

    def _header(self, header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
        name, value = header
        if name.lower() != b"set-cookie":
            return header
        if value.startswith(USER_COOKIE.encode()):
            longest = f"Max-Age={int(SESSION.total_seconds())}".encode()
            value = re.sub(rb"Max-Age=[1-9]\d+", longest, value)
        is_bare = self._sign_in is not None and self._sign_in.is_over_tls and b"secure" not in value.lower()
        return name, value + b"; Secure" if is_bare else value


def _granted(asker: Callable[[], Grant]) -> Grant | None:
    try:
        return asker()
    except RefusedError:
        return None


def _fingerprint(found: Grant | None) -> str:
    said = "" if found is None else f"{found.role} {sorted(found.merchants or ())}"
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


async def _refuse(scope: Scope, receive: Receive, send: Send, kind: str, status: int, sentence: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": sentence})
        return
    response: Any = PlainTextResponse(f"{sentence}\n", status, {"cache-control": "no-store"})
    await response(scope, receive, send)

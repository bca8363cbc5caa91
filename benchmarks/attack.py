"""Tries what an attacker would against the pages behind a sign-in, and says what opened.

A server of its own is started on this machine over the published build of WAYMART_HOME, with a sign-in, two
merchants and an operator; their cookies are signed with its own key, as if they had signed in. Each try is
an address, a cookie, a link or a message that must open nothing. Fails when one opens. The last line is one
JSON object.
Usage: ``python -m benchmarks.attack [--json]``.
"""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated
from unittest.mock import patch
from urllib.parse import quote

import httpx
import typer
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from api.sessions import SESSION, USER_COOKIE
from serving.access import COMMAND_LINE
from serving.extract_kinds import KINDS
from serving.published import Published
from serving.shop import shops
from warehouse.errors import WaymartError
from warehouse.settings import Settings

_STREAM = "/_stcore/stream"
#: How long the server is listened to after a page was asked for, seconds.
_LISTEN_SECONDS = 6.0

#: Ways that are closed to whoever is not signed in.
_CLOSED = [
    *("/media/x.csv", "//media/x.csv", "/%6dedia/x.csv", "/lanes/../media/x.csv", "/static/../media/x.csv"),
    *("/component/x/i.html", "/_stcore/metrics", "/_stcore/upload_file/a/b", "/_stcore/agent/openapi.json"),
    *(
        "/_stcore/agent/interact",
        "/_stcore/bidi-components/x",
        "/app/static/x",
        "/session.key",
        "/files/x/y.csv",
    ),
    *(
        "/take/waybills.csv?merchant={shop}",
        "/..%2f..%2fsession.key",
        "/take/..%2f..%2fsession.key?merchant={shop}",
    ),
]
#: A heading of the page of a parcel that was found.
_PARCEL = "In time and place"
#: Ways that are an operator's.
_OPERATORS = [
    "/healthz",
    "/metrics",
    "/healthz/",
    "//metrics",
    "/%6detrics",
    "/metrics?x=1",
    "/_stcore/metrics",
]
#: What is written in the place of a merchant's id.
_WORDS = [
    *(
        "' or '1'='1",
        "%",
        "*",
        "{own}' or merchant_id = '{shop}",
        "{own},{shop}",
        "{own}\x00{shop}",
        "",
        " {shop}",
    ),
    *('=HYPERLINK("http://evil.example")', "../../session.key", "{shop}/..", "'; drop table entries; --"),
]


@dataclass
class Target:
    """A running server, whose key the program knows because it made the home."""

    address: str
    key: str
    own: str
    shop: str
    #: The newest parcel of each, by its number, its order's and its id.
    own_parcel: tuple[str, ...]
    parcel: tuple[str, ...]
    opened: list[str] = field(default_factory=list)
    try_count: int = 0

    def cookie(self, user: str, age: timedelta = timedelta(), key: str | None = None, **more: object) -> str:
        """Sign a cookie of a user, signed in so long ago."""
        claims = {
            "email": f"{user}@example.com",
            "email_verified": True,
            "nonce": user,
            "origin": self.address,
            "is_logged_in": True,
        }
        signer = URLSafeTimedSerializer(key or self.key, salt=USER_COOKIE)
        then = int((datetime.now(UTC) - age).timestamp())
        with patch.object(TimestampSigner, "get_timestamp", lambda self: then):
            return str(signer.dumps(json.dumps(claims | more)))

    def get(self, path: str, cookie: str = "", **headers: str) -> httpx.Response:
        """Ask for an address as it is written."""
        if cookie:
            headers["cookie"] = f"{USER_COOKIE}={cookie}"
        return httpx.get(httpx.URL(self.address + path), headers=headers, timeout=60)

    def must_not_open(self, name: str, path: str, cookie: str = "", **headers: str) -> None:
        """Try an address, and where it leads; anything but a refusal, or a page's empty shell, has opened."""
        answer = self.get(path, cookie, **headers)
        if answer.has_redirect_location:
            path = answer.headers["location"].removeprefix(self.address)
            answer = self.get(path, cookie, **headers)
        is_shell = "<title>Streamlit</title>" in answer.text
        self.note(name, answer.status_code < 400 and not is_shell)

    def note(self, name: str, is_open: bool) -> None:
        """Count a try, and keep the name of one that opened."""
        self.try_count += 1
        if is_open:
            self.opened.append(name)

    def said(self, cookie: str, query: str, page: str = "", origin: str | None = None) -> str:
        """Open a websocket, ask for a page, and return all that the server says; "" where it refuses."""
        message = BackMsg()
        message.rerun_script.query_string = query
        message.rerun_script.page_name = page
        heard = b""
        try:
            with connect(
                self.address.replace("http", "ws", 1) + _STREAM,
                origin=Origin(self.address if origin is None else origin),
                subprotocols=[Subprotocol("streamlit")],
                additional_headers={"Cookie": f"{USER_COOKIE}={cookie}"} if cookie else {},
                max_size=None,
            ) as socket_:
                socket_.send(message.SerializeToString())
                ends = time.monotonic() + _LISTEN_SECONDS
                while (left := ends - time.monotonic()) > 0:
                    heard += bytes(socket_.recv(timeout=left))  # type: ignore[arg-type]
        except (WebSocketException, TimeoutError):
            pass
        return heard.decode("utf-8", "ignore")


def _without_a_session(target: Target) -> None:
    for path in _CLOSED:
        written = path.format(shop=target.shop)
        target.must_not_open(f"nobody: {path}", written)
        target.must_not_open(
            f"a header that vouches: {path}", written, **{"x-waymart-user": "ole%40example.com"}
        )
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        answer = httpx.request(method, f"{target.address}/_stcore/upload_file/a/b", timeout=60)
        target.note(f"nobody: {method} upload", answer.status_code < 400)
    said = target.said("", f"merchant={target.shop}", "my_shop")
    target.note("nobody: a page by websocket", target.shop in said or "build" in said)


def _false_cookies(target: Target) -> None:
    good = target.cookie("ole")
    cookies = {
        "of another key": target.cookie("ole", key="k" * 64),
        "older than twelve hours": target.cookie("ole", SESSION + timedelta(minutes=1)),
        "of another server": target.cookie("ole", origin="https://evil.example"),
        "of an address nobody verified": target.cookie("ole", email_verified=False),
        "of nobody in access.toml": target.cookie("stranger"),
        "cut": good[:-9],
        "with other claims": "e30" + good[3:],
        "unsigned": json.dumps({"email": "ole@example.com", "is_logged_in": True}),
    }
    for name, cookie in cookies.items():
        target.must_not_open(f"cookie {name}", f"/take/waybills.csv?merchant={target.shop}", cookie)
        target.must_not_open(f"cookie {name}: media", "/media/x.csv", cookie)
        said = target.said(cookie, f"merchant={target.shop}", "my_shop")
        target.note(f"cookie {name}: a page", target.shop in said or "build 2" in said)


def _replayed(target: Target) -> None:
    cookie = target.cookie("lin", nonce="signs out")
    target.get("/auth/logout", cookie)
    path = f"/take/waybills.csv?merchant={target.own}"
    target.must_not_open("cookie replayed after signing out", path, cookie)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for letter in letters:
        target.must_not_open(f"replayed, written with {letter} at the end", path, cookie[:-1] + letter)


def _of_others(target: Target) -> None:
    mine, theirs = target.cookie("lin"), target.cookie("mei")
    for word in [target.shop, *_WORDS]:
        written = word.format(own=target.own, shop=target.shop)
        for name in (*(f"{kind}.csv" for kind in KINDS), "waybills.xlsx", "waybills.csv.manifest.json"):
            url = httpx.URL(f"{target.address}/take/{name}", params={"merchant": written})
            path = str(url).removeprefix(target.address)
            target.must_not_open(f"merchant {word!r}: {name}", path, mine)
    for path in _OPERATORS:
        target.must_not_open(f"merchant: {path}", path, mine)
    for word in (*target.parcel, *_WORDS[:4]):
        written = quote(word.format(own=target.own_parcel[0], shop=target.parcel[0]))
        said = target.said(mine, f"waybill={written}", "follow_a_parcel")
        target.note(f"another's parcel by {word!r}", _PARCEL in said)
    said = target.said(mine, f"waybill={target.own_parcel[0]}", "follow_a_parcel")
    target.note("my own parcel does not open: the tries prove nothing", _PARCEL not in said)
    for page in ("my_shop", "lanes", "overview", "data_health", "stalled", "follow_a_parcel"):
        said = target.said(mine, f"merchant={target.shop}&parcel={target.shop}", page)
        rows = re.search(rf"name.{{0,40}}{re.escape(target.shop)}|Paid GMV|Audit", said)
        target.note(f"merchant at page {page}", rows is not None)
    link = target.get(f"/take/waybills.csv?merchant={target.own}", mine).headers["location"]
    target.note(
        "my own link does not open: the tries prove nothing", target.get(link, mine).status_code != 200
    )
    target.must_not_open("a link without its session", link)
    target.must_not_open("a link with another's session", link, theirs)
    target.must_not_open("a link with an operator's session", link, target.cookie("ole"))
    token = link.split("/")[2]
    for place in range(0, len(token), 7):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        target.must_not_open(f"a link changed at {place}", f"/files/{changed}/x.csv", mine)


def _foreign_origins(target: Target) -> None:
    mine = target.cookie("lin")
    for origin in (
        "https://evil.example",
        "null",
        "http://localhost:3000",
        target.address + ".evil.example",
        "",
    ):
        said = target.said(mine, f"merchant={target.own}", "my_shop", origin)
        target.note(f"websocket from {origin or 'no origin'}", bool(said))


def main(
    as_json: Annotated[bool, typer.Option("--json", help="Print the JSON object alone.")] = False,
) -> None:
    """Try everything, and say what opened."""
    begun = time.monotonic()
    with TemporaryDirectory() as folder, _target(Path(folder)) as target:
        attacks: list[Callable[[Target], None]] = [
            *(_without_a_session, _false_cookies, _replayed, _of_others, _foreign_origins),
        ]
        for attack in attacks:
            attack(target)
            if not as_json:
                print(f"{attack.__name__.strip('_').replace('_', ' ')}: {target.try_count} tries so far")
    print(
        json.dumps(
            {
                "benchmark": "attack",
                "try_count": target.try_count,
                "opened": target.opened,
                "seconds": round(time.monotonic() - begun, 1),
            }
        )
    )
    if target.opened:
        sys.exit(1)


def _parcel(published: Published, merchant_id: str) -> tuple[str, ...]:
    """Return the newest parcel of a shop by its number, its first order's and its id."""
    [row] = published.rows(
        "extract_waybills",
        ["waybill_number", "order_numbers", "waybill_id"],
        {"merchant_id": [merchant_id]},
        "registered_at",
        1,
    ).rows()
    return str(row[0]), str(row[1]).split("|")[0], str(row[2])


@contextmanager
def _target(folder: Path) -> Iterator[Target]:
    """Serve the published build from a home of its own."""
    source, settings = Settings.from_environment(), Settings(home=folder)
    file = source.published_file()
    if file is None:
        raise WaymartError("No data is published yet: run `waymart run` first.")
    settings.serving.mkdir()
    for name in (file.name, "rows"):
        (settings.serving / name).symlink_to(source.serving / name)
    settings.current.symlink_to(file.name)
    published = Published(file)
    own, shop = shops(published, COMMAND_LINE)[:2]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    target = Target(
        f"http://127.0.0.1:{port}",
        settings.session_key(),
        own,
        shop,
        _parcel(published, own),
        _parcel(published, shop),
    )
    settings.access.write_text(
        f'[users."lin@example.com"]\nrole = "merchant"\nmerchants = [{json.dumps(own)}]\n'
        f'[users."mei@example.com"]\nrole = "merchant"\nmerchants = [{json.dumps(shop)}]\n'
        '[users."ole@example.com"]\nrole = "operator"\n'
    )
    settings.sign_in.write_text(
        f'address = "{target.address}"\nserver_metadata_url = "https://id.example.com/"\n'
        'client_id = "waymart"\nclient_secret = "none"\n'
    )
    command = [
        sys.executable,
        "-c",
        "from commands.cli import main; main()",
        "dashboards",
        "--port",
        str(port),
    ]
    environment = os.environ | {"WAYMART_HOME": str(folder)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            yield target
        finally:
            server.terminate()


if __name__ == "__main__":
    typer.run(main)

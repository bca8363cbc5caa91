from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from signed_in import SECRET, SIGN_IN, cookies_of
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from api.gate import ENDS_HEADER, USER_HEADER, Gate
from api.sessions import SESSION, USER_COOKIE, Sessions
from api.sign_in import SignIn

ACCESS = """
[users."lin@example.com"]
role = "merchant"
merchants = ["jd:1"]
"""
STREAM = "/_stcore/stream"


async def tell(request: Request) -> JSONResponse:
    """What is behind the gate: it says which headers came through, and sets a cookie as Streamlit does."""
    response = JSONResponse(dict(request.headers))
    response.set_cookie(USER_COOKIE, "value", max_age=2_592_000, httponly=True)
    response.set_cookie("_streamlit_session", "value")
    return response


async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            said = await websocket.receive_text()
            await websocket.send_json({"headers": dict(websocket.headers), "said": said})


class Served:
    """The gate before a stub of the pages."""

    def __init__(self, folder: Path, sign_in: SignIn | None) -> None:
        self.access = folder / "access.toml"
        self.access.write_text(ACCESS)
        self.sessions = Sessions(SECRET, SIGN_IN, folder / "ended.sqlite")
        routes: list[Any] = [WebSocketRoute(STREAM, echo), Route("/{path:path}", tell)]
        gate = Middleware(
            Gate, access=self.access, sign_in=sign_in, sessions=self.sessions if sign_in else None
        )
        self.app = Starlette(routes=routes, middleware=[gate])

    def client(self, **cookies: str) -> TestClient:
        return TestClient(self.app, base_url=SIGN_IN.address, cookies=cookies)

    def opened(self, origin: str | None = SIGN_IN.address, **cookies: str) -> Any:
        headers = {"origin": origin} if origin else {}
        return self.client(**cookies).websocket_connect(STREAM, headers=headers)


@pytest.fixture
def served(tmp_path: Path) -> Served:
    return Served(tmp_path, SIGN_IN)


@pytest.fixture
def local(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(Served(tmp_path, None).app, base_url="http://127.0.0.1:8501") as client:
        yield client


def test_the_cookie_is_streamlits() -> None:
    assert USER_COOKIE == USER_COOKIE_NAME


OPEN = [
    "/",
    "/lanes",
    "/static/js/index.js",
    "/_stcore/health",
    "/lanes/_stcore/health",
    "/_stcore/host-config",
]
CLOSED = [
    *(
        "/media/0f3b.csv",
        "/media/",
        "/_stcore/upload_file/1/2",
        "/_stcore/agent/openapi.json",
        "/app/static/x",
    ),
    *("/component/x/index.html", "/_stcore/bidi-components/x", "/_stcore/script-health-check", "/x.txt"),
    *("/files/token/rows.csv", "/take/jd:1/waybills.csv", "/healthz", "/metrics", "/anything/new"),
    *("//media/0f3b.csv", "/static/../media/x", "/lanes/../media/x", "/%6dedia/x", "/MEDIA/x"),
]


@pytest.mark.parametrize("path", OPEN)
def test_the_shell_of_the_pages_and_signing_in_are_open_to_whoever_comes(path: str, served: Served) -> None:
    assert served.client().get(path).status_code == 200


@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("who", ["nobody", "stranger@example.com"])
def test_all_else_is_closed_to_whoever_has_no_access(who: str, path: str, served: Served) -> None:
    cookies = {} if who == "nobody" else cookies_of(who)
    url = f"{SIGN_IN.address}{path}"
    answer = served.client(**cookies).get(url)
    assert answer.status_code in (401, 403), answer.text
    assert answer.text in (
        "Sign in to see anything.\n",
        "stranger@example.com is signed in, but has no access yet: ask whoever runs this server.\n",
    )
    if "static/.." not in path and "lanes/.." not in path:
        assert served.client(**cookies_of("lin@example.com")).get(url).status_code == 200


def test_streamlits_own_counters_are_closed_to_everybody(served: Served, local: TestClient) -> None:
    assert served.client(**cookies_of("lin@example.com")).get("/_stcore/metrics").status_code == 404
    assert local.get("/_stcore/metrics").status_code == 404


def test_the_pages_hear_whom_the_gate_vouches_for_and_nobody_else(served: Served) -> None:
    forged = {USER_HEADER.decode(): "ole@example.com", ENDS_HEADER.decode().upper(): "2999-01-01T00:00:00Z"}
    signed_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    heard = served.client(**cookies_of("lin@example.com", signed_at)).get("/", headers=forged).json()
    assert heard[USER_HEADER.decode()] == "lin%40example.com"
    assert heard[ENDS_HEADER.decode()] == (signed_at + SESSION).isoformat()
    heard = served.client().get("/", headers=forged).json()
    assert not {USER_HEADER.decode(), ENDS_HEADER.decode()} & heard.keys()


def test_a_cookie_that_proves_nothing_does_not_reach_the_pages(served: Served) -> None:
    old = cookies_of("lin@example.com", datetime.now(UTC) - SESSION)
    parts = old | {f"{USER_COOKIE}_tokens": "t", f"{USER_COOKIE}_1": "p", "_streamlit_xsrf": "2|x"}
    assert served.client(**parts).get("/").json()["cookie"] == "_streamlit_xsrf=2|x"


def test_cookies_end_with_the_session_and_are_kept_to_tls(served: Served, local: TestClient) -> None:
    user, session = served.client().get("/").headers.get_list("set-cookie")
    assert "Max-Age=43200;" in user
    assert user.endswith("; Secure")
    assert session.endswith("; Secure")
    assert not any("Secure" in one for one in local.get("/").headers.get_list("set-cookie"))


def test_who_signs_out_is_out_everywhere_at_once(served: Served) -> None:
    mine = cookies_of("lin@example.com")
    assert served.client(**mine).get("/media/x").status_code == 200
    with served.opened(**mine) as page:
        page.send_text("draw")
        assert page.receive_json()["said"] == "draw"
        served.client(**mine).get("/auth/logout")
        page.send_text("draw")
        with pytest.raises(WebSocketDisconnect):
            page.receive_json()
    replayed = served.client(**mine)
    assert replayed.get("/media/x").status_code == 401
    assert USER_HEADER.decode() not in replayed.get("/").json()
    with served.opened(**mine) as page:
        page.send_text("draw")
        assert USER_HEADER.decode() not in page.receive_json()["headers"]


@pytest.mark.parametrize(
    "access", [ACCESS.replace("jd:1", "jd:2"), ACCESS.replace("lin@", "li@"), "no TOML", None]
)
def test_what_is_taken_away_is_gone_at_the_next_action_of_an_open_page(
    access: str | None, served: Served
) -> None:
    with served.opened(**cookies_of("lin@example.com")) as page:
        for _ in range(3):
            page.send_text("draw")
            assert page.receive_json()["said"] == "draw"
        if access is None:
            served.access.unlink()
        else:
            served.access.write_text(access)
        page.send_text("draw")
        with pytest.raises(WebSocketDisconnect):
            page.receive_json()


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://waymart.example.com", "null", "http://localhost:3000", None]
)
def test_a_page_of_another_origin_opens_nothing(origin: str | None, served: Served) -> None:
    with pytest.raises(WebSocketDisconnect), served.opened(origin, **cookies_of("lin@example.com")):
        pass


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "0.0.0.0", "192.168.1.7:8501", ""]
)
def test_without_a_sign_in_only_this_machine_by_its_own_name_is_answered(
    host: str, local: TestClient
) -> None:
    assert local.get("/", headers={"host": host}).status_code == 421
    assert local.get("/media/x", headers={"host": "localhost:8501"}).status_code == 200
    assert local.get("/media/x", headers={"host": "[::1]:8501"}).status_code == 200
    with (
        pytest.raises(WebSocketDisconnect),
        local.websocket_connect(STREAM, headers={"origin": "http://evil.example", "host": "127.0.0.1:8501"}),
    ):
        pass

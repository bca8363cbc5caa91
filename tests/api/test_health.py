import fcntl
import re
from pathlib import Path

import pytest
from signed_in import SECRET, SIGN_IN, cookies_of
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from api.gate import Gate
from api.health import Health
from api.sessions import Sessions
from serving.published import Published
from warehouse.settings import Settings

ACCESS = """
[users."ole@example.com"]
role = "operator"
[users."ann@example.com"]
role = "analyst"
[users."lin@example.com"]
role = "merchant"
merchants = ["jd:1"]
"""


@pytest.fixture
def settings(market: Settings, tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path)
    made.serving.symlink_to(market.serving)
    made.access.write_text(ACCESS)
    return made


def client(settings: Settings, who: str | None) -> TestClient:
    sessions = Sessions(SECRET, SIGN_IN, settings.ended_sessions)
    gate = Middleware(Gate, access=settings.access, sign_in=SIGN_IN, sessions=sessions)
    app = Starlette(routes=Health(settings).routes, middleware=[gate])
    return TestClient(app, base_url=SIGN_IN.address, cookies=cookies_of(f"{who}@example.com") if who else {})


@pytest.mark.parametrize("path", ["/healthz", "/metrics"])
def test_health_is_for_operators_and_for_this_machine_where_nobody_signs_in(
    path: str, settings: Settings
) -> None:
    status = {who: client(settings, who).get(path).status_code for who in (None, "lin", "ann", "ole")}
    assert status == {None: 401, "lin": 403, "ann": 403, "ole": 200}
    gate = Middleware(Gate, access=settings.access, sign_in=None, sessions=None)
    local = TestClient(
        Starlette(routes=Health(settings).routes, middleware=[gate]), base_url="http://127.0.0.1:8501"
    )
    assert local.get(path).status_code == 200


def test_health_tells_which_build_is_shown_and_whether_one_is_made(
    settings: Settings, serving: Published
) -> None:
    ask = client(settings, "ole")
    found = ask.get("/healthz").json()
    unmet = serving.frame("select count(*) from audit_results where not is_met").item()
    assert (found["build_id"], found["audit_unmet_count"]) == (serving.path.stem, unmet)
    assert found["published_age_seconds"] > 0
    assert found["disk_free_bytes"] > 0
    assert found["is_being_built"] is False
    with (settings.home / "line.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert ask.get("/healthz").json()["is_being_built"] is True
    assert ask.get("/healthz").json()["is_being_built"] is False


def test_counters_tell_of_refusals_and_name_nobody(settings: Settings) -> None:
    def refused() -> float:
        text = client(settings, "ole").get("/metrics").text
        found = re.search(r'waymart_refusals_total\{why="nobody"\} ([\d.]+)', text)
        assert not re.search(r"example\.com|jd:1", text)
        return float(found[1]) if found else 0.0

    before = refused()
    client(settings, None).get("/media/x")
    assert refused() == before + 1

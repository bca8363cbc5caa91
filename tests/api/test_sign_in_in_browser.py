"""People sign in at a real OpenID Connect provider on loopback, in Chromium, and see what is theirs."""

import json
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import oidc_provider_mock
import polars as pl
import pytest
from oidc_provider_mock import User
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from api.sessions import USER_COOKIE
from serving.published import Published
from warehouse.settings import Settings

CHROMIUM = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATIENCE_MS = 60_000

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")


def person(name: str, *, is_verified: bool = True) -> User:
    return User(sub=name, claims={"email": f"{name}@example.com", "email_verified": is_verified})


@dataclass
class Server:
    address: str
    access: Path
    shops: list[str]

    def grant(self, **merchants: list[str]) -> None:
        """Write who may see what; an operator and an analyst are always there."""
        entries = [f'[users."{name}@example.com"]\nrole = "{name}"\n' for name in ("analyst", "operator")]
        entries += [
            f'[users."{name}@example.com"]\nrole = "merchant"\nmerchants = {shops}\n'
            for name, shops in merchants.items()
        ]
        self.access.write_text("".join(entries))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(home: Path, port: int) -> Iterator[None]:
    """Serve the pages of a home as the command does."""
    program = "from commands.cli import main; main()"
    command = [sys.executable, "-c", program, "dashboards", "--port", str(port)]
    with subprocess.Popen(
        command, env={"WAYMART_HOME": str(home), "PATH": "/usr/bin:/bin"}, cwd=Path(__file__).parents[2]
    ) as server:
        try:
            for _ in range(600):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                assert server.poll() is None
                time.sleep(0.1)
            yield
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def server(market: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The market's pages behind a sign-in; a folder of its own, since other tests read the market's."""
    home = tmp_path_factory.mktemp("signed in")
    shutil.copytree(market.serving, home / "serving", symlinks=True)
    shops = Published(market.current).frame(
        "select merchant_id from extract_order_lines group by all order by count(*) desc, 1 limit 3"
    )
    port = free_port()
    people = [person("analyst"), person("operator"), person("lin"), person("stranger")]
    people.append(User(sub="thief", claims={"email": "operator@example.com", "email_verified": False}))
    with oidc_provider_mock.run_server_in_thread(user_claims=people) as provider:
        (home / "sign_in.toml").write_text(
            f'address = "http://127.0.0.1:{port}"\n'
            f'server_metadata_url = "http://localhost:{provider.server_port}/.well-known/openid-configuration"\n'
            'client_id = "waymart"\nclient_secret = "the mock takes any"\n'
        )
        made = Server(f"http://127.0.0.1:{port}", home / "access.toml", shops["merchant_id"].to_list())
        made.grant(lin=made.shops[:1])
        with running(home, port):
            yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 900})
    made.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    yield made
    made.close()


def sign_in(context: BrowserContext, server: Server, who: str) -> Page:
    page = context.new_page()
    page.goto(server.address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("sub").fill(who)
    page.get_by_role("button", name="Authorize").click()
    page.get_by_role("button", name="Sign out").wait_for()
    return page


def links(page: Page) -> list[str]:
    page.get_by_text(re.compile(r"as of .+ · build 2")).wait_for()
    page.get_by_test_id("stPageLink").first.wait_for()
    return [text.split("\n")[-1] for text in page.get_by_test_id("stPageLink").all_inner_texts()]


def taken(page: Page, name: str) -> Path:
    """Take a file home by its link: in this page, for one that is only a download closes at once."""
    link = page.get_by_role("link", name=name)
    link.evaluate("link => { link.target = '_self' }")
    with page.expect_download() as download:
        link.click()
    return Path(download.value.path())


def draw_again(page: Page) -> None:
    """Do what asks the server for the page as it is open: no new request, the socket that is there."""
    page.keyboard.press("r")


def test_nobody_sees_anything_before_signing_in(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    page.goto(f"{server.address}/lanes?period=2019-06")
    expect(page.get_by_text("Sign in to see anything.")).to_be_visible()
    expect(page.get_by_test_id("stPageLink")).to_have_count(0)
    expect(page.locator("body")).not_to_contain_text("build")


@pytest.mark.parametrize("who", ["stranger", "thief"])
def test_whoever_has_no_access_gets_nothing_but_a_sentence(
    who: str, context: BrowserContext, server: Server
) -> None:
    page = context.new_page()
    page.goto(server.address)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_placeholder("sub").fill(who)
    page.get_by_role("button", name="Authorize").click()
    sentence = (
        "stranger@example.com is signed in, but has no access yet" if who == "stranger" else "Sign in to see"
    )
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("build")


def test_an_analyst_sees_the_market_filters_it_and_leaves(context: BrowserContext, server: Server) -> None:
    page = sign_in(context, server, "analyst")
    assert {"Overview", "Lanes", "My shop", "Data health"} <= set(links(page))
    page.get_by_role("link", name="Lanes").click()
    page.get_by_text(re.compile(r"as of .+ · build 2")).wait_for()
    page.goto(f"{server.address}/lanes?courier=zto&period=2019-06")
    expect(page.get_by_role("button", name="Courier: ZTO Express ✕")).to_be_visible()
    held = context.cookies()
    assert {round((one["expires"] - time.time()) / 3600, 1) for one in held if "_user" in one["name"]} == {
        12.0
    }
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("end_session"))
    page.goto(f"{server.address}/lanes?courier=zto&period=2019-06")
    expect(page.get_by_text("Sign in to see anything.")).to_be_visible()
    context.add_cookies(held)  # the cookies of before, by whoever kept them
    page.goto(f"{server.address}/lanes?courier=zto&period=2019-06")
    expect(page.get_by_text("Sign in to see anything.")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("build")


def test_a_session_planted_before_signing_in_is_nobodys_after(
    context: BrowserContext, server: Server
) -> None:
    planted = "planted-by-someone-else"
    context.add_cookies([{"name": USER_COOKIE, "value": planted, "url": server.address}])
    page = sign_in(context, server, "analyst")
    assert "Overview" in links(page)
    own = {one["name"]: one["value"] for one in context.cookies() if one["name"].startswith(USER_COOKIE)}
    assert planted not in own.values()
    for cookies, status in ((own, 404), ({USER_COOKIE: planted}, 401)):
        asked = "; ".join(f"{name}={value}" for name, value in cookies.items())
        assert httpx.get(f"{server.address}/media/none.csv", headers={"cookie": asked}).status_code == status


def test_an_operator_sees_who_took_what_of_every_shop_and_how_the_server_does(
    context: BrowserContext, server: Server
) -> None:
    page = sign_in(context, server, "operator")
    assert {"Overview", "My shop", "Data health"} <= set(links(page))
    page.goto(f"{server.address}/my_shop?merchant={server.shops[1]}")
    expect(page.get_by_text("All of the shop's rows")).to_be_visible()
    assert set(pl.read_parquet(taken(page, "parquet of Waybills"))["merchant_id"]) == {server.shops[1]}
    page.goto(f"{server.address}/data_health")
    expect(page.get_by_role("heading", name="Who took which rows")).to_be_visible()
    health = page.context.request.get(f"{server.address}/healthz")
    assert (health.status, health.json()["build_id"][:1]) == (200, "2")
    assert "waymart_downloads" in page.context.request.get(f"{server.address}/metrics").text()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("end_session"))
    assert page.context.request.get(f"{server.address}/metrics").status == 401


def test_a_merchant_sees_its_own_shop_until_it_is_taken_away(context: BrowserContext, server: Server) -> None:
    server.grant(lin=server.shops[:2])
    page = sign_in(context, server, "lin")
    assert links(page) == ["My shop", "Follow a parcel"]
    expect(page.get_by_text("Period")).to_have_count(0)
    for path in (f"/my_shop?merchant={server.shops[2]}", f"/?merchant={server.shops[2]}"):
        page.goto(server.address + path)
        expect(page.get_by_text(f"None of your shops with the id {server.shops[2]}")).to_be_visible()
    for path in ("/lanes", "/data_health", "/overview"):
        page.goto(server.address + path)
        assert links(page) == ["My shop", "Follow a parcel"]
        expect(page.get_by_role("heading", name="My shop")).to_be_visible()
    assert page.context.request.get(f"{server.address}/healthz").status == 403
    page.goto(f"{server.address}/?merchant={server.shops[1]}")
    expect(page.get_by_text("All of the shop's rows")).to_be_visible()
    assert taken(page, "CSV of Waybills").read_text(encoding="utf-8-sig").startswith("merchant_id,")
    assert set(pl.read_parquet(taken(page, "parquet of Waybills"))["merchant_id"]) == {server.shops[1]}
    about = json.loads(taken(page, "manifest of Waybills").read_text())
    assert about["merchant_id"] == server.shops[1]
    draw_again(page)
    expect(page.get_by_role("heading", name="Who took these rows")).to_be_visible()
    stranger = page.context.request.get(f"{server.address}/take/waybills.csv?merchant={server.shops[2]}")
    assert (stranger.status, stranger.text()) == (403, f"lin@example.com has no shop {server.shops[2]}.\n")
    server.grant(lin=server.shops[:1])
    draw_again(page)
    expect(page.get_by_text(f"{server.shops[1]} has rows in this build: choose one")).to_be_visible()
    page.goto(f"{server.address}/?merchant={server.shops[1]}")
    expect(page.get_by_text(f"None of your shops with the id {server.shops[1]}")).to_be_visible()
    server.grant()
    draw_again(page)
    expect(page.get_by_text("lin@example.com is signed in, but has no access yet")).to_be_visible()
    expect(page.locator("body")).not_to_contain_text("build")

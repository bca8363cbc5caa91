"""Serves the pages and opens them in Chromium, for the tests that look at them as a reader does."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import dashboards

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed (Debian: chromium)")

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
ENTRY = Path(dashboards.__file__).with_name("app.py")
PATIENCE_MS = 60_000


@contextmanager
def pages_of(home: Path) -> Iterator[str]:
    """Serve the pages of a home; give their address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = "from commands.cli import main; main()"
    command = [sys.executable, "-c", program, "dashboards", "--port", str(port)]
    environment = os.environ | {"WAYMART_HOME": str(home), "PYTHONPATH": str(ENTRY.parents[1])}
    with subprocess.Popen(command, cwd=home, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield started
        started.close()


def go_to(page: Page, url: str) -> None:
    """Go there, as soon as the server has started."""
    for _ in range(60):
        try:
            page.goto(url, timeout=PATIENCE_MS)
            break
        except Exception as error:  # the server is starting
            if "ERR_CONNECTION_REFUSED" not in str(error):
                raise
            page.wait_for_timeout(500)


def open_page(browser: Browser, url: str, width: int = 1440, theme: str = "light") -> tuple[Page, list[str]]:
    """Open a page and wait for its last line; also return the addresses asked for elsewhere."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme="dark" if theme == "dark" else "light"
    )
    page = context.new_page()
    elsewhere: list[str] = []
    local = ("http://127.0.0.1", "ws://127.0.0.1", "data:", "blob:")
    page.on(
        "request",
        lambda request: elsewhere.append(request.url) if not request.url.startswith(local) else None,
    )
    go_to(page, url)
    page.get_by_text(re.compile(r"as of .+ · build 2")).wait_for(timeout=PATIENCE_MS)
    return page, elsewhere


def wait_until_drawn(page: Page) -> None:
    """Wait until nothing is drawn any more: what is being replaced is faded, and axe would find it pale."""
    is_still = '() => !document.querySelector(\'[data-stale="true"], [data-testid="stStatusWidget"]\')'
    page.wait_for_function(is_still, timeout=PATIENCE_MS)
    page.wait_for_timeout(1_000)  # the fading itself
    page.wait_for_function(is_still, timeout=PATIENCE_MS)

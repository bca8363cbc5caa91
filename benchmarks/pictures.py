"""Draw README's pictures: pages of the published build, in a real browser.

Run it with ``make pictures`` after ``make warehouse``. Of a simulated market the pages say that it is one.
With ``WAYMART_REAL_DATA`` a page of real orders is drawn too (Olist, Brazil, 2016 to 2018), from a warehouse
that is built for it and thrown away.
"""

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from playwright.sync_api import sync_playwright

from benchmarks.figures import WAYMART
from warehouse.settings import Settings

_OUT = Path(__file__).parents[1] / "dbt_project" / "docs" / "pictures"
#: Page with its filters, by the picture's name.
_SIMULATED = {
    "overview": "",
    "gmv_by_tier": "gmv_by_tier",
}
#: Without any choice, and so high that its map is seen.
_REAL = {"olist": "gmv_by_tier"}
_WIDTH, _HEIGHT, _REAL_HEIGHT = 1440, 1000, 1560
_PATIENCE_MS = 120_000
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]


@contextmanager
def _served(home: Path) -> Iterator[str]:
    """Serve the pages of a home; yield their address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"WAYMART_HOME": str(home)}
    command = [*WAYMART, "dashboards", "--port", str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as server:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _draw(home: Path, pages: dict[str, str], out: Path, height: int = _HEIGHT) -> None:
    with _served(home) as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=_FLAGS)
        page = chromium.new_page(viewport={"width": _WIDTH, "height": height})
        for name, path in pages.items():
            while True:
                try:
                    page.goto(f"{address}/{path}", timeout=_PATIENCE_MS)
                    break
                except Exception as error:  # the server is starting
                    if "ERR_CONNECTION_REFUSED" not in str(error):
                        raise
                    page.wait_for_timeout(500)
            page.get_by_text(re.compile(r"as of .+ · build 2")).wait_for(timeout=_PATIENCE_MS)
            page.wait_for_timeout(3_000)  # charts are drawn after their text
            page.screenshot(path=out / f"{name}.png")
            typer.echo(f"{out / name}.png")
        chromium.close()


def _build_real(data: Path, home: Path) -> None:
    environment = os.environ | {"WAYMART_HOME": str(home)}
    files = sorted(str(path) for path in (data / "olist").glob("olist_*_dataset.csv"))
    steps = (
        ["ingest", "olist", *files],
        ["build"],
        ["audit"],
        ["publish", "--accept", "a sample of real orders"],
    )
    for step in steps:
        ended = subprocess.run([*WAYMART, *step], env=environment, check=False, stdout=subprocess.DEVNULL)
        if ended.returncode and step != ["audit"]:
            raise SystemExit(f"waymart {step[0]} ended with {ended.returncode}")


def main(out: Annotated[Path, typer.Option(help="Where the pictures go.")] = _OUT) -> None:
    """Draw every picture."""
    settings = Settings.from_environment()
    if settings.published_file() is None:
        raise SystemExit("Nothing is published yet: `make warehouse` first.")
    out.mkdir(parents=True, exist_ok=True)
    _draw(settings.home, _SIMULATED, out)
    if real := os.environ.get("WAYMART_REAL_DATA"):
        with TemporaryDirectory() as home:
            _build_real(Path(real), Path(home))
            _draw(Path(home), _REAL, out, _REAL_HEIGHT)
    else:
        typer.echo("No page of real orders: WAYMART_REAL_DATA is not set.")


if __name__ == "__main__":
    typer.run(main)

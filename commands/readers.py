"""The commands for who reads the published build: ``extract`` and ``dashboards``."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from warehouse.errors import WaymartError
from warehouse.settings import Settings

group = typer.Typer()


@group.command(epilog="Example: `waymart extract jd:M000000000992 --what waybills --out parcels.xlsx`")
def extract(
    merchant_id: Annotated[str, typer.Argument(help="Whose rows, as dim_merchants names it.")],
    out: Annotated[Path, typer.Option(help="File to write: .csv, .parquet or .xlsx.")],
    what: Annotated[Literal["order_lines", "waybills"], typer.Option(help="Which rows.")] = "order_lines",
) -> None:
    """Write a merchant's own rows from the published build to a file."""
    from commands.console import out as console
    from serving.extracts import ExtractError, write_extract

    try:
        count = write_extract(_published_file(Settings.from_environment()), merchant_id, what, out)
    except ExtractError as error:
        raise WaymartError(str(error)) from error
    console.print(f"{count:,} rows in {out}.")


@group.command()
def dashboards(port: Annotated[int, typer.Option(help="Port on this machine.")] = 8501) -> None:
    """Serve the pages on http://127.0.0.1:8501, to this machine only; stop with Ctrl-C."""
    import socket
    from importlib.util import find_spec

    settings = Settings.from_environment()
    _published_file(settings)
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise WaymartError(f"Port {port} is taken: stop what runs there, or choose another with --port.")
    room = find_spec("dashboards")
    assert room is not None
    assert room.origin is not None
    options = {
        "server.address": "127.0.0.1",
        "server.port": port,
        "server.headless": "true",
        "browser.gatherUsageStats": "false",
    }
    app_file = Path(room.origin).with_name("app.py")
    command = [sys.executable, "-m", "streamlit", "run", str(app_file)]
    command += [f"--{name}={value}" for name, value in options.items()]
    os.chdir(app_file.parents[1])  # where Streamlit looks for its theme
    os.execve(sys.executable, command, os.environ | {"WAYMART_HOME": str(settings.home)})


def _published_file(settings: Settings) -> Path:
    file = settings.published_file()
    if file is None:
        raise WaymartError("Nothing is published yet: load files, then `waymart run`.")
    return file

"""The commands for who reads the published build: ``extract`` and ``dashboards``."""

import os
from pathlib import Path
from typing import Annotated

import typer

from commands.steps import published_file
from serving.extract_kinds import What
from warehouse.errors import WaymartError
from warehouse.settings import Settings

group = typer.Typer()


@group.command(epilog="Example: `waymart extract jd:M000000000992 --what waybills --out parcels.xlsx`")
def extract(
    merchant_id: Annotated[str, typer.Argument(help="Whose rows, as dim_merchants names it.")],
    out: Annotated[Path, typer.Option(help="File to write: .csv, .parquet or .xlsx.")],
    what: Annotated[What, typer.Option(help="Which rows.")] = "order_lines",
) -> None:
    """Write a merchant's own rows from the published build to a file."""
    from commands.console import out as console
    from serving.access import COMMAND_LINE
    from serving.access_log import Entry, note
    from serving.extracts import ExtractError, write_extract

    settings = Settings.from_environment()
    published = published_file(settings)
    try:
        count = write_extract(published, COMMAND_LINE, merchant_id, what, out)
    except ExtractError as error:
        raise WaymartError(str(error)) from error
    taken = f"{what}{out.suffix.lower()}"
    user = COMMAND_LINE.user
    note(settings.access_log, Entry(user, "download", taken, merchant_id, published.stem, count))
    console.print(f"{count:,} rows in {out}.")


@group.command()
def dashboards(
    port: Annotated[int, typer.Option(help="Port to serve on.")] = 8501,
    address: Annotated[
        str, typer.Option(help="Address to serve on; another than this machine's needs a sign-in.")
    ] = "127.0.0.1",
) -> None:
    """Serve the pages on http://127.0.0.1:8501, to this machine only; stop with Ctrl-C.

    With a sign-in (`sign_in.toml`, `access.toml`) they may be served to others: README shows how.
    """
    import socket
    from importlib.util import find_spec

    from api.server import serve

    settings = Settings.from_environment()
    published_file(settings)
    with socket.socket() as probe:
        if probe.connect_ex((address, port)) == 0:
            raise WaymartError(f"Port {port} is taken: stop what runs there, or choose another with --port.")
    room = find_spec("dashboards")
    assert room is not None
    assert room.origin is not None
    os.environ["WAYMART_HOME"] = str(settings.home)  # where the pages look
    serve(settings, Path(room.origin).with_name("app.py"), address, port)

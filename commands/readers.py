"""The commands for who reads the published build: ``extract`` and ``dashboards``."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from serving.extract_kinds import What
from warehouse.errors import WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from serving.estimates import Place
    from serving.published import Published

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
    published = _published_file(settings)
    try:
        count = write_extract(published, COMMAND_LINE, merchant_id, what, out)
    except ExtractError as error:
        raise WaymartError(str(error)) from error
    taken = f"{what}{out.suffix.lower()}"
    user = COMMAND_LINE.user
    note(settings.access_log, Entry(user, "download", taken, merchant_id, published.stem, count))
    console.print(f"{count:,} rows in {out}.")


@group.command(epilog="Example: `waymart estimate --from Hangzhou --to 北京 --courier zto`")
def estimate(
    origin: Annotated[str, typer.Option("--from", help="City it leaves, by name or code.")],
    destination: Annotated[str, typer.Option("--to", help="City it goes to.")],
    courier: Annotated[str | None, typer.Option(help="Who carries it; without one, all are told.")] = None,
    service: Annotated[str | None, typer.Option(help="By which service: standard, express, …")] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
            help="When the clock starts, where it leaves; without it, at the newest data.",
        ),
    ] = None,
    since: Annotated[Literal["payment", "pickup"], typer.Option(help="What starts the clock.")] = "payment",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell by which day a parcel arrives: 50, 80, 90 and 95 of 100 like it, and how many that is known from.

    Like it are parcels of the last 90 days by courier, service and lane; where fewer than 30 of those have
    arrived, by courier and regions, by courier, or all. Where even that is too few, it cannot be said.
    """
    import json
    from dataclasses import asdict

    from commands.console import out as console
    from commands.console import table
    from serving.estimates import SHARES, estimates, newest
    from serving.names import Names
    from serving.published import Published

    published = Published(_published_file(Settings.from_environment()))
    leaves, arrives = _city(published, origin), _city(published, destination)
    start = at.replace(tzinfo=ZoneInfo(leaves.time_zone)) if at else newest(published)
    told = estimates(published, leaves, arrives, start, since, courier, service) if start else []
    if as_json:
        print(
            json.dumps(
                {
                    "from": leaves.adcode,
                    "to": arrives.adcode,
                    "since": since,
                    "at": start,
                    "estimates": [asdict(one) for one in told],
                },
                ensure_ascii=False,
                indent=2,
                default=str,
            )
        )
        return
    if not told or start is None:
        console.print("It cannot be said: fewer than 30 parcels of the last 90 days have arrived.")
        return
    names = Names(published)
    rows = [
        [
            names.of("courier_id", one.courier_id) if one.courier_id else "Any courier",
            *(str(one.days[share] or "cannot say") for share in SHARES),
            one.level.replace("_", " ") + (f", {one.service}" if one.service else ""),
            one.arrived_count,
            one.sampled_count,
        ]
        for one in told
    ]
    when = f"{start.astimezone(ZoneInfo(leaves.time_zone)):%Y-%m-%d %H:%M}"
    columns = ["Courier", *(f"{share} of 100 by" for share in SHARES), "Known from", "Arrived", "Looked at"]
    console.print(table(f"{leaves.name} to {arrives.name}, {since} at {when}", columns, rows))


def _city(published: "Published", name: str) -> "Place":
    """Return the one city of this name."""
    from serving.estimates import places

    found = places(published, name)
    if not found:
        raise WaymartError(f"No city {name} is known: give its name as dim_cities has it, or its code.")
    if len(found) > 1:
        codes = ", ".join(f"{place.adcode} ({place.region})" for place in found[:8])
        raise WaymartError(f"{name} is several cities: give one of the codes {codes}.")
    return found[0]


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
    _published_file(settings)
    with socket.socket() as probe:
        if probe.connect_ex((address, port)) == 0:
            raise WaymartError(f"Port {port} is taken: stop what runs there, or choose another with --port.")
    room = find_spec("dashboards")
    assert room is not None
    assert room.origin is not None
    os.environ["WAYMART_HOME"] = str(settings.home)  # where the pages look
    serve(settings, Path(room.origin).with_name("app.py"), address, port)


def _published_file(settings: Settings) -> Path:
    file = settings.published_file()
    if file is None:
        raise WaymartError("Nothing is published yet: load files, then `waymart run`.")
    return file

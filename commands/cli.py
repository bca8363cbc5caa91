"""The command ``waymart``: each step of the line, for people and for cron.

The only module of this room that calls other rooms, and only inside its commands: ``--help`` must
not wait for dbt, Great Expectations or Streamlit.
"""

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from warehouse.errors import DiskFullError, WarehouseLockedError, WaymartError, is_disk_full
from warehouse.settings import Settings

if TYPE_CHECKING:
    from ingest.finding.find import Findings

app = typer.Typer(
    name="waymart",
    help="Bring shipping feeds to tested numbers, and publish them.",
    epilog="Start: waymart ingest PROVIDER PATH, then waymart run, then waymart dashboards. "
    "All state lies in WAYMART_HOME (default: data/ of the project).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
)


def main() -> None:
    """Run the command; an error is one sentence and exit code 1 (``WAYMART_DEBUG=1``: its traceback)."""
    try:
        app()
    except KeyboardInterrupt:
        _end("Stopped; what was published is unchanged.", 130)
    except WaymartError as error:
        _end(str(error), 1)
    except Exception as error:
        if is_disk_full(error):
            _end(str(DiskFullError(Settings.from_environment().home)), 1)
        if isinstance(error, OSError):
            _end(f"{error.filename or 'The system'}: {error.strerror or error}.", 1)
        first = str(error).strip().partition("\n")[0]
        _end(f"waymart met {type(error).__name__}: {first} (WAYMART_DEBUG=1 shows where).", 1)


def _end(sentence: str, code: int) -> None:
    if os.environ.get("WAYMART_DEBUG"):
        raise
    print(sentence, file=sys.stderr)
    sys.exit(code)


FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", help="Build every table anew from the raw rows.")
]


@app.command(
    epilog="Examples: `waymart ingest kuaidi100 exports/2019-06 push.json` · `waymart ingest pinduoduo "
    "s3://bucket/orders --dry-run` · `waymart ingest sf --watch drop/`"
)
def ingest(
    provider: Annotated[str, typer.Argument(help="Who sent the files: waymart (our own contract), olist, …")],
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files, folders (searched recursively), `-` (standard input), s3://bucket/prefix, "
            "postgresql://host/database."
        ),
    ] = None,
    watch: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Take files as they are completed there, until Ctrl-C.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell: rows, reasons, codes without a meaning.")
    ] = False,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE", help="What the files do not say: year=2022, shop=…, time_format=…"
        ),
    ] = None,
    name: Annotated[str, typer.Option(help="What standard input is called: orders.csv, …")] = "stdin.jsonl",
) -> None:
    """Load a provider's files. The same file twice loads nothing; a bad row goes to quarantine."""
    from ingest.errors import IntakeError
    from ingest.finding.fetch import brought_in
    from ingest.finding.find import find_files

    settings = Settings.from_environment()
    said = dict(pair.split("=", 1) for pair in option or [] if "=" in pair)
    if len(said) < len(option or []):
        raise WaymartError("An option is written NAME=VALUE, like --option year=2022.")
    if watch is not None and (paths or dry_run):
        raise WaymartError("--watch DIR takes files as they come: leave out paths and --dry-run.")
    if not paths and watch is None:
        raise WaymartError(f"Give files or folders of provider {provider} to load, or --watch DIR.")
    try:
        if watch is not None:
            _watch(settings, provider, watch, said)
            return
        with brought_in(paths or [], provider, settings.home, Path(name).name) as (places, unread):
            findings = find_files(provider, places, unread)
            if not findings.files:
                from commands.console import print_left_out

                print_left_out(findings.ignored)
                none = f"No file of provider {provider} lies there: see `waymart ingest --help`."
                raise WaymartError(_not_loaded(findings.unread) if findings.unread else none)
            (_rehearse if dry_run else _ingest)(settings, provider, findings, said)
    except IntakeError as error:
        raise WaymartError(str(error)) from error


@app.command()
def build(full_refresh: FullRefresh = False) -> None:
    """Build every model from what is loaded (dbt). What readers see does not change."""
    _build(Settings.from_environment(), full_refresh)


@app.command()
def audit() -> None:
    """Ask of the last build whether its numbers can be true. Impossible ones end with code 1."""
    _audit(Settings.from_environment())


@app.command(epilog="Examples: `waymart publish` · `waymart publish --build 20261121T214500Z`")
def publish(
    build: Annotated[
        str | None, typer.Option(help="A kept build to go back to (see `waymart status`).")
    ] = None,
    accept: Annotated[
        str | None,
        typer.Option(metavar="REASON", help="Publish although the audit failed; the reason is shown."),
    ] = None,
) -> None:
    """Show a build to readers, at once and whole: the last one, or a kept one."""
    _publish(Settings.from_environment(), build, accept)


@app.command()
def run(full_refresh: FullRefresh = False) -> None:
    """Build, audit and publish; nothing when nothing was loaded and no model changed since the last time."""
    from commands.console import out
    from warehouse.connection import open_warehouse
    from warehouse.status import unchanged_since

    settings = Settings.from_environment()
    if not full_refresh:
        with open_warehouse(settings, read_only=True) as connection:
            unchanged = unchanged_since(settings, connection)
        if unchanged:
            out.print(
                f"Nothing to do: build {unchanged.build_id} has all that is loaded, and no model changed."
            )
            return
    _build(settings, full_refresh)
    _audit(settings)
    _publish(settings, None, None)


@app.command(
    epilog="Example: `waymart simulate --orders 200000 --from 2018-01-01 --to 2019-08-31 --out market`"
)
def simulate(
    orders: Annotated[int, typer.Option(min=1, help="How many orders are placed.")],
    from_date: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of orders.")],
    to_date: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of orders.")],
    out: Annotated[Path, typer.Option(help="Folder to write: feeds/ and truth/.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same market.")] = 1,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day that is known (default: --to).")
    ] = None,
    feeds: Annotated[
        Literal["contract", "providers"], typer.Option(help="Our own contract, or the providers' formats.")
    ] = "contract",
    cross_border: Annotated[float, typer.Option(min=0, max=1, help="Share of orders sent abroad.")] = 0.01,
    daily: Annotated[
        bool, typer.Option("--daily", help="A folder for each day, with the rows that arrive on it.")
    ] = False,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            metavar="usual|NAME=RATE", help="Spoil rows: at the usual rates, or one fault (repeat)."
        ),
    ] = None,
) -> None:
    """Write a simulated market with a known truth, clean or with known faults."""
    from commands.console import progress
    from simulator import write_market
    from simulator.faults.rates import read_rates

    first, last = from_date.date(), to_date.date()
    if last < first:
        raise WaymartError(f"--to {last} lies before --from {first}: swap them.")
    with progress("Simulating", 1) as bar:
        try:
            write_market(
                orders,
                first,
                last,
                seed,
                out,
                until_date=until.date() if until else None,
                cross_border=cross_border,
                feeds=feeds,
                faults=read_rates(faults or [], feeds),
                daily=daily,
                progress=bar.move,
            )
        except ValueError as error:
            raise WaymartError(str(error)) from error


@app.command(epilog="Example: `waymart extract jd:M000000000992 --what waybills --out parcels.xlsx`")
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


@app.command()
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


@app.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Tell what was loaded, built and published, and how fresh it is."""
    import json

    from commands.console import print_status
    from warehouse.status import read_status

    found = read_status(Settings.from_environment())
    if as_json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        print_status(found)


def _ingest(settings: Settings, provider: str, findings: "Findings", said: dict[str, str]) -> None:
    from commands.console import print_left_out, print_loads, print_reasons, progress
    from ingest.loading.load import create_raw, load_files
    from ingest.loading.reasons import count_reasons
    from warehouse.connection import open_warehouse

    key = settings.pseudonym_key()
    loads, unread, count = [], [*findings.unread], 0
    with open_warehouse(settings, create=True) as connection, progress("Loading", len(findings.files)) as bar:
        create_raw(connection)
        for files, of_files, error in load_files(
            connection, provider, findings.files, pseudonym_key=key, options=said
        ):
            loads += of_files
            unread += [error] if error else []
            count += len(files)
            bar.say(files[-1].file_name)
            bar.move(count, len(findings.files))
        reasons = count_reasons(connection, loads)
    print_loads(loads)
    print_reasons(reasons)
    print_left_out(findings.ignored)
    if unread:
        raise WaymartError(_not_loaded(unread))


def _not_loaded(sentences: Sequence[str]) -> str:
    return f"Not loaded: {' '.join(sentences)}"


def _rehearse(settings: Settings, provider: str, findings: "Findings", said: dict[str, str]) -> None:
    from commands.console import out, print_loads, print_reasons, table
    from ingest.loading.rehearse import rehearse

    found = rehearse(provider, findings.files, said, settings.dbt_project / "seeds")
    print_loads(found.loads)
    print_reasons(found.reasons)
    if found.unmapped:
        out.print(table("Codes without a meaning", ("column", "code", "rows"), found.unmapped))
    for sentence in (*findings.unread, *found.unread):
        out.print(f"Cannot be loaded: {sentence}", markup=False)
    out.print("Nothing was written; rows that the warehouse holds already count as new here.")


def _watch(settings: Settings, provider: str, folder: Path, said: dict[str, str]) -> None:
    """Load files as they are completed; the warehouse is open only while those that came together load."""
    from commands.console import out
    from ingest.errors import IntakeError
    from ingest.finding.fetch import brought_in
    from ingest.finding.find import find_files
    from ingest.finding.watch import completed_files

    if not folder.is_dir():
        raise WaymartError(f"{folder} is no folder: give one to watch.")
    find_files(provider, [])  # An unknown provider is told before the first file.
    out.print(f"Watching {folder}; stop with Ctrl-C.", markup=False)
    for paths in completed_files(folder):
        while True:
            try:
                there = [str(path) for path in paths if path.exists()]
                with brought_in(there, provider, settings.home, "") as (places, unread):
                    _ingest(settings, provider, find_files(provider, places, unread), said)
            except WarehouseLockedError:
                continue  # A build runs: the files wait for it.
            except (IntakeError, WaymartError) as error:
                out.print(str(error), markup=False)
            break


def _build(settings: Settings, full_refresh: bool) -> None:
    from commands.console import out, progress
    from warehouse.build import build
    from warehouse.dbt_run import Step

    finished = 0
    with progress("Building") as bar:

        def show(step: Step) -> None:
            nonlocal finished
            finished += step.is_finished
            bar.say(step.name)
            bar.move(finished, step.total)

        built = build(settings, full_refresh=full_refresh, on_step=show)
    out.print(f"Build {built.build_id} is whole.")


def _audit(settings: Settings) -> None:
    from commands.console import print_audit, progress
    from warehouse.audit import audit

    with progress("Auditing"):
        report = audit(settings)
    print_audit(report)
    if report.errors:
        raise WaymartError(
            f"Build {report.build.build_id} has numbers that cannot be true and is not published: "
            "mend what is wrong and run again, or `waymart publish --accept REASON`."
        )


def _publish(settings: Settings, build_id: str | None, accept: str | None) -> None:
    from commands.console import out, progress
    from warehouse.publish import publish

    with progress("Publishing"):
        published = publish(settings, build_id, accept=accept)
    accepted = f", accepted because: {published.accepted_reason}" if published.accepted_reason else ""
    out.print(f"Published is build {published.build_id}{accepted}.", markup=False)


def _published_file(settings: Settings) -> Path:
    file = settings.published_file()
    if file is None:
        raise WaymartError("Nothing is published yet: load files, then `waymart run`.")
    return file

"""The command that takes files in: ``waymart ingest``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.steps import ingest_files, mapped, not_loaded, options_of, rehearse_files, take_completed
from warehouse.errors import WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from ingest.provider import Provider

group = typer.Typer()


@group.command(
    epilog="Examples: `waymart ingest kuaidi100 exports/2019-06 push.json` · `waymart ingest pinduoduo "
    "s3://bucket/orders --dry-run` · `waymart ingest sf --watch drop/` · `waymart ingest --mapping my_shop "
    "orders.xlsx`"
)
def ingest(
    provider: Annotated[
        str,
        typer.Argument(
            help="Who sent the files: waymart (our own contract), olist, … With --mapping the first path."
        ),
    ] = "",
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
    mapping: Annotated[
        str | None, typer.Option(metavar="NAME", help="What `waymart map` found out about an export.")
    ] = None,
    name: Annotated[str, typer.Option(help="What standard input is called: orders.csv, …")] = "stdin.jsonl",
) -> None:
    """Load a provider's files. The same file twice loads nothing; a bad row goes to quarantine."""
    from ingest.errors import IntakeError
    from ingest.finding.fetch import brought_in
    from ingest.finding.find import find_files

    settings = Settings.from_environment()
    options = options_of(option)
    sender: str | Provider = provider
    if mapping is not None:
        sender, said = mapped(settings, mapping)
        options = said | options
        paths = [*([provider] if provider else []), *(paths or [])]
    elif not provider:
        raise WaymartError("Say who sent the files, like `waymart ingest olist orders/`, or --mapping NAME.")
    if watch is not None and (paths or dry_run):
        raise WaymartError("--watch DIR takes files as they come: leave out paths and --dry-run.")
    if not paths and watch is None:
        what = f"mapping {mapping}" if mapping else f"provider {provider}"
        raise WaymartError(f"Give files or folders of {what} to load, or --watch DIR.")
    try:
        if watch is not None:
            _watch(settings, sender, watch, options)
            return
        with brought_in(paths or [], sender, settings.home, Path(name).name) as (places, unread):
            findings = find_files(sender, places, unread)
            if not findings.files:
                from commands.console import print_left_out

                print_left_out(findings.ignored)
                none = f"No file of {mapping or provider} lies there: see `waymart ingest --help`."
                raise WaymartError(not_loaded(findings.unread) if findings.unread else none)
            (rehearse_files if dry_run else ingest_files)(settings, sender, findings, options)
    except IntakeError as error:
        raise WaymartError(str(error)) from error


def _watch(settings: Settings, provider: "str | Provider", folder: Path, options: dict[str, str]) -> None:
    """Load files as they are completed; the warehouse is open only while those that came together load."""
    from commands.console import out
    from ingest.finding.find import find_files
    from ingest.finding.watch import completed_files

    if not folder.is_dir():
        raise WaymartError(f"{folder} is no folder: give one to watch.")
    find_files(provider, [])  # An unknown provider is told before the first file.
    out.print(f"Watching {folder}; stop with Ctrl-C.", markup=False)
    for paths in completed_files(folder):
        take_completed(settings, provider, paths, options)

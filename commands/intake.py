"""The command that takes files in: ``waymart ingest``."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.errors import WarehouseLockedError, WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from ingest.finding.find import Findings

group = typer.Typer()

#: Of files that are refused with the same words, so many are named beside the first.
_OTHERS_NAMED = 3


@group.command(
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
    options = dict(pair.split("=", 1) for pair in option or [] if "=" in pair)
    if len(options) < len(option or []):
        raise WaymartError("An option is written NAME=VALUE, like --option year=2022.")
    if watch is not None and (paths or dry_run):
        raise WaymartError("--watch DIR takes files as they come: leave out paths and --dry-run.")
    if not paths and watch is None:
        raise WaymartError(f"Give files or folders of provider {provider} to load, or --watch DIR.")
    try:
        if watch is not None:
            _watch(settings, provider, watch, options)
            return
        with brought_in(paths or [], provider, settings.home, Path(name).name) as (places, unread):
            findings = find_files(provider, places, unread)
            if not findings.files:
                from commands.console import print_left_out

                print_left_out(findings.ignored)
                none = f"No file of provider {provider} lies there: see `waymart ingest --help`."
                raise WaymartError(_not_loaded(findings.unread) if findings.unread else none)
            (_rehearse if dry_run else _ingest)(settings, provider, findings, options)
    except IntakeError as error:
        raise WaymartError(str(error)) from error


def _ingest(settings: Settings, provider: str, findings: "Findings", options: dict[str, str]) -> None:
    from commands.console import print_left_out, print_loads, print_reasons, progress
    from ingest.loading.load import create_raw, load_files
    from ingest.loading.reasons import count_reasons
    from warehouse.connection import open_warehouse

    key = settings.pseudonym_key()
    loads, count, refused = [], 0, dict[str, str]()
    with open_warehouse(settings, create=True) as connection, progress("Loading", len(findings.files)) as bar:
        create_raw(connection)
        for files, of_files, error in load_files(
            connection, provider, findings.files, pseudonym_key=key, options=options
        ):
            loads += of_files
            refused |= {files[-1].file_name: error} if error else {}
            count += len(files)
            bar.say(files[-1].file_name)
            bar.move(count, len(findings.files))
        reasons = count_reasons(connection, loads)
    print_loads(loads)
    print_reasons(reasons)
    print_left_out(findings.ignored)
    if findings.unread or refused:
        raise WaymartError(_not_loaded([*findings.unread, *_once(refused)]))


def _once(refused: Mapping[str, str]) -> Iterator[str]:
    """Yield the sentence of each refused file, one that tells the same of several files once."""
    files: dict[str, list[str]] = {}
    for file_name, sentence in refused.items():
        files.setdefault(sentence.replace(PurePath(file_name).name, "{}"), []).append(file_name)
    for sentence, names in files.items():
        others = f"{', '.join(names[1 : _OTHERS_NAMED + 1])}{' …' if len(names) > _OTHERS_NAMED + 1 else ''}"
        same = f" The same of {len(names) - 1} more: {others}." if len(names) > 1 else ""
        yield sentence.replace("{}", names[0]) + same


def _not_loaded(sentences: Sequence[str]) -> str:
    return f"Not loaded: {' '.join(sentences)}"


def _rehearse(settings: Settings, provider: str, findings: "Findings", options: dict[str, str]) -> None:
    from commands.console import out, print_loads, print_reasons, table
    from ingest.loading.rehearse import rehearse

    found = rehearse(provider, findings.files, options, settings.dbt_project / "seeds")
    print_loads(found.loads)
    print_reasons(found.reasons)
    if found.unmapped:
        out.print(table("Codes without a meaning", ("column", "code", "rows"), found.unmapped))
    for sentence in (*findings.unread, *found.unread):
        out.print(f"Cannot be loaded: {sentence}", markup=False)
    out.print("Nothing was written; rows that the warehouse holds already count as new here.")


def _watch(settings: Settings, provider: str, folder: Path, options: dict[str, str]) -> None:
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
                    _ingest(settings, provider, find_files(provider, places, unread), options)
            except WarehouseLockedError:
                continue  # A build runs: the files wait for it.
            except (IntakeError, WaymartError) as error:
                out.print(str(error), markup=False)
            break

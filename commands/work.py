"""The command that stays: ``waymart work`` loads, builds, audits and publishes what comes."""

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.steps import options_of, run_line, take_completed, take_turn
from warehouse.errors import KilledError, WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.kept_dbt import KeptDbt

group = typer.Typer()


@group.command(epilog="Example: `waymart work kuaidi100 drop/ --every 60`")
def work(
    provider: Annotated[str, typer.Argument(help="Who sends the files: waymart (our own contract), sf, …")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where the files come.")],
    every: Annotated[float, typer.Option(min=0, help="Publish at most once in so many seconds.")] = 10.0,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="As of `waymart ingest`.")
    ] = None,
) -> None:
    """Load, build, audit and publish what comes into a folder, until Ctrl-C; dbt stays in memory.

    Rows behind impossible numbers are set aside and named, and the rest is published.
    """
    from commands.console import out
    from ingest.finding.find import find_files
    from ingest.finding.watch import completed_files
    from warehouse.judge import import_judge
    from warehouse.kept_dbt import KeptDbt

    settings, options = Settings.from_environment(), options_of(option)
    if not folder.is_dir():
        raise WaymartError(f"{folder} is no folder: give one to watch.")
    find_files(provider, [])  # An unknown provider is told before the first file.
    dbt = KeptDbt(settings)
    dbt.parse()
    import_judge()
    out.print(f"Watching {folder}; stop with Ctrl-C.", markup=False)
    if settings.warehouse.exists():
        _publish(settings, dbt, provider, [], options)  # what was loaded and not published
    for paths in completed_files(folder, every_seconds=every):
        while not _publish(settings, dbt, provider, paths, options):
            time.sleep(every)


def _publish(
    settings: Settings, dbt: "KeptDbt", provider: str, paths: Sequence[Path], options: dict[str, str]
) -> bool:
    """Load files and publish what they change; return False where a signal ended it: try again."""
    from commands.console import out
    from warehouse.fork import forked

    begun = time.monotonic()
    try:
        dbt.parse()
    except WaymartError as error:
        out.print(str(error), markup=False)
    with forked(lambda: _work(settings, dbt, provider, paths, options)) as fork:
        code = fork.wait()
    if code < 0:
        out.print(f"Ended by signal {-code} ({signal.strsignal(-code)}); what was published is unchanged.")
    is_killed = code < 0 or code == os.EX_TEMPFAIL
    files = f"{len(paths)} {'file' if len(paths) == 1 else 'files'}"
    out.print(f"Once more: {files}." if is_killed else f"{files} in {time.monotonic() - begun:.1f} s.")
    return not is_killed


def _work(
    settings: Settings, dbt: "KeptDbt", provider: str, paths: Sequence[Path], options: dict[str, str]
) -> int:
    from commands.console import out

    if paths:
        take_completed(settings, provider, paths, options)
    try:
        with take_turn(settings):
            run_line(settings, unattended=True, dbt=dbt.run)
    except WaymartError as error:
        out.print(str(error), markup=False)
        return os.EX_TEMPFAIL if isinstance(error, KilledError) else 1
    return 0

"""The command that stays: ``waymart work`` loads, builds, audits and publishes what comes."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.steps import options_of, run_line, take_completed, take_turn
from warehouse.errors import KilledError, WarehouseLockedError, WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from operations.spool import Segment

group = typer.Typer()


@group.command(epilog="Examples: `waymart work` · `waymart work kuaidi100 drop/ --every 60`")
def work(
    provider: Annotated[
        str, typer.Argument(help="Who sends the files: waymart (our own contract), sf, …; none: only pushes.")
    ] = "",
    folder: Annotated[Path | None, typer.Argument(metavar="DIR", help="Where the files come.")] = None,
    every: Annotated[float, typer.Option(min=0, help="Publish at most once in so many seconds.")] = 10.0,
    option: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="As of `waymart ingest`.")
    ] = None,
) -> None:
    """Load, build, audit and publish what is pushed, and what comes into a folder, until Ctrl-C.

    `waymart receive` takes the pushes; their scans can be followed within seconds, before they are audited.
    Rows behind impossible numbers are set aside and named, and the rest is published. dbt stays in memory.
    """
    from commands.console import out
    from ingest.finding.find import find_files
    from ingest.finding.watch import arrivals
    from operations.worker import Line
    from warehouse.judge import import_judge
    from warehouse.kept_dbt import KeptDbt

    settings, options = Settings.from_environment(), options_of(option)
    if provider and (folder is None or not folder.is_dir()):
        raise WaymartError(f"{folder or 'DIR'} is no folder: give one to watch.")
    if provider:
        find_files(provider, [])  # An unknown provider is told before the first file.
    settings.spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone(settings):
        dbt = KeptDbt(settings)
        dbt.parse()
        import_judge()
        watched = [*([folder] if folder else []), settings.spool]
        out.print(f"Watching {' and '.join(map(str, watched))}; stop with Ctrl-C.", markup=False)

        def say(sentence: str) -> None:
            out.print(sentence, markup=False)

        def prepare() -> None:
            try:
                dbt.parse()
            except WaymartError as error:
                say(str(error))

        def publish(segments: "Sequence[Segment]", paths: Sequence[Path]) -> int:
            try:
                _load(settings, segments, say)
                if paths:
                    take_completed(settings, provider, paths, options)
                with take_turn(settings):
                    run_line(settings, unattended=True, dbt=dbt.run)
            except WaymartError as error:
                say(str(error))
                return os.EX_TEMPFAIL if isinstance(error, KilledError) else 1
            return 0

        line = Line(settings, prepare, publish, every, say)
        for completed in arrivals(*watched):
            line.take(completed if folder else [])
            line.go_on()


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    from warehouse.turns import HeldError, held

    try:
        with held(settings.home / "work.lock"):
            yield
    except HeldError as error:
        raise WaymartError(f"Process {error} works on this warehouse already: stop it first.") from None


def _load(settings: Settings, segments: "Sequence[Segment]", say: Callable[[str], None]) -> None:
    """Load what was pushed, after whoever holds the warehouse; say what cannot be loaded."""
    from operations.spool import load_segments

    while there := [segment for segment in segments if segment.path.exists()]:
        try:
            for sentence in load_segments(settings, there):
                say(f"{sentence} Kept in {settings.refused}.")
        except WarehouseLockedError:
            continue
        return

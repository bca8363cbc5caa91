"""The commands of the line from raw rows to readers: ``build``, ``audit``, ``publish``, ``run`` for all."""

from typing import Annotated

import typer

from commands.steps import audit_build, build_line, publish_build, run_line, take_turn
from warehouse.settings import Settings

group = typer.Typer()

FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", help="Build every table anew from the raw rows.")
]


@group.command()
def build(full_refresh: FullRefresh = False) -> None:
    """Build every model from what is loaded (dbt). What readers see does not change."""
    settings = Settings.from_environment()
    with take_turn(settings):
        build_line(settings, full_refresh)


@group.command()
def audit() -> None:
    """Ask of the last build whether its numbers can be true. Impossible ones end with code 1."""
    settings = Settings.from_environment()
    with take_turn(settings):
        audit_build(settings)


@group.command(epilog="Examples: `waymart publish` · `waymart publish --build 20261121T214500Z`")
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
    settings = Settings.from_environment()
    with take_turn(settings):
        publish_build(settings, build, accept)


@group.command(
    epilog="Examples: `waymart set-aside 2019-06-01/orders.csv:17 --reason 'paid twice'` · "
    "`waymart set-aside 2019-06-01/orders.csv:17 --undo`"
)
def set_aside(
    place: Annotated[str, typer.Argument(metavar="FILE[:LINE]", help="A loaded file, or one line of it.")],
    reason: Annotated[str, typer.Option(help="Why these rows are out of the numbers.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take them back.")] = False,
) -> None:
    """Leave loaded rows out of the next build, until they are taken back."""
    from commands.console import out, table
    from warehouse.set_aside import set_aside, take_back

    settings = Settings.from_environment()
    with take_turn(settings):
        moved = take_back(settings, place) if undo else set_aside(settings, place, reason)
    words = "Taken back" if undo else "Set aside"
    out.print(table(words, ("entity", "file", "rows"), [(m.entity, m.file_name, m.row_count) for m in moved]))
    out.print("`waymart run` makes the numbers without them." if not undo else "`waymart run` counts them.")


@group.command()
def run(
    full_refresh: FullRefresh = False,
    unattended: Annotated[
        bool,
        typer.Option(
            "--unattended",
            help="Set aside the rows behind numbers that cannot be true, and publish the rest.",
        ),
    ] = False,
) -> None:
    """Build, audit and publish; nothing when nothing was loaded and no model changed since the last time."""
    settings = Settings.from_environment()
    with take_turn(settings):
        run_line(settings, full_refresh, unattended)

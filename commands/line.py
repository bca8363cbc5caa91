"""The commands of the line from raw rows to readers: ``build``, ``audit``, ``publish``, ``run`` for all."""

from typing import Annotated

import typer

from warehouse.errors import WaymartError
from warehouse.settings import Settings

group = typer.Typer()

FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", help="Build every table anew from the raw rows.")
]


@group.command()
def build(full_refresh: FullRefresh = False) -> None:
    """Build every model from what is loaded (dbt). What readers see does not change."""
    _build(Settings.from_environment(), full_refresh)


@group.command()
def audit() -> None:
    """Ask of the last build whether its numbers can be true. Impossible ones end with code 1."""
    _audit(Settings.from_environment())


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
    _publish(Settings.from_environment(), build, accept)


@group.command()
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

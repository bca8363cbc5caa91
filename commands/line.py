"""The commands of the line from raw rows to readers: ``build``, ``audit``, ``publish``, ``run`` for all."""

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.errors import WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.audit import AuditReport

group = typer.Typer()

#: So often an unattended run builds anew without the rows behind impossible numbers.
_ROUNDS = 3

FullRefresh = Annotated[
    bool, typer.Option("--full-refresh", help="Build every table anew from the raw rows.")
]


@group.command()
def build(full_refresh: FullRefresh = False) -> None:
    """Build every model from what is loaded (dbt). What readers see does not change."""
    settings = Settings.from_environment()
    with _turn(settings):
        _build(settings, full_refresh)


@group.command()
def audit() -> None:
    """Ask of the last build whether its numbers can be true. Impossible ones end with code 1."""
    settings = Settings.from_environment()
    with _turn(settings):
        _audit(settings)


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
    with _turn(settings):
        _publish(settings, build, accept)


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
    with _turn(settings):
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
    with _turn(settings):
        _run(settings, full_refresh, unattended)


def _turn(settings: Settings) -> AbstractContextManager[None]:
    from warehouse.turns import taking_turns

    return taking_turns(settings)


def _run(settings: Settings, full_refresh: bool, unattended: bool) -> None:
    from commands.console import out
    from warehouse.connection import open_warehouse
    from warehouse.status import unchanged_since

    if not full_refresh:
        with open_warehouse(settings, read_only=True) as connection:
            unchanged = unchanged_since(settings, connection)
        if unchanged:
            out.print(
                f"Nothing to do: build {unchanged.build_id} has all that is loaded, and no model changed."
            )
            return
    for _ in range(_ROUNDS if unattended else 1):
        _build(settings, full_refresh)
        report = _audited(settings)
        if not (unattended and report.errors and _set_aside_culprits(settings, report)):
            break
        full_refresh = True
    _refuse_impossible(report)
    _publish(settings, None, None)


def _set_aside_culprits(settings: Settings, report: "AuditReport") -> bool:
    """Set aside the rows behind impossible numbers; false where no row is known to be."""
    from commands.console import out
    from warehouse.set_aside import set_aside

    rows = [culprit for culprit in report.culprits if culprit.line_number]
    reason = f"unattended: {', '.join(sorted({verdict.check.bound.name for verdict in report.errors}))}"
    for row in rows:
        set_aside(settings, row.place, reason)
    if rows:
        out.print(f"Set aside {len(rows):,} rows behind numbers that cannot be true; building without them.")
    return bool(rows)


def _build(settings: Settings, full_refresh: bool) -> None:
    from commands.console import out, print_set_aside, progress
    from ingest.loading.load import create_raw
    from warehouse.build import build
    from warehouse.connection import open_warehouse
    from warehouse.dbt_run import Step
    from warehouse.status import read_set_aside

    # A warehouse that an older version loaded lacks what is new in the contract: the models ask for it.
    with open_warehouse(settings) as connection:
        create_raw(connection)
    finished = 0
    with progress("Building") as bar:

        def show(step: Step) -> None:
            nonlocal finished
            finished += step.is_finished
            bar.say(step.name)
            bar.move(finished, step.total)

        built = build(settings, full_refresh=full_refresh, on_step=show)
    out.print(f"Build {built.build_id} is whole.")
    print_set_aside(read_set_aside(settings))


def _audit(settings: Settings) -> None:
    _refuse_impossible(_audited(settings))


def _audited(settings: Settings) -> "AuditReport":
    from commands.console import print_audit, progress
    from warehouse.audit import audit

    with progress("Auditing"):
        report = audit(settings)
    print_audit(report)
    return report


def _refuse_impossible(report: "AuditReport") -> None:
    if report.errors:
        raise WaymartError(
            f"Build {report.build.build_id} has numbers that cannot be true and is not published: "
            "mend what is wrong and run again, set rows aside (`waymart set-aside FILE:LINE --reason …`), or "
            "`waymart publish --accept REASON`."
        )


def _publish(settings: Settings, build_id: str | None, accept: str | None) -> None:
    from commands.console import out, progress
    from warehouse.publish import publish

    with progress("Publishing"):
        published = publish(settings, build_id, accept=accept)
    accepted = f", accepted because: {published.accepted_reason}" if published.accepted_reason else ""
    out.print(f"Published is build {published.build_id}{accepted}.", markup=False)

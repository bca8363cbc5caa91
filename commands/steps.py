"""The steps of the line as commands do them: done, and said to the one who asked."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from warehouse.errors import WarehouseLockedError, WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from ingest.finding.find import Findings
    from ingest.provider import Provider
    from warehouse.audit import AuditReport
    from warehouse.dbt_run import RunDbt


#: So often an unattended run builds anew without the rows behind impossible numbers.
_ROUNDS = 3
#: Of files that are refused with the same words, so many are named beside the first.
_OTHERS_NAMED = 3


def published_file(settings: Settings) -> Path:
    """Return the published file; raises WaymartError where nothing is published yet."""
    file = settings.published_file()
    if file is None:
        raise WaymartError("Nothing is published yet: load files, then `waymart run`.")
    return file


def options_of(pairs: Sequence[str] | None) -> dict[str, str]:
    """Read options written NAME=VALUE; raises WaymartError where one is not."""
    options = dict(pair.split("=", 1) for pair in pairs or [] if "=" in pair)
    if len(options) < len(pairs or []):
        raise WaymartError("An option is written NAME=VALUE, like --option year=2022.")
    return options


def ingest_files(
    settings: Settings, provider: "str | Provider", findings: "Findings", options: dict[str, str]
) -> None:
    """Load files; raises WaymartError with a sentence for each that cannot be."""
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
        raise WaymartError(not_loaded([*findings.unread, *_once(refused)]))


def rehearse_files(
    settings: Settings, provider: "str | Provider", findings: "Findings", options: dict[str, str]
) -> None:
    """Tell what loading the files would do; nothing is written."""
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


def mapped(settings: Settings, name: str) -> tuple["Provider", dict[str, str]]:
    """Return the provider that reads files by a user's mapping, and its options."""
    from ingest.errors import IntakeError
    from ingest.mapping.as_provider import as_provider
    from ingest.mapping.mapping import read_mapping

    try:
        mapping = read_mapping(settings.mappings / f"{name}.toml")
        return as_provider(mapping), mapping.options
    except IntakeError as error:
        raise WaymartError(str(error)) from error


def take_completed(
    settings: Settings, provider: "str | Provider", paths: Sequence[Path], options: dict[str, str]
) -> None:
    """Load files that a watched folder brought, after a build that runs; say which cannot be loaded."""
    from commands.console import out
    from ingest.errors import IntakeError
    from ingest.finding.fetch import brought_in
    from ingest.finding.find import find_files

    while True:
        try:
            there = [str(path) for path in paths if path.exists()]
            with brought_in(there, provider, settings.home, "") as (places, unread):
                ingest_files(settings, provider, find_files(provider, places, unread), options)
        except WarehouseLockedError:
            continue
        except (IntakeError, WaymartError) as error:
            out.print(str(error), markup=False)
        return


def _once(refused: Mapping[str, str]) -> Iterator[str]:
    """Yield the sentence of each refused file, one that tells the same of several files once."""
    files: dict[str, list[str]] = {}
    for file_name, sentence in refused.items():
        files.setdefault(sentence.replace(PurePath(file_name).name, "{}"), []).append(file_name)
    for sentence, names in files.items():
        others = f"{', '.join(names[1 : _OTHERS_NAMED + 1])}{' …' if len(names) > _OTHERS_NAMED + 1 else ''}"
        same = f" The same of {len(names) - 1} more: {others}." if len(names) > 1 else ""
        yield sentence.replace("{}", names[0]) + same


def not_loaded(sentences: Sequence[str]) -> str:
    """Return one sentence for files that could not be loaded."""
    return f"Not loaded: {' '.join(sentences)}"


def take_turn(settings: Settings) -> AbstractContextManager[None]:
    """Hold the line from build to publication; wait while another process does."""
    from warehouse.turns import taking_turns

    return taking_turns(settings)


def run_line(
    settings: Settings, full_refresh: bool = False, unattended: bool = False, dbt: "RunDbt | None" = None
) -> None:
    """Build, audit and publish, unless that would change nothing; ``dbt`` runs dbt another way."""
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
        build_line(settings, full_refresh, dbt)
        report = _audited(settings)
        if not (unattended and report.errors and _set_aside_culprits(settings, report)):
            break
        full_refresh = True
    _refuse_impossible(report)
    publish_build(settings, None, None)


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


def build_line(settings: Settings, full_refresh: bool, dbt: "RunDbt | None" = None) -> None:
    """Build every model from what is loaded."""
    from commands.console import out, print_set_aside, progress
    from ingest.loading.load import create_raw
    from warehouse.build import build
    from warehouse.connection import open_warehouse
    from warehouse.dbt_run import Step, run_dbt
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

        built = build(settings, full_refresh=full_refresh, on_step=show, dbt=dbt or run_dbt)
    out.print(f"Build {built.build_id} is whole.")
    print_set_aside(read_set_aside(settings))


def audit_build(settings: Settings) -> None:
    """Audit the last build; raises WaymartError where its numbers cannot be true."""
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


def publish_build(settings: Settings, build_id: str | None, accept: str | None) -> None:
    """Show a build to readers: the last one, or a kept one."""
    from commands.console import out, progress
    from warehouse.publish import publish

    with progress("Publishing"):
        published = publish(settings, build_id, accept=accept)
    accepted = f", accepted because: {published.accepted_reason}" if published.accepted_reason else ""
    out.print(f"Published is build {published.build_id}{accepted}.", markup=False)

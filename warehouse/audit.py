"""Audits a build: SQL measures its tables, Great Expectations judges, the ledger keeps what was said."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import duckdb

from warehouse import ledger
from warehouse.append import append_rows
from warehouse.audit_profile import Check, Profile, Values, checks, measure, read_published, save
from warehouse.bounds import read_bounds
from warehouse.connection import open_warehouse
from warehouse.culprits import Culprit, find_culprits
from warehouse.errors import WaymartError
from warehouse.event_calendar import EventCalendar
from warehouse.judge import Verdict, judge
from warehouse.ledger import Build, State
from warehouse.manifest import read_tables
from warehouse.settings import Settings


@dataclass(frozen=True)
class AuditReport:
    """What an audit found: ``errors`` are impossible numbers and stop publication, ``warnings`` unusual."""

    build: Build
    verdicts: list[Verdict]
    #: Rows behind the errors, newest first.
    culprits: list[Culprit] = field(default_factory=list)

    @property
    def errors(self) -> list[Verdict]:
        """Broken bounds that no true number breaks."""
        return [v for v in self.verdicts if not v.is_met and v.check.bound.severity == "error"]

    @property
    def warnings(self) -> list[Verdict]:
        """Broken bounds that a true but unusual number may break."""
        return [v for v in self.verdicts if not v.is_met and v.check.bound.severity == "warning"]


def audit(settings: Settings, build_id: str | None = None) -> AuditReport:
    """Judge the last build, the only one whose tables stand in the warehouse.

    Raises:
        WaymartError: there is no whole build, another one is asked for, or a bound cannot be measured.
    """
    with open_warehouse(settings) as connection:
        build = _last(ledger.read_builds(connection), build_id)
        tables = read_tables(settings.manifest)
        applied = checks(read_bounds(settings.bounds), tables, connection)
        profile = measure(connection, settings, tables, applied)
        before = read_published(connection, settings)
        calendar = EventCalendar(_events(connection))
        verdicts = judge([(check, _values(check, profile, before, calendar)) for check in applied])
        report = AuditReport(build, verdicts)
        report = replace(report, culprits=find_culprits(connection, report.errors))
        return _enter(connection, report, profile)


def _last(builds: list[Build], build_id: str | None) -> Build:
    if not builds:
        raise WaymartError("Nothing was built yet: build first with `waymart build`.")
    build = builds[-1]
    if build_id is not None and build_id != build.build_id:
        raise WaymartError(f"Only the last build can be audited, and that is {build.build_id}.")
    if build.state not in ledger.WHOLE:
        raise WaymartError(
            f"Build {build.build_id} did not end ({build.state}): build again with `waymart build`."
        )
    return build


def _events(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, date]]:
    """Sales and holidays of the seed; none in a project that has no such seed."""
    if not connection.execute("from duckdb_tables() where table_name = 'calendar_events'").fetchone():
        return []
    return connection.execute("select event_name, calendar_date from seeds.calendar_events").fetchall()


def _values(check: Check, profile: Profile, before: Profile | None, calendar: EventCalendar) -> Values:
    """What the bound is about: the measure itself, or its ratio to an earlier one."""
    values = profile.of(check)
    if check.bound.against == "previous_build":
        earlier = before.of(check) if before else {}
        return {day: _ratio(values.get(day, 0.0), value) for day, value in earlier.items()}
    if check.bound.against == "year_before":
        days = sorted(day for day in values if day is not None)[:-1]  # the last day is still filling
        pairs = {day: calendar.year_before(day) for day in days}
        return {day: _ratio(values[day], values[pair]) for day, pair in pairs.items() if pair in values}
    return values


def _ratio(value: float | None, earlier: float | None) -> float | None:
    return value / earlier if value is not None and earlier else None


def _enter(connection: duckdb.DuckDBPyConnection, report: AuditReport, profile: Profile) -> AuditReport:
    """Write results, profile and state at once; an audit that is killed leaves the build unaudited."""
    now = datetime.now(UTC)
    passed: State = "published" if report.build.state == "published" else "audited"
    build = replace(report.build, state="failed_audit" if report.errors else passed, audited_at=now)
    connection.execute("begin")
    connection.execute("delete from audit.results where build_id = ?", [build.build_id])
    save(connection, build.build_id, profile)
    rows = [_row(build, verdict) for verdict in report.verdicts]
    types = [*["varchar"] * 5, "boolean", *["varchar"] * 3, "timestamptz"]
    append_rows(connection, "audit.results", types, rows)
    ledger.update(connection, build)
    connection.execute("commit")
    return replace(report, build=build)


def _row(build: Build, verdict: Verdict) -> tuple[object, ...]:
    check, bound = verdict.check, verdict.check.bound
    return (
        *(build.build_id, bound.name, check.table, check.column, bound.severity),
        *(verdict.is_met, verdict.observed, bound.expected, bound.reason, build.audited_at),
    )

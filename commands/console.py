"""What the command prints: tables on standard output, progress on standard error."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from serving.live import Worker
from warehouse.audit import AuditReport
from warehouse.status import Status

#: In a log a row stays on one line; a terminal has its own width.
out = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
_err = Console(stderr=True, highlight=False)


@contextmanager
def progress(what: str, total: float | None = None) -> Iterator["Bar"]:
    """Show a bar while the block runs, and take it away after; where nobody watches, show nothing."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    is_seen = _err.is_terminal
    with Progress(*columns, TimeElapsedColumn(), console=_err, transient=True, disable=not is_seen) as shown:
        yield Bar(shown, what, total)


class Bar:
    """One line of progress."""

    def __init__(self, shown: Progress, what: str, total: float | None) -> None:
        self._shown, self._what = shown, what
        self._task = shown.add_task(what, total=total)

    def say(self, detail: str) -> None:
        """Say what is worked on now."""
        self._shown.update(self._task, description=f"{self._what} {detail}".strip())

    def move(self, completed: float, total: float | None = None) -> None:
        """Say how much is done, of how much."""
        self._shown.update(self._task, completed=completed, total=total)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
    """A table whose numbers stand to the right."""
    made = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for index, name in enumerate(columns):
        is_number = bool(rows) and all(isinstance(row[index], int) for row in rows)
        made.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        made.add_row(*(_cell(value) for value in row))
    return made


def print_loads(loads: Sequence[Any]) -> None:
    """Print what became of every row: one line per load, or per entity where there are many."""
    fresh = [load for load in loads if not load.is_repeat]
    if repeated := len({load.file_fingerprint for load in loads if load.is_repeat}):
        out.print(f"Loaded before, so nothing to do: {repeated:,} {'file' if repeated == 1 else 'files'}.")
    if not fresh:
        return
    counts = ("read_count", "loaded_count", "duplicate_count", "quarantined_count")
    sums: dict[tuple[str, str, str], list[int]] = {}
    for load in fresh:
        file = load.file_name if len(fresh) <= _LISTED_LOADS else ""
        row = sums.setdefault((load.provider_id, load.entity, file), [0] * len(counts))
        for index, name in enumerate(counts):
            row[index] += getattr(load, name)
    words = ("provider", "entity", "file", "read", "loaded", "duplicate", "quarantined")
    out.print(table("Loads", words, [(*key, *row) for key, row in sums.items()]))


def print_reasons(reasons: Sequence[tuple[str, str, str, int]]) -> None:
    """Print why rows were quarantined (entity, reason, field, rows), where any were."""
    if reasons:
        out.print(table("Quarantine", ("entity", "reason", "field", "rows"), reasons))


def print_set_aside(rows: Sequence[tuple[str, str, int, str]]) -> None:
    """Print which rows a build left out of the facts (entity, reason, rows, the last of them), if any."""
    if rows:
        out.print(table("Set aside", ("entity", "reason", "rows", "the last of them"), rows))


def print_left_out(ignored: Sequence[Any]) -> None:
    """Print which files were not taken and why: each, or how many for a reason where they are many."""
    if len(ignored) <= _LISTED_LOADS:
        for file in ignored:
            out.print(f"Left out {file.path}: {file.reason}.", markup=False)
    else:
        for reason, count in Counter(file.reason for file in ignored).most_common():
            out.print(f"Left out {count:,} {'file' if count == 1 else 'files'}: {reason}.", markup=False)


def print_audit(report: AuditReport) -> None:
    """Print every bound that does not hold, and how many do."""
    rows: list[Sequence[Any]] = [
        (
            *(verdict.check.bound.severity, verdict.check.bound.name),
            ".".join(filter(None, (verdict.check.table, verdict.check.column))),
            *(verdict.observed, verdict.check.bound.expected, verdict.check.bound.reason),
        )
        for verdict in [*report.errors, *report.warnings]
    ]
    if rows:
        out.print(
            table("Not as expected", ("severity", "expectation", "of", "is", "should be", "reason"), rows)
        )
    if report.culprits:
        out.print("Behind them:")
        for culprit in report.culprits[:_NAMED_CULPRITS]:
            # Unbroken, so that the command can be copied.
            out.print(f"  {culprit.entity} {culprit.key}: {culprit.command}", markup=False, soft_wrap=True)
        if (others := len(report.culprits) - _NAMED_CULPRITS) > 0:
            out.print(f"  and {others:,} more")
    held = sum(verdict.is_met for verdict in report.verdicts)
    out.print(
        f"Build {report.build.build_id}: {held} of {len(report.verdicts)} expectations hold, "
        f"{len(report.errors)} impossible, {len(report.warnings)} unusual."
    )


def print_worker(worker: Worker) -> None:
    """Print what the worker does and how far it is behind."""
    does = ("builds" if worker.is_building else "waits") if worker.is_there() else "is gone"
    published = _cell(worker.published_at) or "never"
    out.print(f"Worker (process {worker.process_id}) {does}; it last published {published}.")
    if worker.lag_seconds is not None:
        out.print(f"From push to published: {worker.lag_seconds:,.1f} s the last time.")
    if worker.waiting_since is not None:
        segments = f"{worker.waiting_count:,} {'segment' if worker.waiting_count == 1 else 'segments'}"
        out.print(f"{segments} of pushes to publish, the oldest of {_cell(worker.waiting_since)}.")
    if worker.refused_count:
        out.print(f"{worker.refused_count:,} segments could not be loaded: see refused/ in WAYMART_HOME.")


def print_status(status: Status) -> None:
    """Print the status for a person."""
    if status.warehouse_bytes is None:
        out.print(f"{status.home}: nothing is loaded yet.")
        return
    out.print(f"{status.home}: warehouse of {status.warehouse_bytes / 1e6:,.0f} MB")
    columns = [
        *("provider_id", "entity", "load_count", "read_count", "loaded_count"),
        *("duplicate_count", "quarantined_count", "last_loaded_at"),
    ]
    words = [name.removesuffix("_count").removesuffix("_id").replace("_", " ") for name in columns]
    out.print(table("Loads", words, [[load[name] for name in columns] for load in status.loads]))
    builds: list[Sequence[Any]] = [
        (
            build.build_id,
            build.state,
            build.is_simulated,
            build.built_at,
            build.published_at,
            build.accepted_reason,
        )
        for build in status.builds[:_LISTED_BUILDS]
    ]
    out.print(
        table("Builds", ("build", "state", "simulated", "built", "published", "accepted because"), builds)
    )
    if status.freshness:
        rows = [(row["provider_id"], row["as_of_at"]) for row in status.freshness]
        out.print(table("Newest event per provider", ("provider", "as of"), rows))
    if status.published is None:
        out.print("Nothing is published: `waymart run` builds, audits and publishes.")
    else:
        newer = "" if status.is_up_to_date else " There is something newer to build: `waymart run`."
        out.print(f"Published is build {status.published.build_id}.{newer}")


def print_rules(told: dict[str, Any]) -> None:
    """Print what is taken of one parcel, and by which rules."""
    words = {"R": "read in the document", "S": "secondary source", "M": "from memory"}
    columns = ("", "amount", "why", "rule", "in force", "how sure", "source")
    rows = [
        (
            charge["kind"],
            _charged(charge),
            charge["why"] + (f" ({charge['caveat']})" if charge["caveat"] else ""),
            charge["rule_id"],
            f"{charge['valid_from']} – {charge['valid_to'] or ''}" if charge["rule_id"] else None,
            words.get(charge["confidence"], charge["confidence"]),
            charge["source"],
        )
        for charge in told["charges"]
    ]
    entry = told["entry"]
    out.print(
        table(
            f"Into {entry['destination_country_code']} on {entry['entry_date']}, value "
            f"{entry['goods_amount'] if entry['goods_amount'] is not None else 'not told'} "
            f"{entry['currency'] or '(currency not known)'}",
            columns,
            rows,
        )
    )
    if any(charge["is_collected_at_sale"] for charge in told["charges"]):
        out.print("The tax is collected at sale.")
    if told["landed_cost_amount"] is None:
        out.print(f"Landed cost: not known ({told['landed_cost_missing']}).")
    else:
        out.print(f"Landed cost: {told['landed_cost_amount']} {told['landed_cost_currency']}")
    for change in told["changes"]:
        out.print(
            f"Later: {change['rule_id']} ({change['kind']}), {change['status'].replace('_', ' ')} from "
            f"{change['valid_from']}: {change['source']}",
            markup=False,
        )


def _charged(charge: dict[str, Any]) -> str:
    amounts = [charge["charge_amount"]]
    if amounts[0] is None:
        amounts = [charge["least_amount"], charge["most_amount"]]
    if None in amounts:
        return "not known"
    return f"{' – '.join(map(str, amounts))} {charge['currency']}"


#: More loads than this are summed by entity; older builds than these are left to ``status --json``.
_LISTED_LOADS = 20
#: So many rows behind an impossible number are named.
_NAMED_CULPRITS = 10
_LISTED_BUILDS = 10


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S UTC")
        case _:
            return str(value)

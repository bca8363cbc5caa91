"""Publishes a build: a new file beside the old ones, then one atomic switch of the link."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse import ledger
from warehouse.connection import open_warehouse
from warehouse.errors import WaymartError
from warehouse.estimates_given import give
from warehouse.ledger import Build
from warehouse.manifest import read_given, read_tables
from warehouse.row_files import remove_unused
from warehouse.serving_file import write_serving_file
from warehouse.settings import Settings

#: How many published files are kept; the one the link points to is never removed.
_KEPT_COUNT = 5


def publish(settings: Settings, build_id: str | None = None, *, accept: str | None = None) -> Build:
    """Make a build the one that readers see: the last one, or a kept one to go back to.

    Readers that hold the former file keep it; at no moment is there no published file. ``accept`` is the
    reason for publishing a build whose audit found impossible numbers; it is recorded and shown.

    Raises:
        WaymartError: the build is not there, not whole, not audited, or failed its audit.
    """
    if accept is not None and not accept.strip():
        raise WaymartError("--accept needs a reason: say why these numbers may be published.")
    with open_warehouse(settings) as connection:
        builds = [_settled(connection, settings, build) for build in ledger.read_builds(connection)]
        build = _chosen(builds, build_id)
        file = settings.serving / f"{build.build_id}.duckdb"
        published = replace(build, state="published", published_at=datetime.now(UTC))
        # A file of a build that is not entered as published was left by a publish that was killed.
        if build.state != "published" or not file.exists():
            if build.build_id != builds[-1].build_id:
                raise WaymartError(f"Build {build.build_id} is not kept: {_kept(settings)}.")
            published = replace(published, accepted_reason=_accepted(connection, build, accept))
            _write(connection, settings, published, file)
        _switch(settings, file)
        ledger.update(connection, published)
        _remove_old(settings)
    return published


def _settled(connection: duckdb.DuckDBPyConnection, settings: Settings, build: Build) -> Build:
    """Enter a build as published where its publish was killed after the switch, before the ledger."""
    file = settings.published_file()
    if file is None or file.stem != build.build_id or build.published_at is not None:
        return build
    with duckdb.connect(file, read_only=True) as published:
        [settled] = [row for row in ledger.read_builds(published, "main") if row.build_id == build.build_id]
    ledger.update(connection, settled)
    return settled


def _chosen(builds: list[Build], build_id: str | None) -> Build:
    if not builds:
        raise WaymartError("Nothing was built yet: build first with `waymart build`.")
    if build_id is None:
        return builds[-1]
    for build in builds:
        if build.build_id == build_id:
            return build
    raise WaymartError(f"There is no build {build_id}: `waymart status` lists the builds.")


def _accepted(connection: duckdb.DuckDBPyConnection, build: Build, accept: str | None) -> str | None:
    """The reason under which a build may be published, None when it needs none."""
    if build.state not in ledger.WHOLE:
        raise WaymartError(
            f"Build {build.build_id} did not end ({build.state}): build again with `waymart build`."
        )
    if build.state == "built":
        raise WaymartError(f"Build {build.build_id} was not audited: run `waymart audit` first.")
    if build.state != "failed_audit":
        return build.accepted_reason
    if accept is not None:
        return accept.strip()
    row = connection.execute(
        "select count(*) from audit.results where build_id = ? and severity = 'error' and not is_met",
        [build.build_id],
    ).fetchone()
    assert row is not None
    raise WaymartError(
        f"Build {build.build_id} failed its audit ({row[0]} impossible numbers, see `waymart audit`): "
        "mend what is wrong and run again, or `waymart publish --accept REASON`."
    )


def _write(connection: duckdb.DuckDBPyConnection, settings: Settings, published: Build, file: Path) -> None:
    """Write the file under a name no reader knows, then give it its own; holding the warehouse, alone."""
    settings.serving.mkdir(parents=True, exist_ok=True)
    for leftover in settings.serving.glob(".*.tmp*"):
        leftover.unlink()
    draft = settings.serving / f".{file.name}.tmp"
    tables, given = read_tables(settings.manifest), read_given(settings.manifest)
    # Before anything is written: no reader sees an estimate that the ledger lacks.
    if given:
        give(connection)
    try:
        write_serving_file(connection, settings, published, [*tables, *given], draft)
        _sync(draft)
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)


def _switch(settings: Settings, file: Path) -> None:
    """Point the link to the file; a reader finds the former or the new one, never none."""
    draft = settings.serving / ".current.tmp"
    draft.unlink(missing_ok=True)
    draft.symlink_to(file.name)
    draft.replace(settings.current)
    _sync(settings.serving)


def _sync(path: Path) -> None:
    """Have the disk hold what was written before anything points to it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def kept_files(settings: Settings) -> list[Path]:
    """The published files that are kept, oldest first."""
    return sorted(path for path in settings.serving.glob("*.duckdb") if path.name != settings.current.name)


def _kept(settings: Settings) -> str:
    return f"kept are {', '.join(path.stem for path in kept_files(settings)) or 'none'}"


def _remove_old(settings: Settings) -> None:
    for file in kept_files(settings)[:-_KEPT_COUNT]:
        if file != settings.published_file():
            file.unlink()
    remove_unused(settings.serving, kept_files(settings))
    kept = {file.stem for file in kept_files(settings)}
    for folder in settings.extracts.glob("*"):
        if folder.name not in kept:
            shutil.rmtree(folder)

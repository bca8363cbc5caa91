"""Builds the warehouse: runs every seed, model and test of the dbt project and enters it in the ledger."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from warehouse import ledger
from warehouse.connection import open_warehouse, while_locked
from warehouse.dbt_run import RunDbt, Step, run_dbt
from warehouse.errors import WaymartError
from warehouse.fingerprint import fingerprint, is_simulated, made_by_others, models, models_in
from warehouse.ledger import Build
from warehouse.settings import BUILD_MEMORY_MIN, Settings


def build(
    settings: Settings,
    *,
    full_refresh: bool = False,
    on_step: Callable[[Step], None] | None = None,
    dbt: RunDbt = run_dbt,
) -> Build:
    """Build every model from what is loaded. The published file is not touched.

    Which tables take up what arrived and which are made anew, dbt decides by itself (see
    ``dbt_project/bounded_builds``); ``full_refresh`` makes every table anew. What no load reaches (seeds, and
    what comes from them alone) is made and tested when the project differs from the last whole build's, or
    dbt was called by itself since. Unit tests judge code and not data: as dbt advises, they run where code is
    written (``dbt build``, ``make test``), not here. ``dbt`` is how dbt is run.

    Raises:
        WaymartError: nothing was loaded, memory is too little, the warehouse is locked, or dbt failed; the
            ledger says so.
    """
    if settings.memory_bytes < BUILD_MEMORY_MIN:
        raise WaymartError(
            f"A build needs at least {BUILD_MEMORY_MIN >> 30} GiB of memory and may take "
            f"{settings.memory_limit}: set WAYMART_MEMORY_LIMIT higher, or build on a larger machine."
        )
    with open_warehouse(settings) as connection:
        line = fingerprint(settings, connection)
        ledger.create_ledger(connection)
        builds = ledger.read_builds(connection)
        others = made_by_others(connection, models(settings))
        entered = ledger.begin(connection, is_simulated=is_simulated(connection), fingerprint=line)
    whole = [build for build in builds if build.state in ledger.WHOLE]
    is_same_project = bool(whole) and models_in(whole[-1].fingerprint) == models_in(line) and not others
    arguments = ["build", "--exclude-resource-type", "unit_test"]
    if full_refresh:
        arguments.append("--full-refresh")
    elif is_same_project:
        arguments += ["--select", "source:*+"]
    try:
        while_locked(settings)(dbt, settings, *arguments, on_step=on_step)
    except WaymartError:
        with open_warehouse(settings) as connection:
            ledger.update(connection, replace(entered, state="failed"))
        raise
    with open_warehouse(settings) as connection:
        built = replace(
            entered,
            state="built",
            # A file loaded after the entry but before dbt opened the warehouse is part of this build too.
            is_simulated=is_simulated(connection),
            built_at=datetime.now(UTC),
        )
        ledger.update(connection, built)
    return built

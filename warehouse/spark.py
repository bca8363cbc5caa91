"""``python -m warehouse.spark``: what `waymart build` does, with Spark in DuckDB's place.

The raw tables go to Spark as Parquet, dbt builds the same models there, and what it built comes back as
Parquet. `waymart audit` and `waymart publish` follow as ever. Needs the group `engines` and Java 17.
"""

import argparse
import shutil
import sys
from dataclasses import replace
from datetime import UTC, datetime

from warehouse import ledger
from warehouse.connection import open_warehouse
from warehouse.dbt_run import run_dbt
from warehouse.errors import WaymartError
from warehouse.fingerprint import fingerprint, is_simulated, models_in
from warehouse.ledger import Build
from warehouse.settings import Settings
from warehouse.spark_files import export_raw, load_built


def build_on_spark(settings: Settings, *, full_refresh: bool = False) -> Build:
    """Build every model on Spark from what is loaded, and take the tables back into the warehouse.

    Only what arrived since the last build there is built, unless ``full_refresh`` is asked for, that build
    did not end, another dbt project made it, or rows were erased since.

    Raises:
        WaymartError: nothing was loaded, the warehouse is locked, or dbt failed; the ledger says so.
    """
    with open_warehouse(settings) as connection:
        line = fingerprint(settings, connection)
        ledger.create_ledger(connection)
        simulated = is_simulated(connection)
        entered = ledger.begin(connection, is_simulated=simulated, fingerprint=line)
        made_by = settings.spark_models
        is_same_project = made_by.exists() and made_by.read_text() == models_in(line)
        made_by.unlink(missing_ok=True)
        has_stayed = export_raw(connection, settings)
    arguments = ["build", "--target", "spark"]
    if is_same_project and has_stayed and not full_refresh:
        arguments += ["--exclude-resource-type", "seed"]
    else:  # from nothing: what a killed build wrote would be in the way, and what was erased goes
        for folder in (settings.spark_warehouse, settings.spark_metastore):
            shutil.rmtree(folder, ignore_errors=True)
    try:
        run_dbt(settings, *arguments)
    except WaymartError:
        with open_warehouse(settings) as connection:
            ledger.update(connection, replace(entered, state="failed"))
        raise
    with open_warehouse(settings) as connection:
        load_built(connection, settings)
        built = replace(entered, state="built", built_at=datetime.now(UTC))
        ledger.update(connection, built)
    made_by.write_text(models_in(line))
    return built


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m warehouse.spark", description=__doc__)
    parser.add_argument("--full-refresh", action="store_true", help="build everything anew")
    try:
        asked = parser.parse_args()
        built = build_on_spark(Settings.from_environment(), full_refresh=asked.full_refresh)
        print(f"Built {built.build_id} on Spark.")
    except WaymartError as error:
        sys.exit(str(error))

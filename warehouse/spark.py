"""``python -m warehouse.spark``: what `waymart build` does, with Spark in DuckDB's place.

The raw tables go to Spark as Parquet, dbt builds the same models there, and what it built comes back as
Parquet. `waymart audit` and `waymart publish` follow as ever. Needs the group `engines` and Java 17.
"""

import sys
from dataclasses import replace
from datetime import UTC, datetime

from warehouse import ledger
from warehouse.connection import open_warehouse
from warehouse.dbt_run import run_dbt
from warehouse.errors import WaymartError
from warehouse.fingerprint import fingerprint, is_simulated
from warehouse.ledger import Build
from warehouse.settings import Settings
from warehouse.spark_files import export_raw, load_built


def build_on_spark(settings: Settings) -> Build:
    """Build every model on Spark from all that is loaded, and take the tables back into the warehouse.

    Raises:
        WaymartError: nothing was loaded, the warehouse is locked, or dbt failed; the ledger says so.
    """
    with open_warehouse(settings) as connection:
        line = fingerprint(settings, connection)
        ledger.create_ledger(connection)
        simulated = is_simulated(connection)
        entered = ledger.begin(connection, is_simulated=simulated, fingerprint=line)
        export_raw(connection, settings)
    try:
        run_dbt(settings, "build", "--target", "spark")
    except WaymartError:
        with open_warehouse(settings) as connection:
            ledger.update(connection, replace(entered, state="failed"))
        raise
    with open_warehouse(settings) as connection:
        load_built(connection, settings)
        built = replace(entered, state="built", built_at=datetime.now(UTC))
        ledger.update(connection, built)
    return built


if __name__ == "__main__":
    try:
        print(f"Built {build_on_spark(Settings.from_environment()).build_id} on Spark.")
    except WaymartError as error:
        sys.exit(str(error))

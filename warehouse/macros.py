"""The DuckDB macros that metrics' formulas call; they travel in the published file."""

import duckdb

from warehouse.errors import WaymartError
from warehouse.settings import Settings


def create_macros(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Create the macros of ``dbt_project/serving`` in the database that is in use.

    Raises:
        WaymartError: a file there is not valid SQL.
    """
    for path in sorted((settings.dbt_project / "serving").glob("*.sql")):
        try:
            connection.execute(path.read_text())
        except duckdb.Error as error:
            raise WaymartError(
                f"The serving macros in {path.name} are not valid: {first_line(error)}."
            ) from error


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says, without its picture of the statement."""
    return str(error).partition("\n")[0].strip().rstrip(".")

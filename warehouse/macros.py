"""The DuckDB macros that metrics' formulas call; they travel in the published file."""

import duckdb
import yaml
from jinja2 import Environment, StrictUndefined, TemplateError

from warehouse.errors import WaymartError
from warehouse.settings import Settings


def create_macros(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Create the macros of ``dbt_project/serving`` in the database that is in use.

    As in dbt, ``var`` gives the project's variables there.

    Raises:
        WaymartError: a file there is not valid SQL.
    """
    project = yaml.safe_load((settings.dbt_project / "dbt_project.yml").read_text())
    templates = Environment(undefined=StrictUndefined)
    for path in sorted((settings.dbt_project / "serving").glob("*.sql")):
        try:
            connection.execute(
                templates.from_string(path.read_text()).render(var=project.get("vars", {}).get)
            )
        except TemplateError as error:
            raise WaymartError(f"The serving macros in {path.name} are not valid: {error}.") from error
        except duckdb.Error as error:
            raise WaymartError(
                f"The serving macros in {path.name} are not valid: {first_line(error)}."
            ) from error


def first_line(error: duckdb.Error) -> str:
    """What DuckDB says, without its picture of the statement."""
    return str(error).partition("\n")[0].strip().rstrip(".")

"""What a build is made of: the loads, the models, the audit's bounds. Equal means nothing would change."""

import hashlib
from importlib.metadata import version
from pathlib import Path

import duckdb

from warehouse.errors import WaymartError
from warehouse.settings import Settings

#: Folders of a dbt project that dbt writes itself.
_WRITTEN_BY_DBT = frozenset({"target", "logs", "dbt_packages"})


def fingerprint(settings: Settings, connection: duckdb.DuckDBPyConnection) -> str:
    """Say in one line what a build made now would be made of: ``loads=…;models=…;bounds=…``.

    Raises:
        WaymartError: nothing was loaded yet, so there is nothing to build.
    """
    loads = f"{_last_load(connection)}{_set_aside(connection)}"
    return f"loads={loads};models={models(settings)};bounds={_sha256(settings.bounds)}"


def models_in(line: str) -> str:
    """The part of a fingerprint that changes with the dbt project alone."""
    return line.split(";")[1]


def is_simulated(connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether any load came from a simulated market; then the whole build is called simulated."""
    row = connection.execute("select coalesce(bool_or(is_simulated), false) from raw.loads").fetchone()
    return row == (True,)


def _last_load(connection: duckdb.DuckDBPyConnection) -> int:
    row = None
    if connection.execute(
        "from duckdb_tables() where schema_name = 'raw' and table_name = 'loads'"
    ).fetchone():
        row = connection.execute("select max(load_id) from raw.loads").fetchone()
    if row is None or row[0] is None:
        raise WaymartError("Nothing was loaded yet: load files first with `waymart ingest PROVIDER PATH`.")
    return int(row[0])


def _set_aside(connection: duckdb.DuckDBPyConnection) -> str:
    """Tell the rows that a person set aside; nothing where there are none."""
    if not connection.execute("from duckdb_tables() where schema_name = 'aside'").fetchone():
        return ""
    digest = connection.execute(
        "select md5(string_agg(concat_ws('|', load_id, entity, line_number, set_aside_at), ';' order by all))"
        " from aside.statements"
    ).fetchone()
    return f" without {digest[0][:16]}" if digest and digest[0] else ""


def models(settings: Settings) -> str:
    """Say in a word what the dbt project is: its files, and the versions of dbt and DuckDB."""
    digest = hashlib.sha256(f"duckdb {version('duckdb')}, dbt {version('dbt-core')}".encode())
    for path in sorted(settings.dbt_project.rglob("*")):
        parts = path.relative_to(settings.dbt_project).parts
        if (
            path.is_file()
            and parts[0] not in _WRITTEN_BY_DBT
            and not any(part.startswith(".") for part in parts)
        ):
            digest.update("/".join(parts).encode() + b"\0" + _sha256(path).encode())
    return digest.hexdigest()[:16]


def made_by_others(connection: duckdb.DuckDBPyConnection, project: str) -> bool:
    """Tell whether a table stands that was not made from these files of the project: plain dbt ran since.

    The rows of ``arrivals.builds`` say so (``dbt_project/bounded_builds``).
    """
    columns = connection.execute(
        "select column_name from duckdb_columns() where schema_name = 'arrivals' and table_name = 'builds'"
    ).fetchall()
    if not columns:
        return False
    if ("project",) not in columns:  # an older version wrote it
        return True
    row = connection.execute("select bool_and(project = ?) from arrivals.builds", [project]).fetchone()
    return row != (True,)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]

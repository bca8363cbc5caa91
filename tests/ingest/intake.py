"""What tests of the intake ask of a load and of the raw tables."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from ingest.loading.load import Load

KEY = b"a key that only the tests know.."
SAMPLES = Path(__file__).parent / "samples"

LoadText = Callable[..., Load]


def counts(load: Load) -> tuple[int, int, int, int]:
    return load.read_count, load.loaded_count, load.duplicate_count, load.quarantined_count


def contents(connection: duckdb.DuckDBPyConnection, entity: str) -> list[dict[str, Any]]:
    """Return the rows of an entity without what the loader adds, as JSON holds them, in a fixed order."""
    relation = connection.sql(
        f"select columns(name -> not starts_with(name, '_')) from raw.{entity} order by all"
    )
    rows = [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]
    return [json.loads(json.dumps(row, default=str)) for row in rows]

"""What the tests of the intake share: an empty warehouse and the way a file gets into it."""

import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from intake import KEY, LoadText

from ingest.loading.load import Load, create_raw, load_file


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'UTC'")
        create_raw(opened)
        yield opened


@pytest.fixture
def load_text(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> LoadText:
    """Write a file of provider waymart, or another, and load it."""

    def load(name: str, content: str | bytes, provider: str = "waymart") -> Load:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        (loaded,) = load_file(connection, provider, path, pseudonym_key=KEY)
        return loaded

    return load


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = os.environ.get("WAYMART_REAL_DATA")
    if not folder:
        pytest.skip("WAYMART_REAL_DATA is not set: no real data to test with")
    return Path(folder)

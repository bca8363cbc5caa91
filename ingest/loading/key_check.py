"""Keeps one pseudonym key to a warehouse: two keys would give one consumer two pseudonyms."""

import hashlib
import hmac

import duckdb

from ingest.errors import IntakeError

_MESSAGE = b"the pseudonym key of this warehouse"


def check_key(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Raise IntakeError for another key than the first load had; only what the key makes is kept of it."""
    check = hmac.new(key, _MESSAGE, hashlib.sha256).hexdigest()
    kept = connection.execute("select key_check from raw.pseudonym_key").fetchone()
    if kept is None:
        connection.execute("insert into raw.pseudonym_key values (?)", [check])
    elif not hmac.compare_digest(str(kept[0]), check):
        raise IntakeError(
            "The pseudonym key is not the one with which this warehouse was loaded so far: set that one "
            "(WAYMART_PSEUDONYM_KEY, or pseudonym.key beside the warehouse)."
        )

"""Keeps one pseudonym key to a warehouse: two keys would give one consumer two pseudonyms."""

import hashlib
import hmac

import duckdb

from ingest.errors import IntakeError

_MESSAGE = b"the pseudonym key of this warehouse"


def refuse_other_key(connection: duckdb.DuckDBPyConnection, key: bytes) -> bool:
    """Raise IntakeError for another key than the first load had; return whether there was one already."""
    kept = connection.execute("select key_check from raw.pseudonym_key").fetchone()
    if kept is not None and not hmac.compare_digest(str(kept[0]), _check(key)):
        raise IntakeError(
            "The pseudonym key is not the one with which this warehouse was loaded so far: set that one "
            "(WAYMART_PSEUDONYM_KEY, or pseudonym.key beside the warehouse)."
        )
    return kept is not None


def check_key(connection: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Keep the first load's key, or what it makes of a text; raise IntakeError for any other."""
    if not refuse_other_key(connection, key):
        connection.execute("insert into raw.pseudonym_key values (?)", [_check(key)])


def _check(key: bytes) -> str:
    return hmac.new(key, _MESSAGE, hashlib.sha256).hexdigest()

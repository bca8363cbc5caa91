"""Keyed pseudonyms in SQL: HMAC-SHA256 (RFC 2104) of ``platform_id:code``, lower-case hex.

Built from DuckDB's own sha256, so that a column is keyed at the speed of a scan; the key reaches DuckDB
only as two query parameters, never in the text of a statement.
"""

import hashlib

_BLOCK_BYTES = 64


def key_pads(key: bytes) -> dict[str, bytes]:
    """Return the outer and inner pads of the key as query parameters ``outer_pad`` and ``inner_pad``."""
    if len(key) < 16:
        raise ValueError("a pseudonym key has at least 16 bytes")
    block = hashlib.sha256(key).digest() if len(key) > _BLOCK_BYTES else key
    block = block.ljust(_BLOCK_BYTES, b"\0")
    return {"outer_pad": bytes(b ^ 0x5C for b in block), "inner_pad": bytes(b ^ 0x36 for b in block)}


def pseudonym_sql(code: str) -> str:
    """Return SQL of the pseudonym of the code; null where the code or ``platform_id`` is."""
    message = f"encode(platform_id || ':' || {code})"
    return f"sha256($outer_pad || unhex(sha256($inner_pad || {message})))"

r"""Reads JSON in which half a character stands (``\ud800`` without its other half), as cut texts leave it.

DuckDB takes a whole file for damaged then; read record by record, only what holds it cannot be loaded.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow

from ingest.errors import IntakeError

#: A first half without a second one, a second one without a first, or either in bytes of its own.
_HALF = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    rb"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\xed[\xa0-\xbf]"
)
#: What the pattern may need of the block before.
_REACH_BYTES = 16
#: All of it is held at once.
_MAX_BYTES = 1 << 28


def has_half(blocks: Iterable[bytes]) -> bool:
    """Whether half a character stands in the blocks of a file."""
    tail = b""
    for block in blocks:
        text = tail + block
        if _HALF.search(text, max(0, len(tail) - _REACH_BYTES // 2)) is not None:
            return True
        tail = text[-_REACH_BYTES:]
    return False


def is_text(value: object) -> bool:
    """Whether all that is said in a value of JSON can be stored."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def records_apart(path: Path, blocks: Iterable[bytes]) -> pyarrow.Table:
    """Return the elements of a JSON array, or the documents of a file, as a table (_line_number, record).

    A number with a fraction becomes text, digit by digit as it stood. Raises IntakeError where it is no JSON.
    """
    content = b"".join(blocks)
    if len(content) > _MAX_BYTES:
        raise IntakeError(f"{path.name} has half a character in it and is too large to be read apart.")
    decoder = json.JSONDecoder(parse_float=str)
    documents: list[Any] = []
    try:
        rest = content.decode("utf-8", "surrogatepass").strip("\ufeff \t\r\n")
        while rest:
            document, end = decoder.raw_decode(rest)
            documents.append(document)
            rest = rest[end:].lstrip(" \t\r\n,")
    except (ValueError, RecursionError):
        raise IntakeError(f"{path.name} cannot be read as JSON: it is damaged or something else.") from None
    if len(documents) == 1 and isinstance(documents[0], list):
        documents = documents[0]
    records = [json.dumps(document) for document in documents]
    return pyarrow.table(
        {
            "_line_number": pyarrow.array(range(1, len(records) + 1), pyarrow.int64()),
            "record": pyarrow.array(records, pyarrow.large_string()),
        }
    )

"""Gives one export of a shop system, as people save it, as a table that can be read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.errors import IntakeError
from ingest.finding.fetch import brought_in
from ingest.finding.find import find_files
from ingest.mapping.as_provider import tables


@contextmanager
def readable_export(file: Path, encoding: str, home: Path) -> Iterator[Path]:
    """Give a workbook, or text in that encoding, as a table in UTF-8 below ``home`` while the block runs.

    Raises IntakeError where it is none.
    """
    provider = tables(encoding)
    with brought_in([str(file)], provider, home, "") as (places, unread):
        if unread:
            raise IntakeError(" ".join(unread))
        (found,) = find_files(provider, places).files
        yield found.path

"""Tells what a load would do: rows, reasons, codes without a meaning; in memory, nothing is written."""

import csv
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ingest.errors import IntakeError
from ingest.finding.find import Found
from ingest.loading.load import Load, create_raw, load_file
from ingest.loading.reasons import count_reasons
from ingest.provider import Provider
from ingest.providers import provider_of

#: Which column of which table a seed of codes gives a meaning to.
_CODES = {
    "event_codes": ("waybill_events", "event_code"),
    "courier_codes": ("waybill_events", "courier_code"),
    "order_status_codes": ("orders", "status_code"),
    "channel_codes": ("orders", "channel_code"),
    "group_status_codes": ("orders", "group_status_code"),
}


@dataclass(frozen=True)
class Rehearsal:
    """What loading the files into an empty warehouse would do.

    ``reasons`` are (entity, reason, field, rows), ``unmapped`` (column, code, rows), ``unread`` a sentence
    for each file that cannot be loaded.
    """

    loads: tuple[Load, ...]
    reasons: tuple[tuple[str, str, str, int], ...]
    unmapped: tuple[tuple[str, str, int], ...]
    unread: tuple[str, ...]


def rehearse(
    provider: str | Provider, files: Sequence[Found], options: Mapping[str, str], seeds: Path
) -> Rehearsal:
    """Load the files into memory and report; ``seeds`` is the folder of the CSV files with the codes."""
    key = secrets.token_bytes(32)
    loads: list[Load] = []
    unread: list[str] = []
    # What does not fit into memory DuckDB would put into the folder where the user stands.
    with TemporaryDirectory() as folder, duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; set enable_progress_bar = false")
        connection.execute("set temp_directory = $folder", {"folder": folder})
        create_raw(connection)
        for found in files:
            try:
                loads += load_file(
                    connection,
                    provider,
                    found.path,
                    pseudonym_key=key,
                    file_name=found.file_name,
                    options=options,
                )
            except IntakeError as error:
                unread.append(str(error))
        reasons = tuple(count_reasons(connection, loads))
        unmapped = tuple(_unmapped(connection, provider_of(provider).provider_id, seeds))
    return Rehearsal(tuple(loads), reasons, unmapped, tuple(unread))


def _unmapped(
    connection: duckdb.DuckDBPyConnection, provider: str, seeds: Path
) -> Iterator[tuple[str, str, int]]:
    for seed, (table, column) in _CODES.items():
        with (seeds / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
            known = {row["code"] for row in csv.DictReader(file) if row["provider_id"] == provider}
        counted = connection.execute(
            f"select {column}, count(*) from raw.{table} where {column} is not null "
            "group by all order by 2 desc, 1"
        ).fetchall()
        for code, count in counted:
            # What follows a dot is a reason under the code; ``*`` in a known code makes it a family of codes.
            words = {str(code), str(code).split(".")[0]}
            if not any(fnmatchcase(word, one) for word in words for one in known):
                yield column, str(code), int(count)

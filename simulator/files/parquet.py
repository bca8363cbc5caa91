"""Parquet files with the same bytes for the same rows: fixed row groups and settings, no dates, no names."""

from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq


def _by_difference(schema: pa.Schema) -> dict[str, Any]:
    """Return the options that write words by dictionary and whole numbers by their differences."""
    words = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    numbers = [
        field.name
        for field in schema
        if pa.types.is_integer(field.type)
        or pa.types.is_timestamp(field.type)
        or pa.types.is_decimal(field.type)
    ]
    return {"use_dictionary": words, "column_encoding": dict.fromkeys(numbers, "DELTA_BINARY_PACKED")}


class Writer:
    """A Parquet file that is written block by block; an empty one if there are no rows."""

    def __init__(self, path: Path, *, has_many_numbers: bool = False) -> None:
        """Take a path; many different numbers are smaller and sooner written as their differences."""
        self._path, self._has_many_numbers = path, has_many_numbers
        self._file: pq.ParquetWriter | None = None

    def write(self, table: dict[str, pa.Array]) -> None:
        """Write one block as one row group."""
        rows = pa.Table.from_arrays(list(table.values()), list(table))
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = pq.ParquetWriter(
                self._path,
                rows.schema,
                version="2.6",
                compression="zstd",
                compression_level=1,
                store_schema=False,
                store_decimal_as_integer=True,
                dictionary_pagesize_limit=8 << 20,
                data_page_version="1.0",
                **(_by_difference(rows.schema) if self._has_many_numbers else {}),
            )
        self._file.write_table(rows, row_group_size=max(1, len(rows)))

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()

"""Writes the rows of faults into files beside the feed's, and the list of them with file and line."""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract.orders import Table
from simulator.faults.contract_faults import PROVIDER, Extra
from simulator.files.parquet import Writer


class FaultFiles:
    """The files of one period. Their names sort after the feed's own: what repeats comes second."""

    def __init__(self, root: Path, period: str, truth: Writer) -> None:
        self._root, self._period, self._truth = root, period, truth
        self._stack = ExitStack()
        self._tables: dict[Path, Writer] = {}
        self._lines: dict[Path, int] = {}

    def write(self, extra: Extra) -> None:
        """Write the rows, if there are any, and what the truth says of them."""
        count = len(extra)
        listed = dict(extra.listed)
        if len(extra.rows) == 0:  # silent: they have no rows of their own
            listed["file_name"], listed["line_number"] = c.nothing(count), c.counts(np.zeros(count, np.int64))
            self._list(extra, listed)
            return
        suffix = "jsonl" if isinstance(extra.rows, list) else "parquet"
        folder = extra.folder or f"{PROVIDER}/{extra.entity}"
        path = self._root / "feeds" / folder / f"{self._period}_{extra.fault}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        before = self._lines.get(path, 0)
        if isinstance(extra.rows, list):
            with path.open("w" if before == 0 else "a", encoding="utf-8", newline="\n") as file:
                file.writelines(line + "\n" for line in extra.rows)
        else:
            if path not in self._tables:
                self._tables[path] = self._stack.enter_context(Writer(path))
            self._tables[path].write(extra.rows)
        self._lines[path] = before + count
        listed["file_name"] = c.word(path.relative_to(self._root).as_posix(), count)
        listed["line_number"] = c.counts(np.arange(before + 1, before + count + 1, dtype=np.int64))
        self._list(extra, listed)

    def _list(self, extra: Extra, listed: Table) -> None:
        columns = {"entity": c.word(extra.entity, len(extra)), **listed}
        plain = {
            name: column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
            for name, column in columns.items()
        }
        self._truth.write(plain)

    def close(self) -> None:
        """Finish the files."""
        self._stack.close()

"""The feed's files of one period."""

from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

from simulator.contract.orders import Table
from simulator.faults.contract_faults import PROVIDER
from simulator.files.parquet import Writer
from simulator.files.periods import Period
from simulator.making import Made


class FeedFiles:
    """Files named by the period: ``waymart/<entity>/`` for tables, ``<provider>/<what>/`` for lines."""

    def __init__(self, feeds: Path, period: str) -> None:
        self._feeds, self._period = feeds, period
        self._stack = ExitStack()
        self._tables: dict[str, Writer] = {}
        self._lines: dict[str, TextIO] = {}

    def write_table(self, entity: str, table: Table) -> None:
        """Write rows of the contract."""
        if entity not in self._tables:
            path = self._feeds / PROVIDER / entity / f"{self._period}.parquet"
            self._tables[entity] = self._stack.enter_context(Writer(path))
        self._tables[entity].write(table)

    def write(self, block: Made) -> None:
        """Write a block."""
        for entity, table in block.tables.items():
            self.write_table(entity, table)
        for folder, lines in block.lines.items():
            if not lines:
                continue
            if folder not in self._lines:
                path = self._feeds / folder / f"{self._period}.jsonl"
                path.parent.mkdir(parents=True, exist_ok=True)
                file = path.open("w", encoding="utf-8", newline="\n")
                self._lines[folder] = self._stack.enter_context(file)
            self._lines[folder].writelines(line + "\n" for line in lines)

    def end(self, _: Period) -> None:
        """Finish the files: the next period has its own."""
        self.close()

    def close(self) -> None:
        """Finish the files."""
        self._stack.close()

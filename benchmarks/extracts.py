"""How fast a merchant's rows are written, beside DuckDB's own COPY of the same rows.

The last published build of WAYMART_HOME is copied, and the rows of its largest merchant are repeated under
numbers of their own until there are enough. Seconds are of processor time. The last line is one JSON object.
Usage: ``python -m benchmarks.extracts [--csv-rows 2000000] [--sheet-rows 200000]``.
"""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import duckdb
import typer

from serving.access import COMMAND_LINE
from serving.extracts import write_extract
from warehouse.errors import WaymartError
from warehouse.row_files import search_in
from warehouse.settings import Settings

_MERCHANT = "benchmark:1"


def _repeat(published: Path, folder: Path, rows: int) -> Path:
    """Copy a published file; a merchant of its own has so many order lines in it."""
    path = folder / f"{rows}.duckdb"
    shutil.copyfile(published, path)
    with duckdb.connect(path) as connection:
        search_in(connection, published.parent)
        largest, count = connection.execute(
            "select merchant_id, count(*) from extract_order_lines group by all order by 2 desc, 1 limit 1"
        ).fetchall()[0]
        connection.execute(
            f"""
            create temp table repeated as
            select * replace ('{_MERCHANT}' as merchant_id, order_line_id || '-' || n as order_line_id)
            from extract_order_lines, range({-(-rows // count)}) as numbers(n)
            where merchant_id = ? limit {rows}
            """,
            [largest],
        )
        connection.execute("drop view extract_order_lines")
        connection.execute("create table extract_order_lines as from repeated")
        connection.execute(
            f"insert into dim_merchants select * replace ('{_MERCHANT}' as merchant_id) "
            "from dim_merchants where merchant_id = ?",
            [largest],
        )
    return path


def _spent(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return round(time.process_time() - begun, 2)


def _copy(path: Path, out: Path) -> None:
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute(
            f"copy (from extract_order_lines where merchant_id = '{_MERCHANT}' "
            f"order by merchant_id, order_line_id) to '{out}' (format csv, header)"
        )


def main(
    csv_rows: Annotated[int, typer.Option(help="Rows of the CSV file.")] = 2_000_000,
    sheet_rows: Annotated[int, typer.Option(help="Rows of the workbook.")] = 200_000,
) -> None:
    """Write both, and print what they took."""
    published = Settings.from_environment().published_file()
    if published is None:
        raise WaymartError("No data is published yet: run `waymart run` first.")
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        many, few = _repeat(published, folder, csv_rows), _repeat(published, folder, sheet_rows)
        found: dict[str, object] = {
            "benchmark": "extracts",
            "csv_rows": csv_rows,
            "copy_core_seconds": _spent(lambda: _copy(many, folder / "copy.csv")),
            "csv_core_seconds": _spent(
                lambda: write_extract(many, COMMAND_LINE, _MERCHANT, "order_lines", folder / "rows.csv")
            ),
            "sheet_rows": sheet_rows,
            "sheet_core_seconds": _spent(
                lambda: write_extract(few, COMMAND_LINE, _MERCHANT, "order_lines", folder / "rows.xlsx")
            ),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    typer.run(main)

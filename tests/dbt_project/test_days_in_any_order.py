"""A feed that arrives day by day, in any order, makes the warehouse that the whole feed makes."""

from datetime import date
from pathlib import Path
from random import Random

import duckdb
import pytest
from built_warehouse import Build, Loads

from ingest.finding.find import find_files
from simulator import write_market

SIZE, DAYS, UNTIL, SEED = 1_500, (date(2019, 6, 10), date(2019, 6, 16)), date(2019, 6, 22), 17
#: What tells how the rows came, not what they say.
_OF_LOADS = {"_load_id"}


def _loads(folder: Path, *, daily: bool) -> Loads:
    write_market(SIZE, *DAYS, SEED, folder, until_date=UNTIL, daily=daily, cross_border=0.05)
    return [("waymart", found.path) for found in find_files("waymart", [folder]).files]


@pytest.mark.parametrize(
    "facts", ["fct_orders", "fct_order_lines", "fct_waybills", "fct_waybill_orders", "fct_waybill_events"]
)
def test_days_loaded_in_any_order_are_the_whole_feed(
    build: Build, tmp_path_factory: pytest.TempPathFactory, facts: str
) -> None:
    print(f"seed {SEED}")
    by_day = _loads(tmp_path_factory.mktemp("by_day"), daily=True)
    Random(SEED).shuffle(by_day)
    tables = []
    for name, loads in (
        ("whole", _loads(tmp_path_factory.mktemp("whole"), daily=False)),
        ("by_day", by_day),
    ):
        with duckdb.connect(str(build(f"{name}-{SEED}", loads, "UTC")), read_only=True) as connection:
            columns = [column for column, *_ in connection.execute(f"describe core.{facts}").fetchall()]
            told = ", ".join(column for column in columns if column not in _OF_LOADS)
            tables.append(connection.execute(f"select {told} from core.{facts} order by all").fetchall())
    whole, daily = tables
    assert len(whole) > 1_000
    assert daily == whole

"""Whatever dbt allows, in whatever order: the tables are those of one full build of the same rows.

Random orders are a trial: ``benchmarks.build_sequences``.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchmarks.build_sequences import play, prepare
from benchmarks.plain_dbt import PlainDbt
from warehouse.settings import Settings

Project = tuple[Path, PlainDbt, Settings]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("sequences")
    dbt, line = prepare(folder)
    yield folder, dbt, line
    dbt.close()


def test_a_mart_run_again_after_a_build_of_what_arrived_counts_nothing_twice(project: Project) -> None:
    folder, dbt, line = project
    steps = ["load", "build", "build", "test", "load", "build", "latency", "latency anew", "findings"]
    done = play(20191, folder, dbt, line, steps, parts=2)
    first, _, second = (int(words.split()[0]) for words in done if words.endswith("took up what arrived"))
    assert (first, second > 50) == (0, True)
    with duckdb.connect(str(line.warehouse), read_only=True) as connection:
        assert connection.execute("select reason from core.fct_set_aside_rows").fetchall()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "steps"),
    [
        (20192, ["edit", "run", "load", "fail and retry", "test", "erase", "latency", "build"]),
        (20193, ["waymart build", "edit a seed", "build", "edit a seed", "load", "waymart build"]),
    ],
)
def test_whatever_is_run_in_whatever_order_the_tables_are_those_of_one_build(
    project: Project, seed: int, steps: list[str]
) -> None:
    folder, dbt, line = project
    play(seed, folder, dbt, line, ["load", "build", *steps], parts=2)

"""Whatever dbt allows, in whatever order: the tables are those of one full build of the same rows.

Random orders are a trial: ``benchmarks.build_sequences``.
"""

from pathlib import Path

import duckdb

from benchmarks.build_sequences import play, prepare


def test_builds_take_up_what_arrived_and_a_mart_run_again_counts_nothing_twice(tmp_path: Path) -> None:
    dbt, line = prepare(tmp_path)
    steps = [*("load", "waymart build") * 3, *("load", "tested build", "test")]
    done = play(20191, tmp_path, dbt, line, [*steps, "latency", "latency anew", "findings"], parts=4)
    dbt.close()
    # The command leaves out what no load reaches; neither it nor dbt by itself makes anything anew for that.
    first, *later = (int(words.split()[0]) for words in done if words.endswith("took up what arrived"))
    assert (first, [count > 50 for count in later]) == (0, [True] * 3)
    with duckdb.connect(str(line.warehouse), read_only=True) as connection:
        assert connection.execute("select reason from core.fct_set_aside_rows").fetchall()

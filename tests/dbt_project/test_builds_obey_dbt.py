"""Whatever dbt allows, in whatever order: the tables are those of one full build of the same rows.

Random orders are a trial: ``benchmarks.build_sequences``.
"""

from pathlib import Path

import duckdb

from benchmarks.build_sequences import play, prepare


def test_a_mart_run_again_after_a_build_of_what_arrived_counts_nothing_twice(tmp_path: Path) -> None:
    dbt, line = prepare(tmp_path)
    steps = [*("load", "waymart build") * 3, "tested build", "test", "latency", "latency anew", "findings"]
    done = play(20191, tmp_path, dbt, line, steps, parts=3)
    dbt.close()
    # The command leaves out what no load reaches; neither it nor dbt by itself makes anything anew for that.
    first, *later = (int(words.split()[0]) for words in done if words.endswith("took up what arrived"))
    # (The second part takes back a newest scan, so that all is made anew once more.)
    assert (first, later[0], [count > 50 for count in later[1:]]) == (0, 0, [True] * 2)
    with duckdb.connect(str(line.warehouse), read_only=True) as connection:
        assert connection.execute("select reason from core.fct_set_aside_rows").fetchall()

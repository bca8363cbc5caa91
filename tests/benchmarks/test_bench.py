"""What a benchmark found stands on its page and, of the engines, in README."""

from benchmarks.bench import BENCHMARKS, shown_in, updated

DAY = {
    "orders": 1000,
    "runs": {
        name: {"seconds": seconds, "core_seconds": 2 * seconds, "memory": 2**30, "disk": 2**31}
        for name, seconds in {"floor": 1.0, "copy": 2.0, "build": 3.0, "line": 4.0}.items()
    },
}


def test_a_benchmark_that_is_run_again_replaces_its_own_section_alone() -> None:
    day, history = BENCHMARKS[0], BENCHMARKS[1]
    page = updated("", history, {"orders": 5, "build": {"core_seconds": 7.0}}, 0.1)
    page = updated(page, day, DAY, 0.2)
    page = updated(page, history, {"orders": 5, "build": {"core_seconds": 8.0}}, 0.3)
    assert page.startswith("# Benchmarks\n")
    assert page.index(f"## {day.question}") < page.index(f"## {history.question}")
    assert page.count("## ") == 2
    assert "| build core seconds | 8 |" in page
    assert "| build core seconds | 7 |" not in page
    assert "The load of the machine before was 0.3." in page


def test_a_step_of_the_line_is_told_in_times_the_copy() -> None:
    page = updated("", BENCHMARKS[0], DAY, 0.0)
    assert "| waymart build | 3 | 6 | 1.5 | 1 | 2 |" in page
    assert "| **the whole line** | 4 | 8 | 2 | 1 | 2 |" in page


def test_readme_keeps_all_else_around_the_table_of_engines() -> None:
    readme = "before\n<!-- written by make bench -->\nold\n<!-- until here -->\nafter\n"
    expected = "before\n<!-- written by make bench -->\nnew\n<!-- until here -->\nafter\n"
    assert shown_in(readme, "new\n") == expected

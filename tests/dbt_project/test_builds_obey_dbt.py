"""Whatever dbt allows, in whatever order: the tables are those of one full build of the same rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks.build_sequences import Dbt, play, prepare
from warehouse.settings import Settings

Project = tuple[Path, Dbt, Settings]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("sequences")
    dbt, line = prepare(folder)
    yield folder, dbt, line
    dbt.close()


def test_loads_builds_selections_an_edit_and_an_erasure_leave_what_one_build_makes(project: Project) -> None:
    folder, dbt, line = project
    # A mart run again after a build of what arrived once counted its scans again.
    steps = [
        "load",
        "build",
        "load",
        "build",
        "latency",
        "latency anew",
        "select",
        "edit",
        "erase",
        "build",
        "test",
    ]
    done = play(20191, folder, dbt, line, steps)
    took_up = [int(words.split()[0]) for words in done if words.endswith("took up what arrived")]
    first, second, *_, after_the_erasure = took_up
    assert (first, second > 50, after_the_erasure) == (0, True, 0), done


@pytest.mark.slow
@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**31 - 1))
def test_any_sequence_of_commands_leaves_what_one_build_makes(project: Project, seed: int) -> None:
    folder, dbt, line = project
    print(f"seed {seed}: {play(seed, folder, dbt, line)}")

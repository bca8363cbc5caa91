"""A few seeds of every trial; `make trials` tries many, each time others."""

import pytest

from benchmarks.trials import TRIALS, Trial, check, updated


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.program)
def test_every_trial_keeps_its_promise_with_a_few_seeds(trial: Trial) -> None:
    assert check(trial, first_seed=1)


def test_a_trial_that_is_run_again_replaces_its_own_section_alone_in_the_order_of_the_trials() -> None:
    first, second, last = TRIALS[0], TRIALS[1], TRIALS[-1]
    page = updated("", last, {"first_seed": 7, "markets_held": 19, "markets": [{"seed": 7}]})
    assert page.startswith("# Trials\n")
    page = updated(page, first, {"first_seed": 7, "tables": 40})
    page = updated(page, second, {"first_seed": 8, "tables": 41})
    page = updated(page, first, {"first_seed": 9, "tables": 42})
    places = [page.index(f"## {trial.question}\n") for trial in (first, second, last)]
    assert places == sorted(places)
    assert page.count("## ") == 3
    assert "| tables | 40 |" not in page
    assert all(f"| {row} |" in page for row in ("tables | 41", "tables | 42", "markets held | 19"))

"""A few seeds of every trial; `make trials` tries many, each time others."""

import pytest

from benchmarks.trials import TRIALS, Trial, check


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.program)
def test_every_trial_keeps_its_promise_with_a_few_seeds(trial: Trial) -> None:
    assert check(trial, first_seed=1)

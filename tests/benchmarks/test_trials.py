"""Three markets of every trial; `make trials` tries many, each time others."""

import pytest

from benchmarks.trials import TRIALS, Trial, figures_of


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.program)
def test_every_trial_keeps_its_promise_on_three_markets(trial: Trial) -> None:
    assert figures_of(trial, seeds=3, first_seed=1)

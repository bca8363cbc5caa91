"""Three markets of every trial; `make trials` tries many."""

from random import SystemRandom

import pytest

from benchmarks.trials import TRIALS, Trial, run


@pytest.mark.slow
@pytest.mark.parametrize("trial", TRIALS, ids=lambda trial: trial.program)
def test_every_trial_keeps_its_promise_on_three_markets(trial: Trial) -> None:
    first_seed = SystemRandom().randrange(2**31)
    print(f"first seed {first_seed}")
    assert run(trial, 3, first_seed)

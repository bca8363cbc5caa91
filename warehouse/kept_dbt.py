"""dbt in a process that stays: imported once, its manifest parsed once, each run in a fork of it."""

import os
from collections.abc import Callable
from typing import Any

from warehouse.dbt_child import invoke
from warehouse.dbt_run import Step, command, environment, listen
from warehouse.errors import WaymartError
from warehouse.fingerprint import models
from warehouse.fork import forked
from warehouse.settings import Settings


class KeptDbt:
    """dbt for one warehouse and project. Only the forks open the warehouse, and it is free once they end."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._manifest: Any = None
        self._models = ""

    def parse(self) -> None:
        """Read the project, unless it is as it was when it was read last.

        Raises:
            WaymartError: dbt cannot read it.
        """
        now = models(self._settings)
        if now != self._models:
            outcome = self._invoke(None, "parse")
            if not outcome.success:
                raise WaymartError(f"dbt cannot read the models: {outcome.exception}.")
            self._manifest, self._models = outcome.result, now

    def run(self, settings: Settings, *arguments: str, on_step: Callable[[Step], None] | None = None) -> None:
        """Run dbt with the manifest that was parsed last; see ``run_dbt``."""
        with forked(lambda: self._build(*arguments), is_heard=True) as fork:
            assert fork.words is not None
            said = listen(fork.words, on_step)
            code = fork.wait()
        said.raise_failure(settings, code)

    def _build(self, *arguments: str) -> int:
        return 0 if self._invoke(self._manifest, *arguments).success else 1

    def _invoke(self, manifest: Any, *arguments: str) -> Any:
        os.environ.update(environment(self._settings))
        return invoke(manifest, command(self._settings, *arguments))

"""dbt's unit tests, which judge the SQL of models on rows written by hand."""

import shutil
from pathlib import Path

from dbt_at_hand import run_at_hand
from published_reports import Published

from warehouse.dbt_run import Step
from warehouse.settings import Settings


def test_every_unit_test_holds(published: Published, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    shutil.copy(published.settings.warehouse, settings.warehouse)
    steps: list[Step] = []
    run_at_hand(settings, "test", "--select", "test_type:unit", on_step=steps.append)
    assert "unit_test" in {step.kind for step in steps if step.is_finished}

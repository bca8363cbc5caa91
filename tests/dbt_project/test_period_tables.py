"""Tables of what cannot be added up: what they say of themselves holds, and no other cut gives a number."""

from typing import Any

import pytest
import yaml
from built_warehouse import PROJECT
from published_reports import Published


def _period_tables() -> dict[str, dict[str, Any]]:
    models = [
        model
        for path in sorted(PROJECT.glob("models/marts/reports/*/*.yml"))
        for model in yaml.safe_load(path.read_text()).get("models", [])
    ]
    metas = {model["name"]: model.get("config", {}).get("meta", {}) for model in models}
    return {name: meta["period"] for name, meta in metas.items() if "period" in meta}


@pytest.mark.parametrize("table", _period_tables())
def test_a_period_table_has_one_row_per_grain_and_no_filter_but_its_columns(
    published: Published, table: str
) -> None:
    period = _period_tables()[table]
    grain = ", ".join(period["grain"])
    assert published.rows(f"select {grain} from {table} group by all having count(*) > 1") == []
    assert set(period["one_of"]) <= set(period["filters"]) <= set(period["grain"])
    assert period["reason"]


@pytest.mark.parametrize("table", _period_tables())
def test_a_period_table_has_no_number_over_several_periods(published: Published, table: str) -> None:
    metrics = published.rows(
        f"select name, formula from data_dictionary where table_name = '{table}' and kind = 'metric'"
    )
    assert metrics
    for name, formula in metrics:
        assert published.rows(f"select {formula} from {table}") == [(None,)], name
        # A month with one value alone of what must be chosen leaves no choice.
        others = [name for name in _period_tables()[table]["one_of"] if name != "month_date"]
        several = " and ".join(f"count(distinct {name}) > 1" for name in others) or "false"
        by_month = published.rows(f"select {formula} from {table} group by month_date having {several}")
        assert {row[0] for row in by_month} <= {None}, name

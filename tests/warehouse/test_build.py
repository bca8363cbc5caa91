from pathlib import Path

import duckdb
import pytest
from small_line import SmallLine

from warehouse.build import build
from warehouse.dbt_run import Step
from warehouse.errors import WaymartError


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text() + text)


def test_a_build_is_entered_whole_and_dbt_writes_only_under_home(published_line: SmallLine) -> None:
    before = {path: path.stat().st_mtime_ns for path in published_line.project.rglob("*")}
    published_line.load_orders("second", {"2019-06-19": [8]})
    built = published_line.build()
    assert {path: path.stat().st_mtime_ns for path in published_line.project.rglob("*")} == before
    assert published_line.settings.manifest.exists()
    assert (published_line.settings.dbt_logs / "dbt.log").exists()
    assert built.state == "built"
    assert built.built_at is not None
    assert built.fingerprint.startswith("loads=2;models=")
    assert published_line.rows("select state from audit.builds order by build_id") == [
        ("published",),
        ("built",),
    ]
    assert published_line.rows("select sum(order_count) from reports.mart_gmv") == [(8,)]
    duckdb.connect(published_line.settings.warehouse).close()


def test_every_step_is_told_and_seeds_are_built_only_when_the_project_changed(
    published_line: SmallLine,
) -> None:
    def kinds() -> set[str]:
        steps: list[Step] = []
        build(published_line.settings, on_step=steps.append)
        finished = [step for step in steps if step.is_finished]
        assert len(finished) == steps[0].total
        return {step.kind for step in finished}

    assert kinds() == {"model", "test", "exposure"}
    _append(published_line.project / "models" / "core" / "fct_orders.sql", "\n-- changed\n")
    assert kinds() == {"model", "test", "exposure", "seed"}


def test_a_build_leaves_it_to_dbt_what_is_made_anew_unless_everything_is_asked_for(
    published_line: SmallLine,
) -> None:
    def built_count(*, full_refresh: bool) -> object:
        build(published_line.settings, full_refresh=full_refresh)
        return published_line.rows("select count(*) from core.fct_orders")[0][0]

    # A row that is gone from raw shows what was built anew: only there it is missing.
    published_line.execute("delete from raw.orders where placed_at < '2019-01-01'")
    published_line.load_orders("second", {"2019-06-19": [8]})
    assert built_count(full_refresh=False) == 8
    assert built_count(full_refresh=True) == 5


def test_a_failing_model_is_named_in_dbts_words_and_nothing_else_changes(published_line: SmallLine) -> None:
    before = published_line.published_contents()
    _append(published_line.project / "models" / "core" / "dim_providers.sql", "\nhaving no_such_column > 1\n")
    with pytest.raises(WaymartError, match=r"dim_providers: .*no_such_column") as caught:
        published_line.build()
    assert "Traceback" not in str(caught.value)
    assert "dbt.log" in str(caught.value)
    assert published_line.rows("select state from audit.builds order by build_id") == [
        ("published",),
        ("failed",),
    ]
    assert published_line.published_contents() == before
    with pytest.raises(WaymartError, match="did not end"):
        published_line.publish()


def test_a_failing_data_test_stops_the_build(published_line: SmallLine) -> None:
    published_line.load_orders("without-amount", {"2019-06-20": [None]})
    with pytest.raises(WaymartError, match="not_null_mart_gmv_gmv_paid: Got 1 result"):
        published_line.build()


def test_a_project_that_cannot_be_parsed_is_one_sentence(published_line: SmallLine) -> None:
    _append(published_line.project / "models" / "core" / "dim_providers.sql", "{{ ref('nowhere') }}")
    with pytest.raises(WaymartError, match="depends on a node named 'nowhere'"):
        published_line.build()


def test_any_simulated_load_makes_the_build_simulated(published_line: SmallLine) -> None:
    assert published_line.rows("select is_simulated from audit.builds") == [(False,)]
    published_line.load_orders("made-up", {"2019-06-19": [1]}, is_simulated=True)
    assert published_line.build().is_simulated is True


def test_a_build_before_any_load_says_what_to_do(line: SmallLine) -> None:
    with pytest.raises(WaymartError, match=r"load something first with `waymart ingest PROVIDER PATH`"):
        line.build()
    assert not line.settings.warehouse.exists()

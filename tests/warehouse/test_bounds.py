from fnmatch import fnmatchcase

from small_line import ROOT

from warehouse.bounds import read_bounds

BOUNDS = read_bounds(ROOT / "warehouse" / "bounds.toml")
MODELS = [path.stem for path in (ROOT / "dbt_project" / "models" / "marts").rglob("*.sql")]


def test_every_bound_is_about_a_table_that_there_is() -> None:
    unmatched = [bound.name for bound in BOUNDS if not any(fnmatchcase(m, bound.tables) for m in MODELS)]
    assert unmatched == []


def test_what_is_impossible_is_an_error_and_what_changes_with_the_market_a_warning() -> None:
    assert {bound.severity for bound in BOUNDS if bound.against == "year_before"} == {"warning"}
    assert {bound.severity for bound in BOUNDS if bound.unit == "share"} == {"error"}
    assert {bound.name for bound in BOUNDS if "lost" in bound.name and bound.severity == "error"} == {
        "no_order_is_lost",
        "no_order_line_is_lost",
        "no_scan_is_lost",
        "hardly_a_waybill_is_lost",
    }

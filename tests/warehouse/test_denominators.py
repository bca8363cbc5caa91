"""What a formula divides by, found by DuckDB's own parser."""

import duckdb
import pytest

from warehouse.denominators import denominator_of


@pytest.mark.parametrize(
    ("formula", "denominator"),
    [
        ("share(sum(a), sum(b))", "sum(b)"),
        ("hours(share(sum(a), sum(b) + sum(c)))", "(sum(b) + sum(c))"),
        ("of_one(currency, case when bool_and(d) then share(sum(a), sum(b)) end)", "sum(b)"),
        ("share(sum(a), sum(b)) - 1", "sum(b)"),
        ("percentile_hours(h, sum(n), 0.9) - percentile_hours(h, sum(n), 0.1)", "sum(n)"),
        ("share(sum(share(a, b)), sum(c))", "sum(c)"),
        ("share(sum(a), count_if(s = 'share(x, y)'))", "count_if((s = 'share(x, y)'))"),
        # Of two things, or of nothing.
        ("share(sum(a), sum(b)) - share(sum(a), sum(c))", None),
        ("sum(a)", None),
        ("sum(a", None),
    ],
)
def test_a_metric_is_of_what_its_formula_divides_by(formula: str, denominator: str | None) -> None:
    with duckdb.connect() as connection:
        assert denominator_of(connection, formula) == denominator

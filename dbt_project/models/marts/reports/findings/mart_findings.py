"""What needs someone, found by `estimates/findings` from the weeks of the market. DuckDB only."""

from typing import Any


def model(dbt: Any, session: Any) -> Any:
    """Read the tables that are looked at and return the findings."""
    from estimates.findings.what_needs_you import Market, what_needs_you

    dbt.config(materialized="table")
    return what_needs_you(
        Market(
            lanes=dbt.ref("mart_lane_weeks").pl(),
            merchants=dbt.ref("mart_merchant_weeks").pl(),
            categories=dbt.ref("mart_category_weeks").pl(),
            stalled=dbt.ref("mart_stalled_parcels").pl(),
            codes=dbt.ref("fct_unmapped_codes").pl(),
            providers=dbt.ref("dim_providers").pl(),
            events=dbt.ref("dim_event_weeks").pl(),
        )
    )

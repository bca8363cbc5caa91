"""How often the estimates of past weeks were right, by `estimates/delivery`. DuckDB only."""

from typing import Any

#: So many weeks are replayed: half a year.
WEEKS = 26


def model(dbt: Any, session: Any) -> Any:
    """Replay the last weeks, each from what was known then; those that stayed are taken as they are."""
    from dbt.flags import get_flags

    from estimates.delivery.market import IS_DELIVERY, READ, estimate_quality, replayed_since

    dbt.config(materialized="table")
    providers = dbt.ref("dim_providers").pl()
    waybills = dbt.ref("fct_waybills").filter(IS_DELIVERY)
    if first := replayed_since(providers, WEEKS):
        waybills = waybills.filter(f"greatest(clock_started_at, picked_up_at) >= '{first}'")
    there = session.execute(
        "select count(*) from information_schema.columns where table_schema = ? and table_name = ?"
        " and column_name = 'week_fingerprint'",
        [dbt.this.schema, dbt.this.identifier],
    ).fetchone()
    is_kept = there and there[0] and not get_flags().FULL_REFRESH
    kept = session.sql(f"from {dbt.this}").pl() if is_kept else None
    return estimate_quality(
        waybills.select(*READ).pl(), providers, dbt.ref("dim_provinces").pl(), WEEKS, kept
    )

"""Which courier each merchant's parcels should go with, by `estimates/choice`. DuckDB only."""

from typing import Any


def model(dbt: Any, session: Any) -> Any:
    """Learn from the last months what couriers cost and take, and choose."""
    from dbt.flags import get_flags

    from estimates.choice.chosen import courier_choice
    from estimates.choice.market import IS_CHOSEN, READ, since

    dbt.config(materialized="table")
    (as_of,) = dbt.ref("dim_providers").max("as_of_at").fetchone()
    waybills = dbt.ref("fct_waybills").filter(IS_CHOSEN)
    if as_of:
        waybills = waybills.filter(f"registered_at >= '{since(as_of)}'")
    there = session.execute(
        "select count(*) from information_schema.columns where table_schema = ? and table_name = ?"
        " and column_name = 'choice_fingerprint'",
        [dbt.this.schema, dbt.this.identifier],
    ).fetchone()
    is_kept = there and there[0] and not get_flags().FULL_REFRESH
    kept = session.sql(f"from {dbt.this}").pl() if is_kept else None
    return courier_choice(waybills.select(*READ).pl(), dbt.ref("fct_courier_offers").pl(), as_of, kept)

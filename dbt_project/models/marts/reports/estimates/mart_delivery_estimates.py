"""When parcels arrive, by `estimates/delivery` from what is known now. DuckDB only."""

from typing import Any


def model(dbt: Any, session: Any) -> Any:
    """Read the parcels of the last weeks and return what they take; the learnt level where it did better."""
    from estimates.delivery.market import IS_DELIVERY, READ, delivery_estimates, learnt_targets, since

    dbt.config(materialized="table")
    providers = dbt.ref("dim_providers").pl()
    waybills = dbt.ref("fct_waybills").filter(IS_DELIVERY)
    if first := since(providers):
        waybills = waybills.filter(f"greatest(clock_started_at, picked_up_at) >= '{first}'")
    learnt = learnt_targets(dbt.ref("mart_estimate_quality").pl())
    return delivery_estimates(waybills.select(*READ).pl(), providers, dbt.ref("dim_provinces").pl(), learnt)

"""What is known about the data itself: loads, quarantine, unmapped codes, freshness, audit, builds.

The reader's filters do not reach here: a row that was never loaded has no platform.
"""

import polars as pl

from serving.published import Published

#: What becomes of a row that was read; together they are ``read_count``.
OUTCOMES = ("loaded_count", "duplicate_count", "quarantined_count")


def loads(serving: Published) -> pl.DataFrame:
    """Return rows read and what became of them, per day and provider."""
    return serving.frame(
        "select loaded_date, provider_id, "
        + ", ".join(f"sum({name})::bigint as {name}" for name in ("read_count", *OUTCOMES))
        + " from fct_loads group by all order by all"
    )


def quarantined(serving: Published) -> pl.DataFrame:
    """Return how many rows are quarantined, by provider, entity, reason and field, most first."""
    return serving.frame(
        "select provider_id, entity, reason, field, count(*)::bigint as row_count "
        "from fct_quarantined_rows group by all order by row_count desc, provider_id, entity, reason, field"
    )


def set_aside(serving: Published) -> pl.DataFrame:
    """Return how many loaded rows the facts leave out, by provider, entity and reason, most first."""
    return serving.frame(
        "select provider_id, entity, reason, count(*)::bigint as row_count "
        "from fct_set_aside_rows group by all order by row_count desc, provider_id, entity, reason"
    )


def unmapped(serving: Published) -> pl.DataFrame:
    """Return the codes and places that no seed knows, most rows first."""
    return serving.frame(
        "select provider_id, kind, code, row_count::bigint as row_count from fct_unmapped_codes "
        "order by row_count desc, provider_id, kind, code limit 1000"
    )


def freshness(serving: Published) -> pl.DataFrame:
    """Return each provider's name, time zone, as-of time and last load."""
    return serving.frame(
        "select provider_id, provider_name, any_value(time_zone) as time_zone, "
        "any_value(as_of_at) as as_of_at, max(loaded_at) as loaded_at "
        "from dim_providers left join fct_loads using (provider_id) group by all order by provider_id"
    )


def audit(serving: Published) -> pl.DataFrame:
    """Return what the audit expected of this build, what was not met first."""
    return serving.frame(
        "select is_met, severity, expectation, table_name, observed, expected, reason "
        "from audit_results order by is_met, severity, table_name, expectation"
    )


def builds(serving: Published) -> pl.DataFrame:
    """Return the builds, newest first."""
    return serving.frame(
        "select build_id, state, is_simulated, accepted_reason, built_at, published_at "
        "from builds order by build_id desc"
    )

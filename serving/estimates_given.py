"""What was told of a parcel while it was under way, and what its platform promised then."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from serving.published import Published

_TABLE = "estimates_given"
_COLUMNS = [
    *("given_at", "is_first_estimate", "waybill_status", "estimate_target", "time_zone"),
    *("p50_date", "p80_date", "p90_date", "p95_date", "promised_delivery_at"),
    *("estimate_level", "arrived_count", "sampled_count"),
]


def given(published: Published, waybill_id: str) -> pl.DataFrame:
    """Return what was told of a parcel, the first first; no rows where nothing was.

    A build of before the ledger, and one that Spark made, tells nothing either.
    """
    if not published.dictionary.has(_TABLE, "column", "given_at"):
        return pl.DataFrame(schema=dict.fromkeys(_COLUMNS, pl.String))
    rows = published.rows(_TABLE, _COLUMNS, {"waybill_id": [waybill_id]})
    return rows.sort("given_at", "is_first_estimate", descending=[False, True])


def promised_day(row: Mapping[str, Any]) -> date | None:
    """Return the day of the platform's promise where the parcel arrives; None where none was made."""
    promised: datetime | None = row["promised_delivery_at"]
    return None if promised is None else promised.astimezone(ZoneInfo(row["time_zone"])).date()

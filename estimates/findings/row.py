"""One row of `mart_findings`, with the columns of the model in their order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

#: What a finding is about; null where it is no part of it.
KEYS = (
    "provider_id",
    "courier_id",
    "merchant_id",
    "origin_province_id",
    "destination_province_id",
    "category_id",
)
_MEASURES = tuple(f"{when}_{unit}" for unit in ("hours", "share") for when in ("now", "before", "effect"))
COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "finding_id": pl.String,
    **dict.fromkeys(KEYS, pl.String),
    "finding_kind": pl.String,
    "finding_metric": pl.String,
    "span": pl.String,
    "code": pl.String,
    "finding_rank": pl.Int64,
    "part_count": pl.Int64,
    "touched_count": pl.Int64,
    "tried_count": pl.Int64,
    **dict.fromkeys(_MEASURES, pl.Float64),
    "certainty_share": pl.Float64,
    "first_date": pl.Date,
    "last_date": pl.Date,
}


@dataclass(frozen=True)
class Row:
    """A finding, or a span that was looked at.

    ``weight`` is what findings are ranked by, ``parts`` how many merchants or codes it gathers, ``tried`` how
    many parts of the market were tried.
    """

    kind: str
    span: str
    metric: str | None = None
    keys: Mapping[str, str | None] = field(default_factory=dict)
    touched: int = 0
    certainty: float | None = None
    weight: float = 0.0
    dates: tuple[date, date] | None = None
    measures: Mapping[str, float] = field(default_factory=dict)
    code: str | None = None
    parts: int | None = None
    tried: int | None = None

    @property
    def finding_id(self) -> str:
        """What it is, in which span: the same in every build that finds it."""
        about = [f"{name}={value}" for name, value in sorted(self.keys.items())]
        since = [str(self.dates[0])] if self.dates else []
        return "|".join([self.kind, *([self.metric] if self.metric else []), self.span, *since, *about])

    def written(self, rank: int | None) -> list[object]:
        """Return its values in the order of the columns."""
        values = {
            "finding_id": self.finding_id,
            **self.keys,
            "finding_kind": self.kind,
            "finding_metric": self.metric,
            "span": self.span,
            "code": self.code,
            "finding_rank": rank,
            "part_count": self.parts,
            "touched_count": self.touched,
            "tried_count": self.tried,
            **self.measures,
            "certainty_share": self.certainty,
            "first_date": self.dates[0] if self.dates else None,
            "last_date": self.dates[1] if self.dates else None,
        }
        return [values.get(name) for name in COLUMNS]

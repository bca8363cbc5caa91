"""What is watched for changes, and by which parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

#: How a part is measured: `times` the others' rate (hours), `points` apart from it (shares of each part), or
#: its `share` of the whole that it makes with the other values of its cut's first column.
Kind = Literal["times", "points", "share"]


@dataclass(frozen=True)
class Metric:
    """A ratio of sums, the cuts by which its parts are tried, and the least change that anyone would mind.

    ``least`` is a part of the others' rate where the kind is `times`, else points (0–1); of a share a few
    parcels at least must have moved, too.
    """

    name: str
    cuts: Sequence[Sequence[str]]
    least: float
    kind: Kind

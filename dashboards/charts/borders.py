"""Outlines of China's provinces and prefectures: illustrative, no statement about any border.

``shapes/`` holds maps of echarts 4.9.0 (Apache-2.0, its licence beside them), changed: fewer points (Douglas
and Peucker, 0.06° and 0.05°), outer rings only and turned clockwise, today's adcodes as ids. Prefectures that
were renamed or merged since bear their new code (Laiwu that of Jinan).
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

import altair as alt

from dashboards.charts import palette
from dashboards.charts.canvas import AnyChart

_SHAPES = Path(__file__).with_name("shapes")


@cache
def provinces() -> alt.InlineData:
    """Return the outlines as features whose ``id`` is the province's adcode."""
    return alt.InlineData(values=json.loads((_SHAPES / "cn_provinces.geojson").read_text())["features"])


@cache
def _prefectures() -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads((_SHAPES / "cn_prefectures.geojson").read_text())["features"]
    return features


def prefectures(of_provinces: tuple[str, ...] = ()) -> alt.InlineData:
    """Return the outlines as features whose ``id`` is the prefecture's adcode; of these provinces only."""
    starts = tuple(province[:2] for province in of_provinces)
    return alt.InlineData(
        values=[feature for feature in _prefectures() if not starts or feature["id"].startswith(starts)]
    )


def outlines() -> Any:
    """Draw the provinces as a quiet ground for what lies on them."""
    ground = alt.Chart(provinces())
    # Nothing for a screen reader: the cities are under Table.
    return ground.mark_geoshape(fill=palette.ground(), stroke=palette.faint(), strokeWidth=0.6, aria=False)


def projected(chart: AnyChart) -> AnyChart:
    """Return a map in Albers' conic with the parallels that maps of China use: areas keep their size."""
    drawn: AnyChart = chart.project(type="conicEqualArea", parallels=[25, 47], rotate=[-105, 0, 0])
    return drawn

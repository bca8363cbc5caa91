"""Outlines, to show where something is; illustrative, no statement about any border.

China's provinces and prefectures are maps of echarts 4.9.0 (Apache-2.0, its licence beside them), changed:
fewer points (Douglas and Peucker, 0.06° and 0.05°), outer rings only and turned clockwise, today's adcodes as
ids. Prefectures that were renamed or merged since bear their new code (Laiwu that of Jinan).
``countries.json`` is ``countries-50m.json`` of world-atlas 2.0.2 (ISC), Natural Earth's countries (public
domain) as TopoJSON.
"""

import json
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import altair as alt
import pycountry

from dashboards.charts import palette
from dashboards.charts.canvas import AnyChart

_SHAPES = Path(__file__).with_name("shapes")

Point = tuple[float, float]
Ring = list[Point]

#: Parts of a country farther than this from all that is drawn, in degrees, are left out: islands overseas.
_NEAR = 3.0
#: The parallels of a conic map lie this part of its height from its ends.
_PARALLELS = 1 / 6


class Shared(alt.InlineData):
    """Data that is never changed: else Altair copies thousands of points at each step of making a chart."""

    def __deepcopy__(self, memo: object = None) -> "Shared":
        return self


@cache
def provinces() -> Shared:
    """Return the outlines of China's provinces as features whose ``id`` is the province's adcode."""
    return Shared(values=json.loads((_SHAPES / "cn_provinces.geojson").read_text())["features"])


@cache
def _prefectures() -> list[dict[str, Any]]:
    features: list[dict[str, Any]] = json.loads((_SHAPES / "cn_prefectures.geojson").read_text())["features"]
    return features


def prefectures(of_provinces: tuple[str, ...] = ()) -> Shared:
    """Return the outlines as features whose ``id`` is the prefecture's adcode; of these provinces only."""
    starts = tuple(province[:2] for province in of_provinces)
    return Shared(
        values=[feature for feature in _prefectures() if not starts or feature["id"].startswith(starts)]
    )


@cache
def country(code: str) -> list[list[Ring]]:
    """Return the polygons of a country by its ISO 3166-1 code, each as rings; none without an outline."""
    known = pycountry.countries.get(alpha_2=code)
    shapes = _topology()["objects"]["countries"]["geometries"]
    found = [shape for shape in shapes if known and shape.get("id") == known.numeric]
    return [
        [_ring(arcs) for arcs in polygon]
        for shape in found
        for polygon in (shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]])
    ]


def outlines(code: str, points: Sequence[Point]) -> Any:
    """Draw the country as a quiet ground for points that lie on it."""
    if code == "CN":
        ground = alt.Chart(provinces())
    else:
        polygons = [polygon for polygon in country(code) if _is_near(polygon[0], points)]
        shape = {"type": "MultiPolygon", "coordinates": polygons}
        ground = alt.Chart(Shared(values=[{"type": "Feature", "geometry": shape}]))
    # Nothing for a screen reader: the cities are under Table.
    return ground.mark_geoshape(fill=palette.ground(), stroke=palette.faint(), strokeWidth=0.6, aria=False)


def projected(chart: AnyChart, code: str = "CN", points: Sequence[Point] = ()) -> AnyChart:
    """Return a map in Albers' conic, in which areas keep their size; of China with its maps' parallels."""
    longitude, parallels = 105.0, [25.0, 47.0]
    if code != "CN" and points:
        west, east, south, north = _bounds(points)
        longitude, inset = (west + east) / 2, (north - south) * _PARALLELS
        parallels = [south + inset, north - inset]
    drawn: AnyChart = chart.copy(deep=False)
    drawn.projection = alt.Projection(type="conicEqualArea", parallels=parallels, rotate=[-longitude, 0, 0])
    return drawn


@cache
def _topology() -> dict[str, Any]:
    topology: dict[str, Any] = json.loads((_SHAPES / "countries.json").read_text())
    return topology


def _ring(arcs: Sequence[int]) -> Ring:
    """Join arcs to a ring: each begins where the one before it ended; a negative one runs backwards."""
    ring: Ring = []
    for arc in arcs:
        points = _arc(~arc if arc < 0 else arc)
        ring += (points[::-1] if arc < 0 else points)[1 if ring else 0 :]
    return ring


@cache
def _arc(number: int) -> Ring:
    """Return an arc's points: TopoJSON has each as the step from the one before, in whole units."""
    scale, translate = _topology()["transform"]["scale"], _topology()["transform"]["translate"]
    steps = accumulate(_topology()["arcs"][number], lambda at, step: [at[0] + step[0], at[1] + step[1]])
    return [(x * scale[0] + translate[0], y * scale[1] + translate[1]) for x, y in steps]


def _is_near(ring: Ring, points: Sequence[Point]) -> bool:
    west, east, south, north = _bounds(ring)
    return any(west - _NEAR < x < east + _NEAR and south - _NEAR < y < north + _NEAR for x, y in points)


def _bounds(points: Sequence[Point]) -> tuple[float, float, float, float]:
    longitudes, latitudes = [x for x, _ in points], [y for _, y in points]
    return min(longitudes), max(longitudes), min(latitudes), max(latitudes)

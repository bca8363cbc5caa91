"""The outlines on maps are those of the provinces that the warehouse knows."""

from itertools import pairwise

import pytest

from dashboards.charts.borders import Ring, country, provinces
from serving.published import Published


def lies_in(ring: Ring, x: float, y: float) -> bool:
    """Cast a ray eastwards: inside where it crosses the ring an odd number of times."""
    crossed = (
        (x2 - x1) * (y - y1) / (y2 - y1) + x1 > x
        for (x1, y1), (x2, y2) in pairwise(ring)
        if (y1 > y) != (y2 > y)
    )
    return sum(crossed) % 2 == 1


def test_each_province_has_its_outline_with_its_capital_inside(serving: Published) -> None:
    rings = {
        one["id"]: [polygon[0] for polygon in one["geometry"]["coordinates"]] for one in provinces().values
    }
    known = serving.rows(
        "dim_provinces", ["province_id", "longitude", "latitude"], {"country_code": ["CN"]}
    ).drop_nulls()
    assert len(known) >= 31
    assert set(known["province_id"]) <= rings.keys()
    outside = [name for name, x, y in known.rows() if not any(lies_in(ring, x, y) for ring in rings[name])]
    assert outside == []


@pytest.mark.parametrize(
    ("code", "longitude", "latitude"),
    [("BR", -46.6, -23.5), ("BR", -60.0, -3.1), ("US", -83.0, 40.0), ("DE", 13.4, 52.5), ("JP", 139.4, 35.8)],
)
def test_a_country_has_its_outline_with_its_cities_inside_and_others_outside(
    code: str, longitude: float, latitude: float
) -> None:
    assert any(lies_in(polygon[0], longitude, latitude) for polygon in country(code))
    assert not any(lies_in(polygon[0], longitude, latitude) for polygon in country("AU"))


def test_a_code_of_no_country_has_no_outline() -> None:
    assert country("") == country("XX") == []

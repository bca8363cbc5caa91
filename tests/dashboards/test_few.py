"""What is said of few parcels or orders: gathered, hollow, grey."""

from pathlib import Path

import pytest
from test_pages import open_page

from dashboards.charts.canvas import Canvas
from dashboards.charts.over_time import line_chart
from dashboards.choice.chosen import ORDERS
from dashboards.choice.few import FEW
from dashboards.choice.filters import Filters
from dashboards.choice.view import View
from serving.published import Every, Published

PARCELS = "mart_delivery_time"
PICKED_UP = {"date_basis": ["picked_up"]}
#: A choice of which few parcels are left.
RARE = {"platform": "jd", "tier": "tier_5"}


@pytest.mark.parametrize("period", ["28d", "2019-06", "2019-Q2", "6m", "all"])
@pytest.mark.parametrize("tier", [(), ("tier_5",), ("unranked",)])
def test_a_series_is_gathered_until_most_of_its_points_hold_thirty_or_it_would_be_none(
    period: str, tier: tuple[str, ...], serving: Published
) -> None:
    view = View(serving, Filters(period=period, tier=tier))
    every = view.every(PARCELS)

    def counts(grain: str) -> list[int]:
        by = Every(every.column, grain, is_whole=True)  # type: ignore[arg-type]
        found: list[int] = view.metrics(PARCELS, ["waybill_count"], [by], more=PICKED_UP)[
            "waybill_count"
        ].to_list()
        return found

    drawn = counts(every.grain)
    longer = {"day": "week", "week": "month"}.get(every.grain)
    is_dense = sum(count >= FEW for count in drawn) >= 0.8 * len(drawn)
    assert is_dense or longer is None or len(counts(longer)) < 3


def test_points_of_few_are_hollow_and_joined_to_none(serving: Published) -> None:
    view = View(serving, Filters(period="all", platform=("jd",), tier=("unranked",)))
    by = Every("calendar_date", "day")
    frame = view.judged(PARCELS, ["median_end_to_end_hours", "waybill_count"], [by], more=PICKED_UP)
    assert (frame["waybill_count"] < FEW).all()
    drawn = line_chart(Canvas(view, PARCELS), frame, "calendar_date", ["median_end_to_end_hours"]).to_dict()
    sets = drawn["datasets"]
    rows = {
        (layer["mark"]["type"], layer["mark"].get("filled")): len(sets[layer["data"]["name"]])
        for layer in drawn["layer"]
        if layer["mark"].get("size") != 500
    }
    known = frame["median_end_to_end_hours"].drop_nulls()
    assert rows == {("line", None): 0, ("point", False): len(known)}


def test_a_tile_over_few_says_over_how_many_and_states_no_change(home: Path, serving: Published) -> None:
    chosen = {"period": "2019-06", **RARE}
    view = View(serving, Filters.from_query({name: [value] for name, value in chosen.items()}))
    count = view.sample(ORDERS)
    assert count is not None
    assert 0 < count < FEW
    shown = open_page("gmv_by_tier", chosen)
    assert not shown.exception
    assert f"Over {count} only" in [caption.value for caption in shown.caption]

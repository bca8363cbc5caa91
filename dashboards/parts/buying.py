"""Who buys which categories where, what is bought together, and how brands gain and lose."""

import polars as pl

from dashboards.charts.bars import bar_chart
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart
from dashboards.charts.shifts import heat_chart
from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import written
from dashboards.parts.figure import Figure

CATEGORIES = "mart_categories_by_tier"
BASKETS = "mart_baskets"
BRANDS = "mart_brand_shift"
#: So many categories, pairs and brands are drawn; the table has them all.
_CATEGORIES_MAX, _SEASONS_MAX, _ROWS_MAX = 12, 5, 12


def _largest(frame: pl.DataFrame, most: int) -> list[str]:
    """Return the categories that most accounts buy, most first."""
    counted = frame.group_by("category_id").agg(pl.col("category_buyer_count").max())
    return counted.sort("category_buyer_count", "category_id", descending=[True, False])["category_id"][
        :most
    ].to_list()


def categories_by_tier(view: View) -> Figure:
    """Which categories are bought by more, or fewer, accounts in a tier than elsewhere."""
    names = ["penetration_index", "penetration_share", "category_buyer_count", "category_growth_year"]
    year = {"place_kind": ["tier"], "window_months": ["12"]}
    frame = view.judged(CATEGORIES, names, ["category_id", "tier_fixed"], period=view.loaded, more=year)
    nothing = _("No platform has twelve whole months loaded.")
    if frame.is_empty():
        return Figure(CATEGORIES, frame, nothing=nothing)
    shown = frame.filter(pl.col("category_id").is_in(_largest(frame, _CATEGORIES_MAX)))
    chart = heat_chart(
        Canvas(view, CATEGORIES),
        shown,
        "tier_fixed",
        "category_id",
        "penetration_index",
        "category_buyer_count",
    )
    notes = (
        _("In the last twelve whole months. 100 is as everywhere; under 30 buyers a cell is grey."),
        _("The table has every category and its growth against the year before."),
    )
    return Figure(CATEGORIES, frame, (chart,), notes)


def seasons(view: View) -> Figure:
    """In which months the largest categories sell more than in the year."""
    names = ["season_index", "category_buyer_count"]
    month = {"place_kind": ["all"], "window_months": ["1"]}
    every = view.every(CATEGORIES)
    frame = view.judged(CATEGORIES, names, [every, "category_id"], period=view.loaded, more=month)
    known = frame.drop_nulls("season_index")
    if known.is_empty():
        return Figure(CATEGORIES, known, nothing=_("No platform has twelve whole months loaded."))
    shown = known.filter(pl.col("category_id").is_in(_largest(known, _SEASONS_MAX)))
    canvas = Canvas(view, CATEGORIES, "month")
    chart = line_chart(canvas, shown, "month_date", names[:1], by="category_id", height=SMALL + 40)
    note = _("Against the year's share of all paid GMV; one year cannot tell a season from a chance.")
    return Figure(CATEGORIES, known, (chart,), (note,), grain="month")


def baskets(view: View) -> Figure:
    """Which categories and products are bought together more often than by chance."""
    names = ["basket_lift", "basket_support", "basket_confidence", "pair_order_count"]
    by = ["item_kind", "basket_span", "item_id", "other_item_id"]
    frame = view.judged(BASKETS, names, by).sort("basket_lift", *by, descending=[True, *[False] * len(by)])
    note = _("Paid orders of the last 365 days; what goes together, not what causes it.")
    return Figure(
        BASKETS, frame, notes=(note,), nothing=_("No two items stand together in as many orders as it takes.")
    )


def brands(view: View) -> Figure:
    """Which brands gained and lost most against the three months before."""
    frame = _branded(view)
    if frame.is_empty():
        return Figure(BRANDS, frame, nothing=_nothing())
    ends = frame.sort(pl.col("gmv_change").abs(), descending=True).head(_ROWS_MAX).sort("gmv_change")
    names = [
        _("{brand}, {category}", brand=brand, category=view.names.of("category_id", category))
        for category, brand in ends.select("category_id", "brand_name").iter_rows()
    ]
    called = ends.with_columns(brand_name=pl.Series(names, dtype=pl.String))
    chart = bar_chart(Canvas(view, BRANDS), called.reverse(), "brand_name", "gmv_change")
    return Figure(BRANDS, frame, (chart,), (_compared(),))


def brand_shift(view: View) -> Figure:
    """Where the change of the brand that gained most comes from: its parts add up to it."""
    every = _branded(view)
    if every.is_empty():
        return Figure(BRANDS, every, nothing=_nothing())
    risen = every.sort("gmv_change", "brand_name", descending=[True, False]).row(0, named=True)
    of_brand = {"brand_name": [risen["brand_name"]], "category_id": [risen["category_id"]]}
    frame = _shift(view, ["shift_kind", "other_brand_name"], of_brand).sort("gmv_change", descending=True)
    kinds = _shift(view, ["shift_kind"], of_brand).sort("gmv_change", descending=True)
    chart = bar_chart(Canvas(view, BRANDS), kinds, "shift_kind", "gmv_change")
    said = _(
        "{brand} in {category}: {change} against the three months before, the sum of these parts.",
        brand=risen["brand_name"],
        category=view.names.of("category_id", risen["category_id"]),
        change=written(risen["gmv_change"], "money", view.currency),
    )
    note = _("An account switched when half of its spend here moved; the table says from or to whom.")
    return Figure(BRANDS, frame, (chart,), (said, note))


def _branded(view: View) -> pl.DataFrame:
    return _shift(view, ["category_id", "brand_name"]).filter(pl.col("brand_name") != "none")


def _shift(view: View, by: list[str], more: dict[str, list[str]] | None = None) -> pl.DataFrame:
    names = ["gmv_change", "gmv_now", "gmv_before"]
    chosen = {"comparison": ["months_before"], **(more or {})}
    return view.judged(BRANDS, names, by, period=view.loaded, more=chosen).drop_nulls("gmv_change")


def _compared() -> str:
    return _("The last three whole months against the three before.")


def _nothing() -> str:
    return _("No platform has six whole months loaded.")

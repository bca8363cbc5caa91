"""Where does the money come from, and is it shifting?"""

import polars as pl
import streamlit as st

from dashboards.charts.bars import bar_chart, few_last, metric_bars
from dashboards.charts.canvas import SMALL, Canvas
from dashboards.charts.over_time import line_chart, share_chart
from dashboards.charts.shifts import area_map, change_chart, city_map, grid_chart, slope_chart
from dashboards.choice.chosen import ORDERS
from dashboards.choice.pick import pick
from dashboards.choice.view import View, current_view, tier_1_2_share
from dashboards.languages.messages import _
from dashboards.languages.writing import listed, written, written_period
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure, show_table
from dashboards.parts.finding import compared, missing, show_finding, where
from dashboards.parts.tiles import Tile, show_tiles
from serving.tiers import fixed_list_year, in_tier_order, is_by_population, tier_lists

#: Bars that a card has room for; the rest stand in the table.
_PROVINCES_MAX = 10
GROWTH = "mart_gmv_growth"
CONSUMERS = "mart_active_consumers"
CATEGORIES = "mart_category_gmv"
READINGS = ["gmv_placed", "gmv_paid", "gmv_net", "gmv_received"]


def finding(view: View) -> str:
    """Return what tier 1–2 cities made and how that moved."""
    if view.filters.tier:
        return missing(view, _("only the chosen tiers are shown, so no share of the whole is stated."))
    now, before = view.now_and_before(ORDERS, tier_1_2_share(view))
    if now is None:
        return missing(view, _("no tier 1–2 share can be stated. {lists}", lists=lists_in_words(view)))
    return _(
        "{period}: tier 1–2 cities made {share} of paid GMV{where}{change}.",
        period=written_period(view.period),
        share=written(now, "share"),
        where=where(view),
        change=compared(view.before, now, before, "share"),
    )


def lists_in_words(view: View) -> str:
    """Return which list of tiers covers which years, and which of them name every city."""
    if len(view.list_countries) > 1 or is_by_population(view.serving, view.list_country):
        return whose_tiers(view)
    lists = [
        list_in_words(**row) for row in tier_lists(view.serving, view.list_country).iter_rows(named=True)
    ]
    return _("There is {lists}.", lists=listed(lists)) if lists else _("There is no tier list.")


def list_in_words(list_year: int, until: int | None, is_complete: bool) -> str:
    """Return one list's year, whether it names every city, and which years it covers."""
    covers = _("every city") if is_complete else _("in part only")
    if until is None:
        return _("the list of {year} ({covers}) from {year}", year=list_year, covers=covers)
    if until == list_year:
        return _("the list of {year} ({covers}) for {year}", year=list_year, covers=covers)
    return _(
        "the list of {year} ({covers}) for {year} to {until}", year=list_year, covers=covers, until=until
    )


def notes(view: View, *more: str) -> tuple[str, ...]:
    """Return what the roll-ups of tiers hold, by which list the tiers are, and what else is to be said."""
    return tuple(note for note in (roll_up(), whose_tiers(view), *more) if note)


def roll_up() -> str:
    """Return what the roll-ups of tiers hold."""
    return _(
        "Tier 1–2 = tier 1, new tier 1 and tier 2; the lower tier is the rest of the list and the unranked. "
        "Not in list, abroad and unknown are in neither."
    )


def whose_tiers(view: View) -> str:
    """Return by which list the tiers are; of several countries, that theirs stand together."""
    if len(view.list_countries) > 1:
        return _("The tiers of several countries stand together here; they do not mean the same.")
    if is_by_population(view.serving, view.list_country):
        return _("Tiers are by population within the country (GeoNames).")
    year = fixed_list_year(view.serving, view.list_country)
    return _("The fixed list of tiers is that of {year}.", year=year) if year else ""


def not_loaded() -> str:
    """Return why there is no change."""
    return _("The period compared with is not loaded whole.")


def tiers_over_time(view: View) -> Figure:
    """The stack by tier, with the tier 1–2 line on top."""
    tier, every = view.tier_column(ORDERS), view.every(ORDERS)
    canvas = Canvas(view, ORDERS, every.grain)
    frame = view.shares(ORDERS, "gmv_paid", [every, tier], ["calendar_date"])
    order = canvas.order(frame, tier)
    if st.session_state["show"] == "value":
        return Figure(
            ORDERS,
            frame,
            (share_chart(canvas, frame, "calendar_date", "gmv_paid", tier, order),),
            notes(view),
        )
    # As the stack below it, of all tiers, whichever are chosen.
    whole = view.without_filters_on(ORDERS, tier)
    line = whole.metrics(ORDERS, [tier_1_2_share(view), "paid_order_count"], [every])
    chart = share_chart(
        canvas, frame, "calendar_date", "share", tier, order, line=line, line_name=tier_1_2_share(view)
    )
    return Figure(ORDERS, frame, (chart,), notes(view, _("The line is the tier 1–2 share.")))


def growth(view: View) -> Figure:
    """Each tier's share then and now."""
    tier = view.tier_column(ORDERS)
    now = view.shares(ORDERS, "gmv_paid", [tier])
    if view.before is None:
        return Figure(ORDERS, now, notes=(not_loaded(),))
    then = view.shares(ORDERS, "gmv_paid", [tier], period=view.before)
    chart = slope_chart(Canvas(view, ORDERS), then, now, tier, "share")
    before = then.select(tier, share_before="share")
    return Figure(ORDERS, now.join(before, on=tier, how="left", nulls_equal=True), (chart,))


def rising_and_falling(view: View) -> Figure:
    """The cities that gained and lost the most paid GMV."""
    if view.before is None:
        frame = view.metrics(ORDERS, ["gmv_paid"], ["adcode"])
        return Figure(ORDERS, frame, notes=(not_loaded(),))
    frame = view.changes(ORDERS, "gmv_paid", "adcode", view.before)
    return Figure(ORDERS, frame, (change_chart(Canvas(view, ORDERS), frame, "adcode", "gmv_paid"),))


def places(view: View) -> pl.DataFrame:
    """Return where each city of the country lies that is sold from."""
    columns = ["adcode", "longitude", "latitude"]
    return view.serving.rows("dim_cities", columns, {"country_code": view.home_countries}, limit=200_000)


def cities(view: View) -> Figure:
    """Every city of the country at its place."""
    tier = view.tier_column(ORDERS)
    frame = view.metrics(ORDERS, ["gmv_paid"], ["adcode", tier])
    frame = frame.join(places(view), on="adcode", how="semi")
    canvas = Canvas(view, ORDERS)
    chart = city_map(canvas, frame, places(view), "gmv_paid", tier, canvas.order(frame, tier))
    note = _("A dot is a city, its size the paid GMV. Outlines of provinces are illustrative.")
    if not view.is_sold_from_china:
        note = _("A dot is a city, its size the paid GMV. The country's outline is illustrative.")
    return Figure(
        ORDERS, frame, (chart,), (note,), nothing=_("No order here went to a city whose place is known.")
    )


def prefectures(view: View) -> Figure:
    """Every prefecture in the shade of what it paid; of the chosen provinces only, drawn large."""
    frame = view.metrics(ORDERS, ["gmv_paid", "paid_order_count"], ["adcode"])
    frame = frame.join(places(view), on="adcode", how="semi")
    chart = area_map(Canvas(view, ORDERS), frame, "gmv_paid", view.filters.province)
    notes = (_("Choose provinces on the left to see them large. Outlines are illustrative."),)
    nothing = _("No order here went to a city whose place is known.")
    return Figure(ORDERS, frame.sort("gmv_paid", descending=True), (chart,), notes, nothing=nothing)


def provinces(view: View) -> Figure:
    """What each province, or state, paid."""
    frame = view.metrics(ORDERS, ["gmv_paid", "order_count"], ["province_id"])
    frame = few_last(frame.sort("gmv_paid", descending=True), "order_count")
    chart = bar_chart(
        Canvas(view, ORDERS), frame.head(_PROVINCES_MAX), "province_id", "gmv_paid", count="order_count"
    )
    return Figure(ORDERS, frame, (chart,))


def readings(view: View) -> Figure:
    """The four readings of GMV side by side."""
    frame = view.judged(ORDERS, READINGS)
    return Figure(
        ORDERS, frame, (metric_bars(Canvas(view, ORDERS), frame, READINGS),), (_("By order date."),)
    )


def channels(view: View) -> Figure:
    """Each channel's mix of tiers."""
    tier = view.tier_column(ORDERS)
    frame = view.shares(ORDERS, "gmv_paid", ["channel", tier], ["channel"])
    return Figure(ORDERS, frame, (grid_chart(Canvas(view, ORDERS), frame, "channel", tier, "share"),))


def growth_by_month(view: View) -> Figure:
    """Each tier's paid GMV against the same month a year before; against the month before, where none is."""
    names = ["gmv_paid_growth_year", "gmv_paid_growth_month", "gmv_paid"]
    every = view.every(GROWTH)
    frame = view.judged(GROWTH, names, [every, "tier_fixed"])
    known = next((name for name in names if frame[name].is_not_null().any()), names[0])
    shown = frame.drop_nulls(known)
    note = _("Whole months, by the fixed list of tiers.")
    if shown.is_empty() or known == "gmv_paid":
        return Figure(GROWTH, frame, notes=(note, _("The months compared with are not loaded whole.")))
    canvas = Canvas(view, GROWTH, every.grain)
    chart = line_chart(canvas, shown, "month_date", [known], by="tier_fixed", zero=True, height=SMALL + 60)
    return Figure(GROWTH, frame, (chart,), (note,))


def active_consumers(view: View) -> Figure:
    """Accounts that ordered in a month, and what they spent in the twelve months to it."""
    every = view.every(CONSUMERS)
    of_month = ["active_consumer_count", "orders_per_active_consumer", "gmv_per_active_consumer"]
    more = {"tier_group": ["all"]}
    frame = view.judged(CONSUMERS, of_month, [every], more={**more, "window_months": ["1"]})
    of_year = ["annual_active_consumer_count", "annual_spending_per_active_consumer"]
    annual = view.judged(CONSUMERS, of_year, [every], more={**more, "window_months": ["12"]})
    frame = frame.join(annual, on=every.column, how="left")
    canvas = Canvas(view, CONSUMERS, every.grain)
    chart = line_chart(canvas, frame, every.column, of_month[:1], zero=True, height=SMALL)
    note = _(
        "An account is a person on one platform; months never add up. The table has the twelve months to "
        "each, where they are loaded whole."
    )
    return Figure(CONSUMERS, frame, (chart,), (note,))


def categories(view: View) -> Figure:
    """The categories that gained and lost the most paid GMV."""
    if view.before is None:
        frame = view.metrics(CATEGORIES, ["gmv_paid"], ["category_id"])
        return Figure(CATEGORIES, frame, notes=(not_loaded(),))
    frame = view.changes(CATEGORIES, "gmv_paid", "category_id", view.before)
    return Figure(
        CATEGORIES, frame, (change_chart(Canvas(view, CATEGORIES), frame, "category_id", "gmv_paid"),)
    )


def show(view: View) -> None:
    """Draw the page."""
    if is_said_empty(view, ORDERS):
        return
    show_finding(finding(view))
    tiles = [
        "gmv_paid",
        tier_1_2_share(view),
        "paid_order_count",
        "gmv_per_paid_order",
        "platform_subsidy_amount",
    ]
    show_tiles(view, [Tile(ORDERS, name, "more" if name == "gmv_paid" else "neither") for name in tiles])
    pick(_("Show"), {"share": _("Share"), "value": _("Value")}, "show")
    show_figure(view, _("Paid GMV by tier over time"), tiers_over_time)
    areas = {_("Prefectures"): prefectures} if view.is_sold_from_china else {_("Provinces"): provinces}
    show_beside(
        view,
        {
            _("Then and now"): growth,
            _("Rising and falling"): rising_and_falling,
            _("Categories"): categories,
        },
        {_("Where"): cities, **areas, _("Growth"): growth_by_month},
        {_("Readings"): readings, _("Channels"): channels, _("Consumers"): active_consumers},
    )
    tier = view.tier_column(ORDERS)
    names = [*READINGS, "order_count", "paid_order_count", "gmv_per_paid_order"]
    show_table(view, ORDERS, in_tier_order(view.judged(ORDERS, names, [tier]), tier), key="table")


show(current_view())

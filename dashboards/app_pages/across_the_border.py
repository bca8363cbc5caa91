"""How long does it take across the border, what is checked, what will it cost?"""

import polars as pl
import streamlit as st

from dashboards.charts.bars import bar_chart, few_last
from dashboards.charts.canvas import Canvas
from dashboards.charts.stacks import stage_chart
from dashboards.choice.few import FEW
from dashboards.choice.pick import pick_day
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import _
from dashboards.languages.writing import written, written_day, written_period
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure
from dashboards.parts.finding import missing, show_finding
from dashboards.parts.tiles import Tile, show_tiles
from serving.border import RULES, rules_on

CORRIDORS = "mart_corridors"
CUSTOMS = "mart_customs"
THRESHOLDS = "mart_import_thresholds"
LANDED = "mart_landed_costs"
WHAT_IF = "mart_rules_what_if"
COUNTRY = "destination_country_code"
#: Metric of each stage → the stage at home whose colour it has.
STAGES = {
    "mean_domestic_border_hours": "origin",
    "mean_export_border_hours": "linehaul",
    "mean_crossing_border_hours": "destination",
    "mean_import_border_hours": "last_mile",
    "mean_abroad_border_hours": "pickup_wait",
}
TOTAL = "mean_all_border_hours"
SEEN = ["seen_inspected_share", "seen_inspected_lower", "seen_inspected_upper"]
EXCESS = ["understated_share", "understated_lower", "understated_upper"]
#: Key of the day whose rules are shown, in the URL, too.
RULES_ON = "rules_on"
DUTY = {"charge_kind": ["duty"]}


def finding(view: View) -> str:
    """Return how long parcels abroad take, how far that spreads, and what customs was seen to inspect."""
    row = view.judged(CORRIDORS, ["crossing_count", "median_door_hours", "spread_door_hours"])
    count, median, spread = row.select("crossing_count", "median_door_hours", "spread_door_hours").row(0)
    if (count or 0) < FEW or median is None:
        return missing(view, _("fewer than {few} parcels crossed a border.", few=FEW))
    if spread is None:
        return _(
            "{period}: half of the parcels abroad had their first attempt within {hours} of pickup.",
            period=written_period(view.shown(CORRIDORS)),
            hours=written(median, "hours"),
        )
    said = _(
        "{period}: half of the parcels abroad had their first attempt within {hours} of pickup; between the "
        "fastest and the slowest tenth lie {spread}.",
        period=written_period(view.shown(CORRIDORS)),
        hours=written(median, "hours"),
        spread=written(spread, "hours"),
    )
    seen, lower, upper = view.judged(CUSTOMS, SEEN).select(SEEN).row(0)
    if seen is None:
        return said
    return _(
        "{sentence} Customs was seen to inspect {share} of those that entered ({lower} to {upper}).",
        sentence=said,
        share=written(seen, "share"),
        lower=written(lower, "share"),
        upper=written(upper, "share"),
    )


def stages(view: View) -> Figure:
    """The stages of each destination's corridor, adding up from pickup to the first attempt."""
    frame = view.judged(CORRIDORS, [*STAGES, TOTAL, "staged_share", "crossing_count"], [COUNTRY])
    frame = few_last(frame.drop_nulls(TOTAL).sort(TOTAL), "crossing_count")
    note = _("Means over parcels of which every stage is known: those still on their way are not in them.")
    nothing = _("No parcel here is known in every stage, so no stages are drawn.")
    if frame.is_empty():
        return Figure(CORRIDORS, frame, nothing=nothing)
    chart = stage_chart(Canvas(view, CORRIDORS, "month"), frame, COUNTRY, STAGES, TOTAL)
    return Figure(CORRIDORS, frame, (chart,), (note,), grain="month")


def corridors(view: View) -> Figure:
    """Each corridor's spread and promises."""
    names = ["crossing_count", "median_door_hours", "p90_door_hours", "spread_door_hours", "on_time_share"]
    names += ["kept_in_days_share", "kept_as_business_share", "kept_as_calendar_share"]
    frame = view.judged(CORRIDORS, names, ["origin_region", "border_hub", COUNTRY])
    frame = frame.filter(pl.col("crossing_count") >= FEW).sort("spread_door_hours", descending=True)
    note = _(
        "Of corridors with at least {few} parcels, the widest first. Days of a promise are counted from "
        "payment by the destination's calendar.",
        few=FEW,
    )
    nothing = _("No corridor carried {few} parcels.", few=FEW)
    return Figure(CORRIDORS, frame, notes=(note,), nothing=nothing)


def customs(view: View) -> Figure:
    """What customs was seen to inspect, by destination."""
    names = [*SEEN, "held_share", "refused_share", "median_import_hours", "p90_import_hours"]
    frame = view.judged(CUSTOMS, [*names, "uncleared_count", "entered_count"], [COUNTRY])
    frame = few_last(frame.sort("seen_inspected_share", descending=True), "entered_count")
    chart = bar_chart(Canvas(view, CUSTOMS), frame, COUNTRY, "seen_inspected_share", count="entered_count")
    note = _("A lower bound: a look that leaves no scan is not seen. The 95% interval is under Table.")
    return Figure(CUSTOMS, frame, (chart,), (note,))


def hubs(view: View) -> Figure:
    """The same by the hub that parcels came through."""
    names = ["entered_count", *SEEN, "held_share", "refused_share", "median_import_hours", "p90_import_hours"]
    frame = view.judged(CUSTOMS, names, ["border_hub", COUNTRY]).sort("entered_count", descending=True)
    return Figure(CUSTOMS, frame, notes=(_("What customs holds ranks last in the hours, not first."),))


def thresholds(view: View) -> Figure:
    """The exemptions that were in force on the days of entry, and how many parcels were under them."""
    names = ["crossing_count", "judged_share", "under_threshold_share", *EXCESS]
    frame = view.judged(THRESHOLDS, names, ["charge_kind", COUNTRY, "threshold"])
    frame = frame.sort("charge_kind", COUNTRY, "crossing_count", descending=[False, False, True])
    note = _(
        "By the rule of the day of entry. The excess just below is of values at 90–100% of an exemption "
        "beyond what lower ones lead one to expect; the rules and their sources: `waymart rules`."
    )
    return Figure(THRESHOLDS, frame, notes=(note,))


def rules(view: View) -> Figure:
    """The rules on the day that the reader chose."""
    day = st.session_state[RULES_ON]
    note = _(
        "On entries of {day}, into countries that parcels go to; a country's rule counts before its area's, "
        "one of an origin before one of a way of entry. The filters do not narrow this.",
        day=written_day(day, "day"),
    )
    nothing = _("No import rule of that day is known.")
    return Figure(RULES, rules_on(view.serving, day), notes=(note,), nothing=nothing)


def landed(view: View) -> Figure:
    """What parcels cost once they are there, where all of it is known, and what is missing elsewhere."""
    names = ["crossing_count", "landed_count", "landed_charge_share"]
    frame = view.judged(LANDED, names, [COUNTRY, "declared_currency", "missing_inputs"])
    frame = frame.sort(COUNTRY, "crossing_count", descending=[False, True])
    note = _(
        "Duty, tax and fees of the declared value. What is missing is named, and such parcels have no landed "
        "cost here; a row of your own in `import_rules.csv` or `exchange_rates.csv` fills it in."
    )
    return Figure(LANDED, frame, notes=(note,))


def what_if(view: View) -> Figure:
    """What the same parcels would cost under the rules of the user's file, and what is missing then."""
    names = ["crossing_count", "changed_count", "both_known_count", "landed_change_share"]
    frame = view.judged(WHAT_IF, names, [COUNTRY, "declared_currency", "missing_inputs"])
    frame = frame.sort("changed_count", COUNTRY, "crossing_count", descending=[True, False, True])
    note = _(
        "Under the rules of `what_if_rules.csv`, its announced ones included. Only parcels that entered on "
        "days of which the file speaks can differ; costs are compared over those known under both."
    )
    nothing = _(
        "What other rules would take of the same parcels: write them as rows in `what_if_rules.csv` where "
        "waymart keeps its data and run `waymart run`, or ask `waymart what-if rules FILE` at once."
    )
    return Figure(WHAT_IF, frame, notes=(note,), nothing=nothing)


def show(view: View) -> None:
    """Draw the page."""
    if is_said_empty(view, CORRIDORS):
        return
    show_finding(finding(view))
    show_tiles(
        view,
        [
            Tile(CORRIDORS, "crossing_count"),
            Tile(CORRIDORS, "median_door_hours", "less"),
            Tile(CORRIDORS, "on_time_share", "more"),
            Tile(CUSTOMS, "seen_inspected_share"),
            Tile(THRESHOLDS, "under_threshold_share", more=DUTY),
        ],
    )
    show_figure(view, _("Where the time is spent, by destination"), stages)
    show_beside(view, {_("Seen inspected"): customs}, {_("Through each hub"): hubs})
    show_figure(view, _("Corridors: spread and promises"), corridors)
    show_figure(view, _("Thresholds in force"), thresholds)
    if view.serving.row_counts.get(RULES):
        pick_day(_("Rules on"), RULES_ON, view.period.last)
        show_figure(view, _("Import rules on a day"), rules)
    show_figure(view, _("Landed cost"), landed)
    if WHAT_IF in view.serving.row_counts:
        show_figure(view, _("Landed cost under other rules"), what_if)


show(current_view())

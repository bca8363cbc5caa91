"""What needs a call today?"""

from dashboards.charts.canvas import Canvas
from dashboards.charts.stacks import count_chart
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import _, ngettext
from dashboards.languages.writing import written
from dashboards.parts.figure import Figure, is_said_empty, show_beside, show_figure
from dashboards.parts.finding import missing, show_finding, where
from dashboards.parts.tiles import Tile, show_tiles

STALLED = "mart_stalled_parcels"
BANDS = ["under_4_days", "under_7_days", "under_14_days", "under_30_days", "over_30_days"]
#: So long silent that a call helps nobody: lost rather than late.
DEAD = "over_30_days"
ALIVE = {"silence_band": [band for band in BANDS if band != DEAD]}
LISTED = [
    *("silent_hours", "place_of_silence", "waybill_number", "courier_id", "merchant_id"),
    *("destination_province_id", "status", "last_event_at", "promised_delivery_at"),
]


def finding(view: View) -> str:
    """Return how many parcels wait for a call, and where most of them do."""
    places = view.metrics(STALLED, ["stalled_waybill_count"], ["place_of_silence"], more=ALIVE)
    dead = view.metrics(STALLED, ["stalled_waybill_count"], more={"silence_band": [DEAD]}).item()
    apart = ""
    if dead:
        apart = _(
            "; {count} more have been silent for over 30 days and are lost rather than late",
            count=written(dead, "count"),
        )
    if places.is_empty():
        return missing(view, _("no parcel has been silent for 2 to 30 days{others}.", others=apart))
    most = places.sort("stalled_waybill_count", descending=True).row(0, named=True)
    count = int(places["stalled_waybill_count"].sum())
    return ngettext(
        "{count} parcel{where} has been silent for 2 to 30 days, {share} of them {place}{others}.",
        "{count} parcels{where} have been silent for 2 to 30 days, {share} of them {place}{others}.",
        count,
        count=written(count, "count"),
        where=where(view),
        share=written(most["stalled_waybill_count"] / count, "share"),
        place=view.names.in_sentence("place_of_silence", most["place_of_silence"]),
        others=apart,
    )


def by_age(view: View) -> Figure:
    """How many stand where, by how long they have been silent."""
    frame = view.metrics(STALLED, ["stalled_waybill_count"], ["silence_band", "place_of_silence"])
    chart = count_chart(
        Canvas(view, STALLED), frame, "silence_band", "place_of_silence", "stalled_waybill_count", BANDS
    )
    return Figure(STALLED, frame, (chart,), (_("Now, whatever the period."),))


def by_courier(view: View) -> Figure:
    """Who has them, the dead ones apart."""
    return _by(view, "courier_id")


def by_province(view: View) -> Figure:
    """Where they were going."""
    return _by(view, "destination_province_id")


def _by(view: View, column: str) -> Figure:
    names = ["stalled_waybill_count", "median_silent_hours", "merchant_count"]
    frame = view.metrics(STALLED, names, [column], more=ALIVE)
    return Figure(STALLED, frame.sort("stalled_waybill_count", descending=True))


def parcels(view: View) -> Figure:
    """The parcels themselves, silent the longest first."""
    rows = view.serving.rows(STALLED, LISTED, view.conditions(STALLED, more=ALIVE), order_by="silent_hours")
    note = _("The first {count}; the extracts on My shop have all of a shop.", count=written(1_000, "count"))
    notes = (note,) if len(rows) == 1_000 else ()
    return Figure(STALLED, rows, notes=notes, nothing=_("No parcel has been silent for 2 to 30 days."))


def show(view: View) -> None:
    """Draw the page."""
    if is_said_empty(view, STALLED):
        return
    show_finding(finding(view))
    show_tiles(
        view,
        [
            Tile(STALLED, "stalled_waybill_count", more=ALIVE),
            Tile(STALLED, "median_silent_hours", more=ALIVE),
            Tile(STALLED, "merchant_count", more=ALIVE),
        ],
    )
    show_figure(view, _("Silent parcels by age and place"), by_age)
    show_beside(view, {_("By courier"): by_courier}, {_("By destination"): by_province})
    show_figure(view, _("Parcels to ask about"), parcels)


show(current_view())

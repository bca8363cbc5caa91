"""By when a shop's own parcels under way are there, as far as it may be told."""

from typing import Any, get_args

import polars as pl

from dashboards.choice.few import FEW
from dashboards.choice.view import View
from dashboards.languages.messages import _
from dashboards.languages.writing import written
from dashboards.parts.figure import Figure
from serving.access import Grant
from serving.estimates import SHARES, Estimate, Target, has_estimates, teller
from serving.own_estimates import OwnEstimates, under_way

PARCELS = "extract_waybills"
LEVELS, QUALITY = "mart_delivery_estimates", "mart_estimate_quality"

#: So many of the shop's parcels are listed, the newest first.
_SHOWN_MAX = 50


def own_expected(view: View, grant: Grant, parcel: dict[str, Any]) -> str:
    """Return by which day parcels like one of the reader's own are there; empty where it is not under way."""
    if parcel["first_attempt_at"] or not has_estimates(view.serving):
        return ""
    told = OwnEstimates(view.serving, grant, str(parcel["merchant_id"])).of(parcel)
    if told is None or told.days[50] is None or told.days[90] is None:
        return _("By when it arrives cannot be said: too few parcels of other merchants are like it.")
    return _(
        "Of 100 parcels like it, of all merchants, 50 are there by {half}, 90 by {most}: so went {count} of "
        "the last 90 days.",
        half=written(told.days[50], "date"),
        most=written(told.days[90], "date"),
        count=written(told.arrived_count, "count"),
    )


def own_parcels(view: View, grant: Grant, merchant_id: str) -> Figure:
    """The shop's parcels under way, by which day those like them are there, what was promised."""
    own = OwnEstimates(view.serving, grant, merchant_id)
    kept = _kept(view, own)
    rows = [_row(parcel, own.of(parcel)) for parcel in under_way(view.serving, merchant_id, _SHOWN_MAX)]
    frame = pl.DataFrame(rows, schema_overrides={f"p{share}_date": pl.Date for share in SHARES})
    notes = [
        _(
            "Known from parcels of all merchants, at the finest level with 30 parcels of five others or "
            "more, none of whom has more than half; else nothing is said."
        )
    ]
    if kept:
        notes.append(kept)
    return Figure(
        PARCELS,
        frame,
        (),
        tuple(notes),
        also={"estimate_level": LEVELS, "arrived_count": LEVELS, "estimate_target": LEVELS},
        nothing=_("No parcel of this shop is under way."),
    )


def _row(parcel: dict[str, Any], told: Estimate | None) -> dict[str, Any]:
    return {
        "waybill_number": parcel["waybill_number"],
        "courier_id": parcel["courier_id"],
        "destination_province_id": parcel["destination_province_id"],
        "waybill_status": parcel["waybill_status"],
        **{f"p{share}_date": told.days[share] if told else None for share in (50, 90)},
        "promised_delivery_at": parcel["promised_delivery_at"],
        "estimate_target": "pickup" if parcel["picked_up_at"] else "payment",
        "estimate_level": told.level if told else None,
        "arrived_count": told.arrived_count if told else None,
    }


def _kept(view: View, own: OwnEstimates) -> str | None:
    """Return how often what was told for 90 of 100 came true in the whole market, where it may be told."""
    judged = [
        view.serving.metrics(
            QUALITY,
            ["kept_share", "told_count"],
            filters={
                "estimate_target": [target],
                "told_by": [teller(view.serving, target)],
                "percentile": ["90"],
            },
        ).row(0, named=True)
        for target in get_args(Target)
    ]
    count = sum(of["told_count"] or 0 for of in judged)
    if count < FEW or not own.may_be_told_of_market():
        return None
    kept = sum(of["told_count"] * of["kept_share"] for of in judged if of["told_count"])
    return _(
        "Of {count} parcels of all merchants in 26 weeks, {share} were there by what would have been told "
        "for 90 of 100.",
        count=written(count, "count"),
        share=written(kept / count, "share"),
    )

"""Overview's "What needs you": the findings of the build, each a sentence, its numbers and a link."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import streamlit as st

from dashboards.choice.view import View
from dashboards.languages.messages import N_, _, ngettext
from dashboards.languages.writing import listed, written, written_period
from serving.period import Period

FINDINGS = "mart_findings"

ORIGIN, DESTINATION = "origin_province_id", "destination_province_id"
KEYS = ("provider_id", "courier_id", ORIGIN, DESTINATION, "merchant_id", "category_id")
#: What a part of the market is called, by the columns that make it.
PARTS = {
    ("courier_id",): N_("Parcels with {courier_id}"),
    (ORIGIN,): N_("Parcels from {origin_province_id}"),
    (DESTINATION,): N_("Parcels to {destination_province_id}"),
    ("courier_id", ORIGIN): N_("Parcels with {courier_id} from {origin_province_id}"),
    ("courier_id", DESTINATION): N_("Parcels with {courier_id} to {destination_province_id}"),
    (ORIGIN, DESTINATION): N_("Parcels from {origin_province_id} to {destination_province_id}"),
    ("merchant_id",): N_("Parcels of {merchant_id}"),
}
#: Of a courier's share, the whole that it is of.
WHOLES = {
    ("courier_id",): N_("all parcels"),
    ("courier_id", ORIGIN): N_("the parcels from {origin_province_id}"),
    ("courier_id", DESTINATION): N_("the parcels to {destination_province_id}"),
}
#: What changed → the sentence where it is more than expected, and where it is less.
CHANGES = {
    "mean_end_to_end_hours": (
        N_("{part} took {now} from pickup to the door, {effect} longer than expected (before: {before})."),
        N_("{part} took {now} from pickup to the door, {effect} less than expected (before: {before})."),
    ),
    "mean_handling_hours": (
        N_("{part} took {now} from payment to pickup, {effect} longer than expected (before: {before})."),
        N_("{part} took {now} from payment to pickup, {effect} less than expected (before: {before})."),
    ),
    "tier_1_2_line_share": (
        N_(
            "{category_id}: {now} of what was sold went to tier 1–2 cities, {effect} more than expected "
            "(before: {before})."
        ),
        N_(
            "{category_id}: {now} of what was sold went to tier 1–2 cities, {effect} less than expected "
            "(before: {before})."
        ),
    ),
    "waybill_share": (
        N_("{courier_id} carried {now} of {whole}, {effect} more than expected (before: {before})."),
        N_("{courier_id} carried {now} of {whole}, {effect} less than expected (before: {before})."),
    ),
}


@dataclass(frozen=True)
class Need:
    """One finding in words: its sentence, the numbers beside it, and the page that shows more."""

    sentence: str
    numbers: str
    page: str
    page_title: str
    query: Mapping[str, str]


def show_needs(view: View) -> None:
    """Draw the section; a build without findings has none (Spark makes none)."""
    if not view.serving.dictionary.has(FINDINGS, "column", "finding_id"):
        return
    columns = [column.name for column in view.serving.dictionary.columns(FINDINGS)]
    rows = view.serving.rows(FINDINGS, columns).sort("finding_rank", nulls_last=True)
    with st.container(border=True, key="needs"):
        st.subheader(_("What needs you"), anchor=False)
        for row in rows.filter(pl.col("finding_rank").is_not_null()).to_dicts():
            _show(need(view, row), row["finding_rank"])
        st.caption(looked_at(view, rows))


def _show(one: Need, rank: int) -> None:
    with st.container(key=f"need_{rank}", gap=None):
        st.markdown(one.sentence.replace("$", r"\$"))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.caption(one.numbers, width="content")
            st.page_link(
                f"app_pages/{one.page}.py",
                label=f"{one.page_title} *: {one.sentence}*",
                icon=":material/arrow_forward:",
                query_params=dict(one.query),
            )


def looked_at(view: View, rows: pl.DataFrame) -> str:
    """Return what was looked at; where nothing was found, it begins with that."""
    spans = rows.filter(finding_kind="looked_at").sort("last_date")
    if spans.is_empty():
        return _("No week is whole and old enough to be judged yet.")
    when = listed([in_words(row) for row in spans.to_dicts()])
    is_quiet = rows["finding_rank"].is_null().all()
    said = [
        _("Nothing stands out in {spans}.", spans=when) if is_quiet else _("Looked at: {spans}.", spans=when),
        _(
            "{count} couriers, provinces, lanes, merchants and categories were compared with the rest of the "
            "market and their own weeks before; weeks of sales and long holidays are left out.",
            count=written(spans["tried_count"].max(), "count"),
        ),
    ]
    if view.filters.active():
        said.append(_("All of the market, whatever is chosen."))
    return " ".join(said)


def in_words(row: Mapping[str, Any]) -> str:
    """Return the days of a finding."""
    if row["first_date"] is None:
        return _("now")
    days = written_period(Period(row["first_date"], row["last_date"]))
    match row["span"]:
        case "week":
            return _("the week of {days}", days=days)
        case "weeks":
            return _("the four weeks of {days}", days=days)
    return days


def need(view: View, row: Mapping[str, Any]) -> Need:
    """Return a row of the findings in words."""
    names = {name: view.names.of(name, row[name]) for name in KEYS if row[name] is not None}
    unit = "hours" if row["now_hours"] is not None else "share"
    effect = row[f"effect_{unit}"] or 0.0
    parts = {
        **names,
        "now": written(row[f"now_{unit}"], unit),
        "before": written(row[f"before_{unit}"], unit),
        "effect": written(abs(effect), "points" if unit == "share" else unit).lstrip("+"),
        "touched": written(row["touched_count"], "count"),
    }
    match row["finding_kind"]:
        case "late_merchants":
            sentence = _late(row["part_count"], parts)
        case "silent_parcels":
            sentence = _(
                "{courier_id} has {touched} parcels that have been silent for 2 to 30 days, {now} of what it "
                "carries in four weeks; all others have {before}.",
                **parts,
            )
        case "unmapped_codes":
            sentence = _codes(view, row, parts)
        case _:
            cut = tuple(names)
            whole = _(WHOLES[cut], **names) if row["finding_metric"] == "waybill_share" else ""
            part = _(PARTS[cut], **names) if cut in PARTS else ""
            more, less = CHANGES[row["finding_metric"]]
            sentence = _(more if effect > 0 else less, part=part, whole=whole, **parts)
    return Need(sentence, _numbers(row), *_link(row))


def _late(merchants: int, parts: Mapping[str, str]) -> str:
    return ngettext(
        "{merchant_id} shipped {touched} parcels after the promise, {now} of those due; all others {before}.",
        "{count} merchants shipped {touched} parcels after the promise, {now} of those due; all others "
        "{before}. The most are of {merchant_id}.",
        merchants,
        count=written(merchants, "count"),
        **parts,
    )


def _codes(view: View, row: Mapping[str, Any], parts: Mapping[str, str]) -> str:
    return ngettext(
        "{provider_id} sends a code that is not mapped ({kind}: {code}), {touched} rows so far.",
        "{provider_id} sends {count} codes that are not mapped ({kind}, most often {code}), {touched} rows "
        "so far.",
        row["part_count"],
        count=written(row["part_count"], "count"),
        kind=view.names.in_sentence("kind", row["finding_metric"].removeprefix("unmapped_")),
        code=row["code"],
        **parts,
    )


def _numbers(row: Mapping[str, Any]) -> str:
    when = in_words(row)
    when = when[0].upper() + when[1:]
    if row["finding_kind"] != "change":
        return when
    touched = written(row["touched_count"], "count")
    sure = written(min(row["certainty_share"], 0.999), "share")
    if row["finding_metric"] == "tier_1_2_line_share":
        return _("{when} · {touched} order lines · {sure} certain", when=when, touched=touched, sure=sure)
    return _("{when} · {touched} parcels · {sure} certain", when=when, touched=touched, sure=sure)


def _link(row: Mapping[str, Any]) -> tuple[str, str, dict[str, str]]:
    """Return the page that shows more of a finding, its title, and the filters to set there."""
    query = {}
    if row["first_date"] is not None:
        is_month = row["span"] == "month"
        query["period"] = (
            f"{row['first_date']:%Y-%m}" if is_month else f"{row['first_date']}..{row['last_date']}"
        )
    if row["courier_id"]:
        query["courier"] = row["courier_id"]
    match row["finding_kind"], row["finding_metric"]:
        case "silent_parcels", _:
            return "stalled", _("Stalled parcels"), query
        case "unmapped_codes", _:
            return "data_health", _("Data health"), {}
        case "late_merchants", _:
            return "delivery_time", _("Delivery time"), query
        case _, "tier_1_2_line_share":
            return "gmv_by_tier", _("GMV by tier"), query
        case _, "waybill_share":
            return "courier_share", _("Courier share"), query
    if row["merchant_id"]:
        return "my_shop", _("My shop"), {"merchant": row["merchant_id"]}
    if row[ORIGIN] and row[DESTINATION]:
        query["lane"] = f"{row[ORIGIN]}>{row[DESTINATION]}"
    if row[ORIGIN] or row[DESTINATION]:
        return "lanes", _("Lanes"), query
    return "delivery_time", _("Delivery time"), query

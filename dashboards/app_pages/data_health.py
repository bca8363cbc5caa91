"""Can I trust today's numbers?"""

import re

import polars as pl
import polars.selectors as cs
import streamlit as st

from dashboards.charts.canvas import Canvas
from dashboards.charts.stacks import outcome_chart
from dashboards.choice.view import View, current_view
from dashboards.languages.messages import _, ngettext
from dashboards.languages.vocabulary import FOUND
from dashboards.languages.writing import called, meaning, written
from dashboards.parts.access_log import show_access_log
from dashboards.parts.figure import Figure, show_beside, show_figure
from dashboards.parts.finding import show_finding
from dashboards.parts.live import show_worker
from dashboards.reader import current_grant
from serving import health
from serving.formats import words

LOADS = "fct_loads"


def finding(view: View) -> str:
    """Return whether every row read is accounted for, and what the audit said."""
    rows = health.loads(view.serving)
    read, kept = rows["read_count"].sum(), sum(int(rows[name].sum()) for name in health.OUTCOMES)
    unmet = health.audit(view.serving).filter(~pl.col("is_met"))
    rows_read, missing = written(read, "count"), written(abs(read - kept), "count")
    reconciled = (
        _("All {rows} rows read are accounted for", rows=rows_read)
        if read == kept
        else _("{missing} of {rows} rows read are not accounted for", missing=missing, rows=rows_read)
    )
    if unmet.is_empty():
        return _("{rows_in_words}, and the audit found nothing unusual.", rows_in_words=reconciled)
    errors = len(unmet.filter(severity="error"))
    warned = len(unmet) - errors
    warnings = ngettext("{count} warning", "{count} warnings", warned, count=warned)
    if not errors:
        return _(
            "{rows_in_words}; the audit has {warnings}, below with reasons.",
            rows_in_words=reconciled,
            warnings=warnings,
        )
    return _(
        "{rows_in_words}; the audit has {errors} and {warnings}, below with reasons.",
        rows_in_words=reconciled,
        errors=ngettext("{count} error", "{count} errors", errors, count=errors),
        warnings=warnings,
    )


def show_counts(view: View) -> None:
    """Draw the tiles: rows by what became of them."""
    rows = health.loads(view.serving)
    with st.container(key="tiles"):
        for name in ("read_count", *health.OUTCOMES):
            entry = view.serving.dictionary.column(LOADS, name)
            st.metric(called(entry), written(rows[name].sum(), "count"), help=meaning(entry), border=True)
        codes = health.unmapped(view.serving)
        help_text = meaning(view.serving.dictionary.column("fct_unmapped_codes", "code"))
        st.metric(_("Unmapped codes"), written(len(codes), "count"), help=help_text, border=True)


def loads(view: View) -> Figure:
    """Rows read, split by what became of them, per day and provider."""
    frame = health.loads(view.serving)
    canvas = Canvas(view, LOADS)
    charts = tuple(
        outcome_chart(canvas, rows, "loaded_date", health.OUTCOMES, view.names.of("provider_id", provider))
        for (provider,), rows in frame.group_by("provider_id", maintain_order=True)
    )
    return Figure(LOADS, frame, charts, (_("Read = loaded + duplicate + quarantined."),))


def freshness(view: View) -> Figure:
    """How far each provider's data reaches."""
    return Figure(
        "dim_providers", health.freshness(view.serving).drop("provider_name", "loaded_at", "time_zone")
    )


def unmapped(view: View) -> Figure:
    """Codes and places no seed knows."""
    return Figure(
        "fct_unmapped_codes", health.unmapped(view.serving), nothing=_("Every code and place is known.")
    )


def quarantined(view: View) -> Figure:
    """Why rows were put aside."""
    rows = health.quarantined(view.serving)
    return Figure("fct_quarantined_rows", rows, nothing=_("Every row that was read fits its contract."))


def set_aside(view: View) -> Figure:
    """Why loaded rows are out of the facts."""
    rows = health.set_aside(view.serving)
    return Figure("fct_set_aside_rows", rows, nothing=_("Every loaded row is in the facts."))


def audit(view: View) -> pl.DataFrame:
    """Return what the audit expected, in words, what does not hold first."""
    broken = {"error": _("Broken: cannot be"), "warning": _("Broken: unusual")}
    rows = health.audit(view.serving)
    return rows.select(
        pl.when("is_met")
        .then(pl.lit(_("Holds")))
        .otherwise(pl.col("severity").replace_strict(broken))
        .alias(_("Result")),
        pl.Series(_("Expectation"), [_(words(name)) for name in rows["expectation"]], pl.String),
        pl.Series(_("Observed"), [found(text) for text in rows["observed"]], pl.String),
        pl.Series(_("Expected"), [found(text) for text in rows["expected"]], pl.String),
        pl.Series(_("Reason"), [reason(text) for text in rows["reason"]], pl.String),
        pl.col("table_name").alias(_("Table")),
    )


def found(text: str) -> str:
    """Return what the audit expected or saw in the reader's language; as it is where it is a number alone."""
    for sentence in FOUND:
        names = re.findall(r"{(\w+)}", sentence)
        pattern = re.escape(re.sub(r"{\w+}", "\0", sentence)).replace("\0", r"(\S+)")
        if parts := re.fullmatch(pattern, text):
            return _(sentence, **dict(zip(names, parts.groups(), strict=True)))
    return text


def reason(text: str) -> str:
    """Return why the audit expects something: the day it was confirmed, the rest in the reader's language."""
    day, _colon, why = text.partition(": ")
    return _("{day}: {why}", day=day, why=_(why))


def builds(view: View) -> pl.DataFrame:
    """Return the builds, newest first; the one that the pages show is marked."""
    rows = health.builds(view.serving)
    current = view.serving.build["build_id"]
    return rows.select(
        pl.when(build_id=current).then(pl.lit(_("Shown here"))).alias(_("Current")),
        pl.col("build_id").alias(_("Build")),
        pl.Series(_("State"), [_(words(state)) for state in rows["state"]], pl.String),
        pl.col("is_simulated").alias(_("Simulated")),
        pl.col("accepted_reason").alias(_("Published in spite of its audit because")),
        pl.col("built_at").alias(_("Built")),
        pl.col("published_at").alias(_("Published")),
    )


def show(view: View) -> None:
    """Draw the page."""
    show_finding(finding(view))
    st.caption(_("All loads and this build's audit; the filters do not apply here."))
    show_counts(view)
    show_worker(view)
    show_figure(view, _("Rows read, per day and provider"), loads)
    show_beside(
        view,
        {_("As of"): freshness},
        {_("Unmapped codes and places"): unmapped},
        {_("Quarantined rows"): quarantined},
    )
    show_figure(view, _("Rows set aside"), set_aside)
    for title, rows in ((_("Audit"), audit(view)), (_("Builds"), builds(view))):
        st.subheader(title, anchor=False)
        columns = {
            name: st.column_config.DatetimeColumn(
                _("{label}, {unit}", label=name, unit=view.time_zone), timezone=view.time_zone
            )
            for name in rows.select(cs.datetime()).columns
        }
        st.dataframe(rows, hide_index=True, column_config=columns, placeholder="–", alt=title)
    grant = current_grant()
    if grant.sees_operations:
        show_access_log(grant)


show(current_view())

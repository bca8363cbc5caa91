"""Can I trust today's numbers?"""

import polars as pl
import polars.selectors as cs
import streamlit as st

from dashboards.charts.canvas import Canvas
from dashboards.charts.stacks import outcome_chart
from dashboards.choice.view import View, current_view
from dashboards.parts.figure import Figure, show_beside, show_figure
from dashboards.parts.finding import show_finding
from serving import health
from serving.formats import words, written

LOADS = "fct_loads"


def finding(view: View) -> str:
    """Return whether every row read is accounted for, and what the audit said."""
    rows = health.loads(view.serving)
    read, kept = rows["read_count"].sum(), sum(int(rows[name].sum()) for name in health.OUTCOMES)
    unmet = health.audit(view.serving).filter(~pl.col("is_met"))
    reconciled = (
        f"All {read:,} rows read are accounted for"
        if read == kept
        else f"{abs(read - kept):,} of {read:,} rows read are not accounted for"
    )
    if unmet.is_empty():
        return f"{reconciled}, and the audit found nothing unusual."
    errors = len(unmet.filter(severity="error"))
    warnings = len(unmet) - errors
    found = f"{errors} error{'s' * (errors != 1)} and " if errors else ""
    found += f"{warnings} warning{'s' * (warnings != 1)}"
    return f"{reconciled}; the audit has {found}, below with reasons."


def show_counts(view: View) -> None:
    """Draw the tiles: rows by what became of them."""
    rows = health.loads(view.serving)
    with st.container(key="tiles"):
        for name in ("read_count", *health.OUTCOMES):
            entry = view.serving.dictionary.column(LOADS, name)
            st.metric(entry.label, written(rows[name].sum(), "count"), help=entry.description, border=True)
        codes = health.unmapped(view.serving)
        meaning = view.serving.dictionary.column("fct_unmapped_codes", "code").description
        st.metric("Unmapped codes", written(len(codes), "count"), help=meaning, border=True)


def loads(view: View) -> Figure:
    """Rows read, split by what became of them, per day and provider."""
    frame = health.loads(view.serving)
    canvas = Canvas(view, LOADS)
    charts = tuple(
        outcome_chart(canvas, rows, "loaded_date", health.OUTCOMES, view.names.of("provider_id", provider))
        for (provider,), rows in frame.group_by("provider_id", maintain_order=True)
    )
    return Figure(LOADS, frame, charts, ("Read = loaded + duplicate + quarantined.",))


def freshness(view: View) -> Figure:
    """How far each provider's data reaches."""
    return Figure(
        "dim_providers", health.freshness(view.serving).drop("provider_name", "loaded_at", "time_zone")
    )


def unmapped(view: View) -> Figure:
    """Codes and places no seed knows."""
    return Figure(
        "fct_unmapped_codes", health.unmapped(view.serving), nothing="Every code and place is known."
    )


def quarantined(view: View) -> Figure:
    """Why rows were put aside."""
    rows = health.quarantined(view.serving)
    return Figure("fct_quarantined_rows", rows, nothing="Every row that was read fits its contract.")


def set_aside(view: View) -> Figure:
    """Why loaded rows are out of the facts."""
    rows = health.set_aside(view.serving)
    return Figure("fct_set_aside_rows", rows, nothing="Every loaded row is in the facts.")


def audit(view: View) -> pl.DataFrame:
    """Return what the audit expected, in words, what does not hold first."""
    broken = {"error": "Broken: cannot be", "warning": "Broken: unusual"}
    rows = health.audit(view.serving)
    return rows.select(
        pl.when("is_met")
        .then(pl.lit("Holds"))
        .otherwise(pl.col("severity").replace_strict(broken))
        .alias("Result"),
        pl.Series("Expectation", [words(name) for name in rows["expectation"]], pl.String),
        pl.col("observed").alias("Observed"),
        pl.col("expected").alias("Expected"),
        pl.col("reason").alias("Reason"),
        pl.col("table_name").alias("Table"),
    )


def builds(view: View) -> pl.DataFrame:
    """Return the builds, newest first; the one that the pages show is marked."""
    rows = health.builds(view.serving)
    current = view.serving.build["build_id"]
    return rows.select(
        pl.when(build_id=current).then(pl.lit("Shown here")).alias("Current"),
        pl.col("build_id").alias("Build"),
        pl.Series("State", [words(state) for state in rows["state"]], pl.String),
        pl.col("is_simulated").alias("Simulated"),
        pl.col("accepted_reason").alias("Published in spite of its audit because"),
        pl.col("built_at").alias("Built"),
        pl.col("published_at").alias("Published"),
    )


def show(view: View) -> None:
    """Draw the page."""
    show_finding(finding(view))
    st.caption("All loads and this build's audit; the filters do not apply here.")
    show_counts(view)
    show_figure(view, "Rows read, per day and provider", loads)
    show_beside(
        view, {"As of": freshness}, {"Unmapped codes and places": unmapped}, {"Quarantined rows": quarantined}
    )
    show_figure(view, "Rows set aside", set_aside)
    for title, rows in (("Audit", audit(view)), ("Builds", builds(view))):
        st.subheader(title, anchor=False)
        columns = {
            name: st.column_config.DatetimeColumn(f"{name}, {view.time_zone}", timezone=view.time_zone)
            for name in rows.select(cs.datetime()).columns
        }
        st.dataframe(rows, hide_index=True, column_config=columns, placeholder="–", alt=title)


show(current_view())

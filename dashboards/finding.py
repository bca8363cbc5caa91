"""The sentence a page opens with, and the words it is made of."""

import streamlit as st

from dashboards.formats import written_change
from dashboards.view import View


def show_finding(sentence: str) -> None:
    """Draw the finding, or what is missing for one."""
    # A dollar sign would begin a formula.
    st.markdown(f"#### {sentence.replace('$', chr(92) + '$')}")


def compared(view: View, now: float | None, before: float | None, unit: str) -> str:
    """Return ``, 4.2% more than in May 2019``; empty where there is nothing to compare with."""
    if view.before is None or now is None or before is None:
        return ""
    change = written_change(now, before, unit)
    if change is None:
        return ""
    if change.strip("+-0.% points") == "":
        return f", the same as in {view.before}"
    word = "more" if now > before else "less"
    return f", {change.lstrip('+-')} {word} than in {view.before}"


def where(view: View) -> str:
    """Return `` on Pinduoduo and JD``, or nothing where no platform is chosen."""
    names = [view.names.of("platform_id", platform) for platform in view.filters.platform]
    return f" on {' and '.join(names)}" if names else ""


def missing(view: View, what: str) -> str:
    """Return the sentence that stands where the numbers carry none."""
    return f"{view.period}: {what}"

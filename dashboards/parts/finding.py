"""The sentence a page opens with, and the words it is made of."""

import streamlit as st

from dashboards.choice.view import View
from serving.formats import written_change
from serving.period import Period


def show_finding(sentence: str) -> None:
    """Draw the finding, or what is missing for one."""
    # A dollar sign would begin a formula.
    st.markdown(f"#### {sentence.replace('$', chr(92) + '$')}")


def compared(
    against: Period | None,
    now: float | None,
    before: float | None,
    unit: str,
    words: tuple[str, str] = ("more", "less"),
) -> str:
    """Return ``, 4.2% more than in May 2019``; empty where there is nothing to compare with."""
    if against is None or now is None or before is None:
        return ""
    change = written_change(now, before, unit)
    if change is None:
        return ""
    if change.strip("+-0.% points") == "":
        return f", the same as in {against}"
    word = words[0] if now > before else words[1]
    return f", {change.lstrip('+-')} {word} than in {against}"


def where(view: View) -> str:
    """Return what the choice leaves, as part of a sentence: `` on Pinduoduo in tier 1 and tier 2 cities``."""
    chosen = view.filters
    parts = [
        (" on {}", "platform_id", chosen.platform),
        (" in {} cities", "tier", tuple(chosen.tier)),
        (" with {}", "courier_id", chosen.courier),
        (" sold by {}", "channel", chosen.channel),
    ]
    return "".join(
        form.format(" and ".join(view.names.in_sentence(column, value) for value in values))
        for form, column, values in parts
        if values
    )


def missing(view: View, what: str) -> str:
    """Return the sentence that stands where the numbers carry none."""
    return f"{view.period}: {what}"

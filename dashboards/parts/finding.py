"""The sentence a page opens with, and the words it is made of."""

from collections.abc import Sequence
from functools import reduce

import streamlit as st

from dashboards.choice.view import View
from dashboards.languages.messages import N_, _
from dashboards.languages.writing import listed, written_change, written_period
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
    more: str = N_(", {change} more than in {period}"),
    less: str = N_(", {change} less than in {period}"),
) -> str:
    """Return ``, 4.2% more than in May 2019``; empty where there is nothing to compare with.

    ``more`` and ``less`` are marked for the catalogues: what is said of a rise and of a fall.
    """
    change = written_change(now, before, unit)
    if against is None or now is None or before is None or change is None:
        return ""
    period = written_period(against)
    if not any(digit in change for digit in "123456789"):
        return _(", the same as in {period}", period=period)
    return _(more if now > before else less, change=change.lstrip("+-"), period=period)


def where(view: View) -> str:
    """Return what the choice leaves, for the place in a sentence: `` on Pinduoduo in tier 1 cities``."""
    chosen = view.filters

    def named(column: str, values: Sequence[str]) -> str:
        return listed([view.names.in_sentence(column, value) for value in values])

    phrases = [
        _("on {platforms}", platforms=named("platform_id", chosen.platform)) if chosen.platform else "",
        _("in {tiers} cities", tiers=named("tier", chosen.tier)) if chosen.tier else "",
        _("in {provinces}", provinces=named("province_id", chosen.province)) if chosen.province else "",
        _("with {couriers}", couriers=named("courier_id", chosen.courier)) if chosen.courier else "",
        _("sold by {channels}", channels=named("channel", chosen.channel)) if chosen.channel else "",
    ]
    said = [phrase for phrase in phrases if phrase]
    if not said:
        return ""
    whole = reduce(lambda first, second: _("{first} {second}", first=first, second=second), said)
    return _(" {choice}", choice=whole)


def missing(view: View, what: str) -> str:
    """Return the sentence that stands where the numbers carry none."""
    return _("{period}: {what}", period=written_period(view.period), what=what)

"""Colours that mean the same on every page, for the light and the dark theme.

Couriers: after Okabe and Ito, "Color Universal Design" (2008), and Paul Tol's muted scheme (2021), which
colour-blind readers tell apart. Tiers: one ordered scale, tier 1 darkest; values outside the tiers grey.
"""

from collections.abc import Sequence

import streamlit as st

from serving.tiers import TIERS

_TIERS_LIGHT = ("#12315c", "#1f5f99", "#2f8fbf", "#4fb3b3", "#93cf9f", "#d3e08a")
_TIERS_DARK = ("#2d6fb3", "#3a8fc7", "#4fadc4", "#79c7b5", "#b3dda4", "#eaf0a8")
_GREYS_LIGHT = ("#87919c", "#a5adb6", "#c0c6cd", "#d8dce1")
_GREYS_DARK = ("#5f6975", "#76818d", "#8f99a4", "#abb3bc")

_COURIERS = {
    "zto": "#0072b2",
    "yto": "#d55e00",
    "sto": "#009e73",
    "yunda": "#cc79a7",
    "best": "#c58a00",
    "jt": "#8c6bd1",
    "sf": "#56b4e9",
    "ems": "#3f8f3f",
    "china_post": "#6b8e23",
    "jdl": "#aa4499",
    "ttk": "#999933",
    "deppon": "#a65a48",
}


def is_dark() -> bool:
    """Tell whether the reader's theme is dark."""
    return st.context.theme.type == "dark"


def grey() -> str:
    """For what is not ranked, not known, or only a yardstick; 3:1 against the background."""
    return "#8f99a4" if is_dark() else "#78828d"


def text() -> str:
    """For labels in a chart."""
    return "#e7ebf0" if is_dark() else "#1d2733"


def faint() -> str:
    """For cells too small to carry a statement."""
    return "#4a5561" if is_dark() else "#c9ced4"


def ground() -> str:
    """For land on a map, hardly apart from the page."""
    return "#1d242c" if is_dark() else "#f2f4f7"


def background() -> str:
    """Return the page's background, for the seams between stacked parts."""
    return "#12171d" if is_dark() else "#ffffff"


def series() -> tuple[str, ...]:
    """Return the colours of values that have none of their own."""
    return (accent(), attention(), "#009e73", "#cc79a7", "#8c6bd1", "#c58a00", grey())


def ramp() -> list[str]:
    """Return the ends of a scale of one colour: the least and the most."""
    return ["#1d3346", "#9fd3f5"] if is_dark() else ["#dbe9f5", "#08407e"]


def accent() -> str:
    """For a single series."""
    return "#6db1e8" if is_dark() else "#1f5f99"


def attention() -> str:
    """For what the reader should look at; never alone, always with words."""
    return "#f2a56d" if is_dark() else "#b5560f"


def tiers() -> dict[str, str]:
    """Return every tier value's colour."""
    colours = (_TIERS_DARK + _GREYS_DARK) if is_dark() else (_TIERS_LIGHT + _GREYS_LIGHT)
    return dict(zip(TIERS, colours, strict=True))


def courier(courier_id: str | None) -> str:
    """Return a courier's own colour; one that has none is grey."""
    return _COURIERS.get(courier_id or "", grey())


def couriers(present: Sequence[str]) -> dict[str, str]:
    """Return the colours of the couriers of a build: their own, else one that is free, else grey.

    The order of ``present`` decides who has the free ones.
    """
    own = {one: _COURIERS[one] for one in present if one in _COURIERS}
    free = iter([colour for colour in dict.fromkeys(_COURIERS.values()) if colour not in own.values()])
    return {one: own.get(one) or next(free, grey()) for one in present}


def stages() -> dict[str, str]:
    """Return the colours of the stages: the merchant's part apart from the courier's four."""
    couriers = _TIERS_DARK[:4] if is_dark() else _TIERS_LIGHT[:4]
    names = ("origin", "linehaul", "destination", "last_mile")
    return {"handling": attention(), **dict(zip(names, couriers, strict=True)), "pickup_wait": grey()}

"""Contrast after WCAG 2.2: 4.5 for text, 3 for what must be told from the background."""

import tomllib
from pathlib import Path

import pytest

import dashboards
from dashboards.charts import palette

CONFIG = Path(dashboards.__file__).parent / ".streamlit" / "config.toml"


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_colours_stand_out_in_both_themes(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(palette, "is_dark", lambda: theme == "dark")
    look = tomllib.loads(CONFIG.read_text())["theme"][theme]
    page = look["backgroundColor"]
    assert palette.background() == page
    for surface in (page, look["secondaryBackgroundColor"]):
        assert contrast(look["textColor"], surface) >= 4.5
        assert contrast(look["linkColor"], surface) >= 4.5
    assert contrast(palette.text(), page) >= 4.5
    for colour in (palette.grey(), palette.accent(), palette.attention()):
        assert contrast(colour, page) >= 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_tier_is_the_darkest_and_each_next_one_lighter(
    theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(palette, "is_dark", lambda: theme == "dark")
    tiers = [luminance(colour) for colour in list(palette.tiers().values())[:6]]
    assert tiers == sorted(tiers)


def test_couriers_keep_their_colour_and_others_have_one_that_is_free() -> None:
    own = palette.couriers(["yto", "zto"])
    both = palette.couriers(["fedex", "ups", "usps", "yto", "zto"])
    assert both.items() >= own.items()
    assert len(set(both.values())) == len(both)
    assert palette.grey() not in both.values()


def test_the_pages_stay_on_this_machine_and_tell_nobody() -> None:
    config = tomllib.loads(CONFIG.read_text())
    assert config["server"]["address"] == "127.0.0.1"
    assert config["browser"]["gatherUsageStats"] is False

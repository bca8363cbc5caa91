"""Try whether a change that is put into a market is found, and what is found where nothing changed.

Run it with ``python -m benchmarks.findings --seeds 40``. Of each seed there are two markets: one with a
courier that slows down, to a province or everywhere, a broken lane, a merchant that ships late, or a
category that moves between city tiers, for the week that is judged; and a quiet one of which each of the
last weeks is judged.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Annotated, Literal

import polars as pl
import typer
from scipy.stats import binom

from estimates.findings.find import Finding, Metric, find, is_in
from simulator import write_market

#: After the lunar new year, before 6.18.
FROM, TO, UNTIL = date(2019, 2, 25), date(2019, 5, 29), date(2019, 6, 20)
#: The Monday of the week that is judged.
NOW = date(2019, 5, 20)
#: What is put in touches so many parcels or orders of that week.
TOUCHED = 60
#: So many weeks of each quiet market are judged.
QUIET_WEEKS = 4
#: The change is among the first three findings in so many markets; of the quiet weeks so many have a finding.
FOUND, FALSE = 0.90, 0.05
#: Of the findings, so that quiet weeks stay quiet.
FALSE_SHARE = 0.01

HOURS, HANDLING, TIER = "mean_end_to_end_hours", "mean_handling_hours", "tier_1_2_order_share"
METRICS = (
    Metric(
        HOURS,
        (
            ("courier",),
            ("origin",),
            ("destination",),
            ("courier", "destination"),
            ("courier", "origin"),
            ("origin", "destination"),
        ),
        0.1,
        is_relative=True,
    ),
    Metric(HANDLING, (("merchant",), ("courier",), ("origin",)), 0.1, is_relative=True),
    Metric(TIER, (("category",),), 0.05, is_relative=False),
)
_HIGH = ("tier_1", "new_tier_1", "tier_2")


@dataclass(frozen=True)
class Change:
    """What is put into a market: the metric that shows it and the rows that it touches."""

    words: str
    metric: str
    cut: Mapping[str, str | None]


def change_of(seed: int, quiet: Mapping[str, pl.DataFrame]) -> Change:
    """Draw what is put into the market of a seed for its week, where it touches enough parcels."""
    dice = Random(seed)
    when = f"from={NOW} to={NOW + timedelta(days=6)} size="
    slow = f"{dice.uniform(1.4, 1.8):.2f}"
    match seed % 5:
        case 0:
            cut = _drawn(dice, quiet[HOURS], "courier")
            return Change(f"slow_courier courier={cut['courier']} {when}{slow}", HOURS, cut)
        case 1:
            cut = _drawn(dice, quiet[HOURS], "courier", "destination")
            where = f"courier={cut['courier']} province={cut['destination']}"
            return Change(f"slow_courier {where} {when}{slow}", HOURS, cut)
        case 2:
            cut = _drawn(dice, quiet[HOURS], "origin", "destination")
            where = f"origin={cut['origin']} destination={cut['destination']}"
            return Change(f"broken_lane {where} {when}{slow}", HOURS, cut)
        case 3:
            cut = _drawn(dice, quiet[HANDLING], "merchant")
            late = f"late_merchant merchant={cut['merchant']} {when}{dice.uniform(12, 36):.0f}"
            return Change(late, HANDLING, cut)
    cut, towards = _drawn(dice, quiet[TIER], "category"), dice.choice(("high", "low"))
    words = f"category_tier category={cut['category']} towards={towards} {when}{dice.uniform(0.3, 0.6):.2f}"
    return Change(words, TIER, cut)


def _drawn(dice: Random, rows: pl.DataFrame, *cut: str) -> dict[str, str | None]:
    parts = rows.filter(pl.col("monday") == NOW).group_by(cut).len().filter(pl.col("len") >= TOUCHED)
    found: dict[str, str | None] = dice.choice(parts.drop_nulls().sort(cut).select(cut).to_dicts())
    return found


def cells_of(
    seed: int, orders: int, story: Literal["told", "off"], inject: list[str]
) -> dict[str, pl.DataFrame]:
    """Write a market and return each metric's rows, with their Monday."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_market(orders, FROM, TO, seed, folder, until_date=UNTIL, inject=inject, story=story)
        picked_up = pl.col("picked_up_at").dt.convert_time_zone("Asia/Shanghai").dt.date()
        started = pl.col("clock_started_at").dt.convert_time_zone("Asia/Shanghai").dt.date()
        parcels = pl.read_parquet(folder / "truth/waybills.parquet").filter(
            pl.col("purpose") == "sale", pl.col("destination_country_code") == "CN"
        )
        parcels = parcels.select(
            "end_to_end_seconds",
            "handling_seconds",
            courier="courier_code",
            merchant="merchant_code",
            origin=pl.col("origin_adcode").str.head(2),
            destination=pl.col("destination_adcode").str.head(2),
            picked_up=picked_up,
            started=started,
        )
        return {
            HOURS: _hours(parcels, "end_to_end_seconds", "picked_up", most=120),
            HANDLING: _hours(parcels, "handling_seconds", "started", most=72),
            TIER: _categories(folder),
        }


def _hours(parcels: pl.DataFrame, seconds: str, day: str, most: float) -> pl.DataFrame:
    """Return hours by parcel, at most ``most``: one lost parcel makes no lane slow."""
    known = parcels.drop_nulls([seconds, day])
    return known.select(
        *("courier", "merchant", "origin", "destination"),
        monday=pl.col(day).dt.truncate("1w"),
        amount=(pl.col(seconds) / 3600).clip(upper_bound=most),
        whole=pl.lit(1.0),
        count=pl.lit(1),
    )


def _categories(folder: Path) -> pl.DataFrame:
    feed, key = folder / "feeds/waymart", ["platform_id", "order_number"]
    lines = pl.concat([pl.read_parquet(path) for path in sorted(feed.glob("order_lines/*.parquet"))])
    products = pl.read_parquet(
        feed / "products/all.parquet", columns=["platform_id", "product_code", "category_code"]
    )
    categories = lines.join(products, on=["platform_id", "product_code"]).unique(key, keep="none")
    orders = pl.read_parquet(folder / "truth/orders.parquet").filter("is_paid")
    return orders.join(categories.select(*key, "category_code"), on=key).select(
        category="category_code",
        monday=pl.col("order_date").dt.truncate("1w"),
        amount=pl.col("tier").is_in(_HIGH).cast(pl.Float64),
        whole=pl.lit(1.0),
        count=pl.lit(1),
    )


def judged(cells: Mapping[str, pl.DataFrame], monday: date) -> list[Finding]:
    """Return what is found in the week of a Monday, with the whole weeks before it as history."""
    week = (pl.lit(monday) - pl.col("monday")).dt.total_days() // 7
    first = FROM + timedelta(days=7)
    known = {
        name: rows.filter(pl.col("monday").is_between(first, monday)).with_columns(week=week)
        for name, rows in cells.items()
    }
    return find(known, METRICS, false_share=FALSE_SHARE)


def place_of(change: Change, found: list[Finding], cells: Mapping[str, pl.DataFrame]) -> int | None:
    """Return the place of the change among the findings, None where it was not found.

    A part within it counts, and a part around it that holds it by half or more.
    """
    rows = cells[change.metric].filter(pl.col("monday") == NOW)
    for place, each in enumerate(found, start=1):
        if each.metric == change.metric:
            both = rows.filter(is_in(each.cut) & is_in(change.cut)).height
            if both >= rows.filter(is_in(each.cut)).height / 2:
                return place
    return None


def _is_below(count: int, of: int, promised: float) -> bool:
    """Tell whether a promised share is missed; of fewer than 40, by more than chance explains."""
    return count < promised * of if of >= 40 else bool(binom.cdf(count, of, promised) < 0.01)


def main(
    seeds: Annotated[int, typer.Option(help="How many pairs of markets.")] = 40,
    first_seed: Annotated[int, typer.Option(help="Seed of the first.")] = 1,
    orders: Annotated[int, typer.Option(help="Orders of each.")] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print how many changes were found, and in how many quiet weeks something was."""
    markets: list[dict[str, object]] = []
    for seed in range(first_seed, first_seed + seeds):
        quiet = cells_of(seed, orders, "off", [])
        change = change_of(seed, quiet)
        told = cells_of(seed, orders, "told", [change.words])
        found = judged(told, NOW)
        mondays = [NOW - timedelta(days=7 * weeks) for weeks in range(QUIET_WEEKS)]
        alarms = sum(bool(judged(quiet, monday)) for monday in mondays)
        touched = told[change.metric].filter(pl.col("monday") == NOW, is_in(change.cut)).height
        place = place_of(change, found, told)
        markets.append(
            {"seed": seed, "change": change.words, "touched": touched, "place": place, "found": len(found)}
            | {"false_alarms": alarms}
        )
        if not as_json:
            print(markets[-1])
    in_three = sum(place is not None and place <= 3 for place in (each["place"] for each in markets))  # type: ignore[operator]
    false = sum(int(str(each["false_alarms"])) for each in markets)
    weeks = seeds * QUIET_WEEKS
    figures = {
        **{"first_seed": first_seed, "seeds": seeds, "orders": orders, "in_first_three": in_three},
        **{"quiet_weeks": weeks, "weeks_with_false_findings": false},
    }
    print(json.dumps(figures | {"markets": markets}) if as_json else figures)
    if _is_below(in_three, seeds, FOUND) or _is_below(weeks - false, weeks, 1 - FALSE):
        sys.exit(f"Found in {in_three} of {seeds} markets; false findings in {false} of {weeks} weeks.")


if __name__ == "__main__":
    typer.run(main)

"""Try whether a change that is put into a market is found, and what is found where nothing changed.

Run it with ``python -m benchmarks.findings --seeds 40``. Of each seed there are two markets: one with a
courier that slows down, to a province or everywhere, a broken lane, a merchant that ships late, a category
that moves between city tiers or a courier that loses parcels to another, for the week that is judged; and a
quiet one of which each of the last weeks is judged. The facts are what the simulator says happened; from
there on it is the SQL and Python of `mart_findings` as dbt compiles them.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Annotated

import polars as pl
import typer
from scipy.stats import binom

from benchmarks.truth_warehouse import TruthWarehouse, compiled
from estimates.findings.find import is_in
from estimates.findings.what_needs_you import HANDLING, HOURS, SHARE, TIER
from simulator import write_market

#: After the new year, before 6.18; the months judged are whole ones.
FROM, TO, UNTIL = date(2019, 1, 1), date(2019, 6, 2), date(2019, 6, 20)
#: The Monday of the week that is judged.
NOW = date(2019, 5, 20)
#: What is put in touches so many parcels of that week; where a part of them moves, they are of so many.
TOUCHED, MOVED_OF = 60, 600
#: A category's share moves by 10 to 30 points: of fewer lines, fewer move than a finding touches at least.
LINES = 200
#: So many weeks of each quiet market are judged.
QUIET_WEEKS = 4
#: The change is among the first three findings in so many markets; of the quiet weeks so many have a finding.
FOUND, FALSE = 0.90, 0.05


@dataclass(frozen=True)
class Change:
    """What is put into a market: the metric that shows it and the part that it touches.

    ``taker`` is the courier that takes half of the part's parcels, where it is not the simulator that
    changes something.
    """

    words: str
    metric: str
    cut: Mapping[str, str | None]
    taker: str | None = None


def change_of(seed: int, quiet: Mapping[str, pl.DataFrame]) -> Change:
    """Draw what is put into the market of a seed for its week, where it touches enough parcels."""
    dice = Random(seed)
    when = f"from={NOW} to={NOW + timedelta(days=6)} size="
    slow = f"{dice.uniform(1.4, 1.8):.2f}"
    origin, destination = "origin_province_id", "destination_province_id"
    match seed % 6:
        case 0:
            cut = _drawn(dice, quiet[HOURS.name], "courier_id")
            return Change(f"slow_courier courier={cut['courier_id']} {when}{slow}", HOURS.name, cut)
        case 1:
            cut = _drawn(dice, quiet[HOURS.name], "courier_id", destination)
            where = f"courier={cut['courier_id']} province={cut[destination][:2]}"
            return Change(f"slow_courier {where} {when}{slow}", HOURS.name, cut)
        case 2:
            cut = _drawn(dice, quiet[HOURS.name], origin, destination)
            where = f"origin={cut[origin][:2]} destination={cut[destination][:2]}"
            return Change(f"broken_lane {where} {when}{slow}", HOURS.name, cut)
        case 3:
            cut = _drawn(dice, quiet[HANDLING.name], "merchant_id")
            late = f"late_merchant merchant={cut['merchant_id']} {when}{dice.uniform(12, 36):.0f}"
            return Change(late, HANDLING.name, cut)
        case 4:
            cut = _drawn(dice, quiet[TIER.name], "category_id", least=LINES)
            towards = dice.choice(("high", "low"))
            words = f"category_tier category={cut['category_id']} towards={towards} {when}"
            return Change(f"{words}{dice.uniform(0.3, 0.6):.2f}", TIER.name, cut)
    cut, taker = _drawn(dice, quiet[SHARE.name], "courier_id", least=MOVED_OF), dice.choice(("zto", "sto"))
    taker = "yto" if taker == cut["courier_id"] else taker
    return Change(f"half of {cut['courier_id']} to {taker}", SHARE.name, cut, taker)


def _drawn(dice: Random, rows: pl.DataFrame, *cut: str, least: int = TOUCHED) -> dict[str, str]:
    parts = rows.filter(pl.col("week_date") == NOW).group_by(cut).agg(pl.col("count").sum())
    enough = parts.filter(pl.col("count") >= least).drop_nulls().sort(cut)
    found: dict[str, str] = dice.choice(enough.select(cut).to_dicts())
    return found


def place_of(change: Change, found: pl.DataFrame, rows: pl.DataFrame) -> int | None:
    """Return the rank of the change among the findings, None where it was not found.

    A part within it counts, and a part around it that holds it by half or more.
    """
    now = rows.filter(pl.col("week_date") == NOW)
    keys = [name for name in rows.columns if name in found.columns]
    for each in found.filter(span="week", finding_metric=change.metric).sort("finding_rank").to_dicts():
        cut = {name: each[name] for name in keys if each[name] is not None}
        part = now.filter(is_in(cut))
        if part.filter(is_in(change.cut))["count"].sum() * 2 >= part["count"].sum():
            return int(each["finding_rank"])
    return None


def try_market(seed: int, orders: int, sql: Mapping[str, str]) -> dict[str, object]:
    """Return what was put into the market of a seed, its rank, and the false findings of the quiet one."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_market(orders, FROM, TO, seed, folder / "quiet", until_date=UNTIL, story="off")
        with TruthWarehouse(folder / "quiet", sql) as quiet:
            mondays = [NOW - timedelta(days=7 * weeks) for weeks in range(QUIET_WEEKS)]
            alarms = [_said(quiet.findings(as_of(monday))) for monday in reversed(mondays)]
            change = change_of(seed, quiet.measured())
        inject = [] if change.taker else [change.words]
        write_market(orders, FROM, TO, seed, folder / "told", until_date=UNTIL, inject=inject)
        with TruthWarehouse(folder / "told", sql) as told:
            if change.taker:
                told.hand_over(str(change.cut["courier_id"]), change.taker, NOW)
            found = told.findings(as_of(NOW))
            rows = told.measured()[change.metric]
    touched = rows.filter(pl.col("week_date") == NOW, is_in(change.cut))["count"].sum()
    return {
        **{"seed": seed, "change": change.words, "touched": touched},
        **{"place": place_of(change, found, rows), "found": _said(found)},
        **{"false_alarms": sum(bool(each) for each in alarms), "alarms": alarms},
    }


def as_of(monday: date) -> date:
    """Return the first day on which the week of a Monday is the latest that can be judged."""
    return monday + timedelta(days=12)


def _said(found: pl.DataFrame) -> list[str]:
    return found.filter(pl.col("finding_rank").is_not_null())["finding_id"].to_list()


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
    sql = compiled()
    markets: list[dict[str, object]] = []
    for seed in range(first_seed, first_seed + seeds):
        markets.append(try_market(seed, orders, sql))
        if not as_json:
            print(markets[-1], flush=True)
    places = [each["place"] for each in markets]
    in_three = sum(isinstance(place, int) and place <= 3 for place in places)
    false = sum(int(str(each["false_alarms"])) for each in markets)
    weeks = seeds * QUIET_WEEKS
    figures = {
        **{"first_seed": first_seed, "seeds": seeds, "orders": orders, "in_first_three": in_three},
        **{"first": places.count(1), "quiet_weeks": weeks, "weeks_with_false_findings": false},
    }
    print(json.dumps(figures | {"markets": markets}) if as_json else figures)
    if _is_below(in_three, seeds, FOUND) or _is_below(weeks - false, weeks, 1 - FALSE):
        sys.exit(f"Found in {in_three} of {seeds} markets; false findings in {false} of {weeks} weeks.")


if __name__ == "__main__":
    typer.run(main)

"""Try delivery estimates on real orders: rolling weeks, each estimate from what had been received by then.

Run it with ``python -m benchmarks.estimates FOLDER --from 2018-05-16 --to 2018-08-09 --json``, on a folder
of Olist's files or orders in the same shape. What is foretold is whole days from placed to delivered; the
platform's own estimated date is never read. Beside it stand the quantiles of the lane (seller's state to
customer's, of all states below 30 orders) over what was delivered by the same refit.

Settings (`estimates.delivery.learnt`, `estimates.delivery.correction`) were chosen on orders placed from 6
September 2017 to 15 May 2018.
"""

import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import numpy as np
import polars as pl
import typer
from scipy.stats import binom

from benchmarks.olist_orders import features, read_orders
from estimates.delivery.replay import replay

SHARES = (0.50, 0.80, 0.90, 0.95)
NAMES = [f"p{round(share * 100)}" for share in SHARES]
#: A lane with fewer delivered orders says nothing of its own; nor does a state's coverage below so many.
LANE_SAMPLE, STATE_SAMPLE = 30, 60
#: What must hold: Σ pinball in days, and the least and greatest share delivered by the 90% estimate.
PINBALL, COVERAGE = 5.6, (0.88, 0.93)


def score(foretold: pl.DataFrame) -> dict[str, object]:
    """Return pinball losses in days and coverages of the orders that were delivered.

    Args:
        foretold: `days`, null where never delivered, and a column per share.
    """
    delivered = foretold.drop_nulls("days")
    judged = delivered.drop_nulls(NAMES)
    days, names = judged["days"].to_numpy().astype(np.float64), judged.select(NAMES).to_numpy()
    off, shares = days[:, None] - names, np.array(SHARES)
    pinball = np.maximum(shares * off, (shares - 1) * off).mean(axis=0)
    coverage = (off <= 0).mean(axis=0)
    return {
        **{"orders": len(judged), "not_said": len(delivered) - len(judged)},
        "sum_of_pinball": float(pinball.sum()),
        "pinball": dict(zip(NAMES, pinball.tolist(), strict=True)),
        "coverage": dict(zip(NAMES, coverage.tolist(), strict=True)),
        "mean_days": dict(zip(NAMES, names.mean(axis=0).tolist(), strict=True)),
    }


def by_state(foretold: pl.DataFrame) -> list[dict[str, object]]:
    """Return how many orders of each large state came by the 90% estimate, and the exact 99% interval."""
    counted = (
        foretold.drop_nulls(["days", *NAMES])
        .group_by("group")
        .agg(orders=pl.len(), kept=(pl.col("days") <= pl.col("p90")).sum())
        .filter(pl.col("orders") >= STATE_SAMPLE)
        .sort("orders", "group", descending=[True, False])
    )
    rows = []
    for row in counted.to_dicts():
        least, most = (int(binom.ppf(share, row["orders"], 0.9)) for share in (0.005, 0.995))
        inside = {"least": least, "most": most, "is_inside": least <= row["kept"] <= most}
        rows.append({**row, "coverage": row["kept"] / row["orders"], **inside})
    return rows


def lane_quantiles(orders: pl.DataFrame, first: date, last: date) -> pl.DataFrame:
    """Return the plain estimate: quantiles of the lane's days, of what was delivered by each week's start."""
    days = (pl.col("arrived_at").dt.date() - pl.col("asked_at").dt.date()).dt.total_days().cast(pl.Float64)
    lane = ["seller_state", "group"]
    timed = orders.with_columns(days=days)
    weeks = []
    for start in (first + timedelta(days=each) for each in range(0, (last - first).days + 1, 7)):
        known = timed.filter(pl.col("arrived_at") < datetime.combine(start, datetime.min.time()))
        end = min(start + timedelta(days=6), last)
        asked = timed.filter(pl.col("asked_at").dt.date().is_between(start, end))
        own = [
            pl.col("days").quantile(share, "linear").alias(name)
            for share, name in zip(SHARES, NAMES, strict=True)
        ]
        lanes = known.group_by(lane).agg(*own, sample=pl.len()).filter(pl.col("sample") >= LANE_SAMPLE)
        everywhere = known.select(own).row(0)
        weeks.append(
            asked.join(lanes, on=lane, how="left").with_columns(
                pl.col(name).fill_null(value) for name, value in zip(NAMES, everywhere, strict=True)
            )
        )
    return pl.concat(weeks).select("question", "days", *NAMES)


def main(
    folder: Annotated[Path, typer.Argument(help="Olist's files, or orders in their shape.")],
    first: Annotated[
        datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="Orders placed from this date on.")
    ],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="To this date, inclusive.")],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Foretell every order of these dates and print how good that was; code 1 where a bar is missed."""
    orders = read_orders(folder)
    foretold = replay(orders, features, first.date(), last.date(), SHARES)
    states = by_state(foretold.join(orders.select("question", "group"), on="question"))
    ours = score(foretold)
    figures = {
        **{"from": str(first.date()), "to": str(last.date())},
        **ours,
        "states": states,
        "lane_quantiles": score(lane_quantiles(orders, first.date(), last.date())),
    }
    print(json.dumps(figures) if as_json else json.dumps(figures, indent=2))
    if missed := _missed(ours, states):
        sys.exit(missed)


def _missed(ours: dict[str, object], states: list[dict[str, object]]) -> str:
    coverage = ours["coverage"]
    assert isinstance(coverage, dict)
    outside = [str(state["group"]) for state in states if not state["is_inside"]]
    said = []
    if float(str(ours["sum_of_pinball"])) > PINBALL:
        said.append(f"Σ pinball {ours['sum_of_pinball']:.3f} is above {PINBALL}.")
    if not COVERAGE[0] <= coverage["p90"] <= COVERAGE[1]:
        said.append(f"P90 covers {coverage['p90']:.1%}.")
    if outside:
        said.append(f"P90 is off in {', '.join(outside)}.")
    return " ".join(said)


if __name__ == "__main__":
    typer.run(main)

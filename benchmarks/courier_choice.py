"""Try how hard the choice of couriers is: a saving estimated plainly, and well, beside the true one.

Run it with ``python -m benchmarks.courier_choice --seeds 40``. On each market every parcel would be sent with
the cheapest courier of its merchant's contracts. The truth prices that; the plain estimate takes the
difference of the couriers' means; the doubly robust one (Dudík, Langford, Li 2011, arXiv:1103.4601) adds to
cell means what the parcels that did go that way say about their errors. The market is hard enough where the
plain estimate errs by three times as much.
"""

import json
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console
from rich.table import Table

from simulator import write_market

FROM, TO, UNTIL = date(2019, 3, 1), date(2019, 4, 15), date(2019, 5, 15)
_KEY = ["courier_code", "waybill_number"]
#: The plain estimate must err by so many times what the doubly robust one errs by.
HARD_ENOUGH = 3
_OUTCOMES = {"yuan": "freight_cost_amount", "hours": "first_attempt_hours"}


def _parcels(folder: Path) -> pl.DataFrame:
    """Return parcel × courier, with what is known of each parcel."""
    remote = pl.col("destination_adcode").str.head(2).is_in(["62", "64", "63", "46", "15", "54", "65"])
    known = pl.read_parquet(folder / "truth/waybills.parquet").select(
        *_KEY,
        (pl.col("weight_grams") - 1).floordiv(1000).clip(0, 12).alias("kilograms"),
        (remote.cast(pl.Int64) + (pl.col("destination_adcode").str.head(2) == "65")).alias("zone"),
        pl.col("origin_adcode").str.head(2).alias("origin"),
    )
    return (
        pl.read_parquet(folder / "truth/parcel_couriers.parquet")
        .with_columns(
            pl.col("freight_cost_amount").cast(pl.Float64),
            first_attempt_hours=(pl.col("first_attempt_at") - pl.col("picked_up_at")).dt.total_seconds()
            / 3600,
        )
        .join(known, on=_KEY)
    )


def _cheapest(parcels: pl.DataFrame) -> pl.DataFrame:
    by_price = parcels.filter("has_contract").sort("freight_cost_amount", "with_courier_code")
    return by_price.unique(_KEY, keep="first", maintain_order=True)


def _modelled(rows: pl.DataFrame, carried: pl.DataFrame, outcome: str) -> pl.Series:
    """Return the mean of the parcels carried in each row's cell: the finest that holds thirty."""
    found = rows
    cells = (["with_courier_code", "zone", "kilograms"], ["with_courier_code", "zone"], ["with_courier_code"])
    for place, cell in enumerate(cells):
        means = carried.group_by(cell).agg(pl.col(outcome).mean().alias(f"mean_{place}"), n=pl.len())
        found = found.join(
            means.filter(pl.col("n") >= (30 if place < 2 else 1)).drop("n"), on=cell, how="left"
        )
    return found.select(pl.coalesce(*(f"mean_{place}" for place in range(3)))).to_series()


def try_market(seed: int, orders: int) -> dict[str, float]:
    """Return the true change per parcel and both estimates of it, in yuan and in hours."""
    with tempfile.TemporaryDirectory() as folder:
        write_market(orders, FROM, TO, seed, Path(folder), until_date=UNTIL, parts=["couriers"])
        parcels = _parcels(Path(folder))
    own = parcels.filter("is_chosen").sort(_KEY)
    wanted = _cheapest(parcels).sort(_KEY)
    figures: dict[str, float] = {"seed": seed, "parcels": float(len(own))}
    for name, outcome in _OUTCOMES.items():
        means = dict(own.group_by("with_courier_code").agg(pl.col(outcome).mean()).iter_rows())
        plain = wanted["with_courier_code"].cast(pl.String).replace_strict(means, return_dtype=pl.Float64)
        modelled = _modelled(wanted, own, outcome)
        error = own[outcome] - _modelled(own, own, outcome)
        follows = own["with_courier_code"].cast(pl.String) == wanted["with_courier_code"].cast(pl.String)
        robust = modelled + follows.cast(pl.Float64) / wanted["propensity"] * error
        now = float(own[outcome].mean() or 0.0)  # type: ignore[arg-type]
        figures[f"true_{name}"] = now - float(wanted[outcome].mean() or 0.0)  # type: ignore[arg-type]
        figures[f"plain_{name}"] = now - float(plain.mean() or 0.0)  # type: ignore[arg-type]
        figures[f"robust_{name}"] = now - float(robust.mean() or 0.0)  # type: ignore[arg-type]
    return figures


def errors(found: list[dict[str, float]], estimate: str, name: str) -> float:
    """Return the mean absolute error of an estimate over the markets."""
    return sum(abs(each[f"{estimate}_{name}"] - each[f"true_{name}"]) for each in found) / len(found)


def main(
    seeds: Annotated[int, typer.Option(help="How many markets.")] = 40,
    first_seed: Annotated[int, typer.Option(help="Seed of the first.")] = 1,
    orders: Annotated[int, typer.Option(help="Orders of each.")] = 20_000,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print the errors of both estimates over the markets; end with an error where the market is too easy."""
    found = [try_market(seed, orders) for seed in range(first_seed, first_seed + seeds)]
    summary = {
        name: {
            "true": sum(each[f"true_{name}"] for each in found) / len(found),
            "plain_error": errors(found, "plain", name),
            "robust_error": errors(found, "robust", name),
        }
        for name in _OUTCOMES
    }
    ratios = [each["plain_error"] / each["robust_error"] for each in summary.values()]
    if as_json:
        whole = {"first_seed": first_seed, "seeds": seeds, "orders": orders, "summary": summary}
        sys.stdout.write(json.dumps(whole | {"markets": found}) + "\n")
    else:
        _print(summary)
    if min(ratios) < HARD_ENOUGH:
        sys.exit(
            f"The plain estimate errs by {min(ratios):.1f} times the robust one's error, not {HARD_ENOUGH}."
        )


def _print(summary: dict[str, dict[str, float]]) -> None:
    table = Table("per parcel", "true change", "plain errs by", "doubly robust errs by", "ratio")
    for name, each in summary.items():
        ratio = each["plain_error"] / each["robust_error"]
        table.add_row(
            name,
            f"{each['true']:.3f}",
            f"{each['plain_error']:.3f}",
            f"{each['robust_error']:.3f}",
            f"{ratio:.1f}",
        )
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)

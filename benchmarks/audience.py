"""Try whether a product's buyers are found by what else they buy.

Run it with ``python -m benchmarks.audience --seeds 10``. In each market two products are launched to which
accounts of one taste and price band are eager. Half of the buyers is known, the others are looked for among
all accounts: by the look-alikes, by an oracle that knows who is eager and then takes the busiest, and by
taking the busiest alone. Bars: nine tenths of the oracle's lift, one and a half times that of the busiest.
"""

import json
import sys
import tempfile
from datetime import date
from pathlib import Path
from random import SystemRandom
from typing import Annotated, Any

import numpy as np
import polars as pl
import typer

from estimates.audience.lookalike import halves, lift, top_lift
from estimates.audience.purchases import purchases
from simulator import write_market

FROM, TO = date(2018, 1, 1), date(2019, 6, 30)
OF_ORACLE, OF_BUSIEST = 0.9, 1.5


def _lines(market: Path) -> pl.DataFrame:
    """Return account, order, product, category and price of each line that was ordered."""
    feed = market / "feeds" / "waymart"
    tables = {
        name: pl.read_parquet(feed / name / "*.parquet") for name in ("orders", "order_lines", "products")
    }
    order, product = ["platform_id", "order_number"], ["platform_id", "product_code"]
    accounts = tables["orders"].select(
        *order,
        "consumer_code",
        order_date=pl.col("placed_at").dt.convert_time_zone("Asia/Shanghai").dt.date(),
    )
    accounts = accounts.drop_nulls().unique(order)
    categories = tables["products"].select(*product, "category_code").unique(product)
    lines = tables["order_lines"].unique([*order, "order_line_number"])
    return (
        lines.join(accounts, on=order)
        .join(categories, on=product)
        .select(
            "product_code",
            "order_date",
            order_id=pl.format("{}:{}", "platform_id", "order_number"),
            consumer_id=pl.format("{}:{}", "platform_id", "consumer_code"),
            category_id=pl.format("{}:{}", "platform_id", "category_code"),
            unit_price=pl.col("goods_amount").cast(pl.Float64) / pl.col("unit_count"),
        )
    )


def _judged(market: Path, seed: int) -> list[dict[str, Any]]:
    """Return the lifts of each launch of a market."""
    lines = _lines(market)
    accounts = pl.read_parquet(market / "truth" / "accounts.parquet").select(
        "taste", "price_band", consumer_id=pl.format("{}:{}", "platform_id", "consumer_code")
    )
    found = []
    causes = pl.read_parquet(market / "truth" / "causes.parquet").filter(kind="launch")
    for cause in causes.iter_rows(named=True):
        group = lines.filter(pl.col("product_code").is_in(cause["product_codes"]))
        # Nobody has another line of such an order who did not buy the product as well.
        bought = purchases(lines.join(group, on="order_id", how="anti"))
        known = pl.DataFrame({"consumer_id": bought.accounts}).join(
            accounts, on="consumer_id", how="left", maintain_order="left"
        )
        is_eager = (known["taste"] == cause["taste"]) & (known["price_band"] == cause["price_band"])
        busy = np.bincount(bought.account).astype(np.float64)
        oracle = np.where(is_eager.fill_null(False).to_numpy(), 1e6, 0.0) + busy
        is_buyer = known["consumer_id"].is_in(group["consumer_id"].unique().implode()).to_numpy()
        dice = np.random.default_rng(seed)
        lifts: dict[str, list[float]] = {"oracle": [], "busiest": []}
        for _ in range(5):
            half, held = halves(is_buyer, dice)
            for name, scores in (("oracle", oracle), ("busiest", busy)):
                lifts[name].append(top_lift(scores[~half], held[~half]))
        found.append(
            {
                "seed": seed,
                "category": cause["category_code"],
                "buyers": int(is_buyer.sum()),
                "look_alikes": lift(bought, group, seed),
                **{name: float(np.mean(values)) for name, values in lifts.items()},
            }
        )
    return found


def main(
    seeds: Annotated[int, typer.Option(help="How many markets.")] = 10,
    first_seed: Annotated[int | None, typer.Option(help="The first seed; default: drawn.")] = None,
    orders: Annotated[int, typer.Option(help="Orders of each market.")] = 300_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Try markets, one seed after the other; ends with an error where a bar is missed."""
    first = SystemRandom().randrange(2**31) if first_seed is None else first_seed
    found: list[dict[str, Any]] = []
    for seed in range(first, first + seeds):
        with tempfile.TemporaryDirectory(prefix="waymart-audience-") as folder:
            write_market(orders, FROM, TO, seed, Path(folder) / "market", parts=("consumers",))
            found += _judged(Path(folder) / "market", seed)
        for row in found[-2:]:
            print(
                f"seed {seed}, {row['category']}: {row['buyers']} buyers, lift of the look-alikes "
                f"{row['look_alikes']:.2f}, of the oracle {row['oracle']:.2f}, of the busiest "
                f"{row['busiest']:.2f}",
                flush=True,
            )
    means = {
        name: float(np.mean([row[name] for row in found])) for name in ("look_alikes", "oracle", "busiest")
    }
    if as_json:
        print(
            json.dumps({"trial": "audience", "first_seed": first, "seeds": seeds, **means, "launches": found})
        )
    if means["look_alikes"] < max(OF_ORACLE * means["oracle"], OF_BUSIEST * means["busiest"]):
        sys.exit("The look-alikes miss a bar.")


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()

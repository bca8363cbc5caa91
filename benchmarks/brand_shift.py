"""Try whether it is found from which rival a brand took its consumers.

Run it with ``python -m benchmarks.brand_shift --seeds 20``. In each market a fifth of the accounts buys a
category of one brand, and from the first of the last three months on of another. The facts are what the
simulator says happened; from there on it is the SQL of `mart_brand_shift` as dbt compiles it. Asked is, of
those who switched to the brand, from whom the most money came: the rival must come first.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from scipy.stats import binom

from benchmarks.consumer_facts import compiled, make
from simulator import write_market
from simulator.world.categories import BRANDS

FROM, TO, SINCE = date(2018, 10, 1), date(2019, 6, 30), date(2019, 4, 1)
#: In so many markets at least the rival comes first.
FOUND = 0.90
#: Category and the brands that have products in it (the simulator's are the same in every market).
CATEGORY, BRAND, RIVAL = "women_clothing", "小鹿山", "云杉"
_MART = "mart_brand_shift"
_INJECTED = f"taken_consumers category={CATEGORY} brand={BRAND} rival={RIVAL} from={SINCE} size=0.2"


def try_market(seed: int, orders: int, sql: Mapping[str, str], *, is_plain: bool = False) -> dict[str, Any]:
    """Return from whom the brand's switched money came, the most first, and how its whole change came."""
    assert {BRAND, RIVAL} <= set(BRANDS)
    with tempfile.TemporaryDirectory(prefix="waymart-brands-") as name, duckdb.connect() as connection:
        market = Path(name)
        inject = [] if is_plain else [_INJECTED]
        write_market(orders, FROM, TO, seed, market, parts=["consumers"], inject=inject)
        make(connection, market, sql)
        of_brand = (
            f"from reports.{_MART} where comparison = 'months_before' and currency = 'CNY'"
            f" and category_id like '%:{CATEGORY}' and brand_name = '{BRAND}'"
        )
        sources = connection.execute(
            f"select other_brand_name, sum(gmv_change)::double {of_brand} and shift_kind = 'switched'"
            " and other_brand_name <> 'none' group by all order by 2 desc, 1"
        ).fetchall()
        whole = connection.execute(f"select sum(gmv_change)::double {of_brand}").fetchall()
    of_all = sum(change for _, change in sources if change > 0)
    of_rival = dict(sources).get(RIVAL, 0.0)
    return {
        "seed": seed,
        "first": sources[0][0] if sources else None,
        "rival_share": of_rival / of_all if of_all else 0.0,
        "rival_of_change": of_rival / whole[0][0] if whole[0][0] else 0.0,
        "is_found": bool(sources) and sources[0][0] == RIVAL,
    }


def main(
    seeds: Annotated[int, typer.Option(help="How many markets.")] = 20,
    first_seed: Annotated[int, typer.Option(help="Seed of the first.")] = 1,
    orders: Annotated[int, typer.Option(help="Orders of each.")] = 40_000,
    is_plain: Annotated[
        bool, typer.Option("--plain", help="Take no consumers: how often the rival comes first by chance.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print in how many markets the rival comes first among those whom the brand took from."""
    sql = compiled(_MART)
    markets: list[dict[str, Any]] = []
    for seed in range(first_seed, first_seed + seeds):
        markets.append(try_market(seed, orders, sql, is_plain=is_plain))
        if not as_json:
            print(markets[-1], flush=True)
    found = sum(market["is_found"] for market in markets)
    figures = {
        **{"first_seed": first_seed, "seeds": seeds, "orders": orders, "found": found},
        "mean_rival_share": sum(market["rival_share"] for market in markets) / seeds,
    }
    print(json.dumps(figures | {"markets": markets}) if as_json else figures)
    # Of few markets, by more than chance explains.
    is_missed = found < FOUND * seeds and (seeds >= 20 or binom.cdf(found, seeds, FOUND) < 0.01)
    if is_missed and not is_plain:
        sys.exit(f"In {found} of {seeds} markets the rival comes first.")


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()

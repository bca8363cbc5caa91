"""Try whether intervals hold what senders understate and what customs was seen to inspect.

Run it with ``python -m benchmarks.border --seeds 20``. Each market has some 55,000 parcels abroad. The facts
are what the simulator says happened (tests hold that the scans give just these); from there on it is the SQL
of `fct_import_charges`, `mart_customs` and `mart_import_thresholds` as dbt compiles it, and their metrics'
formulas. Truth: how many of the parcels that an exemption was in force for were declared too low; and with
which chance the parcels that customs looked at leave a scan.
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

from benchmarks.compiled import PROJECT, compiled_nodes, empty_table, place
from simulator import write_market
from simulator.life.declarations import FAILS, SEEN

FROM, TO, UNTIL = date(2025, 1, 1), date(2025, 10, 31), date(2025, 11, 30)
#: An interval of 95% holds the truth in so many markets at least.
HELD = 0.90
#: In the order in which they are made.
_MADE = (
    "stg_import_rules",
    "stg_exchange_rates",
    "fct_import_charges",
    "mart_customs",
    "mart_import_thresholds",
)
_SEEDS = ("import_rules", "exchange_rates", "trade_areas")


def compiled() -> tuple[dict[str, str], dict[str, str]]:
    """Return the SQL that makes the tables, after an empty one of the facts, and the metrics' formulas."""
    nodes = compiled_nodes(*_MADE).values()
    by_name = {node["alias"]: node for node in nodes if node["resource_type"] in ("model", "seed")}
    sql = {name: empty_table(by_name[name]) for name in (*_SEEDS, "fct_border_crossings")}
    for name in _MADE:
        sql[name] = f"create table {place(by_name[name])} as {by_name[name]['compiled_code']}"
    metrics = ("mart_customs", "mart_import_thresholds")
    return sql, {
        name: formula
        for table in metrics
        for name, formula in by_name[table]["config"]["meta"]["metrics"].items()
    }


def try_market(
    seed: int, orders: int, sql: Mapping[str, str], formulas: Mapping[str, str]
) -> dict[str, object]:
    """Return both truths of the market of a seed, and the intervals in which they should lie."""
    with tempfile.TemporaryDirectory() as name, duckdb.connect() as connection:
        market = Path(name)
        write_market(orders, FROM, TO, seed, market, cross_border=1, parts=["abroad"], until_date=UNTIL)
        _make(connection, market, sql)
        parcels, seen = _one(
            connection,
            # Of those that were looked at, some leave a scan and some are refused, which is a scan, too.
            f"""
            select
                count(*),
                sum(1 - (1 - {SEEN}) * (1 - if(is_understated, {FAILS[0]}, {FAILS[1]})))
                filter (where is_inspected) / count(*)
            from truth where entry_date is not null
            """,
        )
        (understated,) = _one(
            connection,
            """
            select avg(truth.is_understated::integer)
            from core.fct_import_charges as charges inner join truth using (waybill_id)
            where charges.charge_kind = 'duty' and charges.exempt_up_to_amount > 0
                and charges.compared_amount is not null
            """,
        )
        found = {
            what: _one(
                connection,
                f"select {', '.join(formulas[f'{metric}_{part}'] for part in ('share', 'lower', 'upper'))} "
                f"from reports.{table}",
            )
            for what, metric, table in (
                ("seen", "seen_inspected", "mart_customs"),
                ("understated", "understated", "mart_import_thresholds where charge_kind = 'duty'"),
            )
        }
    figures: dict[str, object] = {"seed": seed, "parcels": parcels}
    for what, truth in (("seen", seen), ("understated", understated)):
        share, lower, upper = found[what]
        figures |= {what: share, f"{what}_from": lower, f"{what}_to": upper, f"{what}_truly": truth}
        figures[f"{what}_is_held"] = bool(lower <= truth <= upper)
    return figures


def _make(connection: duckdb.DuckDBPyConnection, market: Path, sql: Mapping[str, str]) -> None:
    connection.execute("set timezone = 'UTC'; attach ':memory:' as warehouse; use warehouse")
    for schema in ("seeds", "staging", "core", "reports"):
        connection.execute(f"create schema {schema}")
    for name in (*_SEEDS, "fct_border_crossings"):
        connection.execute(sql[name])
    for name in _SEEDS:
        connection.execute(f"insert into seeds.{name} by name from read_csv('{PROJECT}/seeds/{name}.csv')")
    connection.execute(
        f"""
        insert into seeds.exchange_rates by name
        select currency as from_currency, 'USD' as to_currency, usd_per_unit as rate,
            valid_from_date as valid_from
        from '{market}/truth/exchange_rates.parquet' where currency <> 'USD'
        """
    )
    connection.execute(
        f"""
        create table truth as
        select *, courier_code || ':' || waybill_number as waybill_id
        from '{market}/truth/border_crossings.parquet'
        """
    )
    connection.execute(
        """
        insert into core.fct_border_crossings by name
        select
            waybill_id, 'waymart' as provider_id, courier_code as courier_id, waybill_number, hub_code,
            entry_channel,
            'CN' as origin_country_code, destination_country_code, seller_scheme, declared_currency,
            declared_amount_as_sent as declared_amount, len(tariff_headings) as subheading_count,
            date_diff('second', import_started_at, import_cleared_at) as import_seconds,
            import_held_at is not null as is_held, is_inspection_seen, has_failed as is_refused, entry_date,
            import_started_at, import_held_at, import_cleared_at, import_failed_at
        from truth
        """
    )
    for name in _MADE:
        connection.execute(sql[name])
    for name in ("shares", "border"):
        connection.execute((PROJECT / "serving" / f"{name}.sql").read_text())


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return row


def main(
    seeds: Annotated[int, typer.Option(help="How many markets.")] = 20,
    first_seed: Annotated[int, typer.Option(help="Seed of the first.")] = 1,
    orders: Annotated[int, typer.Option(help="Orders of each.")] = 60_000,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print in how many markets each interval holds its truth."""
    sql, formulas = compiled()
    markets: list[dict[str, object]] = []
    for seed in range(first_seed, first_seed + seeds):
        markets.append(try_market(seed, orders, sql, formulas))
        if not as_json:
            print(markets[-1], flush=True)
    held = {what: sum(bool(each[f"{what}_is_held"]) for each in markets) for what in ("seen", "understated")}
    figures = {
        **{"first_seed": first_seed, "seeds": seeds, "orders": orders},
        **{f"{what}_is_held": count for what, count in held.items()},
    }
    print(json.dumps(figures | {"markets": markets}, default=float) if as_json else figures)
    # Of few markets, by more than chance explains.
    if any(
        count < HELD * seeds and (seeds >= 20 or binom.cdf(count, seeds, HELD) < 0.01)
        for count in held.values()
    ):
        sys.exit(f"Of {seeds} markets the intervals hold their truths in {held}.")


if __name__ == "__main__":
    typer.run(main)

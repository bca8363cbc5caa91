"""The command that invents a market: ``waymart simulate``."""

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from warehouse.errors import WaymartError

group = typer.Typer()


@group.command(
    epilog="Example: `waymart simulate --orders 20000 --from 2019-01-01 --to 2019-06-30 --with all --out m`"
)
def simulate(
    orders: Annotated[int, typer.Option(min=1, help="How many orders are placed.")],
    from_date: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day of orders.")],
    to_date: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day of orders.")],
    out: Annotated[Path, typer.Option(help="Folder to write: feeds/ and truth/.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same market.")] = 1,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Last day that is known (default: --to).")
    ] = None,
    feeds: Annotated[
        Literal["contract", "providers"], typer.Option(help="Our own contract, or the providers' formats.")
    ] = "contract",
    cross_border: Annotated[float, typer.Option(min=0, max=1, help="Share of orders sent abroad.")] = 0.01,
    daily: Annotated[
        bool, typer.Option("--daily", help="A folder for each day, with the rows that arrive on it.")
    ] = False,
    faults: Annotated[
        list[str] | None,
        typer.Option(
            metavar="usual|NAME=RATE", help="Spoil rows: at the usual rates, or one fault (repeat)."
        ),
    ] = None,
    parts: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="PART|all", help="What the market has beyond the plain one (repeat)."),
    ] = None,
    inject: Annotated[
        list[str] | None,
        typer.Option(
            metavar='"KIND WHERE from=DATE size=N"',
            help="Change something, like 'slow_courier courier=zto from=2019-05-06 size=1.5' (repeat).",
        ),
    ] = None,
    story: Annotated[
        Literal["told", "off"], typer.Option(help="off: no trend, no move, no peaks but the seasons.")
    ] = "told",
    assignments: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Send parcels with other couriers: waybill_number, courier_code.",
        ),
    ] = None,
) -> None:
    """Write a simulated market with a known truth, clean or with known faults."""
    from commands.console import progress
    from simulator import write_market
    from simulator.faults.rates import read_rates

    first, last = from_date.date(), to_date.date()
    if last < first:
        raise WaymartError(f"--to {last} lies before --from {first}: swap them.")
    with progress("Simulating", 1) as bar:
        try:
            write_market(
                orders,
                first,
                last,
                seed,
                out,
                until_date=until.date() if until else None,
                cross_border=cross_border,
                feeds=feeds,
                faults=read_rates(faults or [], feeds),
                daily=daily,
                progress=bar.move,
                parts=parts or [],
                assignments=assignments,
                inject=inject or [],
                story=story,
            )
        except ValueError as error:
            raise WaymartError(str(error)) from error

"""The commands about when parcels arrive: ``estimate`` and ``backtest estimates``."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

import typer

from commands.steps import published_file
from warehouse.errors import WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from serving.estimates import Place
    from serving.published import Published

group = typer.Typer()
backtest = typer.Typer(help="Replay the past with only what was known then.", no_args_is_help=True)
group.add_typer(backtest, name="backtest")


@group.command(epilog="Example: `waymart estimate --from Hangzhou --to 北京 --courier zto`")
def estimate(
    origin: Annotated[str, typer.Option("--from", help="City it leaves, by name or code.")],
    destination: Annotated[str, typer.Option("--to", help="City it goes to.")],
    courier: Annotated[str | None, typer.Option(help="Who carries it; without one, all are told.")] = None,
    service: Annotated[str | None, typer.Option(help="By which service: standard, express, …")] = None,
    at: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"],
            help="When the clock starts, where it leaves; without it, at the newest data.",
        ),
    ] = None,
    since: Annotated[Literal["payment", "pickup"], typer.Option(help="What starts the clock.")] = "payment",
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell by which day a parcel arrives: 50, 80, 90 and 95 of 100 like it, and how many that is known from.

    Like it are parcels of the last 90 days on all lanes that are learnt to go as far, where that has done
    better; else by courier, service and lane; where fewer than 30 of those have arrived, by courier and
    regions, by courier, or all. Where even that is too few, it cannot be said.
    """
    import json
    from dataclasses import asdict

    from commands.console import out as console
    from commands.console import table
    from serving.estimates import SHARES, estimates, has_estimates, newest
    from serving.names import Names
    from serving.published import Published

    published = Published(published_file(Settings.from_environment()))
    if not has_estimates(published):
        raise WaymartError("The published build has no estimates: `waymart run` makes them, on DuckDB alone.")
    leaves, arrives = _city(published, origin), _city(published, destination)
    start = at.replace(tzinfo=ZoneInfo(leaves.time_zone)) if at else newest(published)
    told = estimates(published, leaves, arrives, start, since, courier, service) if start else []
    if as_json:
        print(
            json.dumps(
                {
                    "from": leaves.adcode,
                    "to": arrives.adcode,
                    "since": since,
                    "at": start,
                    "estimates": [asdict(one) for one in told],
                },
                ensure_ascii=False,
                indent=2,
                default=str,
            )
        )
        return
    if not told or start is None:
        console.print("It cannot be said: fewer than 30 parcels of the last 90 days have arrived.")
        return
    names = Names(published)
    rows = [
        [
            names.of("courier_id", one.courier_id) if one.courier_id else "Any courier",
            *(str(one.days[share] or "cannot say") for share in SHARES),
            one.level.replace("_", " ") + (f", {one.service}" if one.service else ""),
            one.arrived_count,
            one.sampled_count,
        ]
        for one in told
    ]
    when = f"{start.astimezone(ZoneInfo(leaves.time_zone)):%Y-%m-%d %H:%M}"
    columns = ["Courier", *(f"{share} of 100 by" for share in SHARES), "Known from", "Arrived", "Looked at"]
    console.print(table(f"{leaves.name} to {arrives.name}, {since} at {when}", columns, rows))


def _city(published: "Published", name: str) -> "Place":
    """Return the one city of this name."""
    from serving.estimates import places

    found = places(published, name)
    if not found:
        raise WaymartError(f"No city {name} is known: give its name as dim_cities has it, or its code.")
    if len(found) > 1:
        codes = ", ".join(f"{place.adcode} ({place.region})" for place in found[:8])
        raise WaymartError(f"{name} is several cities: give one of the codes {codes}.")
    return found[0]


@backtest.command("estimates", epilog="Example: `waymart backtest estimates --weeks 26`")
def backtest_estimates(
    weeks: Annotated[
        int, typer.Option(min=1, help="So many, the last that parcels had 30 days to end.")
    ] = 13,
    since: Annotated[Literal["payment", "pickup"], typer.Option(help="What starts the clock.")] = "payment",
    as_json: Annotated[bool, typer.Option("--json", help="For programs; by week and courier.")] = False,
) -> None:
    """Tell how often the estimates of past weeks were right, each from what was known when its week began.

    Beside them stand the plain quantiles of each lane and what the platforms promised. The published build
    has the same of the last 26 weeks in mart_estimate_quality.
    """
    import json

    from commands.console import out as console
    from commands.console import table
    from estimates.delivery.backtest import backtest as replay
    from estimates.delivery.backtest import summed
    from estimates.delivery.market import IS_DELIVERY, READ, started
    from warehouse.connection import open_warehouse

    with open_warehouse(Settings.from_environment(), read_only=True) as connection:
        providers = connection.table("core.dim_providers").pl()
        provinces = connection.table("core.dim_provinces").pl()
        waybills = connection.table("core.fct_waybills").filter(IS_DELIVERY).select(*READ).pl()
    as_of = providers["as_of_at"].max()
    if not isinstance(as_of, datetime):
        raise WaymartError("No parcel is known yet: load files, then `waymart run`.")
    rows = replay(started(waybills, providers, provinces)[since], as_of, weeks)
    if as_json:
        print(json.dumps(rows.to_dicts(), indent=2, default=str))
        return
    lines = [
        [
            row["told_by"].replace("_", " ").capitalize(),
            "–" if row["percentile"] is None else f"{row['percentile']} of 100",
            "–" if row["kept_share"] is None else f"{row['kept_share']:.1%}",
            *(
                "–" if row[name] is None else f"{row[name]:.2f}"
                for name in ("mean_pinball_days", "mean_told_days")
            ),
            row["told_count"],
            row["waybill_count"],
        ]
        for row in summed(rows).iter_rows(named=True)
    ]
    columns = ["Told by", "For", "Kept", "Loss, days", "Mean days told", "Told", "Parcels"]
    console.print(table(f"Estimates of {weeks} weeks, from {since}", columns, lines))

"""The command about who else may buy a product: ``audience``."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from warehouse.errors import WaymartError
from warehouse.settings import Settings

group = typer.Typer()


@group.command(epilog="Example: `waymart audience pinduoduo:P000000001426 --out audience.csv`")
def audience(
    products: Annotated[
        list[str], typer.Argument(metavar="PRODUCT…", help="As dim_products has them: platform:code.")
    ],
    early_days: Annotated[
        int, typer.Option(min=1, help="Who bought one of them so soon after its first sale is alike.")
    ] = 60,
    top: Annotated[int, typer.Option(min=1, help="So many accounts are listed.")] = 10_000,
    out: Annotated[
        Path | None, typer.Option(help="The list, as CSV; without it only how good it is.")
    ] = None,
    keep: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Keep the list for the page Consumers, for analysts and operators."
        ),
    ] = None,
) -> None:
    """List the accounts that buy most like a product's early buyers; who bought it is left out.

    Accounts are the warehouse's pseudonyms, and the list is for who runs it: no merchant ever gets one. Half
    of the early buyers are held out to say how well the list finds them.
    """
    import polars as pl

    from commands.console import out as console
    from estimates.audience.lookalike import TOP, TooFewError, lift, look_alikes
    from estimates.audience.purchases import purchases
    from serving.audiences import Audience
    from serving.audiences import keep as keep_audience
    from serving.kept import KeptError
    from warehouse.connection import open_warehouse

    settings = Settings.from_environment()
    with open_warehouse(settings, read_only=True) as connection:
        lines = connection.execute(
            """
            select
                consumer_id, order_id, product_id, category_id, order_date,
                goods_amount::double / nullif(unit_count, 0) as unit_price
            from core.fct_order_lines
            where is_paid and consumer_id is not null
                and (platform_id, currency) in (
                    select (platform_id, currency) from core.fct_order_lines
                    where list_contains($1, product_id)
                )
            """,
            [products],
        ).pl()
        # Where an account lives, by its last order.
        tiers = connection.execute(
            "select consumer_id, tier_fixed from core.fct_consumer_orders where next_order_date is null"
        ).pl()
    bought = lines.filter(pl.col("product_id").is_in(products))
    if unsold := sorted(set(products) - set(bought["product_id"])):
        raise WaymartError(f"Nobody is known to have bought {', '.join(unsold)}: give ids of dim_products.")
    first = pl.col("order_date").min().over("product_id")
    early = bought.filter(pl.col("order_date") < first + timedelta(days=early_days))
    seed_count = early["consumer_id"].n_unique()
    # Nobody has another line of such an order who did not buy the product as well.
    rest = purchases(lines.join(bought, on="order_id", how="anti"))
    try:
        found, lifted = look_alikes(rest, early), lift(rest, early)
    except TooFewError as error:
        raise WaymartError(f"No audience can be told: {error}") from None
    console.print(
        f"{seed_count:,} accounts bought within {early_days} days. Of those held out, {lifted:.1f} times as "
        f"many stand in the first {TOP:.0%} of {len(found):,} accounts as chance would put there."
    )
    if out or keep:
        unsold_to = found.filter(~pl.col("consumer_id").is_in(bought["consumer_id"].unique().implode()))
        rows = unsold_to.head(top).with_columns(rank=pl.int_range(1, pl.len() + 1))
    if out:
        rows.select("rank", "consumer_id", "score").write_csv(out)
        console.print(f"The first {len(rows):,} stand in {out}.")
    if keep:
        rows = rows.join(tiers, on="consumer_id", how="left", maintain_order="left")
        rows = rows.with_columns(pl.col("tier_fixed").fill_null("unknown"))
        about = Audience(
            name=keep,
            products=tuple(products),
            early_days=early_days,
            buyer_count=seed_count,
            top_tenth_lift=lifted,
            listed_count=len(rows),
            tier_counts=dict(rows.group_by("tier_fixed").len().sort("tier_fixed").rows()),
            kept_at=datetime.now(UTC).replace(microsecond=0),
        )
        try:
            path = keep_audience(settings.audiences, about, rows)
        except KeptError as error:
            raise WaymartError(str(error)) from None
        console.print(f"The first {len(rows):,} are kept in {path}, and shown on the page Consumers.")

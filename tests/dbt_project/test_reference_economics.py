"""What an order brings and costs, against plain Polars over the feeds and the simulator's own books."""

import random
from typing import Any

import duckdb
import polars as pl
import pytest
from published_reports import Published
from reference import waybills as waybill_rows
from reference.feeds import feed, latest
from reference.market import Market
from reference.orders import LINE, ORDER

CUTS = ("platform_id", "channel", "tier_fixed", "month")
PARTS = {
    "paid": 1,
    "subsidy": 1,
    "partner": 1,
    "refund": -1,
    "goods": -1,
    "commission": -1,
    "payment": -1,
    "freight": -1,
    "import": -1,
}
ABROAD = pl.col("tier_fixed") == "abroad"


@pytest.fixture(scope="module")
def rng() -> random.Random:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    return random.Random(seed)


@pytest.fixture(scope="module")
def market(published: Published) -> Market:
    return Market(published.settings.home / "market")


def fen(name: str) -> pl.Expr:
    return (pl.col(name) * 100).cast(pl.Int64)


def ways_back(published: Published) -> pl.DataFrame:
    rows = latest(feed(published.settings.home / "market", "returns"), [*ORDER, "return_number"])
    return rows.with_columns(waybill=pl.concat_str("courier_code", "waybill_number", separator=":"))


def in_fen(published: Published, market: Market) -> dict[str, pl.DataFrame]:
    """Per order: its share of each parcel's freight and charges; a parcel's cents go to its first order."""
    returns = ways_back(published)
    paid_by_others = returns.filter(pl.col("payer_code") != "merchant").select("waybill").drop_nulls()
    parcels = market.waybills.join(
        paid_by_others.with_columns(is_paid=pl.lit(True)).unique(), on="waybill", how="left"
    ).select(
        "waybill",
        "purpose",
        "picked_up_at",
        freight=pl.when(
            pl.col("is_paid").fill_null(False)
            | (pl.col("cancelled_at").is_not_null() & pl.col("picked_up_at").is_null())
        )
        .then(0)
        .otherwise(fen("freight_cost_amount")),
        charge=pl.when(~ABROAD | (pl.col("purpose") == "return"))
        .then(0)
        .when(
            pl.any_horizontal(
                pl.col(name).is_not_null()
                for name in ("duty_amount", "import_tax_amount", "import_fee_amount")
            )
        )
        .then(
            pl.sum_horizontal(
                fen(name).fill_null(0) for name in ("duty_amount", "import_tax_amount", "import_fee_amount")
            )
        ),
    )
    pairs = waybill_rows.parcels(waybill_rows.registered(published.settings.home / "market"))
    pairs = pairs.select("waybill", *ORDER).unique().sort("waybill", pl.concat_str(ORDER, separator=":"))
    place, size = pl.int_range(pl.len()).over("waybill"), pl.len().over("waybill")
    shared = pairs.join(parcels, on="waybill", maintain_order="left").with_columns(
        (pl.col(name) // size + pl.when(place == 0).then(pl.col(name) % size).otherwise(0)).alias(name)
        for name in ("freight", "charge")
    )
    shipped = market.parts.group_by(ORDER).agg(shipped=fen("gmv_paid").sum())
    carried = shared.group_by(ORDER).agg(
        has_travelled=pl.col("picked_up_at").is_not_null().any(),
        freight=pl.when(pl.col("freight").is_not_null().all()).then(pl.col("freight").sum()),
        charge=pl.when(pl.col("charge").is_not_null().all()).then(pl.col("charge").sum()),
    )
    return {"carried": carried.join(shipped, on=ORDER, how="left"), "returns": returns}


@pytest.fixture(scope="module")
def expected(published: Published, market: Market) -> pl.DataFrame:
    """Every paid order with its parts in fen."""
    found = in_fen(published, market)
    lines = latest(feed(published.settings.home / "market", "order_lines"), LINE)
    sold_again = found["returns"].filter(pl.col("is_resaleable"))
    costs = lines.group_by(ORDER).agg(
        cost=pl.when(pl.col("cost_amount").is_not_null().all()).then(fen("cost_amount").sum())
    )
    back = (
        lines.join(sold_again.select(LINE).unique(), on=LINE, how="semi")
        .group_by(ORDER)
        .agg(back=fen("cost_amount").sum())
    )
    by_platform = (
        found["returns"].filter(payer_code="platform").group_by(ORDER).agg(way=fen("postage_amount").sum())
    )
    orders = market.orders.filter("is_paid")
    for other in (costs, back, found["carried"], by_platform):
        orders = orders.join(other, on=ORDER, how="left")
    is_gone = pl.col("freight").is_null() & pl.col("has_travelled").is_null() & pl.col("is_cancelled")
    is_whole = pl.col("is_cancelled") | (pl.col("shipped") == fen("gmv_paid"))
    rows = orders.select(
        *ORDER,
        "currency",
        "channel",
        "tier_fixed",
        month=pl.col("order_date").dt.truncate("1mo"),
        paid=fen("paid_amount"),
        subsidy=fen("platform_subsidy_amount"),
        partner=fen("partner_discount_amount").fill_null(0),
        refund=fen("refunded"),
        goods=pl.when("is_cancelled", ~pl.col("has_travelled").fill_null(False))
        .then(0)
        .otherwise(pl.col("cost") - pl.col("back").fill_null(0)),
        commission=fen("commission_amount"),
        payment=fen("payment_fee_amount"),
        freight=pl.when(is_gone).then(0).when(is_whole).then("freight"),
        **{"import": pl.when(~ABROAD).then(0).when(is_gone).then(0).when(is_whole).then("charge")},
        platform_cost=fen("platform_subsidy_amount") + pl.col("way").fill_null(0),
    )
    total = sum((sign * pl.col(name) for name, sign in PARTS.items()), pl.lit(0))
    return rows.with_columns(contribution=total)


def test_every_paid_order_has_its_parts_to_the_fen(published: Published, expected: pl.DataFrame) -> None:
    columns = {
        "paid": "paid_amount",
        "subsidy": "platform_subsidy_amount",
        "partner": "partner_discount_amount",
        "refund": "refunded_amount",
        "goods": "goods_cost_amount",
        "commission": "commission_amount",
        "payment": "payment_fee_amount",
        "freight": "freight_cost_amount",
        "import": "import_charge_amount",
        "contribution": "contribution_amount",
        "platform_cost": "platform_cost_amount",
    }
    listed = ", ".join(f"(100 * {column})::bigint as {name}" for name, column in columns.items())
    with duckdb_of(published) as warehouse:
        ours = warehouse.execute(f"select order_id, {listed} from core.fct_order_economics").pl()
    truth = expected.select(pl.concat_str(ORDER, separator=":").alias("order_id"), *columns)
    assert ours.sort("order_id").equals(truth.sort("order_id").select(ours.columns), null_equal=True)
    known = truth["contribution"].is_not_null()
    assert 0 < known.sum() < len(truth)
    assert truth["import"].gt(0).any()


def duckdb_of(published: Published) -> Any:
    return duckdb.connect(str(published.settings.warehouse), read_only=True)


def test_commission_cost_and_fees_are_the_simulators_own_books(published: Published) -> None:
    names = ("cost_amount", "commission_amount", "payment_fee_amount", "partner_discount_amount")
    with duckdb_of(published) as warehouse:
        totals = ", ".join(f"sum({name})" for name in names)
        ours = warehouse.execute(f"select {totals} from core.fct_orders where is_paid").fetchall()
    truth = published.rows(f"select {totals} from '{published.truth}/orders.parquet' where is_paid")
    assert ours == truth


def test_cells_are_means_over_the_orders_with_all_parts_known(
    published: Published, expected: pl.DataFrame, rng: random.Random
) -> None:
    names = [*PARTS, "contribution"]
    metrics = [f"{name}_per_order" for name in names]
    asked = [*metrics, "complete_order_share", "platform_cost_per_order", "subsidised_order_share"]
    formulas = ", ".join(published.formula("mart_order_economics", name) for name in asked)
    for _ in range(30):
        row = expected.row(rng.randrange(len(expected)), named=True)
        chosen = {cut: row[cut] for cut in rng.sample(CUTS, rng.randint(0, 3))} | {
            "currency": row["currency"]
        }
        rows = expected.filter(*(pl.col(cut) == value for cut, value in chosen.items()))
        condition = " and ".join(
            f"{cut.replace('month', 'month_date')} = '{value}'" for cut, value in chosen.items()
        )
        (found,) = published.rows(f"select {formulas} from mart_order_economics where {condition}")
        complete = rows.filter(pl.col("contribution").is_not_null())
        means = [complete[name].sum() / 100 / len(complete) if len(complete) else None for name in names]
        wanted = [
            *means,
            len(complete) / len(rows),
            rows["platform_cost"].sum() / 100 / len(rows),
            rows.filter(pl.col("subsidy") > 0).height / len(rows),
        ]
        for name, value, other in zip(asked, found, wanted, strict=True):
            assert (value is None) == (other is None), (condition, name)
            assert value is None or float(value) == pytest.approx(other, abs=1e-6), (condition, name)

from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from commands.cli import app
from estimates.audience.lookalike import lift
from estimates.audience.purchases import purchases
from serving.access import COMMAND_LINE
from serving.audiences import audience_rows, audiences
from warehouse.settings import Settings


@pytest.fixture(autouse=True)
def _home(market: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(market.home))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["audience", *arguments])


def test_a_list_is_of_accounts_of_the_same_platform_that_have_not_bought_it(
    market: Settings, tmp_path: Path
) -> None:
    with duckdb.connect(str(market.warehouse), read_only=True) as connection:
        lines = connection.execute(
            "select product_id, consumer_id, order_date from core.fct_order_lines"
            " where is_paid and platform_id = 'pinduoduo' and currency = 'CNY' and consumer_id is not null"
        ).pl()
    products = lines["product_id"].value_counts(sort=True)["product_id"].head(40).to_list()
    done = run(*products, "--early-days", "300", "--top", "50", "--out", str(tmp_path / "audience.csv"))
    assert done.exit_code == 0, done.output
    bought = lines.filter(pl.col("product_id").is_in(products))
    first = pl.col("order_date").min().over("product_id")
    early = set(bought.filter((pl.col("order_date") - first).dt.total_days() < 300)["consumer_id"])
    assert f"{len(early):,} accounts bought within 300 days" in done.output
    rows = pl.read_csv(tmp_path / "audience.csv")
    assert rows["rank"].to_list() == list(range(1, 51))
    assert early < set(bought["consumer_id"])  # some bought it later
    assert set(rows["consumer_id"]) <= set(lines["consumer_id"]) - set(bought["consumer_id"])
    assert rows["score"].is_sorted(descending=True)


def test_a_kept_list_says_how_good_it_is_and_how_many_of_it_live_in_each_tier(own_home: Settings) -> None:
    with duckdb.connect(str(own_home.warehouse), read_only=True) as connection:
        products = [
            product
            for (product,) in connection.execute(
                "select product_id from core.fct_order_lines where is_paid and platform_id = 'pinduoduo'"
                " group by product_id order by count(*) desc, product_id limit 40"
            ).fetchall()
        ]
        newest = connection.execute(
            "select consumer_id, tier_fixed from core.fct_orders where consumer_id is not null"
            " qualify row_number() over (partition by consumer_id order by placed_at desc, order_id desc) = 1"
        ).pl()
    done = run(*products, "--early-days", "300", "--top", "50", "--keep", "launch")
    assert done.exit_code == 0, done.output
    [kept] = audiences(own_home.audiences, COMMAND_LINE)
    rows = audience_rows(own_home.audiences, COMMAND_LINE, "launch")
    assert (kept.name, list(kept.products), kept.listed_count) == ("launch", products, 50)
    assert f"{kept.buyer_count:,} accounts bought within 300 days" in done.output
    assert f"{kept.top_tenth_lift:.1f} times" in done.output
    homes = rows.select("rank", "consumer_id").join(newest, on="consumer_id", maintain_order="left")
    assert rows["tier_fixed"].to_list() == homes["tier_fixed"].to_list()
    assert kept.tier_counts == dict(homes.group_by("tier_fixed").len().rows())
    assert "is no name" in str(run(*products, "--early-days", "300", "--keep", "../launch").exception)


def test_how_good_it_is_is_judged_without_the_orders_that_hold_the_product(own_home: Settings) -> None:
    with duckdb.connect(str(own_home.warehouse), read_only=True) as connection:
        lines = connection.execute(
            "select *, goods_amount::double / nullif(unit_count, 0) as unit_price from core.fct_order_lines"
            " where is_paid and platform_id = 'pinduoduo' and currency = 'CNY' and consumer_id is not null"
        ).pl()
    baskets = lines.filter(pl.len().over("order_id") > 1)
    products = baskets["product_id"].value_counts(sort=True)["product_id"].head(40).sort().to_list()
    done = run(*products, "--early-days", "900", "--keep", "launch")
    assert done.exit_code == 0, done.output
    [kept] = audiences(own_home.audiences, COMMAND_LINE)
    orders = lines.filter(pl.col("product_id").is_in(products))
    rest = lines.filter(~pl.col("order_id").is_in(orders["order_id"].implode()))
    with_them = lines.filter(~pl.col("product_id").is_in(products))
    assert len(with_them) > len(rest)
    assert kept.top_tenth_lift == pytest.approx(lift(purchases(rest), orders))
    assert kept.top_tenth_lift != pytest.approx(lift(purchases(with_them), orders))


def test_a_product_that_nobody_bought_or_few_did_is_said(market: Settings) -> None:
    assert "Nobody is known to have bought taobao:nothing" in str(run("taobao:nothing").exception)
    with duckdb.connect(str(market.warehouse), read_only=True) as connection:
        row = connection.execute(
            "select product_id from core.fct_order_lines where is_paid"
            " group by product_id order by count(*), product_id limit 1"
        ).fetchone()
    assert row is not None
    assert "30 are needed" in str(run(row[0]).exception)

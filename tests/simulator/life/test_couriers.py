"""Couriers in full: what each parcel would have taken and cost with every courier, and who chose it."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market

DAYS = (date(2019, 3, 1), date(2019, 4, 10))
ORDERS, SEED = 20_000, 41
KEY = ["courier_code", "waybill_number"]


def write(folder: Path, **options: object) -> Written:
    write_market(
        ORDERS, *DAYS, SEED, folder, until_date=date(2019, 5, 20), parts=["couriers"], **options  # type: ignore[arg-type]
    )  # fmt: skip
    return Written(folder)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Written:
    print(f"seed {SEED}")
    return write(tmp_path_factory.mktemp("couriers"))


@pytest.fixture(scope="module")
def choices(market: Written) -> pl.DataFrame:
    return market.truth("parcel_couriers").with_columns(
        took=(pl.col("first_attempt_at") - pl.col("picked_up_at")).dt.total_seconds(),
        parcel=pl.col("waybill_number").str.tail(12),
    )


@pytest.fixture(scope="module")
def waybills(market: Written) -> pl.DataFrame:
    home = pl.col("destination_adcode").is_not_null() & (pl.col("purpose") == "sale")
    return market.truth("waybills").filter(home)


def test_with_its_own_courier_a_parcel_takes_and_costs_what_it_did(
    choices: pl.DataFrame, waybills: pl.DataFrame
) -> None:
    own = choices.filter("is_chosen").join(waybills, on=KEY, suffix="_was")
    assert len(own) > 15_000
    assert own.filter(pl.col("with_courier_code") != pl.col("courier_code")).is_empty()
    assert own.filter(pl.col("freight_cost_amount") != pl.col("freight_cost_amount_was")).is_empty()
    came = own.filter(pl.col("handed_over_at_was").is_not_null())
    for column in ("picked_up_at", "first_attempt_at", "handed_over_at"):
        assert came.filter(pl.col(column) != pl.col(f"{column}_was")).is_empty()


def test_each_price_is_the_cards_with_the_merchants_discount(
    market: Written, choices: pl.DataFrame, waybills: pl.DataFrame
) -> None:
    province = [
        (pl.col(f"{end}_adcode").str.head(2) + "0000").alias(f"{end}_province_adcode")
        for end in ("origin", "destination")
    ]
    parcels = waybills.select(*KEY, "platform_id", "merchant_code", "weight_grams", *province)
    priced = (
        choices.join(parcels, on=KEY)
        .with_columns(pl.col("with_courier_code").cast(pl.String))
        .join(
            market.truth("rate_cards").with_columns(pl.col("courier_code").cast(pl.String)),
            left_on=["with_courier_code", "origin_province_adcode", "destination_province_adcode"],
            right_on=["courier_code", "origin_province_adcode", "destination_province_adcode"],
        )
        .join(
            market.truth("contracts").with_columns(pl.col("courier_code").cast(pl.String)),
            left_on=["platform_id", "merchant_code", "with_courier_code"],
            right_on=["platform_id", "merchant_code", "courier_code"],
            how="left",
        )
    )
    assert len(priced) == len(choices)
    assert priced.filter(pl.col("has_contract") != pl.col("paid_share").is_not_null()).is_empty()
    kilograms = ((pl.col("weight_grams") + 999) // 1000).clip(1)
    further = (kilograms - pl.col("base_kilogram_count")).clip(0)
    listed = (pl.col("base_amount") * 100).cast(pl.Int64) + (pl.col("further_kilogram_amount") * 100).cast(
        pl.Int64
    ) * further
    permille = (pl.col("paid_share").fill_null(1.0) * 1000).round().cast(pl.Int64)
    fen = (pl.col("freight_cost_amount") * 100).cast(pl.Int64)
    assert priced.filter(listed * permille // 1000 != fen).is_empty()


def test_price_lists_are_near_those_of_real_shops(market: Written) -> None:
    """Median of price lists in central China: 3 yuan to most provinces, 16 to Xinjiang, up to 1 kg."""
    cards = market.truth("rate_cards").filter(
        pl.col("courier_code").is_in(["zto", "yunda", "yto", "best", "sto"]),
        pl.col("origin_province_adcode") == "330000",
    )
    price = dict(
        cards.group_by("destination_province_adcode").agg(pl.col("base_amount").median()).iter_rows()
    )
    assert float(price["320000"]) == pytest.approx(3.0, abs=0.5)
    assert float(price["650000"]) == pytest.approx(16.0, abs=2.0)
    assert price["650000"] == max(price.values())


def test_couriers_are_drawn_by_their_propensities_among_the_merchants_contracts(
    choices: pl.DataFrame,
) -> None:
    assert choices.filter(pl.col("is_chosen") & ~pl.col("has_contract")).is_empty()
    assert choices.filter(~pl.col("has_contract") & (pl.col("propensity") > 0)).is_empty()
    whole = choices.group_by(KEY).agg(pl.sum("propensity"), pl.sum("is_chosen"))
    assert whole.filter((pl.col("propensity") - 1).abs() > 1e-9).is_empty()
    assert set(whole["is_chosen"]) == {1}
    likely = choices.filter(pl.col("has_contract")).with_columns(tenth=(pl.col("propensity") * 10).floor())
    for row in likely.group_by("tenth").agg(
        n=pl.len(), expected=pl.sum("propensity"), drawn=pl.sum("is_chosen"),
        variance=(pl.col("propensity") * (1 - pl.col("propensity"))).sum(),
    ).rows(named=True):  # fmt: skip
        assert abs(row["drawn"] - row["expected"]) < 4.5 * row["variance"] ** 0.5 + 1, row


@pytest.mark.parametrize("level", [50, 80, 90, 95])
def test_the_quantiles_hold_that_share_of_the_parcels(choices: pl.DataFrame, level: int) -> None:
    held = choices.select((pl.col("took") <= pl.col(f"p{level}_first_attempt_seconds")).mean()).item()
    assert held == pytest.approx(level / 100, abs=0.013)


def test_no_courier_is_best_everywhere(choices: pl.DataFrame, waybills: pl.DataFrame) -> None:
    lanes = waybills.select(*KEY, lane=pl.concat_str(pl.col("^.*adcode$").str.head(2)))
    economy = choices.filter(pl.col("with_courier_code").is_in(["zto", "yunda", "yto", "best", "sto", "ttk"]))
    means = (
        economy.join(lanes, on=KEY)
        .group_by("lane", "with_courier_code")
        .agg(n=pl.len(), hours=pl.mean("took"), price=pl.col("freight_cost_amount").cast(pl.Float64).mean())
        .filter(pl.col("n") >= 20)
    )
    for measure in ("hours", "price"):
        best = means.sort(measure).unique("lane", keep="first")["with_courier_code"].value_counts()
        assert len(best) >= 5
        assert best["count"].max() < 0.5 * best["count"].sum()


def test_the_oracle_is_cheaper_and_keeps_more_promises_than_the_cheapest(choices: pl.DataFrame) -> None:
    in_time = pl.col("first_attempt_at") <= pl.col("expected_by_at")
    cheapest = choices.filter("has_contract").sort("freight_cost_amount").unique(KEY, keep="first")
    figures = {
        name: (
            float(rows["freight_cost_amount"].cast(pl.Float64).mean()),
            float(rows.select(in_time.mean()).item()),
        )
        for name, rows in {
            "own": choices.filter("is_chosen"), "oracle": choices.filter("is_oracle"), "cheapest": cheapest,
        }.items()
    }  # fmt: skip
    assert figures["oracle"][0] < 0.85 * figures["own"][0]
    assert figures["oracle"][1] > figures["own"][1] - 0.005
    assert figures["cheapest"][1] < figures["oracle"][1] - 0.015


def test_assigned_parcels_go_with_the_other_courier_and_all_else_stays(
    market: Written, choices: pl.DataFrame, tmp_path: Path
) -> None:
    named = (
        choices.filter("is_oracle" , ~pl.col("is_chosen"), pl.col("parcel").str.ends_with("0"))
        .sample(300, seed=1)
    )  # fmt: skip
    named.select("waybill_number", courier_code="with_courier_code").write_csv(tmp_path / "named.csv")
    other = write(tmp_path / "other", assignments=tmp_path / "named.csv")
    found = other.truth("parcel_couriers").filter("is_chosen").with_columns(
        parcel=pl.col("waybill_number").str.tail(12)
    )  # fmt: skip
    moved = named.join(found, on="parcel", suffix="_found")
    assert len(moved) == 300
    assert moved.filter(pl.col("with_courier_code") != pl.col("with_courier_code_found")).is_empty()
    assert moved.filter(pl.col("freight_cost_amount") != pl.col("freight_cost_amount_found")).is_empty()
    # With the load of the day moved along, hardly any of them takes longer than the truth said it would.
    same = moved.filter(pl.col("handed_over_at") == pl.col("handed_over_at_found"))
    assert len(same) > 0.9 * len(moved)
    rest = choices.filter("is_chosen").join(named, on="parcel", how="anti").join(found, on="parcel")
    assert rest.filter(pl.col("courier_code") != pl.col("courier_code_right")).is_empty()
    assert rest.filter(pl.col("picked_up_at") != pl.col("picked_up_at_right")).is_empty()


def test_a_courier_asked_to_carry_everything_is_late(
    market: Written, choices: pl.DataFrame, tmp_path: Path
) -> None:
    own = choices.filter("is_chosen")
    own.select("waybill_number", courier_code=pl.lit("ttk")).write_csv(tmp_path / "all.csv")
    other = write(tmp_path / "other", assignments=tmp_path / "all.csv")
    with_all = other.truth("parcel_couriers").filter("is_chosen")
    assert set(with_all["with_courier_code"]) == {"ttk"}
    alone = choices.filter(pl.col("with_courier_code") == "ttk")["took"].mean()
    took = (with_all["first_attempt_at"] - with_all["picked_up_at"]).dt.total_seconds().mean()
    assert took > alone + 48 * 3600


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("waybill_number,courier_code\n757000000000008,dhl\n", "couriers not known: dhl"),
        ("waybill_number,courier_code\n757999999999992,zto\n", "not sold within China in this market"),
        ("waybill_number,courier_code\n757x,zto\n", "no waybill's"),
        ("waybill_number,courier_code\n", "assigns no parcel"),
        ("number,to\n1,zto\n", "no columns waybill_number and courier_code"),
        ("waybill_number,courier_code\n757000000000008,zto\n437000000000008,yto\n", "twice"),
    ],
)
def test_assignments_that_cannot_be_meant_are_refused(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "named.csv").write_text(text)
    with pytest.raises(ValueError, match=what):
        write_market(
            100, *DAYS, 1, tmp_path / "market", parts=["couriers"], assignments=tmp_path / "named.csv"
        )


def test_an_unknown_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no part named camels"):
        write_market(100, *DAYS, 1, tmp_path, parts=["camels"])

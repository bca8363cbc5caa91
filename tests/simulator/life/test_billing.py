"""Rate cards in the feed say what is billed, but for the bills that the truth names."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market

DAYS = (date(2019, 5, 1), date(2019, 6, 30))
KEY = ["courier_code", "waybill_number"]
ENDS = ("origin", "destination")


def by_card(market: Written) -> pl.DataFrame:
    """The parcels with what their card asks, the merchant's own before the list; null where there is none."""
    cards = market.feed("rate_cards").collect().explode("origin_places").explode("destination_places")
    parcels = market.truth("waybills").with_columns(
        *(pl.col(f"{end}_adcode").str.head(2).add("0000").alias(f"{end}_province") for end in ENDS)
    )
    kilograms = (pl.col("weight_grams") - pl.col("base_grams")).clip(0).add(999) // 1000
    price = pl.col("base_amount") + pl.col("further_kilogram_amount") * kilograms
    prices = [
        parcels.join(
            cards.filter(pl.col("merchant_code").is_not_null() == is_own),
            left_on=["courier_code", "currency", *(f"{end}_{level}" for end in ENDS)]
            + ["merchant_code"] * is_own,
            right_on=["courier_code", "currency", *(f"{end}_places" for end in ENDS)]
            + ["merchant_code"] * is_own,
        )
        .filter(pl.col("weight_grams") <= pl.col("to_grams"))
        .select(*KEY, card_amount=price)
        for is_own in (True, False)
        for level in ("adcode", "province")
    ]
    return parcels.join(pl.concat(prices).unique(KEY, keep="first"), on=KEY, how="left")


@pytest.mark.parametrize("parts", [["cards"], ["cards", "couriers"]], ids=["zones", "lanes"])
def test_every_bill_of_a_carded_courier_is_by_its_card_or_is_named_as_wrong(
    tmp_path: Path, parts: list[str]
) -> None:
    write_market(6_000, *DAYS, 3, tmp_path, cross_border=0.05, parts=parts)
    market = Written(tmp_path)
    parcels, wrong = by_card(market), market.truth("wrong_bills")
    priced = parcels.filter(pl.col("card_amount").is_not_null())
    home = parcels.filter(pl.col("courier_code").is_in(["zto", "yunda", "sf"]), pl.col("origin_adcode") != "")
    light = home.filter(pl.col("destination_country_code") == "CN", pl.col("weight_grams") <= 20_000)
    assert set(priced.select(KEY).rows()) == set(light.select(KEY).rows())
    differing = priced.filter(pl.col("card_amount") != pl.col("freight_cost_amount"))
    named = wrong.join(priced, on=KEY)
    assert set(differing.select(KEY).rows()) == set(named.select(KEY).rows())
    assert (named["card_amount"] == named["agreed_amount"]).all()
    assert 0.012 < len(differing) / len(priced) < 0.028
    assert set(wrong["error"]) == {"too_heavy", "surcharge", "too_little"}

"""What is chosen and saved on the parcels of a warehouse, by what was known on a Monday."""

from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest
from test_choice import market

from estimates.choice.chosen import CHOICES, courier_choice
from estimates.choice.judged import SAVINGS, courier_saving
from estimates.choice.market import monday, sent, since

#: A Thursday.
AS_OF = datetime(2019, 6, 20, 15, tzinfo=UTC)
OFFERS = pl.DataFrame(
    schema={
        **dict.fromkeys(("merchant_id", "courier_id", "origin_adcode", "origin_province_id"), pl.String),
        **dict.fromkeys(("destination_adcode", "destination_province_id", "currency"), pl.String),
        "kilogram_count": pl.Int64,
        "card_amount": pl.Decimal(38, 2),
        "has_own_card": pl.Boolean,
    }
)
AS_OF_TYPE = pl.Datetime("us", "UTC")
#: What may become of a parcel besides, all unknown.
FATES = ("handed_over_at", "returning_at", "returned_at", "cancelled_at", "forwarded_at")


@cache
def waybills() -> pl.DataFrame:
    """Parcels of 150 days, as `fct_waybills` has them."""
    parcels = market(3, 9000)
    dice = np.random.default_rng(3)
    since_start = pl.Series(dice.integers(0, 150 * 86_400, len(parcels)))
    registered = pl.lit(AS_OF - timedelta(days=150)) + pl.duration(seconds="second")
    return parcels.with_columns(second=since_start).select(
        *("merchant_id", "courier_id", "origin_province_id", "destination_province_id"),
        waybill_id=pl.format("w{}", pl.int_range(pl.len())),
        origin_adcode=pl.lit("330100"),
        destination_adcode=pl.col("destination_province_id") + "0100",
        currency=pl.lit("CNY"),
        weight_grams=pl.col("kilogram_count") * 1000 - 1,
        freight_cost_amount=pl.col("cost_amount").cast(pl.Decimal(18, 2)),
        registered_at=registered,
        first_attempt_at=registered + pl.duration(seconds=(pl.col("hours") * 3600).cast(pl.Int64)),
        promised_delivery_at=registered + pl.duration(hours=96),
        **{fate: pl.lit(None, AS_OF_TYPE) for fate in FATES},
    )


def test_days_are_counted_from_the_last_monday_that_lies_a_day_back() -> None:
    assert monday(AS_OF) == datetime(2019, 6, 17, tzinfo=UTC)
    assert monday(datetime(2019, 6, 18, tzinfo=UTC)) == monday(AS_OF)
    assert monday(datetime(2019, 6, 17, 23, tzinfo=UTC)) == datetime(2019, 6, 10, tzinfo=UTC)
    assert since(AS_OF) < monday(AS_OF) - timedelta(days=130)


def test_the_order_of_the_parcels_changes_nothing() -> None:
    mixed = waybills().sample(fraction=1, shuffle=True, seed=4)
    for made in (courier_choice, courier_saving):
        assert made(mixed, OFFERS, AS_OF).equals(made(waybills(), OFFERS, AS_OF))


def test_what_is_known_after_the_monday_changes_nothing() -> None:
    later = pl.col("registered_at") >= monday(AS_OF)
    before = courier_choice(waybills(), OFFERS, AS_OF)
    assert set(before["decided_date"]) == {monday(AS_OF).date()}
    without = waybills().filter(~later)
    assert courier_choice(without, OFFERS, AS_OF).equals(before)
    # Whoever was not attempted by then was under way, whatever came of it.
    unknown = without.with_columns(
        first_attempt_at=pl.when(pl.col("first_attempt_at") < monday(AS_OF)).then("first_attempt_at")
    )
    assert courier_choice(unknown, OFFERS, AS_OF).equals(before)
    # So was whatever turned back, was called off or sent on later.
    for fate in FATES:
        later_known = without.with_columns(pl.lit(monday(AS_OF) + timedelta(hours=1)).alias(fate))
        assert courier_choice(later_known, OFFERS, AS_OF).equals(before)
        assert courier_saving(later_known, OFFERS, AS_OF).equals(courier_saving(without, OFFERS, AS_OF))


@pytest.mark.parametrize(
    ("fates", "counts"),
    [
        (("cancelled_at",), False),
        (("cancelled_at", "handed_over_at"), True),
        (("forwarded_at",), False),
        (("returning_at",), False),
        (("returned_at",), False),
        (("returned_at", "first_attempt_at"), True),
    ],
)
def test_what_was_called_off_sent_on_or_came_back_untried_is_no_parcel_that_was_sent(
    fates: tuple[str, ...], counts: bool
) -> None:
    one = waybills().filter(pl.col("registered_at") < monday(AS_OF)).head(1)
    before = pl.lit(monday(AS_OF) - timedelta(hours=1))
    untried = one.with_columns(first_attempt_at=pl.lit(None, AS_OF_TYPE))
    known = untried.with_columns(before.alias(fate) for fate in fates)
    assert bool(list(sent(known, OFFERS, monday(AS_OF)))) is counts


def test_a_courier_first_used_after_the_monday_has_no_offer_yet_without_a_card_of_its_own() -> None:
    parcel = waybills().filter(pl.col("registered_at") > monday(AS_OF) - timedelta(days=30)).head(1)
    shipment = parcel.select(
        *("merchant_id", "origin_adcode", "origin_province_id", "destination_adcode"),
        *("destination_province_id", "currency"),
        kilogram_count=(pl.col("weight_grams") + 999) // 1000,
        courier_id=pl.lit("new"),
        card_amount=pl.lit(3).cast(pl.Decimal(38, 2)),
    )
    for has_own_card in (False, True):
        offer = shipment.with_columns(has_own_card=pl.lit(has_own_card))
        [known] = sent(parcel, offer.select(OFFERS.columns), monday(AS_OF))
        assert len(known.offers) == has_own_card
    used = parcel.with_columns(courier_id=pl.lit("new"))
    [known] = sent(used, shipment.with_columns(has_own_card=pl.lit(False)), monday(AS_OF))
    assert known.offers["card_amount"].to_list() == [3.0]


def test_rows_are_taken_from_before_while_their_parcels_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    for made, module in ((courier_choice, "chosen"), (courier_saving, "judged")):
        before = made(waybills(), OFFERS, AS_OF)
        with monkeypatch.context() as patched:

            def never(*_: object, **__: object) -> None:
                raise AssertionError("It was learnt anew.")

            patched.setattr(f"estimates.choice.{module}.candidates", never)
            assert made(waybills(), OFFERS, AS_OF, before).equals(before)
        dearer = waybills().with_columns(pl.col("freight_cost_amount") * 2)
        again = made(dearer, OFFERS, AS_OF, before)
        assert again.equals(made(dearer, OFFERS, AS_OF))
        assert not again.equals(before)


def test_a_week_later_everything_is_made_anew_though_no_parcel_came() -> None:
    week = AS_OF + timedelta(weeks=1)
    old = waybills().filter(pl.col("registered_at") < AS_OF - timedelta(days=14))
    for made in (courier_choice, courier_saving):
        before = made(old, OFFERS, AS_OF)
        assert made(old, OFFERS, week, before).equals(made(old, OFFERS, week))
        assert not made(old, OFFERS, week).equals(before)


def test_a_courier_that_was_first_used_later_is_not_one_that_could_have_been_chosen() -> None:
    # One merchant used a single courier until the days that are judged.
    judged = pl.col("registered_at") >= monday(AS_OF) - timedelta(days=40)
    mine = pl.col("merchant_id") == "m03"
    only = waybills().filter(~mine | judged | (pl.col("courier_id") == "dear"))
    [sent_] = sent(only, OFFERS, monday(AS_OF))
    could = sent_.may_use(monday(AS_OF) - timedelta(days=40)).filter(merchant_id="m03")
    assert could["courier_id"].to_list() == ["dear"]
    assert len(sent_.may_use(monday(AS_OF)).filter(merchant_id="m03")) == 4
    alone = courier_saving(only, OFFERS, AS_OF).filter(merchant_id="m03")
    assert alone["moved_parcel_count"].to_list() in ([0], [])


def test_a_card_of_a_city_counts_for_the_parcels_of_that_city() -> None:
    parcel = waybills().filter(destination_province_id="40", merchant_id="m00").head(1)
    offers = pl.DataFrame(
        {
            "merchant_id": "m00",
            "courier_id": "middle",
            "origin_adcode": "330100",
            "origin_province_id": "33",
            "destination_adcode": "400100",
            "destination_province_id": "40",
            "currency": "CNY",
            "kilogram_count": [1, 2, 3],
            "card_amount": [0.5, 0.6, 0.7],
            "has_own_card": True,
        }
    ).with_columns(pl.col("card_amount").cast(pl.Decimal(38, 2)))
    assert len(parcel) == 1
    found = courier_choice(waybills(), offers, AS_OF).filter(
        merchant_id="m00", destination_province_id="40", weight_band="0-1"
    )
    assert found.select("recommended_courier_id", "recommended_parcel_cost", "price_error_share").rows() == [
        ("middle", 0.5, 0.0)
    ]


def test_a_saving_is_judged_on_parcels_that_were_not_learnt_from() -> None:
    found = courier_saving(waybills(), OFFERS, AS_OF)
    assert found.columns == list(SAVINGS)
    every = found.row(1, named=True)
    assert (found["saving_scope"].to_list()[:2], every["saving_state"]) == (["market"] * 2, "scenario")
    assert every["first_judged_date"] >= (monday(AS_OF) - timedelta(days=40)).date()
    assert every["last_judged_date"] < (monday(AS_OF) - timedelta(days=10)).date()
    # Merchants alone, each under the limit.
    alone = found.filter(saving_scope="merchant")
    assert alone["merchant_id"].n_unique() == len(alone) > 10
    assert alone["moved_volume_share"].max() <= 0.05 + 1e-9  # type: ignore[operator]


def test_without_data_there_are_no_rows() -> None:
    assert courier_choice(waybills().head(0), OFFERS, None).columns == list(CHOICES)
    assert courier_saving(waybills().head(0), OFFERS, AS_OF).is_empty()

"""Frontiers, offers and choices of couriers, against plain Polars and the simulated market's price lists."""

import math
from datetime import timedelta
from decimal import Decimal

import polars as pl
import pytest
from published_reports import Published
from scipy.stats import binom

from estimates.choice.parcels import EDGES

LANE = ["origin_province_id", "destination_province_id"]
CARDED = ("zto", "yunda", "sf")


def band(grams: int) -> str:
    low = 0
    for high in EDGES:
        if grams <= high * 1000:
            return f"{low}-{high}"
        low = high
    return f"{low}+"


def ranks(count: int) -> tuple[int, int]:
    """The ranks between which nine in ten lie with a probability of 95%."""
    reach = 1.96 * math.sqrt(count * 0.09)
    return math.floor(0.9 * count - reach), math.ceil(0.9 * count + reach)


@pytest.fixture(scope="module")
def parcels(published: Published) -> pl.DataFrame:
    """Every sold parcel of the last hundred days whose cost is known, from the facts."""
    rows = published.warehouse(
        """
        select waybills.*, (as_of_at at time zone time_zone)::date as newest_date
        from core.fct_waybills as waybills
        cross join core.dim_providers as newest
        where newest.as_of_at = (select max(as_of_at) from core.dim_providers)
            and purpose = 'sale' and not is_cancelled and not is_forwarded
            and (first_attempt_at is not null or not is_returned)
        """
    )
    age = (pl.col("newest_date") - pl.col("registered_date")).dt.total_days()
    return rows.drop_nulls(["courier_id", *LANE, "freight_cost_amount", "weight_grams"]).filter(
        age.is_between(10, 100), pl.col("freight_cost_amount") > 0, pl.col("weight_grams") > 0
    )


def test_a_frontier_has_cost_and_hours_of_each_courier_and_who_is_beaten_in_both(
    published: Published, parcels: pl.DataFrame
) -> None:
    ours = {
        row[:6]: row[6:]
        for row in published.rows(
            """
            select lane_level, origin_province_id, destination_province_id, weight_band, currency, courier_id,
                frontier_parcel_count, mean_parcel_cost, mean_parcel_cost_high,
                p90_registered_to_attempt_hours,
                p90_registered_to_attempt_hours_low, p90_registered_to_attempt_hours_high, is_unbeaten
            from mart_courier_frontier
            """
        )
    }
    told: dict[tuple[object, ...], list[tuple[float, float]]] = {}
    for row in parcels.iter_rows(named=True):
        took = row["first_attempt_at"] and (row["first_attempt_at"] - row["registered_at"]) // timedelta(
            seconds=1
        )
        cost = float(row["freight_cost_amount"])
        origin, destination = (row[end] for end in LANE)
        for lane in (
            ("lane", origin, destination),
            ("destination", None, destination),
            ("market", None, None),
        ):
            key = (*lane, band(row["weight_grams"]), row["currency"], row["courier_id"])
            told.setdefault(key, []).append((cost, math.inf if took is None else took))
    assert ours.keys() == told.keys()
    judged: dict[tuple[object, ...], dict[object, tuple[float, float]]] = {}
    for key, values in told.items():
        count, costs, hours = len(values), [c for c, _ in values], sorted(t / 3600 for _, t in values)
        found = ours[key]
        mean = sum(costs) / count
        assert found[0] == count
        assert found[1] == pytest.approx(mean)
        if count > 1:
            spread = math.sqrt(sum((cost - mean) ** 2 for cost in costs) / (count - 1) / count)
            assert found[2] == pytest.approx(mean + 1.96 * spread)
        p90 = hours[math.ceil(0.9 * count) - 1]
        assert found[3] == (None if p90 == math.inf else pytest.approx(p90))
        for value, rank in zip(found[4:6], ranks(count), strict=True):
            is_there = 1 <= rank <= count and hours[rank - 1] < math.inf
            assert value == (pytest.approx(hours[rank - 1]) if is_there else None)
        if count >= 30 and p90 < math.inf:
            judged.setdefault(key[:5], {})[key[5]] = (mean, p90)
        else:
            assert found[6] is None
    compared = 0
    for lane, couriers in judged.items():
        for courier, (cost, p90) in couriers.items():
            better = [1 for c, t in couriers.values() if c <= cost and t <= p90 and (c < cost or t < p90)]
            assert ours[(*lane, courier)][6] == (not better)
            compared += 1
    assert compared > 20


@pytest.mark.parametrize("count", [30, 50, 100, 400, 3000])
def test_the_ranks_hold_nine_in_ten_nineteen_times_in_twenty_whatever_the_times(count: int) -> None:
    low, high = ranks(count)
    assert binom.cdf(high - 1, count, 0.9) - binom.cdf(low - 1, count, 0.9) > 0.93


def test_an_offer_is_what_the_card_would_ask_to_the_fen(published: Published) -> None:
    rows = published.warehouse(
        """
        select offers.card_amount, cards.base_amount, cards.further_kilogram_amount, cards.base_grams,
            offers.kilogram_count
        from core.fct_courier_offers as offers
        inner join intermediate.int_rate_cards_placed as cards
            on offers.rate_card = cards.rate_card and offers.courier_id = cards.courier_id
        """
    )
    beyond = (pl.col("kilogram_count") - pl.col("base_grams") / 1000).clip(0).ceil()
    asked = (
        pl.col("base_amount").cast(pl.Float64) + pl.col("further_kilogram_amount").cast(pl.Float64) * beyond
    )
    assert len(rows) > 1000
    assert rows.select(((pl.col("card_amount").cast(pl.Float64) - asked).abs() < 1e-9).all()).item()


def test_a_choice_that_a_card_prices_costs_what_the_card_asks(published: Published) -> None:
    rows = published.rows(
        """
        select count(*) filter (where recommended_courier_id not in ('zto', 'yunda', 'sf')), count(*)
        from mart_courier_choice
        where price_error_share = 0
        """
    )
    assert rows[0][0] == 0
    assert rows[0][1] > 100


def test_nobody_is_told_to_use_a_courier_that_it_neither_used_nor_has_a_card_of(published: Published) -> None:
    told = {
        (merchant, courier)
        for merchant, courier in published.rows(
            "select merchant_id, recommended_courier_id from mart_courier_choice "
            "where recommended_courier_id is not null"
        )
    }
    used = published.warehouse(
        """
        select distinct merchant_id, courier_id from core.fct_waybills where purpose = 'sale'
        union select distinct merchant_id, courier_id from core.fct_courier_offers
        """
    )
    assert told <= set(used.rows())
    assert len(told) > 100


def test_what_the_market_could_claim_moves_little_and_saves(published: Published) -> None:
    rows = published.rows(
        """
        select saving_state, moved_volume_share, saved_share_low, saved_share, saved_share_high,
            in_time_change_share
        from mart_saving where saving_scope = 'market' and currency = 'CNY' order by moved_volume_limit
        """
    )
    (claimed, scenario) = rows
    assert claimed[0] == "claimed"
    assert claimed[1] <= 0.05
    assert 0 < claimed[2] <= claimed[3] <= claimed[4] < scenario[3] < 0.6
    assert min(claimed[5], scenario[5]) > -0.005


def test_rate_cards_are_compared_on_parcels_that_two_couriers_have_an_offer_for(published: Published) -> None:
    offers = published.warehouse("select * from core.fct_courier_offers").drop_nulls(LANE)
    told: dict[tuple[object, ...], list[tuple[str, Decimal, int]]] = {}
    for row in offers.iter_rows(named=True):
        places = [
            row[f"{end}_{part}"] for end in ("origin", "destination") for part in ("adcode", "province_id")
        ]
        shipment = (row["merchant_id"], *places, row["currency"], row["kilogram_count"])
        told.setdefault(shipment, []).append((row["courier_id"], row["card_amount"], row["parcel_count"]))
    expected: dict[tuple[object, ...], list[Decimal]] = {}
    for (_, _, origin, _, destination, currency, kilograms), asked in told.items():
        if len(asked) < 2:
            continue
        lowest = min(amount for _, amount, _ in asked)
        for courier, amount, count in asked:
            key = (origin, destination, band(int(str(kilograms)) * 1000), currency, courier)
            sums = expected.setdefault(key, [Decimal(0)] * 4)
            added = (count, amount * count, lowest * count, count * (amount == lowest))
            expected[key] = [each + more for each, more in zip(sums, added, strict=True)]
    ours = {
        row[:5]: list(row[5:])
        for row in published.rows(
            """
            select origin_province_id, destination_province_id, weight_band, currency, courier_id,
                offered_parcel_count, offered_amount, lowest_offered_amount, lowest_offer_count
            from mart_card_offers
            """
        )
    }
    assert ours == expected
    assert len({courier for *_, courier in expected}) >= 2


def test_offers_count_every_parcel_of_a_hundred_days_once_per_courier(published: Published) -> None:
    rows = published.warehouse(
        """
        with sent as (
            select merchant_id, count(*) as parcel_count
            from core.fct_waybills
            cross join (select max((as_of_at at time zone time_zone)::date) as newest from core.dim_providers)
            where purpose = 'sale' and weight_grams > 0 and newest - registered_date <= 100
            group by merchant_id
        ),
        offered as (
            select merchant_id, courier_id, sum(parcel_count) as parcel_count
            from core.fct_courier_offers
            group by merchant_id, courier_id
        )
        select offered.parcel_count <= sent.parcel_count as is_within, offered.parcel_count
        from offered left join sent using (merchant_id)
        """
    )
    assert rows["is_within"].all()
    assert rows["parcel_count"].sum() > 1000

"""The couriers' truth: every courier's time and cost for each parcel, rate cards, contracts."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract import names
from simulator.contract.orders import Table
from simulator.life.alternatives import Alternatives
from simulator.life.demand import BLOCK
from simulator.life.happenings import Happenings
from simulator.life.quantiles import LEVELS
from simulator.world.couriers import COURIERS
from simulator.world.market import Market
from simulator.world.network import Network
from simulator.world.platforms import PLATFORMS
from simulator.world.provinces import provinces


def parcel_couriers(block: Happenings, every: Alternatives, waybill_number: c.Bytes) -> Table:
    """Return one row per parcel sold within China and courier, the parcel's own courier among them.

    `propensity` is the chance with which the courier was drawn; `p90_first_attempt_seconds` is the quantile
    from collection to the first attempt given what is known then; the rest is what would have happened with
    this courier, the loads of the day as they were.
    """
    count, number = every.price.shape
    parcel = np.repeat(every.parcel, count)
    courier = np.tile(np.arange(count, dtype=np.int64), number)
    whole = every.propensity.sum(axis=0)
    own = block.parcels.courier[every.parcel]
    return {
        "courier_code": c.words(own.repeat(count), COURIERS),
        "waybill_number": c.repeated(parcel, c.texts(waybill_number)),
        "with_courier_code": c.words(courier, COURIERS),
        "is_chosen": c.flags(np.repeat(own, count) == courier),
        "is_oracle": c.flags(np.repeat(every.oracle, count) == courier),
        "has_contract": c.flags(every.has_contract.T.ravel()),
        "propensity": pa.array((every.propensity / whole).T.ravel()),
        "freight_cost_amount": c.amounts(every.price.T.ravel()),
        **{
            f"p{level}_first_attempt_seconds": c.counts(every.quantiles[place].T.ravel())
            for place, level in enumerate(LEVELS)
        },
        "expected_by_at": c.times(np.repeat(every.promised, count)),
        "picked_up_at": c.times(every.picked_up.T.ravel()),
        "first_attempt_at": c.times(every.first_attempt.T.ravel()),
        "handed_over_at": c.times(every.handed_over.T.ravel()),
    }


def rate_cards(network: Network) -> Table:
    """Return one row per courier, origin and destination province: list prices."""
    cards, places = network.cards, provinces()
    lane = np.arange(cards.base.size, dtype=np.int64)
    count = places.count
    codes = tuple(f"{code}0000" for code in places.code)
    return {
        "courier_code": c.words(lane // (count * count), COURIERS),
        "origin_province_adcode": c.words(lane // count % count, codes),
        "destination_province_adcode": c.words(lane % count, codes),
        "base_kilogram_count": c.counts(cards.base_kilograms.ravel()),
        "base_amount": c.amounts(cards.base.ravel()),
        "further_kilogram_amount": c.amounts(cards.further.ravel()),
    }


def contracts(market: Market, network: Network) -> Iterator[Table]:
    """Yield one row per merchant and courier with a contract, in blocks: the share of the list price paid."""
    for at in range(0, market.shops.count, BLOCK):
        merchant, courier = np.nonzero(network.discount[at : at + BLOCK])
        merchant = merchant + at
        yield {
            "platform_id": c.words(market.shops.platform(merchant), PLATFORMS),
            "merchant_code": c.texts(names.merchant_codes(merchant)),
            "courier_code": c.words(courier, COURIERS),
            "paid_share": pa.array(network.discount[merchant, courier] / 1000.0),
        }

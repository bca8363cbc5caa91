"""The truth of bills: which are not by the card."""

import numpy as np

from simulator.contract import columns as c
from simulator.contract.orders import Table
from simulator.life.billing import ERRORS, RIGHT, agreed, errors
from simulator.life.happenings import Happenings
from simulator.world.couriers import COURIERS
from simulator.world.market import Market


def wrong_bills(market: Market, block: Happenings, waybill: c.Bytes) -> Table:
    """Return one row per parcel that was billed otherwise than agreed."""
    every = block.parcels
    error = errors(market, every.key, every.courier, every.origin, every.destination)
    row = np.flatnonzero(error != RIGHT)
    parcels = every.of(row)
    right = agreed(
        market, parcels.merchant, parcels.courier, parcels.origin, parcels.destination, parcels.weight
    )
    return {
        "courier_code": c.words(parcels.courier, COURIERS),
        "waybill_number": c.texts(waybill[row]),
        "error": c.words(error[row], ERRORS),
        "agreed_amount": c.amounts(right),
        "billed_amount": c.amounts(parcels.freight),
    }

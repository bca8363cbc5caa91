"""The truth of returns and claims: why, who pays, what was lost, and what of it came back."""

import numpy as np

from simulator.contract import columns as c
from simulator.contract import names
from simulator.contract.orders import Table, currencies
from simulator.life.claims import REASONS as CLAIM_REASONS
from simulator.life.claims import STATUSES
from simulator.life.happenings import Happenings
from simulator.life.returns import PAYERS, REASONS
from simulator.world.couriers import COURIERS
from simulator.world.days import NEVER
from simulator.world.platforms import PLATFORMS


def returns(block: Happenings, number: c.Bytes) -> Table:
    """Return one row per return asked for. What comes back is resaleable or not also before that is known."""
    every = block.returns
    assert every is not None
    return {
        "platform_id": c.words(block.orders.platform[every.order], PLATFORMS),
        "order_number": c.texts(number[every.order]),
        "courier_code": c.words(every.courier, COURIERS),
        "waybill_number": c.texts(names.waybill_numbers(every.courier, every.key)),
        "is_registered": c.flags(every.registered < NEVER),
        "reason": c.words(every.reason, REASONS),
        "payer": c.words(every.payer, PAYERS),
        "currency": currencies(block.orders.city[every.order]),
        "postage_amount": c.amounts(every.postage),
        "is_resaleable": c.flags(every.is_resaleable),
        "requested_at": c.times(every.requested),
        "received_at": c.times(every.received),
    }


def claims(block: Happenings, waybill: c.Bytes) -> Table:
    """Return one row per lost or damaged parcel sold, whether or not anything was asked for it."""
    made = block.claims
    assert made is not None
    asked = made.claimed_at < NEVER
    return {
        "courier_code": c.words(block.parcels.courier[made.parcel], COURIERS),
        "waybill_number": c.texts(waybill[made.parcel]),
        "reason": c.words(made.reason, CLAIM_REASONS),
        "is_claimed": c.flags(asked),
        "is_insured": c.flags(made.is_insured),
        "status": c.words(np.where(asked, made.status, 0), STATUSES, asked),
        "currency": currencies(block.orders.city[block.parcels.order[made.parcel]]),
        "goods_amount": c.amounts(made.worth),
        "claimed_amount": c.amounts(made.claimed, asked),
        "paid_amount": c.amounts(made.paid, made.paid_at < NEVER),
        "claimed_at": c.times(made.claimed_at),
        "decided_at": c.times(made.decided_at),
        "paid_at": c.times(made.paid_at),
    }

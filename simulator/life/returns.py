"""Goods that consumers send back: why, who pays the way, whether they can be sold again (part claims).

Reasons follow from what happened: a parcel that was damaged, one that came late, clothes that do not fit. The
shares are assumptions; that platforms insure the way back is public.
"""

from dataclasses import dataclass

import numpy as np

from simulator.life.baskets import Baskets
from simulator.life.journeys import Journeys
from simulator.life.parcels import Parcels
from simulator.life.scan_kinds import Scan
from simulator.world.categories import CATEGORIES
from simulator.world.days import DAY, HOUR, NEVER
from simulator.world.draws import I64, Flags, again, below, chance, pick, share_table
from simulator.world.market import Market

WRONG_SIZE, NOT_AS_DESCRIBED, DAMAGED, LATE, CHANGED_MIND, WRONG_ITEM = range(6)
REASONS = ("wrong_size", "not_as_described", "damaged", "late", "changed_mind", "wrong_item")
MERCHANT, CONSUMER, INSURER, PLATFORM = range(4)
PAYERS = ("merchant", "consumer", "insurer", "platform")
#: Reasons of clothes and of other goods, per cent, where nothing else tells.
_CLOTHES = share_table([46.0, 18.0, 2.0, 2.0, 28.0, 4.0])
_OTHERS = share_table([3.0, 34.0, 5.0, 4.0, 46.0, 8.0])
_IS_CLOTHES = np.isin(CATEGORIES, ("women_clothing", "men_clothing", "underwear", "shoes_bags"))
#: Days after which a parcel counts as late, and how often that, and damage, is the reason.
LATE_DAYS, IS_LATE, IS_DAMAGED = 5, 0.45, 0.8
#: Of returns that the merchant need not pay: paid by an insurer, by the platform; by platform.
INSURED, BORNE = (0.45, 0.60, 0.25, 0.0), (0.05, 0.02, 0.35, 0.0)
#: What comes back can be sold again, per cent, by reason.
RESALEABLE = (94, 70, 3, 92, 93, 85)
#: What the way back costs whoever pays it, beyond what the merchant pays for a parcel, fen.
SURCHARGE = 400


@dataclass(frozen=True)
class Returns:
    """One row per return that was asked for; later times are NEVER."""

    order: I64
    key: I64  # of the parcel that brings it back
    courier: I64
    registered: I64  # of that parcel, NEVER = not yet
    reason: I64
    payer: I64
    postage: I64
    is_resaleable: Flags
    requested: I64
    received: I64


def returns(
    market: Market, goods: Baskets, sold: Parcels, way: Journeys, back: Parcels, back_way: Journeys
) -> Returns:
    """Return what is sent back, as known at the market's end."""
    row = np.zeros(len(goods.order_gmv), np.int64)
    first = np.flatnonzero(sold.slot == 0)
    row[sold.order[first]] = first
    mine = row[back.order]
    bits = market.draws.of("reason to return", back.key)
    product = goods.product[goods.first_line[back.order]]
    clothes = _IS_CLOTHES[market.shops.category[product].astype(np.int64)]
    reason = np.where(clothes, pick(bits, _CLOTHES), pick(bits, _OTHERS))
    late = way.scans[Scan.DELIVERED, mine] - sold.start[mine] > LATE_DAYS * DAY
    reason = np.where(late & chance(again(bits), IS_LATE), LATE, reason)
    broken = (way.scans[Scan.EXCEPTION, mine] < NEVER) & (way.reason[mine] == 0)
    reason = np.where(broken & chance(again(bits), IS_DAMAGED), DAMAGED, reason)

    platform = market.shops.platform(back.merchant)
    pays = (market.draws.of("pays the way", back.key) >> np.uint64(32)).astype(np.float64) / 2.0**32
    insured, borne = np.array(INSURED)[platform], np.array(BORNE)[platform]
    payer = np.where(pays < insured, INSURER, np.where(pays < insured + borne, PLATFORM, CONSUMER))
    payer = np.where(np.isin(reason, (WRONG_SIZE, CHANGED_MIND)), payer, MERCHANT)
    again_sold = below(market.draws.of("sold again", back.key), 100) < np.array(RESALEABLE)[reason]
    requested, received = back.start - 2 * HOUR, back_way.scans[Scan.DELIVERED] + HOUR
    asked = np.flatnonzero(requested < market.end)

    def known(times: I64) -> I64:
        return np.where(times < market.end, times, NEVER)[asked]

    return Returns(
        order=back.order[asked],
        key=back.key[asked],
        courier=back.courier[asked],
        registered=known(back_way.registered),
        reason=reason[asked],
        payer=payer[asked],
        postage=back.freight[asked] + SURCHARGE,
        is_resaleable=again_sold[asked],
        requested=requested[asked],
        received=known(received),
    )

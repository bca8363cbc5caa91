"""What merchants ask of couriers for lost and damaged parcels, and what they get (part claims).

That an uninsured parcel is worth at most some times its freight to a courier is public; the figures are
assumptions.
"""

from dataclasses import dataclass

import numpy as np

from simulator.life.journeys import Journeys
from simulator.life.parcels import SALE, Parcels
from simulator.life.scan_kinds import Scan
from simulator.world.days import DAY, NEVER
from simulator.world.draws import I64, Flags, again, below, chance
from simulator.world.durations import around
from simulator.world.market import Market

LOSS, DAMAGE = 0, 1
REASONS = ("lost", "damaged")
OPEN, PAID, REJECTED = range(3)
STATUSES = ("open", "paid", "rejected")
#: Merchants that ask, of losses and of damages; parcels that are insured; claims that are rejected.
ASKED, INSURED, REJECTS = (0.88, 0.35), 0.12, 0.17
#: An uninsured parcel brings at most so many times its freight.
TIMES_FREIGHT = 7


@dataclass(frozen=True)
class Claims:
    """One row per lost or damaged parcel sold; NEVER where it was not asked, decided or paid."""

    parcel: I64
    reason: I64
    worth: I64  # of what was lost
    is_insured: Flags
    status: I64
    claimed: I64
    paid: I64  # amounts in cents of the order's currency
    claimed_at: I64
    decided_at: I64
    paid_at: I64


def claims(market: Market, parcels: Parcels, way: Journeys, worth: I64) -> Claims:
    """Return what is asked for parcels of this worth, as known at the market's end."""
    lost = way.scans[Scan.LOST] < NEVER
    broken = (way.scans[Scan.EXCEPTION] < NEVER) & (way.reason == 0) & ~lost
    which = np.flatnonzero((lost | broken) & (parcels.purpose == SALE) & (worth > 0))
    key, worth, lost = parcels.key[which], worth[which], lost[which]
    bits = market.draws.of("claim", key)
    asks = np.where(lost, chance(bits, ASKED[LOSS]), chance(bits, ASKED[DAMAGE]))
    when = np.where(lost, way.scans[Scan.LOST, which], way.scans[Scan.EXCEPTION, which] + 6 * DAY)
    claimed_at = np.where(asks, when + DAY + below(again(bits), 4 * DAY), NEVER)
    part = market.draws.of("part of a claim", key)
    claimed = np.where(lost, worth, np.maximum(1, worth * (20 + below(part, 41)) // 100))
    insured = chance(again(part), INSURED)
    rejected = chance(market.draws.of("rejected", key), REJECTS)
    most = np.where(insured, claimed, np.minimum(claimed, TIMES_FREIGHT * parcels.freight[which]))
    lag = 2 * DAY + around(market.draws.of("decided", key), 5 * DAY, "0.6")
    decided_at = np.where(asks, claimed_at + lag, NEVER)
    paid_at = decided_at + DAY + below(market.draws.of("claim paid", key), 5 * DAY)
    paid_at = np.where(asks & ~rejected, paid_at, NEVER)

    def known(times: I64) -> I64:
        return np.where(times < market.end, times, NEVER)

    claimed_at, decided_at, paid_at = known(claimed_at), known(decided_at), known(paid_at)
    status = np.where(paid_at < NEVER, PAID, OPEN)
    status = np.where((decided_at < NEVER) & rejected, REJECTED, status)
    return Claims(
        parcel=which,
        reason=np.where(lost, LOSS, DAMAGE),
        worth=worth,
        is_insured=insured,
        status=status,
        claimed=claimed,
        paid=np.where(paid_at < NEVER, most, 0),
        claimed_at=claimed_at,
        decided_at=decided_at,
        paid_at=paid_at,
    )

"""From order to payment: who pays, which groups form, who cancels before anything ships."""

from dataclasses import dataclass

import numpy as np

from simulator.life.demand import Demand
from simulator.world.days import DAY, HOUR, NEVER
from simulator.world.draws import I64, Flags, again, below, chance
from simulator.world.durations import around
from simulator.world.market import Market
from simulator.world.platforms import DIRECT, GROUP_BUY, JD

#: Assumptions: orders never paid, JD orders paid at the door, groups that are complete at once, groups that
#: fail within their 24 hours, paid orders cancelled before they ship.
UNPAID, AT_THE_DOOR, JOINS_FULL_GROUP, GROUP_FAILS, CANCELS = 0.072, 0.05, 0.5, 0.045, 0.024


@dataclass(frozen=True)
class Checkout:
    """Per order; times in China seconds, NEVER where it does not happen."""

    is_group: Flags
    is_cash: Flags  # on delivery
    money_at: I64  # money moved, also for a group that then failed
    formed_at: I64
    group_failed_at: I64
    paid_at: I64  # in the sense of GMV; cash on delivery is not paid here
    closed_at: I64  # unpaid, group failed, or cancelled by the consumer
    ships: Flags
    clock_at: I64  # from when the merchant's time runs: paid, or placed for cash on delivery


def checkout(market: Market, orders: Demand) -> Checkout:
    """Return what becomes of each order up to its shipping."""
    draws, index, placed = market.draws, orders.index, orders.placed
    bits = draws.of("pays", index)
    is_cash = (orders.platform == JD) & (orders.channel == DIRECT) & chance(again(bits), AT_THE_DOOR)
    is_cash &= ~orders.is_companion
    pays = ~chance(bits, UNPAID) & ~is_cash
    delay = np.minimum(around(draws.of("payment", index), 45, "1.5"), 20 * HOUR)
    money_at = np.where(pays, placed + 5 + delay, NEVER)

    is_group = orders.channel == GROUP_BUY
    fate = draws.of("group", index)
    waits = ~chance(fate, JOINS_FULL_GROUP)
    wait = np.minimum(around(draws.of("group wait", index), 50 * 60, "1.2"), DAY - 60)
    formed_at = money_at + np.where(waits, wait, 1 + below(fate, 20))
    fails = is_group & pays & chance(again(fate), GROUP_FAILS)
    formed_at = np.where(is_group & pays & ~fails, formed_at, NEVER)
    failed_at = np.where(fails, money_at + DAY, NEVER)
    paid_at = np.where(is_group, formed_at, money_at)

    leave = draws.of("cancels", index)
    cancels = chance(leave, CANCELS) & (paid_at < NEVER)
    closed_at = np.where(cancels, paid_at + 300 + around(draws.of("cancel", index), 100 * 60, "0.9"), NEVER)
    closed_at = np.where(pays | is_cash, closed_at, placed + DAY)
    closed_at = np.minimum(closed_at, failed_at)
    return Checkout(
        is_group=is_group,
        is_cash=is_cash,
        money_at=money_at,
        formed_at=formed_at,
        group_failed_at=failed_at,
        paid_at=paid_at,
        closed_at=closed_at,
        ships=((paid_at < NEVER) & ~cancels) | is_cash,
        clock_at=np.where(is_cash, placed, paid_at),
    )

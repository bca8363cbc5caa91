"""What is known of an order at a time: its status, that of its group, and when it last changed."""

from dataclasses import dataclass

import numpy as np

from simulator.life.aftermath import Aftermath
from simulator.life.checkout import Checkout
from simulator.life.demand import Demand
from simulator.world.days import NEVER
from simulator.world.draws import I64

PLACED, PAID, SHIPPED, RECEIVED, CANCELLED = range(5)
STATUSES = ("placed", "paid", "shipped", "received", "cancelled")
FORMING, FORMED, FAILED = range(3)
GROUP_STATUSES = ("forming", "formed", "failed")


@dataclass(frozen=True)
class OrderStates:
    """Snapshots of orders as columns; times later than the snapshot are NEVER."""

    status: I64
    group_status: I64  # −1 = no group order, or not paid into one
    paid_at: I64
    received_at: I64
    cancelled_at: I64
    updated_at: I64


def known(times: I64, end: int | I64) -> I64:
    """Return the times before the end, NEVER for others."""
    return np.where(times < end, times, NEVER)


def changes(orders: Demand, bought: Checkout, after: Aftermath) -> tuple[I64, ...]:
    """Return the times at which each order changes."""
    return (
        orders.placed, bought.money_at, bought.formed_at, after.paid_at, after.first_consigned,
        after.consigned, after.received_at, after.cancelled_at, after.refunded_at,
    )  # fmt: skip


def order_states(orders: Demand, bought: Checkout, after: Aftermath, row: I64, end: int | I64) -> OrderStates:
    """Return these orders as known before the end, one for all or one for each."""
    paid_at, received_at = known(after.paid_at[row], end), known(after.received_at[row], end)
    cancelled_at = known(after.cancelled_at[row], end)
    status = np.where(paid_at < NEVER, PAID, PLACED)
    status = np.where(known(after.first_consigned[row], end) < NEVER, SHIPPED, status)
    status = np.where(received_at < NEVER, RECEIVED, status)
    status = np.where(cancelled_at < NEVER, CANCELLED, status)
    group = np.where(known(bought.formed_at[row], end) < NEVER, FORMED, FORMING)
    group = np.where(known(bought.group_failed_at[row], end) < NEVER, FAILED, group)
    in_group = bought.is_group[row] & (known(bought.money_at[row], end) < NEVER)
    updated = orders.placed[row]
    for times in changes(orders, bought, after):
        seen = known(times[row], end)
        updated = np.maximum(updated, np.where(seen < NEVER, seen, 0))
    return OrderStates(
        status=status,
        group_status=np.where(in_group, group, -1),
        paid_at=paid_at,
        received_at=received_at,
        cancelled_at=cancelled_at,
        updated_at=updated,
    )

"""The contract feed by the day on which each row arrives, so that a warehouse can be fed day by day.

A day holds the orders that changed on it as known at its end, lines when they are new or their promise is,
payments, refunds and registrations, and the scans received on it. The last snapshot of an order is the
row that the whole feed has.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.contract.aftersales import snapshots
from simulator.contract.border import TAKEN, cleared_at
from simulator.contract.columns import times
from simulator.contract.orders import Table, economic_columns, line_promise, state_columns
from simulator.life.happenings import Happenings
from simulator.life.order_states import changes, order_states
from simulator.world.days import CHINA_OFFSET, DAY, NEVER
from simulator.world.draws import I64

#: When a row of these arrives.
_TIMES = {
    "payments": ("paid_at",),
    "refunds": ("refunded_at",),
    "waybills": ("registered_at",),
    "waybill_events": ("received_at", "occurred_at"),
}


def _taken(table: Table, row: I64) -> Table:
    rows = pa.array(row)
    return {name: column.take(rows) for name, column in table.items()}


def _day(table: Table, names: tuple[str, ...]) -> I64:
    """Return China's day, since 1970-01-01, of the first of these times that a row has."""
    at = pc.coalesce(*(table[name] for name in names)).cast(pa.int64()).to_numpy(zero_copy_only=False)
    return np.asarray((at // 1_000_000 + CHINA_OFFSET) // DAY, np.int64)


def _changed(block: Happenings) -> tuple[I64, I64]:
    """Return (order, day) of each day on which an order changed."""
    at = np.stack(changes(block.orders, block.checkout, block.after))
    days = np.sort(np.where(at < NEVER, at // DAY, NEVER), axis=0)
    is_another = days < NEVER
    is_another[1:] &= days[1:] != days[:-1]
    change, order = np.nonzero(is_another)
    return order, days[change, order]


def _of_lines(block: Happenings, snapshot: I64, order: I64) -> tuple[I64, I64]:
    """Return (snapshot, line) of the lines of each of these snapshots of orders."""
    goods = block.goods
    counts = goods.line_count[order]
    before = np.cumsum(counts) - counts
    line = np.repeat(goods.first_line[order] - before, counts) + np.arange(int(counts.sum()))
    return np.repeat(snapshot, counts), line


def _registrations(block: Happenings, table: Table) -> tuple[Table, I64]:
    """Return the registrations as they arrive; once more, with what was taken, where a parcel entered."""
    day = _day(table, _TIMES["waybills"])
    if block.told is None:
        return table, day
    entered = cleared_at(block)
    again = np.flatnonzero(entered < NEVER)
    first = dict(table)
    first["updated_at"] = table["registered_at"]
    for name in TAKEN:
        first[name] = pa.nulls(len(day), table[name].type)
    later = _taken(table, again)
    both = {name: pa.chunked_array([first[name], later[name]]).combine_chunks() for name in table}
    return both, np.concatenate([day, entered[again] // DAY])


def arrivals(block: Happenings, tables: dict[str, Table]) -> dict[str, tuple[Table, I64]]:
    """Return the rows of a block's tables as they arrive, with the day of each."""
    order, day = _changed(block)
    state = order_states(block.orders, block.checkout, block.after, order, (day + 1) * DAY)
    orders = _taken(tables["orders"], order) | state_columns(state, block.goods.paid_amount[order])
    orders |= economic_columns(block, order, state.paid_at < NEVER)
    is_new = day == block.orders.placed[order] // DAY
    is_promised = (day == block.after.paid_at[order] // DAY) & ~block.checkout.is_cash[order]
    shown = np.flatnonzero(is_new | is_promised)
    snapshot, line = _of_lines(block, shown, order[shown])
    lines = _taken(tables["order_lines"], line) | {
        "promised_ship_at": times(line_promise(block, order[snapshot], state.paid_at[snapshot])),
        "updated_at": times(state.updated_at[snapshot]),
    }
    changing = {
        entity: snapshots(block, entity, tables[entity])
        for entity in ("returns", "claims")
        if entity in tables
    }
    at_once = ("payments", "refunds", "waybill_events")
    return {
        "orders": (orders, day),
        "order_lines": (lines, day[snapshot]),
        "waybills": _registrations(block, tables["waybills"]),
        **{entity: (tables[entity], _day(tables[entity], _TIMES[entity])) for entity in at_once},
        **changing,
    }

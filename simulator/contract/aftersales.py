"""Returns that consumers ask for and claims on couriers, in the shape of the raw contract."""

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract import names
from simulator.contract.orders import Table, currencies
from simulator.life.claims import OPEN, PAID, STATUSES
from simulator.life.claims import REASONS as CLAIM_REASONS
from simulator.life.happenings import Happenings
from simulator.life.returns import PAYERS, REASONS
from simulator.world.couriers import COURIERS
from simulator.world.days import CHINA_OFFSET, DAY, NEVER
from simulator.world.draws import I64
from simulator.world.market import Market
from simulator.world.platforms import PLATFORMS


def _numbers(courier: I64, key: I64, is_known: np.ndarray) -> pa.Array:
    """Return waybill numbers, null where the parcel is not registered yet."""
    rows = pa.array(np.arange(len(key)), mask=~is_known)
    return c.texts(names.waybill_numbers(courier, key)).take(rows)


def returns(block: Happenings, number: c.Bytes) -> Table:
    """Return every return as known at the end."""
    every = block.returns
    assert every is not None
    known, back = every.registered < NEVER, every.received < NEVER
    updated = np.where(back, every.received, np.where(known, every.registered, every.requested))
    return {
        "platform_id": c.words(block.orders.platform[every.order], PLATFORMS),
        "order_number": c.texts(number[every.order]),
        "return_number": c.word("1", len(every.order)),
        "order_line_number": c.word("1", len(every.order)),
        "reason_code": c.words(every.reason, REASONS),
        "payer_code": c.words(every.payer, PAYERS),
        "courier_code": c.words(every.courier, COURIERS, known),
        "waybill_number": _numbers(every.courier, every.key, known),
        "currency": currencies(block.orders.city[every.order]),
        "postage_amount": c.amounts(every.postage, known),
        "is_resaleable": c.flags(every.is_resaleable, back),
        "requested_at": c.times(every.requested),
        "received_at": c.times(every.received),
        "updated_at": c.times(updated),
    }


def claims(market: Market, block: Happenings, waybill: c.Bytes) -> Table:
    """Return every claim that was made, as known at the end."""
    made = block.claims
    assert made is not None
    row = np.flatnonzero(made.claimed_at < NEVER)
    parcel, paid = made.parcel[row], made.status[row] == PAID
    merchant = block.parcels.merchant[parcel]
    decided, paid_at = made.decided_at[row], made.paid_at[row]
    updated = np.where(paid_at < NEVER, paid_at, np.where(decided < NEVER, decided, made.claimed_at[row]))
    return {
        "courier_code": c.words(block.parcels.courier[parcel], COURIERS),
        "waybill_number": c.texts(waybill[parcel]),
        "claim_number": c.word("1", len(row)),
        "platform_id": c.words(market.shops.platform(merchant), PLATFORMS),
        "merchant_code": c.texts(names.merchant_codes(merchant)),
        "reason_code": c.words(made.reason[row], CLAIM_REASONS),
        "status_code": c.words(made.status[row], STATUSES),
        "currency": currencies(block.orders.city[block.parcels.order[parcel]]),
        "claimed_amount": c.amounts(made.claimed[row]),
        "paid_amount": c.amounts(made.paid[row], paid),
        "claimed_at": c.times(made.claimed_at[row]),
        "decided_at": c.times(decided),
        "paid_at": c.times(paid_at),
        "updated_at": c.times(updated),
    }


#: What a snapshot does not know yet: entity → the time by which it is known → columns.
_LATER: dict[str, dict[str, tuple[str, ...]]] = {
    "returns": {"received_at": ("is_resaleable",)},
    "claims": {"decided_at": (), "paid_at": ("paid_amount",)},
}
_FIRST = {"returns": "requested_at", "claims": "claimed_at"}


def snapshots(block: Happenings, entity: str, table: Table) -> tuple[Table, I64]:
    """Return the rows of a table as they arrive: at each of its times, with what is known then."""
    steps = [_FIRST[entity], *_LATER[entity]]
    at = {name: _seconds(table[name]) for name in steps}
    if entity == "returns" and block.returns is not None:
        steps.insert(1, "registered")
        at["registered"] = block.returns.registered
    parts, days = [], []
    for place, step in enumerate(steps):
        row = np.flatnonzero(at[step] < NEVER)
        part = {name: column.take(pa.array(row)) for name, column in table.items()}
        for later in steps[place + 1 :]:
            for name in _unknown(entity, later):
                part[name] = pa.nulls(len(row), part[name].type)
        if entity == "claims" and step != steps[-1]:
            part["status_code"] = _status(part, step, len(row))
        part["updated_at"] = c.times(at[step][row])
        parts.append(part)
        days.append(at[step][row] // DAY)
    whole = {name: pa.chunked_array([part[name] for part in parts]).combine_chunks() for name in table}
    return whole, np.concatenate(days)


def _seconds(column: pa.Array) -> I64:
    """Return times as China seconds, NEVER where null."""
    micros = column.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    return np.where(micros < 0, NEVER, micros // 1_000_000 + CHINA_OFFSET)


def _unknown(entity: str, step: str) -> tuple[str, ...]:
    if step == "registered":
        return ("courier_code", "waybill_number", "postage_amount")
    return (step, *_LATER[entity][step])


def _status(part: Table, step: str, count: int) -> pa.Array:
    """Return the status before a claim is decided, and between decision and payment."""
    if step == "claimed_at":
        return c.words(np.full(count, OPEN), STATUSES)
    status = part["status_code"].dictionary_decode().to_pylist()
    return c.words(np.array([OPEN if s == "paid" else STATUSES.index(s) for s in status], np.int64), STATUSES)

"""Numbers and codes as characters: of orders, waybills, accounts, merchants and products."""

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulator.contract import columns as c
from simulator.life.referrers import Referrers
from simulator.world import consumers, couriers
from simulator.world.draws import I64
from simulator.world.market import Market


def order_numbers(market: Market, index: I64, day: I64) -> c.Bytes:
    """Return order numbers as characters: the day, then twelve digits."""
    days = [(market.from_date + timedelta(days=n)).strftime("%y%m%d-") for n in range(len(market.starts) - 1)]
    return c.beside(c.spelled(days, day), c.digits(index))


def line_names(order_number: c.Bytes, number: I64) -> c.Bytes:
    """Return order:line of each line, from the numbers of their orders."""
    return c.beside(order_number, c.spelled([":0", ":1", ":2", ":3", ":4"], number))


def waybill_numbers(courier: I64, key: I64) -> c.Bytes:
    """Return waybill numbers: two characters of the courier, thirteen digits."""
    return c.beside(c.spelled([f"{p}7" for p in couriers.NUMBER_PREFIXES], courier), c.digits(key))


def account_codes(market: Market, account: I64) -> c.Bytes:
    """Return the codes of accounts."""
    return c.hexadecimal(consumers.code_of(market.draws, account))


def merchant_codes(merchant: I64) -> c.Bytes:
    """Return the codes of merchants."""
    return c.beside(c.spelled(["M"], np.zeros_like(merchant)), c.digits(merchant))


def point_codes(point: I64) -> c.Bytes:
    """Return the codes of pickup points."""
    return c.beside(c.spelled(["S"], np.zeros_like(point)), c.digits(point))


def product_codes(product: I64) -> c.Bytes:
    """Return the codes of products."""
    return c.beside(c.spelled(["P"], np.zeros_like(product)), c.digits(product))


def referrer_codes(market: Market, every: Referrers) -> pa.Array:
    """Return the codes of who brought the consumer, null where nobody did."""
    codes = c.texts(c.hexadecimal(every.codes(market)))
    return pc.if_else(pa.array(every.kind > 0), codes, pa.scalar(None, pa.string()))

"""What an order costs its merchant beside the freight: the goods, the platform's commission, the payment.

All rates are assumptions, near what the platforms' price lists said: Pinduoduo takes 0.6% of what is paid,
Taobao and Tmall up to 5% by category, JD up to 8%, and a payment about 0.6%, a card abroad 2.9%.
"""

from dataclasses import dataclass

import numpy as np

from simulator.life.baskets import Baskets
from simulator.life.demand import Demand
from simulator.world.draws import I64, below
from simulator.world.market import Market
from simulator.world.platforms import PINDUODUO, SHOPIFY

#: Cost of the goods against the list price, permille, by product: from, to.
COST = (380, 720)
#: Commission by platform, permille of paid GMV: from, to, by category. Pinduoduo's is the same for all.
COMMISSION = ((6, 6), (18, 50), (40, 80), (20, 20))
#: Fee of a payment by platform, ten-thousandths of what was paid.
PAYMENT_FEE = (60, 60, 55, 290)


@dataclass(frozen=True)
class Economics:
    """Amounts in fen, of lines and of orders; what they would be once paid."""

    line_cost: I64
    cost: I64
    commission: I64
    payment_fee: I64


def economics(market: Market, orders: Demand, goods: Baskets) -> Economics:
    """Return what each order costs its merchant."""
    low, high = COST
    level = low + below(market.draws.of("cost", goods.product), high - low)
    usual = market.shops.price[goods.product].astype(np.int64)
    # What a thing cost does not fall with its price; abroad it is counted in the order's currency.
    abroad = orders.platform[goods.order] == SHOPIFY
    line_cost = np.where(abroad, goods.goods, usual * goods.units) * level // 1000
    cost = np.bincount(goods.order, weights=line_cost, minlength=len(orders.index)).astype(np.int64)
    category = market.shops.category[goods.product[goods.first_line]].astype(np.int64)
    bounds = np.array(COMMISSION)[orders.platform]
    spread = below(market.draws.of("commission", category), 1001)
    permille = bounds[:, 0] * 1000 + (bounds[:, 1] - bounds[:, 0]) * spread
    permille = np.where(orders.platform == PINDUODUO, bounds[:, 0] * 1000, permille)
    return Economics(
        line_cost=line_cost,
        cost=cost,
        commission=goods.order_gmv * permille // 1_000_000,
        payment_fee=goods.paid_amount * np.array(PAYMENT_FEE)[orders.platform] // 10_000,
    )

"""A block of the market, whole: its orders, parcels and scans, and what of them is known at the end."""

from dataclasses import dataclass, replace

import numpy as np

from simulator.life.aftermath import Aftermath, aftermath, second_parcels
from simulator.life.baskets import Baskets, baskets
from simulator.life.border import declared
from simulator.life.checkout import Checkout, checkout
from simulator.life.claims import Claims, claims
from simulator.life.declarations import Declarations, declarations
from simulator.life.demand import Demand
from simulator.life.duties import Duties, duties
from simulator.life.economics import Economics, economics
from simulator.life.journeys import Journeys, journeys
from simulator.life.order_states import OrderStates, known, order_states
from simulator.life.parcels import SALE, STOPPED, Parcels, join, sales
from simulator.life.referrers import Referrers, referrers
from simulator.life.repeats import Repeats, ordered
from simulator.life.returns import Returns, returns
from simulator.life.scan_kinds import Scan
from simulator.world import couriers
from simulator.world.cities import cities
from simulator.world.days import NEVER
from simulator.world.draws import I64, Flags, below, chance
from simulator.world.market import Market

#: Share of orders whose parcels do not say which lines they hold. Assumption.
LINES_UNKNOWN = 0.06


@dataclass(frozen=True)
class Happenings:
    """A block as known at the market's end: later times are NEVER, later parcels are left out."""

    orders: Demand
    goods: Baskets
    checkout: Checkout
    after: Aftermath
    state: OrderStates
    refunded: I64  # fen
    lines_unknown: Flags
    parcels: Parcels
    way: Journeys
    receipt_lag: I64  # seconds between a scan and its receipt; 0 = not stated
    system: I64  # of the label
    not_shipped: I64  # per order: paid GMV in no parcel, fen
    parcel_gmv: I64  # paid GMV in each parcel, fen
    repeats: Repeats | None = None  # of the part "consumers"
    economics: Economics | None = None  # of the part "economics"
    referrers: Referrers | None = None  # of the part "parties"
    has_points: bool = False  # the part "points" is on
    returns: Returns | None = None  # of the part "claims"
    claims: Claims | None = None  # the same
    told: Declarations | None = None  # of the part "abroad"
    duties: Duties | None = None  # the same


#: The place of each courier among their codes in order.
_ALPHABET = np.array([sorted(couriers.COURIERS).index(code) for code in couriers.COURIERS], np.int64)
#: Who issued the label's number.
SYSTEMS = ("cainiao", "pinduoduo", "jd", "courier")


def _systems(market: Market, parcels: Parcels, way: Journeys) -> I64:
    """Return whose label each parcel carries: on Pinduoduo, it depends on the day it was printed."""
    bits = market.draws.of("label", parcels.key)
    platform = market.shops.platform(parcels.merchant)
    row = np.clip(way.registered // 86_400 - market.story.first, 0, len(market.story.own_label_bounds) - 1)
    own = (platform == 0) & (bits < market.story.own_label_bounds[row])
    rest = market.draws.of("label of others", parcels.key)
    system = np.where(chance(rest, 0.07), SYSTEMS.index("courier"), SYSTEMS.index("cainiao"))
    system = np.where((platform == 2) & chance(rest, 0.9), SYSTEMS.index("jd"), system)
    return np.where(own, SYSTEMS.index("pinduoduo"), system)


def _gmv(goods: Baskets, is_paid: Flags, lines_unknown: Flags, parcels: Parcels) -> tuple[I64, I64]:
    """Return the paid GMV in each parcel and that in none."""
    count = len(is_paid)
    by_slot = np.zeros((2, count), np.int64)
    np.add.at(by_slot, (goods.parcel, goods.order), goods.gmv)
    exists = np.zeros((2, count), bool)
    sold = np.flatnonzero(parcels.purpose == SALE)
    slot, order = parcels.slot[sold], parcels.order[sold]
    exists[slot, order] = True
    shared = sold[parcels.orders[sold] == 2]
    exists[0, parcels.order[shared] + 1] = True
    # Lines unknown: the order's GMV goes to its parcels equally, the odd fen to the first by courier, number.
    both = exists[0] & exists[1]
    carrier = np.zeros((2, count), np.int64)
    carrier[slot, order] = _ALPHABET[parcels.courier[sold]]
    half = goods.order_gmv // 2
    of_second = np.where(carrier[1] < carrier[0], goods.order_gmv - half, half)
    equal = np.where(both, np.stack([goods.order_gmv - of_second, of_second]), goods.order_gmv)
    by_slot = np.where(lines_unknown, equal, by_slot)
    by_slot *= is_paid & exists
    in_parcel = np.zeros(len(parcels.key), np.int64)
    in_parcel[sold] = by_slot[slot, order]
    in_parcel[shared] += by_slot[0, parcels.order[shared] + 1]
    return in_parcel, np.where(is_paid, goods.order_gmv - by_slot.sum(axis=0), 0)


def _keep(parcels: Parcels, way: Journeys, which: I64) -> tuple[Parcels, Journeys]:
    kept = Parcels(**{name: getattr(parcels, name)[which] for name in Parcels.__dataclass_fields__})
    columns = {name: getattr(way, name)[which] for name in Journeys.__dataclass_fields__ if name != "scans"}
    return kept, Journeys(scans=way.scans[:, which], **columns)


def _join(ways: list[Journeys]) -> Journeys:
    return Journeys(
        **{
            name: np.concatenate([getattr(way, name) for way in ways], axis=-1)
            for name in Journeys.__dataclass_fields__
        }
    )


def _declared(market: Market, sold: Parcels, goods: Baskets, told: Declarations | None) -> Parcels:
    """Return the parcels with what is declared of them; customs stops some, where the market knows why."""
    if told:
        value, fate = np.zeros_like(sold.declared), sold.fate.copy()
        value[told.parcel] = told.declared
        fate[told.parcel[told.fails]] = STOPPED
        return replace(sold, declared=value, fate=fate)
    currency = cities().currency[sold.destination]
    worth = np.where(currency > 0, goods.order_gmv[sold.order], 0)
    return replace(sold, declared=declared(market, sold.key, worth, currency))


def happenings(market: Market, first: int, last: int) -> Happenings:
    """Make the orders from first to last (excluded) and all that follows from them."""
    orders, repeats = ordered(market, first, last)
    goods = baskets(market, orders)
    bought = checkout(market, orders)
    sold = sales(market, orders, goods, bought)
    told = declarations(market, sold, goods, len(orders.index))
    sold = _declared(market, sold, goods, told)
    way = journeys(market, sold, told)
    back, more = second_parcels(market, sold, way)
    back_way, more_way = journeys(market, back), journeys(market, more)
    after = aftermath(market, orders, goods, bought, sold, way, back, back_way)

    parcels, ways = join([sold, back, more]), _join([way, back_way, more_way])
    lags = np.where(
        np.array(couriers.STATES_RECEIPT)[parcels.courier],
        1 + below(market.draws.of("receipt", parcels.key), 900),
        0,
    )
    registered = np.flatnonzero(ways.registered < market.end)
    parcels, ways = _keep(parcels, ways, registered)
    lags = lags[registered]
    scans = np.where(ways.scans < market.end - lags, ways.scans, NEVER)
    ways = replace(ways, scans=scans)
    if told:
        # Sold parcels come first among all.
        told = told.of(np.isin(told.parcel, registered).nonzero()[0])
        told = replace(told, parcel=np.searchsorted(registered, told.parcel))

    after = Aftermath(
        **{
            name: values if name.startswith("refund_") else known(values, market.end)
            for name, values in vars(after).items()
        }
    )
    bought = replace(
        bought,
        money_at=known(bought.money_at, market.end),
        formed_at=known(bought.formed_at, market.end),
        group_failed_at=known(bought.group_failed_at, market.end),
    )
    # The platform knows that an order ships only if its scan is known.
    is_paid = after.paid_at < NEVER
    unknown = chance(market.draws.of("lines unknown", orders.index), LINES_UNKNOWN)
    unknown &= goods.merchant[goods.first_line + goods.line_count - 1] == orders.merchant
    in_parcel, in_none = _gmv(goods, is_paid, unknown, parcels)

    return Happenings(
        orders=orders,
        goods=goods,
        checkout=bought,
        after=after,
        state=order_states(orders, bought, after, np.arange(len(orders.index)), market.end),
        refunded=np.where(after.refunded_at < NEVER, after.refund_amount, 0),
        lines_unknown=unknown,
        parcels=parcels,
        way=ways,
        receipt_lag=lags,
        system=_systems(market, parcels, ways),
        not_shipped=in_none,
        parcel_gmv=in_parcel,
        repeats=repeats,
        economics=economics(market, orders, goods) if "economics" in market.parts else None,
        referrers=referrers(market, orders) if "parties" in market.parts else None,
        has_points=market.points is not None,
        returns=returns(market, goods, sold, way, back, back_way) if "claims" in market.parts else None,
        claims=claims(market, parcels, ways, in_parcel) if "claims" in market.parts else None,
        told=told,
        duties=duties(market, parcels, ways, told) if told else None,
    )


def scan_city(block: Happenings) -> I64:
    """Return the city of each scan (scan × parcel)."""
    parcels, way = block.parcels, block.way
    at = np.empty(way.scans.shape, np.int64)
    at[:] = parcels.destination
    for scan in (
        Scan.CONSIGNED,
        Scan.PICKUP_FAILED,
        Scan.PICKED_UP,
        Scan.DEPARTED,
        Scan.RETURNED,
        Scan.CANCELLED,
    ):
        at[scan] = parcels.origin
    at[Scan.EXPORT_START] = at[Scan.EXPORT_CLEARED] = cities().hub[parcels.origin]
    at[Scan.HUB_IN] = at[Scan.HUB_OUT] = at[Scan.LOST] = way.hub
    at[Scan.FAR_HUB_IN] = at[Scan.EXCEPTION] = way.far_hub
    return at

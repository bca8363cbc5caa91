"""What happened, order by order and waybill by waybill, from the generator's own bookkeeping."""

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract import names
from simulator.contract.orders import Table, currencies, place_words
from simulator.contract.waybills import SERVICES, services
from simulator.life.happenings import SYSTEMS, Happenings
from simulator.life.order_states import CANCELLED, STATUSES
from simulator.life.parcels import PURPOSES, SALE
from simulator.life.promises import parcel_promise
from simulator.life.referrers import KINDS
from simulator.life.scan_kinds import Scan
from simulator.world.cities import MAINLAND, TIERS, cities
from simulator.world.couriers import COURIERS
from simulator.world.days import HOUR, NEVER
from simulator.world.draws import I64, Flags
from simulator.world.market import Market
from simulator.world.platforms import CHANNELS, PLATFORMS, ZONES


def orders(market: Market, block: Happenings, number: c.Bytes) -> Table:
    """Return every order with its GMV in four readings (shared metrics, "GMV")."""
    made, goods, after = block.orders, block.goods, block.after
    is_paid = after.paid_at < NEVER
    gmv = goods.order_gmv
    net = np.where(is_paid & (block.state.status != CANCELLED), gmv - block.refunded, 0)
    return {
        "platform_id": c.words(made.platform, PLATFORMS),
        "order_number": c.texts(number),
        "consumer_code": c.texts(names.account_codes(market, made.account)),
        "country_code": place_words(made.city, cities().country),
        "city_name": place_words(made.city, cities().name),
        "adcode": place_words(made.city, cities().adcode, made.city < MAINLAND),
        "tier": c.words(made.tier, TIERS),
        "channel": c.words(made.channel, CHANNELS),
        "status": c.words(block.state.status, STATUSES),
        "currency": currencies(made.city),
        "line_count": c.counts(goods.line_count),
        "gmv_placed": c.amounts(gmv),
        "gmv_paid": c.amounts(np.where(is_paid, gmv, 0)),
        "gmv_net": c.amounts(net),
        "gmv_received": c.amounts(np.where(is_paid & (after.received_at < NEVER), gmv, 0)),
        "gmv_not_shipped": c.amounts(block.not_shipped),
        "paid_amount": c.amounts(np.where(is_paid, goods.paid_amount, 0)),
        "postage_amount": c.amounts(goods.postage),
        "platform_subsidy_amount": c.amounts(goods.platform_discount + goods.platform_postage),
        "refunded_amount": c.amounts(block.refunded),
        "is_paid": c.flags(is_paid),
        "order_date": dates(made.placed, made.platform),
        "payment_date": dates(after.paid_at, made.platform),
        "placed_at": c.times(made.placed),
        "paid_at": c.times(after.paid_at),
        "received_at": c.times(after.received_at),
        "cancelled_at": c.times(after.cancelled_at),
        "updated_at": c.times(block.state.updated_at),
        **_economics(block, is_paid),
        **_referrers(market, block),
    }


def _economics(block: Happenings, is_paid: Flags) -> Table:
    """Return what each order costs its merchant, where the market tells of it."""
    if block.economics is None:
        return {}
    return {
        "partner_discount_amount": c.amounts(block.goods.partner_discount, block.goods.partner_discount > 0),
        "cost_amount": c.amounts(block.economics.cost),
        "commission_amount": c.amounts(block.economics.commission, is_paid),
        "payment_fee_amount": c.amounts(block.economics.payment_fee, is_paid),
    }


def _referrers(market: Market, block: Happenings) -> Table:
    """Return who brought each consumer: its kind, and its code as the feed has it."""
    if block.referrers is None:
        return {}
    kind = block.referrers.kind
    return {
        "referrer_kind": c.words(kind, KINDS, kind > 0),
        "referrer_code": names.referrer_codes(market, block.referrers),
    }


def dates(time: I64, platform: I64) -> pa.Array:
    """Return the calendar dates in each platform's zone."""
    behind = (8 - np.array(ZONES)[platform]) * HOUR
    return c.dates(np.where(time < NEVER, time - behind, NEVER))


def _of_orders(block: Happenings, values: I64) -> I64:
    """Return the latest value among the orders of each parcel."""
    parcels = block.parcels
    following = np.minimum(parcels.order + 1, len(values) - 1)
    return np.maximum(values[parcels.order], np.where(parcels.orders == 2, values[following], 0))


def waybills(market: Market, block: Happenings, waybill_number: c.Bytes) -> Table:
    """Return every registered waybill with its milestones and durations (shared metrics, "Delivery time")."""
    parcels, way = block.parcels, block.way
    scans = way.scans
    platform = market.shops.platform(parcels.merchant)
    clock = _of_orders(block, np.where(block.checkout.is_cash, block.orders.placed, block.after.paid_at))
    handed = np.minimum(scans[Scan.AVAILABLE], scans[Scan.DELIVERED])
    first_try = np.minimum(scans[Scan.ATTEMPT_FAILED], handed)
    picked, departed, arrived = scans[Scan.PICKED_UP], scans[Scan.DEPARTED], scans[Scan.ARRIVED]
    out, delivered = scans[Scan.OUT_FOR_DELIVERY], scans[Scan.DELIVERED]
    latest = np.where(scans < NEVER, scans, -1).max(axis=0)
    earliest = scans.min(axis=0)
    promised_at, promised_day = parcel_promise(market, block)
    return {
        "platform_id": c.words(platform, PLATFORMS),
        "courier_code": c.words(parcels.courier, COURIERS),
        "waybill_number": c.texts(waybill_number),
        "merchant_code": c.texts(names.merchant_codes(parcels.merchant)),
        "purpose": c.words(parcels.purpose, PURPOSES),
        "channel": c.words(block.orders.channel[parcels.order], CHANNELS),
        "service": c.words(services(parcels), SERVICES),
        "waybill_system": c.words(block.system, SYSTEMS),
        "origin_adcode": place_words(parcels.origin, cities().adcode, parcels.origin < MAINLAND),
        "destination_adcode": place_words(
            parcels.destination, cities().adcode, parcels.destination < MAINLAND
        ),
        "destination_country_code": place_words(parcels.destination, cities().country),
        "tier": c.words(cities().tier[parcels.destination], TIERS),
        "currency": currencies(block.orders.city[parcels.order]),
        "order_date": dates(block.orders.placed[parcels.order], platform),
        "order_count": c.counts(parcels.orders),
        "event_count": c.counts((scans < NEVER).sum(axis=0)),
        "gmv_paid": c.amounts(np.where(parcels.purpose == SALE, block.parcel_gmv, 0)),
        "freight_cost_amount": c.amounts(parcels.freight),
        "weight_grams": c.counts(parcels.weight),
        "declared_amount": c.amounts(parcels.declared, parcels.destination >= MAINLAND),
        "registered_at": c.times(way.registered),
        "placed_at": c.times(_of_orders(block, block.orders.placed)),
        "paid_at": c.times(_of_orders(block, block.after.paid_at)),
        "clock_started_at": c.times(clock),
        "consigned_at": c.times(scans[Scan.CONSIGNED]),
        "picked_up_at": c.times(picked),
        "departed_at": c.times(departed),
        "arrived_at": c.times(arrived),
        "out_for_delivery_at": c.times(out),
        "first_attempt_at": c.times(first_try),
        "available_for_pickup_at": c.times(scans[Scan.AVAILABLE]),
        "delivered_at": c.times(delivered),
        "handed_over_at": c.times(handed),
        "returning_at": c.times(scans[Scan.RETURNING]),
        "returned_at": c.times(scans[Scan.RETURNED]),
        "first_event_at": c.times(earliest),
        "last_event_at": c.times(np.where(latest >= 0, latest, NEVER)),
        "promised_delivery_at": c.times(promised_at),
        "promised_delivery_date": c.dates(promised_day),
        "handling_seconds": c.durations(clock, picked),
        "origin_seconds": c.durations(picked, departed),
        "linehaul_seconds": c.durations(departed, arrived),
        "destination_seconds": c.durations(arrived, out),
        "last_mile_seconds": c.durations(out, handed),
        "export_customs_seconds": c.durations(scans[Scan.EXPORT_START], scans[Scan.EXPORT_CLEARED]),
        "import_customs_seconds": c.durations(scans[Scan.IMPORT_START], scans[Scan.IMPORT_CLEARED]),
        "pickup_wait_seconds": c.durations(scans[Scan.AVAILABLE], delivered),
        "end_to_end_seconds": c.durations(picked, handed),
        "order_to_delivery_seconds": c.durations(clock, delivered),
        "has_all_stages": c.flags((clock < NEVER) & (handed < NEVER)),
        "is_returned": c.flags(scans[Scan.RETURNING] < NEVER),
        "is_lost": c.flags(scans[Scan.LOST] < NEVER),
        "is_cancelled": c.flags(scans[Scan.CANCELLED] < NEVER),
        **_points(market, block),
    }


def _points(market: Market, block: Happenings) -> Table:
    """Return where each parcel waits, from when it is overdue, and whether no one came for it."""
    if market.points is None:
        return {}
    point, scans = block.way.point, block.way.scans
    codes = c.texts(names.point_codes(np.arange(market.points.count)))
    stored = (point >= 0) & (scans[Scan.AVAILABLE] < NEVER)
    return {
        "pickup_point_code": c.repeated(point * stored, codes, stored),
        "overdue_at": c.times(scans[Scan.OVERDUE]),
        "is_unclaimed": c.flags(block.way.is_unclaimed & (scans[Scan.RETURNING] < NEVER)),
    }


def newest(block: Happenings) -> int:
    """Return the newest time that the feeds tell of: of a scan or of an order's update, China seconds."""
    scans = block.way.scans
    last = int(np.where(scans < NEVER, scans, 0).max(initial=0))
    return max(last, int(block.state.updated_at.max(initial=0)))

"""Shopify's orders as the REST Admin API answers (shopify.dev, Order): what goes abroad, times with a zone.

Shopify has no confirmed receipt. A discount on the order stands with its first line, as an allocation.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from simulator.providers.histories import Record
from simulator.providers.order_views import Line, Order
from simulator.world.days import CHINA_OFFSET

#: The company as the shop writes it. Assumption: Shopify's own list holds few of China's couriers.
TRACKING_COMPANIES = {
    "zto": "ZTO Express", "yunda": "Yunda Express", "yto": "YTO Express", "best": "Best Express",
    "sto": "STO Express", "sf": "SF Express", "ems": "EMS", "jd": "JD Logistics", "ttk": "TTK Express",
    "deppon": "Deppon Express",
}  # fmt: skip


def instant(seconds: int) -> str:
    """Return China seconds as an instant in UTC."""
    return datetime.fromtimestamp(seconds - CHINA_OFFSET, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _cents(amount: int) -> str:
    return f"{amount / 100:.2f}"


def answers(orders: Iterator[Order]) -> Iterator[Record]:
    """Yield an answer per order."""
    for order in orders:
        yield {"order": _order(order)}


def _financial_status(order: Order) -> str:
    if order.paid_at is None:
        return "voided" if order.cancelled_at else "pending"
    if order.refunded >= order.paid_amount:
        return "refunded"
    return "partially_refunded" if order.refunded else "paid"


def _order(order: Order) -> Record:
    money = {"amount": _cents(order.paid_amount), "currency_code": order.currency}
    return {
        "id": order.number,
        "created_at": instant(order.placed_at),
        "processed_at": instant(order.paid_at or order.placed_at),
        "updated_at": instant(order.updated_at),
        "cancelled_at": instant(order.cancelled_at) if order.cancelled_at else None,
        "financial_status": _financial_status(order),
        "fulfillment_status": "fulfilled" if order.parcels else None,
        "currency": order.currency,
        "presentment_currency": order.currency,
        "source_name": "web",
        "total_price": _cents(order.paid_amount),
        "total_price_set": {"shop_money": money, "presentment_money": money},
        "total_shipping_price_set": {
            "shop_money": {"amount": _cents(order.postage), "currency_code": order.currency}
        },
        "customer": {"id": order.account},
        "shipping_address": {
            "country_code": order.country,
            "province": order.province,
            "city": order.city,
        },
        "line_items": [_line(order, line) for line in order.lines],
        "fulfillments": [
            {
                "status": "success",
                "created_at": instant(order.consigned_at or order.updated_at),
                "updated_at": instant(order.consigned_at or order.updated_at),
                "tracking_company": TRACKING_COMPANIES[courier],
                "tracking_number": number,
                "tracking_numbers": [number],
                "line_items": [],
            }
            for courier, number in order.parcels
        ],
        "refunds": [],
    }


def _line(order: Order, line: Line) -> Record:
    allocated = [line.discount, order.discount if line.number == 1 else 0]
    return {
        "id": f"{order.number}{line.number}",
        "product_id": line.product // 12,
        "variant_id": f"P{line.product:012d}",
        "quantity": line.units,
        "price": _cents(line.goods // line.units),
        "discount_allocations": [{"amount": _cents(part)} for part in allocated if part],
    }

"""Pinduoduo's orders as ``pdd.order.list.get`` answers: pages of one shop and day, money in yuan as numbers.

The list holds confirmed orders only: neither unpaid ones nor groups that did not form. The names of the
fields are those of its public clients (niltor/open-pdd-net-sdk); which ids of couriers are assumptions, the
seed courier_codes says.
"""

from collections import defaultdict
from collections.abc import Iterator

from simulator.providers.histories import Record, clock
from simulator.providers.order_views import Line, Order
from simulator.world.platforms import FLASH_SALE

PAGE = 100
LOGISTICS_IDS = {
    "sto": 1, "best": 3, "sf": 44, "yto": 85, "zto": 115, "ems": 118, "ttk": 119, "jd": 120, "yunda": 121,
    "deppon": 131,
}  # fmt: skip
_STATUSES = {"paid": 1, "shipped": 2, "received": 3, "cancelled": 1}


def pages(orders: Iterator[Order]) -> Iterator[Record]:
    """Yield pages of at most 100 confirmed orders; the shop stands beside the answer."""
    by_shop: dict[tuple[str, int], list[Record]] = defaultdict(list)
    for order in orders:
        if order.paid_at is not None:
            by_shop[clock(order.paid_at)[:10], order.merchant].append(_order(order, order.paid_at))
    for (_, merchant), found in sorted(by_shop.items(), key=lambda item: item[0]):
        for at in range(0, len(found), PAGE):
            answer = {
                "order_list": found[at : at + PAGE],
                "total_count": len(found),
                "has_next": at + PAGE < len(found),
            }
            yield {"mall_id": merchant, "order_list_get_response": answer}


def _order(order: Order, paid_at: int) -> Record:
    goods = sum(line.goods for line in order.lines)
    seller = order.discount + sum(line.discount for line in order.lines)
    change = sum(line.adjustment for line in order.lines)
    first, *others = order.parcels or [("", "")]
    return {
        "order_sn": order.number,
        "order_status": 3 if order.received_at else 2 if order.consigned_at else _STATUSES[order.status],
        "confirm_status": 2 if order.status == "cancelled" else 1,
        "group_status": 1,
        "refund_status": 4 if order.refunded else 1,
        "after_sales_status": 0,
        "trade_type": 0,
        "is_pre_sale": 0,
        "is_lucky_flag": 1,
        "duoduo_wholesale": 0,
        "is_flash_sale": int(order.channel == FLASH_SALE),
        "created_time": clock(order.placed_at),
        "pay_time": clock(paid_at),
        "confirm_time": clock(paid_at),
        "last_ship_time": clock(order.ship_by) if order.ship_by else "",
        "shipping_time": clock(order.consigned_at) if order.consigned_at else "",
        "receive_time": clock(order.received_at) if order.received_at else "",
        "updated_at": clock(order.updated_at),
        "goods_amount": goods / 100,
        "discount_amount": (seller + order.platform_discount + order.partner_discount) / 100,
        "seller_discount": seller / 100,
        "platform_discount": order.platform_discount / 100,
        "postage": order.postage / 100,
        "order_change_amount": change / 100,
        "pay_amount": order.paid_amount / 100,
        "country": "中国",
        "country_id": 1,
        "province": order.province,
        "province_id": int(order.adcode[:2]),
        "city": order.city,
        "city_id": int(order.adcode[:4]),
        "town": "",
        "town_id": 0,
        "tracking_number": first[1],
        "logistics_id": LOGISTICS_IDS.get(first[0], 0),
        "extra_delivery_list": [
            {"tracking_number": number, "logistics_id": LOGISTICS_IDS[courier]} for courier, number in others
        ],
        "cat_id_1": 1000 + order.lines[0].category,
        "cat_id_2": 0,
        "cat_id_3": 0,
        "cat_id_4": 0,
        "item_list": [_item(line) for line in order.lines],
    }


def _item(line: Line) -> Record:
    return {
        "goods_id": line.product // 12,
        "sku_id": line.product,
        "outer_id": f"P{line.product:012d}",
        "outer_goods_id": "",
        "goods_name": "",
        "goods_spec": "",
        "goods_count": line.units,
        "goods_price": line.goods / line.units / 100,
    }

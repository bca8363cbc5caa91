"""JD's orders as ``jingdong.pop.order.search`` answers: only those past the review of payment.

Names of fields: shared providers.md, C3.
"""

from collections.abc import Iterator

from simulator.providers.histories import Record, clock
from simulator.providers.order_views import Order

PAGE = 50
#: JD names one company per order; parcels of another are not in the answer. Which ids are
#: assumptions, the seed courier_codes says.
LOGISTICS_IDS = {
    "yto": "463", "ems": "465", "sf": "467", "sto": "470", "yunda": "1327", "zto": "1499", "best": "1748",
    "ttk": "2009", "jd": "2087", "deppon": "3046",
}  # fmt: skip
_STATES = {
    "placed": "WAIT_SELLER_STOCK_OUT",
    "paid": "WAIT_SELLER_STOCK_OUT",
    "shipped": "WAIT_GOODS_RECEIVE_CONFIRM",
    "received": "FINISHED_L",
    "cancelled": "TRADE_CANCELED",
}


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


def pages(orders: Iterator[Order]) -> Iterator[Record]:
    """Yield pages of at most 50 orders; unpaid ones are not found by JD's search."""
    page: list[Record] = []
    for order in orders:
        if order.paid_at is None and not order.is_cash:
            continue
        page.append(_order(order))
        if len(page) == PAGE:
            yield _answer(page)
            page = []
    if page:
        yield _answer(page)


def _answer(page: list[Record]) -> Record:
    result = {"apiResult": {"success": True}, "orderInfoList": page, "orderTotal": len(page)}
    return {"jingdong_pop_order_search_responce": {"searchorderinfo_result": result}}


def _order(order: Order) -> Record:
    ended = order.received_at or order.cancelled_at
    discount = order.discount + sum(line.discount for line in order.lines)
    return {
        "orderId": order.number,
        "venderId": f"M{order.merchant:012d}",
        "open_id_buyer": order.account,
        "orderState": _STATES[order.status],
        "payType": "1-货到付款" if order.is_cash else "4-在线支付",
        "orderTotalPrice": _yuan(sum(line.goods for line in order.lines)),
        "orderSellerPrice": _yuan(sum(line.goods for line in order.lines) - discount),
        "sellerDiscount": _yuan(discount),
        "freightPrice": _yuan(order.postage),
        "orderPayment": _yuan(order.paid_amount),
        "orderStartTime": clock(order.placed_at),
        "paymentConfirmTime": clock(order.paid_at) if order.paid_at else "",
        "orderEndTime": clock(ended) if ended else "",
        "modified": clock(order.updated_at),
        "waybill": ",".join(number for courier, number in order.parcels if courier == order.parcels[0][0]),
        "logisticsId": LOGISTICS_IDS[order.parcels[0][0]] if order.parcels else "",
        "consigneeInfo": {"province": order.province, "city": order.city, "county": "", "town": ""},
        "itemInfoList": [
            {
                "skuId": f"P{line.product:012d}",
                "wareId": line.product // 12,
                "skuName": "",
                "jdPrice": _yuan(line.goods // line.units),
                "itemTotal": line.units,
            }
            for line in order.lines
        ],
    }

"""Taobao's trades as ``taobao.trade.fullinfo.get`` answers: money as text in yuan, two kinds of closed.

Names of fields: Trade and Order of its public clients (shared providers.md, C3).
"""

from collections.abc import Iterator

from simulator.providers.histories import Record, clock
from simulator.providers.order_views import Line, Order

_STATUSES = {
    "placed": "WAIT_BUYER_PAY",
    "paid": "WAIT_SELLER_SEND_GOODS",
    "shipped": "WAIT_BUYER_CONFIRM_GOODS",
    "received": "TRADE_FINISHED",
}
LOGISTICS_COMPANIES = {
    "zto": "中通快递", "yunda": "韵达快递", "yto": "圆通速递", "best": "百世快递", "sto": "申通快递",
    "sf": "顺丰速运", "ems": "EMS", "jd": "京东快递", "ttk": "天天快递", "deppon": "德邦快递",
}  # fmt: skip


def _yuan(fen: int) -> str:
    return f"{fen / 100:.2f}"


def trades(orders: Iterator[Order]) -> Iterator[Record]:
    """Yield an answer per trade."""
    for order in orders:
        yield {"trade_fullinfo_get_response": {"trade": _trade(order)}}


def _place(order: Order) -> Record:
    """Return the city; a county directly under its province (济源) stands in the district alone."""
    is_county = order.adcode[2:4] == "90"
    return {
        "receiver_city": "" if is_county else order.city,
        "receiver_district": order.city if is_county else "",
    }


def _status(order: Order) -> str:
    if order.status == "cancelled":
        return "TRADE_CLOSED" if order.paid_at else "TRADE_CLOSED_BY_TAOBAO"
    return _STATUSES[order.status]


def _trade(order: Order) -> Record:
    ended = order.received_at or order.cancelled_at
    trade: Record = {
        "tid": order.number,
        "type": "fixed",
        "status": _status(order),
        "seller_nick": f"M{order.merchant:012d}",
        "buyer_open_uid": order.account,
        "created": clock(order.placed_at),
        "modified": clock(order.updated_at),
        "num": sum(line.units for line in order.lines),
        "total_fee": _yuan(sum(line.goods for line in order.lines)),
        "discount_fee": _yuan(order.discount),
        "adjust_fee": _yuan(sum(line.adjustment for line in order.lines)),
        "post_fee": _yuan(order.postage),
        "payment": _yuan(order.paid_amount),
        "received_payment": _yuan(order.paid_amount if order.received_at else 0),
        "step_paid_fee": "0.00",
        "platform_subsidy_fee": _yuan(order.platform_discount),
        "receiver_state": order.province,
        **_place(order),
        "orders": {"order": [_line(order, line) for line in order.lines]},
    }
    for name, time in (
        ("pay_time", order.paid_at),
        ("consign_time", order.consigned_at),
        ("end_time", ended),
    ):
        if time is not None:
            trade[name] = clock(time)
    return trade


def _line(order: Order, line: Line) -> Record:
    sent: Record = {}
    if order.parcels:
        courier, number = order.parcels[-1 if line.number > 1 else 0]
        sent = {"logistics_company": LOGISTICS_COMPANIES[courier], "invoice_no": number}
    return {
        "oid": f"{order.number}:{line.number}",
        "num_iid": line.product // 12,
        "sku_id": f"P{line.product:012d}",
        "cid": 1000 + line.category,
        "title": "",
        "num": line.units,
        "price": _yuan(line.goods // line.units),
        "total_fee": _yuan(line.goods - line.discount + line.adjustment),
        "discount_fee": _yuan(line.discount),
        "adjust_fee": _yuan(line.adjustment),
        # The line's share of the trade's promotion: a tenth of its goods.
        "part_mjz_discount": _yuan(line.goods // 10 if order.discount else 0),
        "payment": _yuan(line.goods - line.discount + line.adjustment),
        "status": _status(order),
        "refund_status": "SUCCESS" if order.refunded and line.number == 1 else "NO_REFUND",
        **sent,
    }

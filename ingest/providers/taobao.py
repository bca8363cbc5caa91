"""Taobao and Tmall: trades from ``taobao.trades.sold.get`` and ``taobao.trade.fullinfo.get``.

Fields as in bububa/opentaobao (model/trade/Trade.go, Order.go). Amounts are yuan as text, times text in
China's zone. A trade has one or more orders, which are our lines: ``total_fee`` of an order is price × num +
``adjust_fee`` - ``discount_fee``, ``part_mjz_discount`` its share of the trade's promotions (who bore those
is not said: they count as the shop's). ``TRADE_CLOSED`` was paid and refunded, ``TRADE_CLOSED_BY_TAOBAO``
never paid; ``end_time`` ends either, and a success. ``PAID_FORBID_CONSIGN`` is a group not yet complete.
Cities directly under a province come in the district. The times of a trade's journey (``collect_time`` …)
are those of its parcel, where it has one.
"""

from ingest.provider import FILE, Layout, Provider, Shape, Target
from ingest.reading.sql import quoted
from ingest.shapes.documents import Documents, product, refuse, total

_TEXT = (
    "tid",
    "status",
    "type",
    "created",
    "pay_time",
    "consign_time",
    "est_con_time",
    "collect_time",
    "dispatch_time",
    "sign_time",
    "end_time",
    "modified",
    "payment",
    "post_fee",
    "platform_subsidy_fee",
    "step_trade_status",
    "buyer_open_uid",
    "seller_nick",
    "receiver_state",
    "receiver_city",
    "receiver_district",
)
_LINE = (
    '{"oid": "VARCHAR", "num": "VARCHAR", "price": "VARCHAR", "discount_fee": "VARCHAR", '
    '"part_mjz_discount": "VARCHAR", "adjust_fee": "VARCHAR", "num_iid": "VARCHAR", "sku_id": "VARCHAR", '
    '"cid": "VARCHAR", "logistics_company": "VARCHAR", "invoice_no": "VARCHAR", "consign_time": "VARCHAR", '
    '"is_daixiao": "VARCHAR"}'
)
_TRADES = Documents(
    provider_id="taobao",
    paths=(
        "trades_sold_get_response.trades.trade[]",
        "trade_fullinfo_get_response.trade",
        "trade_get_response.trade",
        "",
    ),
    fields=dict.fromkeys(_TEXT, "VARCHAR") | {"orders": "JSON"},
    marks=(frozenset({"tid", "status"}),),
)
# An order list comes as {"order": […]}, and in simplified answers as […].
_ROWS = (
    "select * exclude (thing), struct_pack("
    + ", ".join(f"{name} := thing.{name}" for name in _TEXT)
    + ") as thing, "
    f"coalesce(json_transform(thing.orders, '{{\"order\": [{_LINE}]}}').order, "
    f"json_transform(thing.orders, '[{_LINE}]'), []) as lines from ({_TRADES.rows()})"
)

_PLATFORM = {"platform_id": "'taobao'", "order_number": "thing.tid"}
_MONEY = {**_PLATFORM, "currency": "'CNY'"}
_PLACE = {
    "destination_province_name": "thing.receiver_state",
    "destination_city_name": "coalesce(nullif(thing.receiver_city, ''), thing.receiver_district)",
    "destination_district_name": ("case when thing.receiver_city <> '' then thing.receiver_district end"),
}
_IS_PAID = "thing.status <> 'PAID_FORBID_CONSIGN' and thing.step_trade_status is distinct from "
_IS_PAID += "'FRONT_PAID_FINAL_NOPAID'"

_ORDER = Target(
    "orders",
    {
        **_MONEY,
        "consumer_code": "thing.buyer_open_uid",
        "channel_code": (
            "case when list_contains(list_transform(lines, lambda line: line.is_daixiao), 'true') "
            "then 'daixiao' else thing.type end"
        ),
        "status_code": "thing.status",
        "group_status_code": "case when thing.status = 'PAID_FORBID_CONSIGN' then thing.status end",
        **_PLACE,
        "platform_discount_amount": "thing.platform_subsidy_fee",
        "postage_amount": "thing.post_fee",
        "paid_amount": f"case when thing.pay_time <> '' and {_IS_PAID} then thing.payment end",
        "is_cash_on_delivery": "thing.type = 'cod'",
        "placed_at": "thing.created",
        "paid_at": f"case when {_IS_PAID} then thing.pay_time end",
        "received_at": "case when thing.status = 'TRADE_FINISHED' then thing.end_time end",
        "cancelled_at": "case when thing.status like 'TRADE_CLOSED%' then thing.end_time end",
        "updated_at": "thing.modified",
    },
)
_OF_LINES = (
    "select _line_number, thing, unnest(lines) as line, _is_malformed from things where not _is_malformed"
)
_PARCELS = (
    "select min(_line_number) as _line_number, thing, line.logistics_company as courier_code, "
    "line.invoice_no as waybill_number, coalesce(min(nullif(line.consign_time, '')), any_value("
    "thing.consign_time)) as consign_time, list_sort(list(thing.tid || ':' || line.oid)) as line_numbers, "
    f"count(*) over (partition by thing, {FILE}) as parcel_count, false as _is_malformed from ({_OF_LINES}) "
    f"where line.invoice_no <> '' group by thing, line.logistics_company, line.invoice_no, {FILE}"
)


def _targets(shop: str) -> tuple[Target, ...]:
    merchant = f"coalesce(nullif(thing.seller_nick, ''), {quoted(shop)})"
    lines = Target(
        "order_lines",
        {
            **_MONEY,
            "order_line_number": "line.oid",
            "merchant_code": merchant,
            "product_code": "coalesce(nullif(line.sku_id, ''), line.num_iid)",
            "unit_count": "line.num",
            "goods_amount": product("line.price", "line.num"),
            "merchant_discount_amount": total("line.discount_fee", "line.part_mjz_discount"),
            "adjustment_amount": "line.adjust_fee",
            "promised_ship_at": "thing.est_con_time",
            "updated_at": "thing.modified",
        },
        rows=_OF_LINES,
    )
    products = Target(
        "products",
        {
            "platform_id": "'taobao'",
            "product_code": "coalesce(nullif(line.sku_id, ''), line.num_iid)",
            "merchant_code": merchant,
            "category_code": "line.cid",
            "updated_at": "thing.modified",
        },
        rows=f"select * from ({_OF_LINES}) where line.cid <> ''",
    )
    waybills = Target(
        "waybills",
        {
            "courier_code": "courier_code",
            "waybill_number": "waybill_number",
            "platform_id": "'taobao'",
            "merchant_code": merchant,
            "order_numbers": "[thing.tid]",
            "order_line_numbers": "line_numbers",
            **_PLACE,
            "registered_at": "consign_time",
            "updated_at": "thing.modified",
        },
        rows=_PARCELS,
    )
    events = Target(
        "waybill_events",
        {
            "courier_code": "courier_code",
            "waybill_number": "waybill_number",
            "event_code": "step.code",
            "is_zone_explicit": "false",
            "occurred_at": "step.at",
        },
        rows=(
            "select * from (select *, unnest([struct_pack(code := 'consign_time', at := consign_time), "
            + ", ".join(
                f"struct_pack(code := '{name}', at := thing.{name})"
                for name in ("collect_time", "dispatch_time", "sign_time")
            )
            + f"]) as step from ({_PARCELS}) where parcel_count = 1) where step.at <> ''"
        ),
    )
    return (_ORDER, lines, products, waybills, events)


def _recognise(shape: Shape) -> Layout | None:
    return None if shape.is_table else Layout(_targets(shape.options.get("shop", "own")), _ROWS)


TAOBAO = Provider(
    provider_id="taobao",
    provider_name="Taobao and Tmall",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    refuse=refuse,
    recognise=_recognise,
    functions=_TRADES.functions(),
    options={"shop": "code of the shop whose trades these are, where they do not name it (else: own)"},
)

"""JD: a shop's orders, ``360buy.order.search`` (snake_case) or ``jingdong.pop.order.search`` (camelCase).

States and rules from help.jd.com/jos/question-569.html. The search shows only orders past the review of their
payment: nothing unpaid. Amounts are yuan as text, times text in China's zone. ``order_total_price`` is goods
at list price; ``seller_discount`` is the shop's and holds all its promotions, the coupons of types 39
(京豆) and 41 (京东券) are JD's own. Payment type 1 is cash on delivery. ``order_end_time`` ends a finished
order and a cancelled one. The search names an order's parcels and says nothing of when they were handed over.
"""

from ingest.provider import Layout, Provider, Shape, Target
from ingest.reading.sql import quoted
from ingest.shapes.documents import Documents, either, product, refuse, total_of

#: Each field in both spellings: snake_case of the old search, camelCase of the new one.
_BOTH = {
    name: (name, name.split("_")[0] + "".join(part.title() for part in name.split("_")[1:]))
    for name in (
        "order_id",
        "vender_id",
        "pin",
        "open_id_buyer",
        "pay_type",
        "order_total_price",
        "order_payment",
        "freight_price",
        "seller_discount",
        "order_state",
        "order_start_time",
        "order_end_time",
        "payment_confirm_time",
        "modified",
        "logistics_id",
        "waybill",
        "sku_id",
        "ware_id",
        "jd_price",
        "item_total",
        "coupon_type",
        "coupon_price",
    )
}
_ITEM = ("sku_id", "ware_id", "jd_price", "item_total")
_COUPON = ("coupon_type", "coupon_price")


def _fields(names: tuple[str, ...]) -> dict[str, str]:
    return {spelling: "VARCHAR" for name in names for spelling in _BOTH[name]}


def _of(node: str, name: str) -> str:
    return either(node, *dict.fromkeys(_BOTH[name]))


_PLACE = {"province": "VARCHAR", "city": "VARCHAR", "county": "VARCHAR"}
_ORDERS = Documents(
    provider_id="jd",
    paths=(
        "order_search_response.order_search.order_info_list[]",
        "jingdong_pop_order_search_response.searchorderinfo_result.orderInfoList[]",
        # The newer gateway spells it so.
        "jingdong_pop_order_search_responce.searchorderinfo_result.orderInfoList[]",
        "order_get_response.order.orderInfo",
        "",
    ),
    fields=_fields(tuple(name for name in _BOTH if name not in _ITEM + _COUPON))
    | {
        "consignee_info": _PLACE,
        "consigneeInfo": _PLACE,
        "item_info_list": [_fields(_ITEM)],
        "itemInfoList": [_fields(_ITEM)],
        "coupon_detail_list": [_fields(_COUPON)],
        "couponDetailList": [_fields(_COUPON)],
    },
    marks=(frozenset({"order_id", "order_state"}), frozenset({"orderId", "orderState"})),
)

_STATE = _of("thing", "order_state")
_PLATFORM = {"platform_id": "'jd'", "order_number": _of("thing", "order_id")}
_MONEY = {**_PLATFORM, "currency": "'CNY'"}
_CONSIGNEE = "coalesce(thing.consignee_info, thing.consigneeInfo)"
_DESTINATION = {
    "destination_province_name": f"{_CONSIGNEE}.province",
    "destination_city_name": f"{_CONSIGNEE}.city",
    "destination_district_name": f"{_CONSIGNEE}.county",
}
_UPDATED = {"updated_at": _of("thing", "modified")}
_ITEMS = "coalesce(thing.item_info_list, thing.itemInfoList, [])"
_COUPONS = "coalesce(thing.coupon_detail_list, thing.couponDetailList, [])"
_OWN_COUPONS = (
    f"list_transform(list_filter({_COUPONS}, lambda coupon: "
    f"regexp_matches({_of('coupon', 'coupon_type')}, '^(39|41)(-|$)')), "
    f"lambda coupon: struct_pack(price := {_of('coupon', 'coupon_price')}))"
)

_ORDER = Target(
    "orders",
    {
        **_MONEY,
        "consumer_code": f"coalesce({_of('thing', 'open_id_buyer')}, {_of('thing', 'pin')})",
        "channel_code": "'order_search'",
        "status_code": _STATE,
        **_DESTINATION,
        "goods_amount": f"case when len({_ITEMS}) = 0 then {_of('thing', 'order_total_price')} end",
        "merchant_discount_amount": _of("thing", "seller_discount"),
        "platform_discount_amount": total_of(_OWN_COUPONS, "price"),
        "postage_amount": _of("thing", "freight_price"),
        "paid_amount": _of("thing", "order_payment"),
        "is_cash_on_delivery": f"left({_of('thing', 'pay_type')}, 1) = '1'",
        "placed_at": _of("thing", "order_start_time"),
        "paid_at": _of("thing", "payment_confirm_time"),
        "received_at": f"case when {_STATE} = 'FINISHED_L' then {_of('thing', 'order_end_time')} end",
        "cancelled_at": f"case when {_STATE} = 'TRADE_CANCELED' then {_of('thing', 'order_end_time')} end",
        **_UPDATED,
    },
)


def _targets(shop: str) -> tuple[Target, ...]:
    merchant = f"coalesce({_of('thing', 'vender_id')}, {quoted(shop)})"
    price, count = _of("item", "jd_price"), _of("item", "item_total")
    lines = Target(
        "order_lines",
        {
            **_MONEY,
            "order_line_number": "position",
            "merchant_code": merchant,
            "product_code": f"coalesce({_of('item', 'sku_id')}, {_of('item', 'ware_id')})",
            "unit_count": count,
            "goods_amount": product(price, count),
            **_UPDATED,
        },
        rows=(
            f"select _line_number, thing, unnest({_ITEMS}) as item, "
            f"unnest(range(1, len({_ITEMS}) + 1))::varchar as position, _is_malformed from things "
            "where not _is_malformed"
        ),
    )
    waybills = Target(
        "waybills",
        {
            "courier_code": _of("thing", "logistics_id"),
            "waybill_number": "waybill_number",
            "platform_id": "'jd'",
            "merchant_code": merchant,
            "order_numbers": f"[{_of('thing', 'order_id')}]",
            **_DESTINATION,
            **_UPDATED,
        },
        rows=(
            "select * from (select *, unnest(list_distinct(regexp_split_to_array("
            f"{_of('thing', 'waybill')}, '[,;|]'))) as waybill_number from things where not _is_malformed) "
            "where waybill_number <> ''"
        ),
    )
    return (_ORDER, lines, waybills)


def _recognise(shape: Shape) -> Layout | None:
    return None if shape.is_table else Layout(_targets(shape.options.get("shop", "own")), _ORDERS.rows())


JD = Provider(
    provider_id="jd",
    provider_name="JD",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    refuse=refuse,
    recognise=_recognise,
    functions=_ORDERS.functions(),
    options={"shop": "code of the shop whose orders these are, where they do not name it (else: own)"},
)

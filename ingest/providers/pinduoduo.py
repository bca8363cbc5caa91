"""Pinduoduo: a shop's orders from ``pdd.order.list.get`` and ``pdd.order.information.get``.

Fields as in the models of niltor/open-pdd-net-sdk (GetOrderListResponse.cs). Amounts are yuan as floating
point numbers, times text in China's zone. ``goods_amount`` is price × count less ``order_change_amount``;
the discount of a group's leader (``capital_free_discount``) is the shop's. The list knows only orders whose
group is complete, a single order may also be one that still forms: paid, but not yet an order. The
state is ``confirm_status``/``order_status``. An order names its first parcel itself and the others in
``extra_delivery_list``; orders that travel together share one.
"""

from ingest.provider import FILE, Layout, Provider, Shape, Target
from ingest.reading.sql import quoted
from ingest.shapes.documents import Documents, product, refuse, total

_TEXT = (
    "order_sn",
    "mall_id",
    "order_status",
    "confirm_status",
    "group_status",
    "duoduo_wholesale",
    "is_lucky_flag",
    "is_pre_sale",
    "created_time",
    "pay_time",
    "confirm_time",
    "shipping_time",
    "last_ship_time",
    "receive_time",
    "updated_at",
    "goods_amount",
    "pay_amount",
    "platform_discount",
    "seller_discount",
    "capital_free_discount",
    "postage",
    "order_change_amount",
    "province",
    "city",
    "town",
    "tracking_number",
    "logistics_id",
    "cat_id_1",
    "cat_id_2",
    "cat_id_3",
    "cat_id_4",
)
_PARCEL = {"tracking_number": "VARCHAR", "logistics_id": "VARCHAR"}
_ORDERS = Documents(
    provider_id="pinduoduo",
    paths=("order_list_get_response.order_list[]", "order_info_get_response.order_info", "order_list[]", ""),
    fields=dict.fromkeys(_TEXT, "VARCHAR")
    | {
        "item_list": [dict.fromkeys(("goods_count", "goods_id", "goods_price", "sku_id"), "VARCHAR")],
        "extra_delivery_list": [_PARCEL],
    },
    marks=(frozenset({"order_sn"}),),
)

_PLATFORM = {"platform_id": "'pinduoduo'", "order_number": "thing.order_sn"}
_MONEY = {**_PLATFORM, "currency": "'CNY'"}
_PLACE = {
    "destination_province_name": "thing.province",
    "destination_city_name": "thing.city",
    "destination_district_name": "thing.town",
}
_IS_FORMED = "coalesce(thing.group_status, '1') = '1'"
_HAS_LINES = "coalesce(len(thing.item_list), 0) > 0"
_CHANGE = "case when left(thing.order_change_amount, 1) = '-' then substr(thing.order_change_amount, 2) "
_CHANGE += "when thing.order_change_amount is not null then '-' || thing.order_change_amount end"

_ORDER = Target(
    "orders",
    {
        **_MONEY,
        "channel_code": (
            "case when thing.duoduo_wholesale = '1' then 'duoduo_wholesale' "
            "when thing.is_lucky_flag = '2' then 'lucky' when thing.is_pre_sale = '1' then 'pre_sale' "
            "else 'group' end"
        ),
        "status_code": "concat_ws('/', thing.confirm_status, thing.order_status)",
        "group_status_code": "thing.group_status",
        **_PLACE,
        # What the lines carry the order does not repeat; without lines it carries the goods itself.
        "goods_amount": (
            f"case when not {_HAS_LINES} then {total('thing.goods_amount', 'thing.order_change_amount')} end"
        ),
        "merchant_discount_amount": total("thing.seller_discount", "thing.capital_free_discount"),
        "platform_discount_amount": "thing.platform_discount",
        "postage_amount": "thing.postage",
        "adjustment_amount": _CHANGE,
        "paid_amount": "case when thing.pay_time <> '' then thing.pay_amount end",
        "placed_at": "thing.created_time",
        "paid_at": (
            f"case when {_IS_FORMED} and thing.pay_time <> '' "
            "then coalesce(nullif(thing.confirm_time, ''), thing.pay_time) end"
        ),
        "received_at": "thing.receive_time",
        "updated_at": "thing.updated_at",
    },
)


def _lines(shop: str) -> Target:
    return Target(
        "order_lines",
        {
            **_MONEY,
            "order_line_number": "position",
            "merchant_code": f"coalesce(nullif(thing.mall_id, ''), {quoted(shop)})",
            "product_code": "coalesce(nullif(item.sku_id, ''), item.goods_id)",
            "unit_count": "item.goods_count",
            "goods_amount": product("item.goods_price", "item.goods_count"),
            "promised_ship_at": "thing.last_ship_time",
            "updated_at": "thing.updated_at",
        },
        rows=(
            "select _line_number, thing, unnest(thing.item_list) as item, "
            "unnest(range(1, len(thing.item_list) + 1))::varchar as position, _is_malformed from things "
            "where not _is_malformed"
        ),
    )


def _products(shop: str) -> Target:
    # An order tells the category of its only article.
    deepest = ", ".join(f"nullif(thing.cat_id_{level}, '0')" for level in (4, 3, 2, 1))
    return Target(
        "products",
        {
            "platform_id": "'pinduoduo'",
            "product_code": "coalesce(nullif(thing.item_list[1].sku_id, ''), thing.item_list[1].goods_id)",
            "merchant_code": f"coalesce(nullif(thing.mall_id, ''), {quoted(shop)})",
            "category_code": f"coalesce({deepest})",
            "updated_at": "thing.updated_at",
        },
        rows=(
            f"select * from things where len(thing.item_list) = 1 and coalesce({deepest}) is not null "
            "and not _is_malformed"
        ),
    )


def _waybills(shop: str) -> Target:
    first = "struct_pack(tracking_number := thing.tracking_number, logistics_id := thing.logistics_id)"
    return Target(
        "waybills",
        {
            "courier_code": "courier_code",
            "waybill_number": "waybill_number",
            "platform_id": "'pinduoduo'",
            "merchant_code": f"coalesce(nullif(mall_id, ''), {quoted(shop)})",
            "order_numbers": "order_numbers",
            "destination_province_name": "province",
            "destination_city_name": "city",
            "destination_district_name": "town",
            "registered_at": "shipping_time",
            "promised_ship_at": "last_ship_time",
            "updated_at": "updated_at",
        },
        # Orders that travel in one parcel stand in one row of it.
        rows=(
            "select min(_line_number) as _line_number, parcel.logistics_id as courier_code, "
            "parcel.tracking_number as waybill_number, min(thing.mall_id) as mall_id, "
            "list_sort(list(distinct thing.order_sn)) as order_numbers, min(thing.province) as province, "
            "min(thing.city) as city, min(thing.town) as town, min(thing.shipping_time) as shipping_time, "
            "min(thing.last_ship_time) as last_ship_time, max(thing.updated_at) as updated_at, "
            "false as _is_malformed from ("
            "select _line_number, thing, unnest(list_distinct(list_prepend("
            f"{first}, coalesce(thing.extra_delivery_list, [])))) as parcel from things "
            "where not _is_malformed) where parcel.tracking_number <> '' "
            f"group by parcel.logistics_id, parcel.tracking_number, {FILE}"
        ),
    )


def _recognise(shape: Shape) -> Layout | None:
    if shape.is_table:
        return None
    shop = shape.options.get("shop", "own")
    return Layout((_ORDER, _lines(shop), _products(shop), _waybills(shop)), _ORDERS.rows())


PINDUODUO = Provider(
    provider_id="pinduoduo",
    provider_name="Pinduoduo",
    time_zone="Asia/Shanghai",
    confirmed_by="secondary",
    refuse=refuse,
    recognise=_recognise,
    functions=_ORDERS.functions(),
    options={"shop": "code of the shop whose orders these are, where they do not name it (else: own)"},
)

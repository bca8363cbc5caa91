"""JD.com 2020 MSOM: the research data set of one month of JD's orders, CSV as it comes.

One row of orders per order × SKU. The original price less the final one is the sum of the four discounts;
who bore them is not said, they count as the shop's. A gift costs nothing. ``type`` is 1 where JD itself
sells; 2 (0 in deliveries) where another shop does, which is not named. ``promise`` is in days, ``-`` none.
``city_level`` is a scale of JD's own and no tier: places do not enter. All orders in the set were paid, when
is not said. Delivery times are whole hours; one order may come in many packages.
"""

from pathlib import Path

from ingest.provider import Layout, Provider, Shape, Target
from ingest.reading.kind import split_suffix

_PLATFORM = {"platform_id": "'jd'"}
_MONEY = {**_PLATFORM, "order_number": "order_ID", "currency": "'CNY'"}
_SHOP = "case type when '1' then 'first_party' when '2' then 'third_party' else 'type_' || type end"


def _times_quantity(*prices: str) -> str:
    exact = " + ".join(f"coalesce(try_cast({p} as decimal(18, 2)), 0)" for p in prices)
    wrong = " ".join(f"when {p} <> '' and try_cast({p} as decimal(18, 2)) is null then {p}" for p in prices)
    return f"case {wrong} else (({exact}) * try_cast(quantity as bigint))::varchar end"


_ORDERS = Target(
    "orders",
    {
        **_MONEY,
        "consumer_code": "user_ID",
        "channel_code": "'data_set'",
        "status_code": "'ordered'",
        "paid_amount": "paid_amount",
        "promised_delivery_date": "promised_date",
        "placed_at": "order_time",
    },
    rows=(
        "select min(_line_number) as _line_number, order_ID, min(user_ID) as user_ID, "
        "min(order_time) as order_time, bool_or(_is_malformed) as _is_malformed, "
        "sum(try_cast(final_unit_price as decimal(18, 2)) * try_cast(quantity as bigint)) as paid_amount, "
        "max(try_cast(order_date as date) + try_cast(nullif(promise, '-') as integer))::varchar "
        "as promised_date from things group by order_ID"
    ),
)
_ORDER_LINES = Target(
    "order_lines",
    {
        **_MONEY,
        "order_line_number": "sku_ID || case when gift_item = '1' then ':gift' else '' end",
        "merchant_code": _SHOP,
        "product_code": "sku_ID",
        "unit_count": "quantity",
        "goods_amount": _times_quantity("original_unit_price"),
        "merchant_discount_amount": _times_quantity(
            "direct_discount_per_unit",
            "quantity_discount_per_unit",
            "bundle_discount_per_unit",
            "coupon_discount_per_unit",
        ),
    },
)
_PRODUCTS = Target(
    "products",
    {**_PLATFORM, "product_code": "sku_ID", "merchant_code": _SHOP, "brand_name": "brand_ID"},
)
_CONSUMERS = Target("consumers", {**_PLATFORM, "consumer_code": "user_ID"})
_PARCEL = {"courier_code": "'JD'", "waybill_number": "package_ID"}
_WAYBILLS = Target(
    "waybills",
    {
        **_PARCEL,
        "platform_id": "'jd'",
        "merchant_code": "case type when '1' then 'first_party' when '0' then 'third_party' end",
        "order_numbers": "[order_ID]",
        "registered_at": "ship_out_time",
    },
)
_EVENTS = Target(
    "waybill_events",
    {**_PARCEL, "event_code": "step.code", "is_zone_explicit": "false", "occurred_at": "step.at"},
    rows=(
        "select * from (select *, unnest(["
        + ", ".join(
            f"struct_pack(code := '{name}', at := {name})"
            for name in ("ship_out_time", "arr_station_time", "arr_time")
        )
        + "]) as step from things) where step.at not in ('', 'NaN', 'nan')"
    ),
)

#: A file is known by columns that no other of the set has together.
_FILES: tuple[tuple[frozenset[str], tuple[Target, ...]], ...] = (
    (
        frozenset(
            {
                "order_ID",
                "user_ID",
                "sku_ID",
                "order_date",
                "order_time",
                "quantity",
                "type",
                "promise",
                "original_unit_price",
                "final_unit_price",
                "direct_discount_per_unit",
                "quantity_discount_per_unit",
                "bundle_discount_per_unit",
                "coupon_discount_per_unit",
                "gift_item",
            }
        ),
        (_ORDERS, _ORDER_LINES),
    ),
    (frozenset({"sku_ID", "type", "brand_ID"}), (_PRODUCTS,)),
    (frozenset({"user_ID", "user_level", "city_level"}), (_CONSUMERS,)),
    (
        frozenset({"package_ID", "order_ID", "type", "ship_out_time", "arr_station_time", "arr_time"}),
        (_WAYBILLS, _EVENTS),
    ),
)
_NOT_NEEDED = {
    "clicks": "what consumers looked at does not enter the warehouse",
    "inventory": "stock does not enter the warehouse",
    "network": "which warehouse serves which region does not enter the warehouse",
}


def _refuse(path: Path) -> str:
    for word, reason in _NOT_NEEDED.items():
        if word in path.name:
            return reason
    return "" if split_suffix(path)[0] == ".csv" else "the files of the set are CSV"


def _recognise(shape: Shape) -> Layout | None:
    for columns, targets in _FILES:
        if columns <= set(shape.fields):
            return Layout(targets)
    return None


JD_MSOM2020 = Provider(
    provider_id="jd_msom2020",
    provider_name="JD.com 2020 MSOM",
    time_zone="Asia/Shanghai",
    confirmed_by="real row",
    refuse=_refuse,
    recognise=_recognise,
    functions={},
)

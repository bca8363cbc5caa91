"""Olist: the Brazilian order book published on Kaggle (olistbr/brazilian-ecommerce), CSV as it comes.

Its times are local to São Paulo; a local time that occurs twice is the later instant. The person behind
an order is ``customer_unique_id``, ``customer_id`` is made anew for each order. Nothing says when an order
was last changed, and there are no waybills.
"""

from pathlib import Path

from ingest.provider import Layout, Provider, Shape, Target
from ingest.reading.kind import split_suffix

_PLATFORM = {"platform_id": "'olist'"}
_MONEY = {**_PLATFORM, "currency": "'BRL'"}
_MIDNIGHT = "' 00:00:00'"

_ORDERS = Target(
    "orders",
    {
        **_MONEY,
        "order_number": "order_id",
        "consumer_code": "customer_id",
        "status_code": "order_status",
        "promised_delivery_date": f"replace(order_estimated_delivery_date, {_MIDNIGHT}, '')",
        "placed_at": "order_purchase_timestamp",
        "paid_at": "order_approved_at",
        "picked_up_at": "order_delivered_carrier_date",
        "delivered_at": "order_delivered_customer_date",
    },
)
_ORDER_LINES = Target(
    "order_lines",
    {
        **_MONEY,
        "order_number": "order_id",
        "order_line_number": "order_item_id",
        "merchant_code": "seller_id",
        "product_code": "product_id",
        "unit_count": "1",
        "goods_amount": "price",
        "postage_amount": "freight_value",
        "promised_ship_at": "shipping_limit_date",
    },
)
_PAYMENTS = Target(
    "payments",
    {
        **_MONEY,
        "order_number": "order_id",
        "payment_number": "payment_sequential",
        "method_code": "payment_type",
        "amount": "payment_value",
    },
)
_CONSUMERS = Target(
    "consumers",
    {
        **_PLATFORM,
        "consumer_code": "customer_id",
        "account_code": "customer_unique_id",
        "country_code": "'BR'",
        "province_name": "customer_state",
        "city_name": "customer_city",
    },
)
_MERCHANTS = Target(
    "merchants",
    {
        **_PLATFORM,
        "merchant_code": "seller_id",
        "country_code": "'BR'",
        "province_name": "seller_state",
        "city_name": "seller_city",
    },
)
_PRODUCTS = Target(
    "products",
    {
        **_PLATFORM,
        "product_code": "product_id",
        "category_code": "product_category_name",
        "weight_grams": "product_weight_g",
    },
)

#: A file is known by columns that no other of Olist's files has together.
_FILES: tuple[tuple[frozenset[str], Target], ...] = (
    (
        frozenset(
            {
                "order_id",
                "customer_id",
                "order_status",
                "order_purchase_timestamp",
                "order_approved_at",
                "order_delivered_carrier_date",
                "order_delivered_customer_date",
                "order_estimated_delivery_date",
            }
        ),
        _ORDERS,
    ),
    (
        frozenset(
            {
                "order_id",
                "order_item_id",
                "product_id",
                "seller_id",
                "shipping_limit_date",
                "price",
                "freight_value",
            }
        ),
        _ORDER_LINES,
    ),
    (frozenset({"order_id", "payment_sequential", "payment_type", "payment_value"}), _PAYMENTS),
    (frozenset({"customer_id", "customer_unique_id", "customer_city", "customer_state"}), _CONSUMERS),
    (frozenset({"seller_id", "seller_city", "seller_state"}), _MERCHANTS),
    (frozenset({"product_id", "product_category_name", "product_weight_g"}), _PRODUCTS),
)

_NOT_NEEDED = {
    "product_category_name_translation": "the English names of Olist's categories come with the seeds",
    "olist_geolocation_dataset": "places come with the seeds",
    "olist_order_reviews_dataset": "what consumers wrote does not enter the warehouse",
}


def _refuse(path: Path) -> str:
    for name, reason in _NOT_NEEDED.items():
        if path.name.startswith(name):
            return reason
    return "" if split_suffix(path)[0] == ".csv" else "Olist's files are CSV"


def _recognise(shape: Shape) -> Layout | None:
    for columns, target in _FILES:
        if columns <= set(shape.fields):
            return Layout((target,))
    return None


OLIST = Provider(
    provider_id="olist",
    provider_name="Olist",
    time_zone="America/Sao_Paulo",
    confirmed_by="real row",
    refuse=_refuse,
    recognise=_recognise,
    functions={},
)

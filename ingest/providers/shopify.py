"""Shopify: orders of the REST Admin API, of GraphQL queries and of GraphQL bulk operations (JSON lines).

shopify.dev, Order object. Every time carries its zone. Amounts are in the shop's currency; what the consumer
paid, in the currency the shop showed (presentment), is the payment. An order counts as paid when it was
processed in one of the states that mean money came in. The state is financial/fulfilment. In a bulk export
the lines of an order follow it as records of their own (``__parentId``).
"""

from typing import Any

from ingest.provider import Layout, Provider, Shape, Target
from ingest.reading.sql import quoted
from ingest.shapes.documents import Documents, product, refuse, total_of

_MONEY_OF_SHOP = {"shop_money": {"amount": "VARCHAR"}}
_CURRENCY_OF_SHOP = {"shop_money": {"currency_code": "VARCHAR"}}
_FIELDS: dict[str, Any] = {
    **dict.fromkeys(
        (
            "id",
            "created_at",
            "processed_at",
            "updated_at",
            "cancelled_at",
            "financial_status",
            "fulfillment_status",
            "currency",
            "source_name",
            "total_price",
        ),
        "VARCHAR",
    ),
    "is_part": "BOOLEAN",
    "total_price_set": {"presentment_money": {"amount": "VARCHAR", "currency_code": "VARCHAR"}},
    "total_shipping_price_set": _MONEY_OF_SHOP,
    "customer": {"id": "VARCHAR"},
    "shipping_address": {"country_code": "VARCHAR", "province": "VARCHAR", "city": "VARCHAR"},
    "line_items": [
        {
            **dict.fromkeys(("id", "product_id", "variant_id", "quantity", "price", "grams"), "VARCHAR"),
            "price_set": _CURRENCY_OF_SHOP,
            "discount_allocations": [{"amount": "VARCHAR"}],
            "duties": [{"harmonized_system_code": "VARCHAR"}],
        }
    ],
    "fulfillments": [
        {
            **dict.fromkeys(("created_at", "updated_at", "tracking_company", "tracking_number"), "VARCHAR"),
            "tracking_numbers": ["VARCHAR"],
            "line_items": [{"id": "VARCHAR"}],
        }
    ],
    "refunds": [
        {
            "id": "VARCHAR",
            "created_at": "VARCHAR",
            "refund_line_items": [
                {
                    **dict.fromkeys(("id", "line_item_id", "subtotal"), "VARCHAR"),
                    "subtotal_set": _CURRENCY_OF_SHOP,
                }
            ],
        }
    ],
}


def _number(node: dict[str, Any] | None) -> str | None:
    """Return the number at the end of a global id (gid://shopify/Order/1)."""
    gid = (node or {}).get("id")
    return str(gid).rpartition("/")[2].partition("?")[0] if gid else None


def _nodes(connection: object) -> list[dict[str, Any]]:
    """Return what a connection holds, in whichever of its three forms it came."""
    if isinstance(connection, dict):
        edges = connection.get("edges") or []
        connection = connection.get("nodes") or [edge.get("node") for edge in edges if isinstance(edge, dict)]
    return [node for node in connection if isinstance(node, dict)] if isinstance(connection, list) else []


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _amount(bag: object) -> object:
    return _dict(_dict(bag).get("shopMoney")).get("amount")


def _currency(bag: object) -> dict[str, Any]:
    return {"shop_money": {"currency_code": _dict(_dict(bag).get("shopMoney")).get("currencyCode")}}


def _line(node: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": _number(node),
        "product_id": _number(_dict(node.get("product"))),
        "variant_id": _number(_dict(node.get("variant"))),
        "quantity": node.get("quantity"),
        "price": _amount(node.get("originalUnitPriceSet")),
        "price_set": _currency(node.get("originalUnitPriceSet")),
        "discount_allocations": [
            {"amount": _amount(share.get("allocatedAmountSet"))}
            for share in _nodes(node.get("discountAllocations"))
        ],
        "duties": [
            {"harmonized_system_code": duty.get("harmonizedSystemCode")}
            for duty in _nodes(node.get("duties"))
        ],
    }


def _fulfillment(node: dict[str, Any]) -> list[dict[str, Any]]:
    lines = [{"id": _number(_dict(n.get("lineItem")))} for n in _nodes(node.get("fulfillmentLineItems"))]
    return [
        {
            "created_at": node.get("createdAt"),
            "updated_at": node.get("updatedAt"),
            "tracking_company": track.get("company"),
            "tracking_number": track.get("number"),
            "line_items": lines,
        }
        for track in _nodes(node.get("trackingInfo"))
    ]


def _refund(node: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": _number(node),
        "created_at": node.get("createdAt"),
        "refund_line_items": [
            {
                "id": position,
                "line_item_id": _number(_dict(line.get("lineItem"))),
                "subtotal": _amount(line.get("subtotalSet")),
                "subtotal_set": _currency(line.get("subtotalSet")),
            }
            for position, line in enumerate(_nodes(node.get("refundLineItems")), start=1)
        ],
    }


def _normalise(node: dict[str, Any]) -> dict[str, Any]:
    """Bring an order of GraphQL, or a part of one, to the fields of REST."""
    if "line_items" in node:
        return node
    if "__parentId" in node:
        price = _dict(_dict(node.get("originalUnitPriceSet")).get("shopMoney"))
        part = {"id": _number({"id": node["__parentId"]}), "is_part": True}
        return part | ({"currency": price.get("currencyCode"), "line_items": [_line(node)]} if price else {})
    presented = _dict(_dict(node.get("totalPriceSet")).get("presentmentMoney"))
    address = _dict(node.get("shippingAddress"))
    return {
        "id": _number(node),
        "created_at": node.get("createdAt"),
        "processed_at": node.get("processedAt"),
        "updated_at": node.get("updatedAt"),
        "cancelled_at": node.get("cancelledAt"),
        "financial_status": str(node.get("displayFinancialStatus") or "").lower(),
        "fulfillment_status": str(node.get("displayFulfillmentStatus") or "").lower(),
        "currency": node.get("currencyCode"),
        "source_name": node.get("sourceName"),
        "total_price": _amount(node.get("totalPriceSet")),
        "total_price_set": {
            "presentment_money": {
                "amount": presented.get("amount"),
                "currency_code": presented.get("currencyCode") or node.get("presentmentCurrencyCode"),
            }
        },
        "total_shipping_price_set": {"shop_money": {"amount": _amount(node.get("totalShippingPriceSet"))}},
        "customer": {"id": _number(_dict(node.get("customer")))},
        "shipping_address": {
            "country_code": address.get("countryCodeV2"),
            "province": address.get("province"),
            "city": address.get("city"),
        },
        "line_items": [_line(line) for line in _nodes(node.get("lineItems"))],
        "fulfillments": [f for node_ in _nodes(node.get("fulfillments")) for f in _fulfillment(node_)],
        "refunds": [_refund(refund) for refund in _nodes(node.get("refunds"))],
    }


_ORDERS = Documents(
    provider_id="shopify",
    paths=("orders[]", "order", ""),
    fields=_FIELDS,
    marks=(
        frozenset({"id", "line_items", "financial_status"}),
        frozenset({"id", "displayFinancialStatus"}),
        frozenset({"__parentId"}),
    ),
    normalise=_normalise,
)

_PLATFORM = {"platform_id": "'shopify'", "order_number": "thing.id"}
_MONEY = {**_PLATFORM, "currency": "thing.currency"}
_PLACE = {
    "destination_country_code": "thing.shipping_address.country_code",
    "destination_province_name": "thing.shipping_address.province",
    "destination_city_name": "thing.shipping_address.city",
}
_UPDATED = {"updated_at": "thing.updated_at"}
_IS_PAID = "thing.financial_status in ('paid', 'partially_refunded', 'refunded')"
_PROCESSED = "coalesce(nullif(thing.processed_at, ''), thing.created_at)"
_WHOLE = "select * from things where _is_malformed or not coalesce(thing.is_part, false)"
_EACH = "from things where not _is_malformed"


def _own_currency(money: str) -> dict[str, str]:
    """Return the currency of a part of an order, as its money says it, beside the order's."""
    return {
        "currency": f"coalesce({money}.shop_money.currency_code, thing.currency)",
        "order_currency": "thing.currency",
    }


_ORDER = Target(
    "orders",
    {
        **_MONEY,
        "consumer_code": "thing.customer.id",
        "channel_code": "thing.source_name",
        "status_code": (
            "thing.financial_status || '/' || coalesce(nullif(thing.fulfillment_status, ''), 'unfulfilled')"
        ),
        **_PLACE,
        "postage_amount": "thing.total_shipping_price_set.shop_money.amount",
        "paid_amount": f"case when {_IS_PAID} then thing.total_price end",
        "placed_at": "thing.created_at",
        "paid_at": f"case when {_IS_PAID} then {_PROCESSED} end",
        "cancelled_at": "thing.cancelled_at",
        **_UPDATED,
    },
    rows=_WHOLE,
)
_PAYMENT = Target(
    "payments",
    {
        **_PLATFORM,
        "payment_number": "'presentment'",
        "currency": "coalesce(thing.total_price_set.presentment_money.currency_code, thing.currency)",
        "amount": "coalesce(thing.total_price_set.presentment_money.amount, thing.total_price)",
        "paid_at": _PROCESSED,
        **_UPDATED,
    },
    rows=f"select * from ({_WHOLE}) where not _is_malformed and {_IS_PAID}",
)
_REFUND = Target(
    "refunds",
    {
        **_PLATFORM,
        **_own_currency("line.subtotal_set"),
        "refund_number": "refund.id || ':' || line.id",
        "order_line_number": "line.line_item_id",
        "amount": "line.subtotal",
        "refunded_at": "refund.created_at",
        **_UPDATED,
    },
    rows=(
        "select *, unnest(refund.refund_line_items) as line from "
        f"(select _line_number, thing, unnest(thing.refunds) as refund, _is_malformed {_EACH})"
    ),
)


#: The headings by which Shopify reckoned the duties of the parcel's lines.
_HEADINGS = (
    "nullif(list_sort(list_distinct(list_transform(flatten(list_transform(list_filter(thing.line_items, "
    "lambda item: list_contains(list_transform(parcel.line_items, lambda sent: sent.id), item.id)), "
    "lambda item: coalesce(item.duties, []))), lambda duty: duty.harmonized_system_code))), [])"
)


def _targets(shop: str) -> tuple[Target, ...]:
    line = Target(
        "order_lines",
        {
            **_PLATFORM,
            **_own_currency("item.price_set"),
            "order_line_number": "item.id",
            "merchant_code": quoted(shop),
            "product_code": "coalesce(nullif(item.variant_id, ''), item.product_id)",
            "unit_count": "item.quantity",
            "goods_amount": product("item.price", "item.quantity"),
            "merchant_discount_amount": total_of("item.discount_allocations", "amount"),
            **_UPDATED,
        },
        rows=f"select _line_number, thing, unnest(thing.line_items) as item, _is_malformed {_EACH}",
    )
    waybill = Target(
        "waybills",
        {
            "courier_code": "parcel.tracking_company",
            "waybill_number": "waybill_number",
            "platform_id": "'shopify'",
            "merchant_code": quoted(shop),
            "order_numbers": "[thing.id]",
            "order_line_numbers": (
                "list_transform(parcel.line_items, lambda item: thing.id || ':' || item.id)"
            ),
            **_PLACE,
            "tariff_headings": _HEADINGS,
            "registered_at": "parcel.created_at",
            "updated_at": "parcel.updated_at",
        },
        rows=(
            "select * from (select *, unnest(list_distinct(list_append("
            "coalesce(parcel.tracking_numbers, []), parcel.tracking_number))) as waybill_number from "
            f"(select _line_number, thing, unnest(thing.fulfillments) as parcel, _is_malformed {_EACH})) "
            "where waybill_number <> ''"
        ),
    )
    return (_ORDER, line, _PAYMENT, _REFUND, waybill)


def _recognise(shape: Shape) -> Layout | None:
    return None if shape.is_table else Layout(_targets(shape.options.get("shop", "own")), _ORDERS.rows())


SHOPIFY = Provider(
    provider_id="shopify",
    provider_name="Shopify",
    time_zone=None,
    confirmed_by="provider's document",
    refuse=refuse,
    recognise=_recognise,
    functions=_ORDERS.functions(),
    options={"shop": "code of the shop whose orders these are (else: own)"},
)

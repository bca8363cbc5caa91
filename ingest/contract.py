"""The raw contract: the shapes to which every provider is brought, and nothing about what they mean.

Codes and numbers are the provider's own words (``status_code``, ``order_number``); dbt turns them into
our ids. A row that fits its shape is loaded, one that does not goes to ``raw.quarantine``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Type = Literal[
    "text", "texts", "masked", "pseudonym", "currency", "timestamp", "date", "amount", "count", "boolean"
]

#: How each contract type is stored in DuckDB. A pseudonym is text that was keyed on its way in, masked
#: is text from which names and numbers of people were taken on its way in.
SQL_TYPES: dict[Type, str] = {
    "text": "varchar",
    "currency": "varchar",
    "texts": "varchar[]",
    "masked": "varchar",
    "pseudonym": "varchar",
    "timestamp": "timestamptz",
    "date": "date",
    "amount": "decimal(18, 2)",
    "count": "bigint",
    "boolean": "boolean",
}


#: From here on an amount or a count is taken for a slip: what a warehouse adds up of smaller ones, a hundred
#: million million rows of amounts and nine thousand million of counts, its sums can hold.
LIMITS: dict[Type, int] = {"amount": 10**12, "count": 10**9}


@dataclass(frozen=True)
class Column:
    """One column of the contract; ``meaning`` includes the unit.

    A time or date lies between 2000 and ``ahead`` of its loading. Amounts and counts lie below their limit
    and, unless they are ``signed``, not below nothing. What ends something lies at or after the column
    ``begun_by``. What is not ``stored`` is only judged.
    """

    name: str
    type: Type
    meaning: str
    required: bool = False
    signed: bool = False
    stored: bool = True
    begun_by: str | None = None

    @property
    def ahead(self) -> str:
        """How far a time may lie after its loading, as SQL's interval; promises and prices are to come."""
        if self.name.startswith("valid_"):
            return "10 years"
        return "2 years" if self.name.startswith("promised_") else "1 day"


@dataclass(frozen=True)
class Entity:
    """One raw table. ``grain`` completes the sentence "One row per …".

    ``identity`` are the columns (or SQL over them) that make two rows the same row; empty means all that are
    stored.
    ``time`` is the one among them by which rows arrive: it bounds the rows with which a load is compared.
    """

    name: str
    grain: str
    columns: tuple[Column, ...]
    identity: tuple[str, ...] = ()
    time: str | None = None

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that the raw table has."""
        return tuple(column for column in self.columns if column.stored)

    @property
    def key(self) -> str:
        """The loader's 64-bit hash of the identity."""
        return "_event_key" if self.name == "waybill_events" else "_row_key"


def place(of: str, prefix: str = "") -> Iterator[Column]:
    """Yield the columns of a place as sent; staging resolves them to an adcode."""
    yield Column(f"{prefix}country_code", "text", f"ISO 3166-1 alpha-2 code of {of}; empty = the platform's")
    yield Column(f"{prefix}province_name", "text", f"province or state of {of}")
    yield Column(f"{prefix}city_name", "text", f"city of {of}")
    yield Column(f"{prefix}district_name", "text", f"district or county of {of}")
    yield Column(f"{prefix}city_code", "text", f"code of the city of {of}, in China GB/T 2260")


def components(of: str) -> Iterator[Column]:
    """Yield the amounts from which GMV is made; what a line carries the order does not repeat."""
    yield Column("goods_amount", "amount", f"goods of {of} at list price, before any discount")
    yield Column("merchant_discount_amount", "amount", "discount the merchant pays")
    yield Column("platform_discount_amount", "amount", "discount the platform pays")
    yield Column("postage_amount", "amount", "postage charged to the consumer")
    yield Column("adjustment_amount", "amount", "price change agreed with the merchant, signed", signed=True)


def declaration() -> Iterator[Column]:
    """Yield what is said of a parcel that crosses a border."""
    yield Column("declared_amount", "amount", "value declared for customs, in the declared currency")
    yield Column("declared_currency", "currency", "ISO 4217 code of the declared value")
    yield Column("tariff_headings", "texts", "headings of the Harmonized System under which the goods go")
    yield Column("entry_channel_code", "text", "how it enters: post, express")
    yield Column("seller_scheme_code", "text", "scheme by which the seller collected tax at sale: ioss, voec")
    yield Column("hub_code", "text", "hub abroad through which it goes, like UN/LOCODE BELGG")
    yield Column("duty_amount", "amount", "duty taken on entry, in the row's currency")
    yield Column("import_tax_amount", "amount", "tax taken on entry or at sale, in the row's currency")
    yield Column("import_fee_amount", "amount", "fees taken on entry, in the row's currency")


PLATFORM = Column("platform_id", "text", "where it was bought: a platform_id of dim_platforms", required=True)
ORDER = Column("order_number", "text", "the platform's number of the order", required=True)
UPDATED = Column("updated_at", "timestamp", "when the platform last changed this record")
ORDER_CURRENCY = Column(
    "order_currency",
    "currency",
    "the order's currency, where the row says it: it must be the row's own, and is not stored",
    stored=False,
)

_PLACES = "provinces, or province/city, by name or code of GB/T 2260, ISO 3166-2 abroad; empty = anywhere"

CONTRACT: tuple[Entity, ...] = (
    Entity(
        "orders",
        "order and update: a snapshot; the latest wins",
        (
            PLATFORM,
            ORDER,
            Column("consumer_code", "pseudonym", "the account that ordered, keyed on the way in"),
            Column(
                "referrer_code", "pseudonym", "who brought the consumer: dropshipper, group leader; keyed"
            ),
            Column("channel_code", "text", "how it was sold"),
            Column("status_code", "text", "the platform's status", required=True),
            Column("group_status_code", "text", "state of the buying group, where it is a group order"),
            *place("the consumer (ship-to)", "destination_"),
            Column("currency", "currency", "ISO 4217 code of every amount in the row", required=True),
            *components("the order that stand in none of its lines"),
            Column("platform_postage_amount", "amount", "postage the platform bore"),
            Column("partner_discount_amount", "amount", "discount that others pay: a bank, a brand"),
            Column("paid_amount", "amount", "what the consumer paid, after all discounts, with postage"),
            Column("commission_amount", "amount", "what the platform takes from the merchant for the order"),
            Column("payment_fee_amount", "amount", "what the payment costs the merchant"),
            Column("is_cash_on_delivery", "boolean", "paid to the rider at the door"),
            Column("promised_delivery_date", "date", "promised last day of delivery, at the destination"),
            Column("placed_at", "timestamp", "when the order was placed", required=True),
            Column(
                "paid_at", "timestamp", "when it was paid; for a group order, when the group was complete"
            ),
            Column(
                "picked_up_at",
                "timestamp",
                "given to the courier, where the platform sends no waybills",
            ),
            Column("delivered_at", "timestamp", "delivered, where the platform sends no waybills"),
            Column("promised_delivery_at", "timestamp", "promised time of delivery"),
            Column("received_at", "timestamp", "when the consumer, or the time-out, confirmed receipt"),
            Column("cancelled_at", "timestamp", "when it was cancelled or closed"),
            UPDATED,
        ),
        time="placed_at",
    ),
    Entity(
        "order_lines",
        "order line and update: a snapshot; the latest wins",
        (
            PLATFORM,
            ORDER,
            Column("order_line_number", "text", "the line's number, unique within its order", required=True),
            Column("merchant_code", "text", "the shop that sells this line", required=True),
            Column("product_code", "text", "the product-level id (SKU)"),
            Column("currency", "currency", "ISO 4217 code of every amount in the row", required=True),
            ORDER_CURRENCY,
            Column("unit_count", "count", "units in this line"),
            *components("the line"),
            Column("cost_amount", "amount", "what the goods of the line cost the merchant"),
            Column("promised_ship_at", "timestamp", "by when the merchant promised to ship this line"),
            UPDATED,
        ),
    ),
    Entity(
        "payments",
        "payment of an order: a snapshot; the latest wins",
        (
            PLATFORM,
            ORDER,
            Column("payment_number", "text", "the payment's number, unique within its order", required=True),
            Column("method_code", "text", "how it was paid"),
            Column("currency", "currency", "ISO 4217 code of the amount", required=True),
            Column("amount", "amount", "what was paid", required=True),
            Column("paid_at", "timestamp", "when it was paid"),
            UPDATED,
        ),
    ),
    Entity(
        "refunds",
        "refund of an order or of one line: a snapshot; the latest wins",
        (
            PLATFORM,
            ORDER,
            Column("refund_number", "text", "the refund's number, unique within its order", required=True),
            Column("order_line_number", "text", "the line refunded; empty = the order"),
            Column("currency", "currency", "ISO 4217 code of the amount", required=True),
            ORDER_CURRENCY,
            Column("amount", "amount", "what was given back", required=True),
            Column("refunded_at", "timestamp", "when it was given back", required=True),
            UPDATED,
        ),
        time="refunded_at",
    ),
    Entity(
        "consumers",
        "consumer code: whose account it is and where",
        (
            PLATFORM,
            Column("consumer_code", "pseudonym", "the code that orders carry, keyed", required=True),
            Column("account_code", "pseudonym", "the lasting account behind it; empty = the code itself"),
            *place("the consumer"),
            UPDATED,
        ),
    ),
    Entity(
        "merchants",
        "merchant: a snapshot; the latest wins",
        (
            PLATFORM,
            Column("merchant_code", "text", "the platform's code of the shop", required=True),
            Column("merchant_name", "text", "name of the shop"),
            *place("the shop"),
            UPDATED,
        ),
    ),
    Entity(
        "products",
        "product: a snapshot; the latest wins",
        (
            PLATFORM,
            Column("product_code", "text", "the product-level id (SKU)", required=True),
            Column("merchant_code", "text", "the shop that sells it, where one does"),
            Column("category_code", "text", "the platform's category"),
            Column("brand_name", "text", "brand"),
            Column("weight_grams", "count", "weight of one unit, grams"),
            UPDATED,
        ),
    ),
    Entity(
        "pickup_points",
        "pickup point: a snapshot; the latest wins",
        (
            Column("pickup_point_code", "text", "the provider's code of the point", required=True),
            Column("kind_code", "text", "locker, station or shop"),
            Column("capacity_count", "count", "parcels that it holds at once"),
            *place("the point"),
            UPDATED,
        ),
    ),
    Entity(
        "returns",
        "return that a consumer asked for: a snapshot; the latest wins",
        (
            PLATFORM,
            ORDER,
            Column("return_number", "text", "the return's number, unique within its order", required=True),
            Column("order_line_number", "text", "the line sent back; empty = the order"),
            Column("reason_code", "text", "why, in the provider's words"),
            Column("payer_code", "text", "who pays the way back: merchant, consumer, insurer, platform"),
            Column("courier_code", "text", "the company that carries it back"),
            Column("waybill_number", "text", "the number under which it travels back"),
            Column("currency", "currency", "ISO 4217 code of the amount", required=True),
            Column("postage_amount", "amount", "what the way back costs who pays it"),
            Column("is_resaleable", "boolean", "what came back can be sold again"),
            Column("requested_at", "timestamp", "when the consumer asked", required=True),
            Column("received_at", "timestamp", "when the merchant had it back"),
            UPDATED,
        ),
    ),
    Entity(
        "claims",
        "claim on a courier for a parcel: a snapshot; the latest wins",
        (
            Column("courier_code", "text", "the company asked, in the provider's code", required=True),
            Column("waybill_number", "text", "the number of the parcel", required=True),
            Column("claim_number", "text", "the claim's number, unique within its parcel", required=True),
            Column("platform_id", "text", "where its orders were placed: a platform_id of dim_platforms"),
            Column("merchant_code", "text", "the shop that asks"),
            Column("reason_code", "text", "why: lost, damaged"),
            Column("status_code", "text", "open, paid or rejected"),
            Column("currency", "currency", "ISO 4217 code of every amount in the row", required=True),
            Column("claimed_amount", "amount", "what was asked"),
            Column("paid_amount", "amount", "what the courier paid"),
            Column("claimed_at", "timestamp", "when it was asked", required=True),
            Column("decided_at", "timestamp", "when the courier decided"),
            Column("paid_at", "timestamp", "when it was paid"),
            UPDATED,
        ),
    ),
    Entity(
        "rate_cards",
        "band of weights in a courier's rate card, by places and days: a snapshot; the latest wins",
        (
            Column("courier_code", "text", "the company that carries, in the provider's code", required=True),
            Column("platform_id", "text", "platform of the shop whose price it is; empty = the list price"),
            Column("merchant_code", "text", "the shop whose price it is; empty = the list price"),
            Column("origin_places", "texts", f"departure: {_PLACES}"),
            Column("destination_places", "texts", f"the consumer (ship-to): {_PLACES}"),
            Column("currency", "currency", "ISO 4217 code of every amount in the row", required=True),
            Column("from_grams", "count", "the band holds billed weights above this", required=True),
            Column("to_grams", "count", "up to and with this; empty = without end", begun_by="from_grams"),
            Column("base_grams", "count", "what the base price covers", required=True),
            Column("base_amount", "amount", "the base price of a parcel", required=True),
            Column(
                "further_kilogram_amount", "amount", "price of each further kilogram begun; empty = nothing"
            ),
            Column("valid_from", "date", "first day, of pickup", required=True),
            Column("valid_to", "date", "last day; empty = until further notice", begun_by="valid_from"),
            UPDATED,
        ),
    ),
    Entity(
        "waybills",
        "waybill and registration: a snapshot; the latest wins",
        (
            Column("courier_code", "text", "the company that carries, in the provider's code", required=True),
            Column("waybill_number", "text", "the number under which it travels", required=True),
            Column("platform_id", "text", "where its orders were placed: a platform_id of dim_platforms"),
            Column("merchant_code", "text", "the shop that ships"),
            Column("service_code", "text", "the courier's product as registered"),
            Column("waybill_system_code", "text", "who issued the label's number"),
            Column("purpose_code", "text", "sale, return or replacement; empty = sale"),
            Column("order_numbers", "texts", "the orders in the parcel"),
            Column("order_line_numbers", "texts", "order:line of each line in the parcel, where known"),
            *place("departure", "origin_"),
            *place("the consumer (ship-to)", "destination_"),
            Column("currency", "currency", "ISO 4217 code of every amount in the row but the declared one"),
            Column("weight_grams", "count", "billed weight, grams"),
            Column("freight_cost_amount", "amount", "what the merchant pays the courier"),
            *declaration(),
            Column("promised_day_count", "count", "days promised, where the promise is a number of days"),
            Column("promised_day_kind_code", "text", "what days these are: business or calendar"),
            Column("promised_delivery_date", "date", "promised last day of delivery, at the destination"),
            Column("registered_at", "timestamp", "when the number was issued, where that is known"),
            Column("promised_ship_at", "timestamp", "by when the merchant promised to ship"),
            Column("promised_delivery_at", "timestamp", "promised time of delivery"),
            UPDATED,
        ),
        time="registered_at",
    ),
    Entity(
        "waybill_events",
        "scan of a waybill",
        (
            Column("courier_code", "text", "the company that carries, in the provider's code", required=True),
            Column("waybill_number", "text", "the number under which it travels", required=True),
            Column("event_code", "text", "the provider's code of the scan"),
            Column("event_text", "masked", "the scan in words, people masked"),
            Column("event_number", "text", "the provider's own id of the scan, where it has one"),
            Column(
                "former_courier_code",
                "text",
                "the courier's code under which the number was known before the provider corrected it",
            ),
            Column("next_waybill_number", "text", "number under which it goes on, returned or forwarded"),
            Column(
                "next_courier_code",
                "text",
                "the company that carries it on under that number, in the provider's code; empty: the same",
            ),
            *place("the scan"),
            Column("pickup_point_code", "text", "locker, station or shop where it waits, provider's code"),
            Column(
                "is_zone_explicit",
                "boolean",
                "true = the time came with a zone; false = the provider's rule",
            ),
            Column("occurred_at", "timestamp", "when the scan happened", required=True),
            Column("received_at", "timestamp", "when the provider got it, where it says so"),
            Column(
                "retracted_at",
                "timestamp",
                "when the provider declared the scan an error; the row withdraws the same scan without it",
            ),
        ),
        # The provider's id of a scan, where it has one, stands for its code and words.
        identity=(
            "courier_code",
            "waybill_number",
            "event_number",
            "case when event_number is null then event_code end",
            "case when event_number is null then event_text end",
            "occurred_at",
            "retracted_at",
        ),
        time="occurred_at",
    ),
)

#: Why a row may be quarantined: the closed list, with what each reason means.
REASONS: dict[str, str] = {
    "malformed_record": (
        "the record could not be read as the file's format asks; in a workbook: a text was cut off at 32,767 "
        "characters, or a formula was never calculated"
    ),
    "wrong_encoding": "the record is not valid UTF-8",
    "record_too_long": "the record is longer than any that is sent: 64 MB in a line, 2 MB in CSV",
    "missing_value": "a required field is empty",
    "rounded_number": "a number is written as spreadsheets round it, 7.3E+13",
    "not_a_timestamp": "a time is no calendar time in the provider's form",
    "not_a_date": "a date is no calendar date",
    "before_2000": "a time or date lies before 2000",
    "in_the_future": (
        "a time lies more than a day after its loading, a promised one more than two years, a rate card's "
        "more than ten"
    ),
    "ends_before_it_begins": "a band of weights, or the days of a rate card, end before they begin",
    "not_an_amount": "an amount is no decimal number that fits",
    "not_a_count": "a count is no whole number",
    "too_large": "an amount reaches 10¹² or a count 10⁹: more than anyone sends, and no sum could hold them",
    "negative": "an amount or count that only can be nothing or more is less",
    "not_a_currency": "a currency is no code of ISO 4217, in capitals, that is money",
    "set_aside_by_hand": "someone set the row aside with `waymart set-aside`, after it was loaded",
    "other_currency": "the row says the order's currency, and its own amounts are in another",
    "not_a_boolean": "a flag is neither true nor false",
}


def entity(name: str) -> Entity:
    """Return the entity of that name."""
    return next(e for e in CONTRACT if e.name == name)

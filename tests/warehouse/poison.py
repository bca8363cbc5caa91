"""Rows that no warehouse should count, of every kind that we can think of, in files of a contract's feed.

A poisoned row is one that must be named once, in quarantine or among the rows set aside. What a feed would
send in its place is read from the feed itself, so that a row is wrong in one thing only.
"""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import duckdb

from ingest.contract import CONTRACT, Column, Entity, entity

_SOON = (datetime.now(UTC) + timedelta(days=3)).isoformat()
_YEARS_AHEAD = (datetime.now(UTC) + timedelta(days=3 * 366)).date().isoformat()
#: What a value of a column's type must not be; a text may be anything.
_WRONG: dict[str, tuple[str, ...]] = {
    "timestamp": (
        "0001-01-01T00:00:00Z", "1899-12-30T00:00:00+08:00", "9999-12-31T23:59:59Z", "2019-02-30T00:00:00Z",
        "2019-06-01T25:00:00Z", "soon", "1561939200000", f"{_YEARS_AHEAD}T00:00:00Z",
    ),
    "date": ("0001-01-01", "1999-12-31", "9999-12-31", "2019-02-30", "06/01/2019", "monday", _YEARS_AHEAD),
    "amount": (
        "9999999999999999.99", "1000000000000", "-1000000000000", "NaN", "Infinity", "-inf", "1e400", "12,50",
        "¥5", "99999999999999999999999999999999999999999",
    ),
    "count": ("9223372036854775807", "1000000000", "99999999999999999999", "-1", "1.5", "many", "0x10"),
    "currency": ("XXX", "cny", "RMB", "CN", "XAU", "€", "CNY CNY"),
    "boolean": ("maybe", "2", "ja"),
}  # fmt: skip
#: What makes a row another one, in each entity; a scan has its own number.
_NUMBER = {
    "orders": "order_number",
    "order_lines": "order_line_number",
    "payments": "payment_number",
    "refunds": "refund_number",
    "consumers": "consumer_code",
    "merchants": "merchant_code",
    "products": "product_code",
    "pickup_points": "pickup_point_code",
    "returns": "return_number",
    "claims": "claim_number",
    "waybills": "waybill_number",
    "waybill_events": "event_number",
}
_LISTS = {column.name for shape in CONTRACT for column in shape.columns if column.type == "texts"}
_BROKEN_LINES = (
    b'{"platform_id": "jd", ', b"{}", b"17", b'"a text"', b"[1, 2]", b"{]", b'{"platform_id": "\xff"}',
    b'{"a": NaN}', b"null",
)  # fmt: skip

Values = dict[str, str | None]


@dataclass(frozen=True)
class Row:
    """One row of a file; ``line`` is its text where it is no row at all."""

    entity: str
    values: Values
    kind: str
    is_poisoned: bool = True
    line: bytes | None = None


class Market:
    """Rows of a feed in the contract's own columns, as texts."""

    def __init__(self, feeds: Path, dice: Random) -> None:
        self.dice = dice
        files = {name: sorted(feeds.rglob(f"{name}.parquet")) for name in _NUMBER}
        self._rows = {name: self._read(paths) for name, paths in files.items() if paths}
        self._count = 0
        #: Retracted scans lie in the months before the market's first order, or in the years after, too.
        self.retracted_days = dice.choice([150, 3 * 365])

    def row(self, name: str, *, is_new: bool = True) -> Values:
        """Return one row of the entity, or another like it."""
        row = dict(self.dice.choice(self._rows[name]))
        if is_new:
            row[_NUMBER[name]] = self.number()
        return row

    @property
    def entities(self) -> list[str]:
        """The entities that the feed has."""
        return list(self._rows)

    def number(self) -> str:
        """Return a number that nothing has."""
        self._count += 1
        return f"poison-{self._count}"

    @staticmethod
    def _read(files: list[Path]) -> list[Values]:
        feed = f"read_parquet({list(map(str, files))})"
        texts = ", ".join(
            f"array_to_string({name}, '|')" if name in _LISTS else f"{name}::varchar"
            for name in duckdb.sql(f"from {feed}").columns
        )
        names = duckdb.sql(f"from {feed}").columns
        rows = duckdb.sql(f"select {texts} from {feed}").fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]


def _wrong_fields() -> Iterator[tuple[Entity, Column, str | None]]:
    """Yield every column with every value that it must not have."""
    for shape in CONTRACT:
        for column in shape.columns:
            if column.required:
                yield shape, column, None
            for value in _WRONG.get(column.type, ()):
                yield shape, column, value
            if column.type == "timestamp" and column.ahead == "1 day":
                yield shape, column, _SOON
            if column.type == "amount" and not column.signed:
                yield shape, column, "-0.01"
    yield entity("orders"), next(c for c in entity("orders").columns if c.name == "order_number"), "7.3E+13"


def _field(market: Market, shape: Entity, column: Column, value: str | None) -> list[Row]:
    is_new = market.dice.random() < 0.5 or shape.name == "waybill_events"
    row = market.row(shape.name, is_new=is_new) | {column.name: value}
    if not is_new and "updated_at" in row and column.name != "updated_at":
        row["updated_at"] = "2019-12-31T00:00:00Z"
    return [Row(shape.name, row, f"{column.name} is {value}")]


def _currency_beside(row: Values) -> str:
    return "USD" if row["currency"] == "CNY" else "CNY"


def _said_otherwise(market: Market) -> list[Row]:
    name = market.dice.choice(["order_lines", "refunds"])
    row = market.row(name)
    return [Row(name, row | {"order_currency": _currency_beside(row)}, "says another currency of its order")]


def _in_another_currency(market: Market) -> list[Row]:
    name = market.dice.choice(["order_lines", "refunds"])
    row = market.row(name)
    return [Row(name, row | {"currency": _currency_beside(row)}, "in another currency than its order")]


def _of_no_order(market: Market) -> list[Row]:
    name = market.dice.choice(["order_lines", "refunds", "payments"])
    return [Row(name, market.row(name) | {"order_number": market.number()}, "of no order")]


def _line_below_nothing(market: Market) -> list[Row]:
    row = market.row("order_lines") | {"goods_amount": "5.00", "merchant_discount_amount": "50.00"}
    return [Row("order_lines", row, "line below nothing")]


def _own(market: Market, count: int, **order: str | None) -> tuple[Values, list[Values]]:
    """Return a new order and so many lines of its own."""
    nothing = dict.fromkeys(
        ("goods_amount", "merchant_discount_amount", "platform_discount_amount", "adjustment_amount",
         "platform_postage_amount"), None,
    )  # fmt: skip
    head = market.row("orders") | nothing | {"currency": "CNY", "group_status_code": None} | order
    own = {name: head[name] for name in ("platform_id", "order_number", "currency")}
    priced = {name: None for name in nothing if name != "platform_postage_amount"} | {"goods_amount": "5.00"}
    return head, [market.row("order_lines") | priced | own for _ in range(count)]


def _order_below_nothing(market: Market) -> list[Row]:
    head, lines = _own(market, market.dice.randrange(3), adjustment_amount="-5000.00")
    rows = [Row("order_lines", line, "line of an order below nothing") for line in lines]
    return [Row("orders", head, "order below nothing"), *rows]


def _order_without_lines(market: Market) -> list[Row]:
    head, _ = _own(market, 0, platform_discount_amount="3.00")
    return [Row("orders", head, "discount of no goods")]


def _too_large_together(market: Market) -> list[Row]:
    part = market.dice.choice(["lines", "payments", "refunds"])
    head, lines = _own(market, 2, paid_amount=None)
    own = {name: head[name] for name in ("platform_id", "order_number", "currency")}
    large: dict[str, str | None] = {"amount": "600000000000.00"}
    rows = [Row("orders", head, f"{part} too large together")]
    if part == "lines":
        name = market.dice.choice(
            ["goods_amount", "postage_amount", "platform_discount_amount", "cost_amount"]
        )
        lines = [line | {name: "999999999999.99"} for line in lines]
    else:
        whole = {"order_line_number": None} if part == "refunds" else {}
        rows += [Row(part, market.row(part) | own | large | whole, f"large {part}") for _ in range(2)]
    return rows + [Row("order_lines", line, "line of an order too large") for line in lines]


def _retracted(market: Market) -> list[Row]:
    """A scan of a parcel months off, and its retraction, which is out of the facts with it."""
    at = datetime(2019, 1, 1, tzinfo=UTC) + timedelta(
        seconds=market.dice.randrange(market.retracted_days * 86400)
    )
    scan = market.row("waybill_events") | {"occurred_at": at.isoformat(), "received_at": None}
    scan["event_code"] = market.dice.choice(["delivered", "picked_up", "returning"])
    return [
        Row("waybill_events", scan, "retracted scan"),
        Row("waybill_events", scan | {"retracted_at": "2022-06-01T00:00:00Z"}, "retraction"),
    ]


def _no_row(market: Market) -> list[Row]:
    line = market.dice.choice(_BROKEN_LINES)
    return [Row(market.dice.choice(market.entities), {}, f"line {line!r}", line=line)]


def _sound(market: Market) -> list[Row]:
    name = market.dice.choice(market.entities)
    return [Row(name, market.row(name, is_new=False), "a copy", is_poisoned=False)]


_BESIDE_OTHERS: tuple[Callable[[Market], list[Row]], ...] = (
    _said_otherwise, _in_another_currency, _of_no_order, _line_below_nothing, _order_below_nothing,
    _order_without_lines, _too_large_together, _retracted, _no_row, _sound,
)  # fmt: skip


def poisoned_rows(market: Market, count: int) -> list[Row]:
    """Return at least so many poisoned rows: half wrong in themselves, half beside others."""
    dice = market.dice
    fields = [field for field in _wrong_fields() if field[0].name in market.entities]
    rows: list[Row] = []
    while sum(row.is_poisoned for row in rows) < count:
        rows += _field(market, *dice.choice(fields)) + dice.choice(_BESIDE_OTHERS)(market)
    return rows


@dataclass(frozen=True)
class Place:
    """Where a row stands."""

    file_name: str
    line_number: int


def write_rows(rows: list[Row], folder: Path, dice: Random) -> dict[Place, Row]:
    """Write rows into random files of their entities; say where the poisoned ones stand."""
    folder.mkdir(parents=True, exist_ok=True)
    places: dict[Place, Row] = {}
    written: set[bytes] = set()
    rest = rows[:]
    dice.shuffle(rest)
    number = 0
    while rest:
        number += 1
        name = rest[0].entity
        size = dice.choice([1, 2, 5, 20])
        some = [row for row in rest if row.entity == name][:size]
        rest = [row for row in rest if all(row is not other for other in some)]
        is_csv = dice.random() < 0.5 and all(row.line is None for row in some)
        # A name that tells the entity, as our contract asks.
        path = folder / f"{number:03}" / f"{name}.{'csv' if is_csv else 'jsonl'}"
        path.parent.mkdir()
        content = _csv(some) if is_csv else b"".join(_json_line(row) + b"\n" for row in some)
        while content in written:  # a file of which nothing is new would be skipped, its rows named elsewhere
            content = content[:-1] + b" \n"
        written.add(content)
        path.write_bytes(content)
        for line, row in enumerate(some, start=2 if is_csv else 1):
            if row.is_poisoned:
                places[Place(f"{path.parent.name}/{path.name}", line)] = row
    return places


def _csv(rows: list[Row]) -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row.values))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: row.values.get(name) for name in names} for row in rows)
    return text.getvalue().encode()


def _json_line(row: Row) -> bytes:
    if row.line is not None:
        return row.line
    record = {
        name: value.split("|") if value is not None and name in _LISTS else value
        for name, value in row.values.items()
    }
    return json.dumps(record, ensure_ascii=False).encode()

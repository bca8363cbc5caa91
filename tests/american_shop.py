"""Writes what a small shop in Ohio has: orders as Shopify answers, parcels as AfterShip pushes them."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

#: City, state, people who buy there, days that a parcel takes.
CITIES = (
    ("Columbus", "Ohio", "OH", 9, 1.5),
    ("Dublin", "Ohio", "OH", 5, 1.5),
    ("Athens", "Ohio", "OH", 4, 1.8),
    ("Yellow Springs", "Ohio", "OH", 2, 1.9),
    ("Cleveland", "Ohio", "OH", 6, 1.6),
    ("New York", "New York", "NY", 12, 2.6),
    ("Chicago", "Illinois", "IL", 8, 2.2),
    ("Houston", "Texas", "TX", 6, 3.4),
    ("Austin", "Texas", "TX", 4, 3.5),
    ("Los Angeles", "California", "CA", 9, 4.6),
    ("San Francisco", "California", "CA", 4, 4.8),
    ("Seattle", "Washington", "WA", 4, 4.9),
    ("Saint Louis", "Missouri", "MO", 3, 2.4),
    ("Springfield", "Missouri", "MO", 2, 2.8),
    ("Bozeman", "Montana", "MT", 2, 5.2),
)
#: What the shop calls a courier, AfterShip's slug, parcels of ten, how slow.
COURIERS = (("USPS", "usps", 5, 1.2), ("UPS", "ups", 3, 1.0), ("FedEx", "fedex", 2, 0.9))
FIRST, DAYS, ORDERS = datetime(2019, 1, 1, 14, tzinfo=UTC), 181, 1_500


def write_shop(folder: Path) -> list[tuple[str, Path]]:
    """Write the files and return each with its provider."""
    chance = random.Random(16)
    folder.mkdir(parents=True, exist_ok=True)
    made = [_order(number, chance) for number in range(1, ORDERS + 1)]
    orders, pushes = folder / "orders.json", folder / "pushes.jsonl"
    orders.write_text(json.dumps({"orders": [order for order, _ in made]}))
    pushes.write_text("".join(f"{json.dumps({'msg': tracking})}\n" for _, tracking in made))
    return [("shopify", orders), ("aftership", pushes)]


def _order(number: int, chance: random.Random) -> tuple[dict[str, Any], dict[str, Any]]:
    city, state, code, _, days = chance.choices(CITIES, [of[3] for of in CITIES])[0]
    company, slug, _, slow = chance.choices(COURIERS, [of[2] for of in COURIERS])[0]
    placed = FIRST + timedelta(days=chance.uniform(0, DAYS))
    picked_up = placed + timedelta(hours=chance.uniform(4, 40))
    delivered = picked_up + timedelta(days=days * slow * chance.lognormvariate(0, 0.25))
    label, price = f"{company[0]}{number:012d}", f"{chance.uniform(15, 120):.2f}"
    order = {
        "id": number,
        "created_at": placed.isoformat(),
        "processed_at": placed.isoformat(),
        "updated_at": delivered.isoformat(),
        "cancelled_at": None,
        "financial_status": "paid",
        "fulfillment_status": "fulfilled",
        "currency": "USD",
        "source_name": "web",
        "total_price": price,
        "customer": {"id": chance.randrange(1, 900)},
        "shipping_address": {"country_code": "US", "province": state, "city": city},
        "line_items": [
            {
                "id": number,
                "product_id": 7,
                "variant_id": chance.randrange(1, 30),
                "quantity": 1,
                "price": price,
            }
        ],
        "fulfillments": [
            {
                "created_at": picked_up.isoformat(),
                "updated_at": picked_up.isoformat(),
                "tracking_company": company,
                "tracking_number": label,
                "tracking_numbers": [label],
                "line_items": [],
            }
        ],
        "refunds": [],
    }
    scans = [
        ("InTransit_002", "Picked up", picked_up, "Columbus", "OH"),
        ("InTransit_007", "Departed", picked_up + timedelta(hours=3), "Columbus", "OH"),
        ("InTransit_003", "Arrived", delivered - timedelta(hours=9), city, code),
        ("OutForDelivery_001", "Out for delivery", delivered - timedelta(hours=5), city, code),
        ("Delivered_001", "Delivered", delivered, city, code),
    ]
    checkpoints = [
        {
            "slug": slug,
            "created_at": at.isoformat(),
            "checkpoint_time": at.isoformat(),
            "city": where,
            "state": of,
            "country_iso3": "USA",
            "message": words,
            "tag": event.partition("_")[0],
            "subtag": event,
        }
        for event, words, at, where, of in scans
    ]
    return order, {"tracking_number": label, "slug": slug, "checkpoints": checkpoints}

"""17TRACK's pushes (API 2.2): what goes abroad, the whole history each time, newest event first.

Times are the place's own with their offset, and the instant beside them.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone

from simulator.life.happenings import Happenings
from simulator.life.scan_kinds import Scan
from simulator.providers.histories import History, Record
from simulator.providers.shopify import instant
from simulator.world.cities import MAINLAND, cities
from simulator.world.days import CHINA_OFFSET

#: 17TRACK's keys of carriers.
COMPANIES = {
    "ems": "3013", "sf": "100012", "yto": "190157", "yunda": "191197", "zto": "190455", "sto": "190324",
}  # fmt: skip
#: Scan → (sub-status, words).
CODES: Mapping[Scan, tuple[str, str]] = {
    Scan.PICKED_UP: ("InTransit_PickedUp", "Accepted by carrier"),
    Scan.DEPARTED: ("InTransit_Departure", "Departed from the origin facility"),
    Scan.EXPORT_START: ("InTransit_CustomsProcessing", "Export customs clearance started"),
    Scan.EXPORT_CLEARED: ("InTransit_CustomsReleased", "Export customs clearance completed"),
    Scan.HUB_IN: ("InTransit_Arrival", "Arrived at the transit hub"),
    Scan.HUB_OUT: ("InTransit_Departure", "Departed from the transit hub"),
    Scan.EXCEPTION: ("Exception_Damage", "Package damaged"),
    Scan.IMPORT_START: ("InTransit_CustomsProcessing", "Import customs clearance started"),
    Scan.INSPECTED: ("InTransit_CustomsRequiringInformation", "Held by customs"),
    Scan.IMPORT_CLEARED: ("InTransit_CustomsReleased", "Import customs clearance completed"),
    Scan.ARRIVED: ("InTransit_Arrival", "Arrived at the destination city"),
    Scan.AT_OUTLET: ("InTransit_Arrival", "Arrived at the delivery station"),
    Scan.OUT_FOR_DELIVERY: ("OutForDelivery_Other", "Out for delivery"),
    Scan.ATTEMPT_FAILED: ("DeliveryFailure_NoBody", "Delivery attempted, nobody there"),
    Scan.OUT_AGAIN: ("OutForDelivery_Other", "Out for delivery again"),
    Scan.AVAILABLE: ("AvailableForPickup_Other", "Ready for pickup"),
    Scan.DELIVERED: ("Delivered_Other", "Delivered"),
    Scan.RETURNING: ("Exception_Returning", "Returning to sender"),
    Scan.RETURNED: ("Exception_Returned", "Returned to sender"),
    Scan.LOST: ("Exception_Lost", "Package lost"),
    Scan.CANCELLED: ("Exception_Cancel", "Shipment cancelled"),
}


def pushes(_: Happenings, history: History) -> Iterator[Record]:
    """Yield the push of a parcel."""
    carrier = int(COMPANIES[history.courier])
    last, _text = CODES[history.scans[-1][0]]
    events = [_event(*scan) for scan in reversed(history.scans)]
    yield {
        "event": "TRACKING_UPDATED",
        "data": {
            "number": history.number,
            "carrier": carrier,
            "track_info": {
                "latest_status": {"status": last.partition("_")[0], "sub_status": last},
                "tracking": {
                    "providers_hash": 1,
                    "providers": [{"provider": {"key": carrier, "name": history.courier}, "events": events}],
                },
            },
        },
    }


def _event(scan: Scan, city: int, at: int) -> Record:
    places = cities()
    status, text = CODES[scan]
    zone = timezone(timedelta(seconds=CHINA_OFFSET + int(places.clock[city])))
    there = datetime.fromtimestamp(at - CHINA_OFFSET, UTC).astimezone(zone).isoformat()
    return {
        "time_iso": there,
        "time_utc": instant(at),
        "time_raw": {"date": there[:10], "time": there[11:19], "timezone": there[19:]},
        "description": text,
        "location": places.name[city],
        "stage": status.partition("_")[0],
        "sub_status": status,
        "address": {
            "country": "CN" if city < MAINLAND else places.country[city],
            "state": places.province[city],
            "city": places.name[city],
        },
    }

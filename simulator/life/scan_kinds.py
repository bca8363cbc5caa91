"""The scans a parcel may have."""

from enum import IntEnum


class Scan(IntEnum):
    """The scans a parcel may have, in the order in which they can happen; those of parts stand at the end."""

    CONSIGNED = 0
    PICKUP_FAILED = 1
    PICKED_UP = 2
    DEPARTED = 3
    EXPORT_START = 4
    EXPORT_CLEARED = 5
    HUB_IN = 6
    HUB_OUT = 7
    FAR_HUB_IN = 8
    EXCEPTION = 9
    IMPORT_START = 10
    INSPECTED = 11
    IMPORT_CLEARED = 12
    ARRIVED = 13
    AT_OUTLET = 14
    OUT_FOR_DELIVERY = 15
    ATTEMPT_FAILED = 16
    OUT_AGAIN = 17
    AVAILABLE = 18
    DELIVERED = 19
    RETURNING = 20
    RETURNED = 21
    LOST = 22
    CANCELLED = 23
    INFO = 24
    IMPORT_FAILED = 25  # of the part "abroad"
    OVERDUE = 26  # of the part "points"


#: Where the consumer's clock counts: scans of the last mile.
LAST_MILE = (
    Scan.AT_OUTLET,
    Scan.OUT_FOR_DELIVERY,
    Scan.ATTEMPT_FAILED,
    Scan.OUT_AGAIN,
    Scan.AVAILABLE,
    Scan.DELIVERED,
    Scan.RETURNING,
    Scan.INFO,
)

"""Couriers: who carries how much, how fast, and for what price."""

import numpy as np
import numpy.typing as npt

from simulator.world.draws import I64, share_table
from simulator.world.platforms import JD, SHOPIFY

COURIERS = ("zto", "yunda", "yto", "best", "sto", "sf", "ems", "jd", "ttk", "deppon")
#: Two characters before a waybill's 13 digits.
NUMBER_PREFIXES = ("75", "43", "YT", "55", "77", "SF", "98", "JD", "66", "DP")
JDL = COURIERS.index("jd")
ZTO = COURIERS.index("zto")

#: Share of parcels, per cent. ZTO: 19.1% of 2019 (12.121 bn parcels, ZTO's investor deck). The others are
#: ASSUMPTIONS: no full-year share of theirs was found with a source.
SHARES = (19.1, 15.6, 14.3, 11.6, 11.3, 7.4, 5.8, 11.3, 2.4, 1.2)
#: Who carries JD's own orders, per cent. Assumption.
JD_SHARES = (4.0, 2.5, 2.5, 1.0, 1.0, 5.0, 3.0, 80.0, 0.5, 0.5)

#: Who carries parcels abroad, per cent. Assumption.
ABROAD_SHARES = (10.0, 0.0, 20.0, 0.0, 0.0, 25.0, 45.0, 0.0, 0.0, 0.0)

#: Hours on the way against the average, permille, in the order that the State Post Bureau gave its brands
#: by time in 2020: SF, EMS, JD, ZTO, Yunda, BEST, STO, YTO, TTK, Deppon. The sizes are assumptions.
PACE = (990, 1005, 1040, 1015, 1030, 680, 830, 850, 1080, 1110)
#: Whether a courier works through Spring Festival (SF, EMS and JD say so each year).
WORKS_THROUGH_HOLIDAYS = (False, False, False, False, False, True, True, True, False, False)
#: Whether a courier's scans come with the time at which they were received.
STATES_RECEIPT = (False, False, False, False, False, True, False, True, False, False)

#: What the merchant pays, fen: first kilogram, each further one; by zone the first kilogram costs more.
#: Assumptions, near the couriers' reported revenue per parcel (RMB 2.1–2.3 for YTO, STO, Yunda in 2023).
FIRST_KILOGRAM = (250, 240, 250, 240, 235, 900, 700, 480, 240, 800)
NEXT_KILOGRAM = (90, 85, 90, 85, 80, 250, 200, 150, 85, 160)
ZONE_KILOMETRES = (300, 800, 1500, 2500)
ZONE_EXTRA = (0, 40, 90, 160, 320)
#: Whose rate cards are known (part cards).
CARDED = tuple(COURIERS.index(name) for name in ("zto", "yunda", "sf"))


def zone(kilometres: npt.NDArray[np.integer]) -> I64:
    """Return the zone of each distance."""
    return np.searchsorted(np.array(ZONE_KILOMETRES), kilometres, side="right")


def first_kilogram(courier: I64, zone: I64) -> I64:
    """Return the price of a parcel of one kilogram, fen."""
    price: I64 = np.array(FIRST_KILOGRAM)[courier] + np.array(ZONE_EXTRA)[zone]
    return price


def next_kilogram(courier: I64, zone: I64) -> I64:
    """Return the price of each further kilogram begun, fen."""
    price: I64 = np.array(NEXT_KILOGRAM)[courier] * (4 + zone) // 4
    return price


def shares(platform: int, jd_parcels: float) -> list[float]:
    """Return courier shares of a platform such that all parcels together have `SHARES`."""
    if platform == JD:
        return list(JD_SHARES)
    if platform == SHOPIFY:
        return list(ABROAD_SHARES)
    both = zip(SHARES, JD_SHARES, strict=True)
    return [max(0.0, (overall - jd * jd_parcels) / (1.0 - jd_parcels)) for overall, jd in both]


#: JD's share of all parcels in 2019, from `simulator.world.platforms` (parcels per order are about the same).
JD_PARCELS = 0.141
TABLES = tuple(share_table(shares(platform, JD_PARCELS)) for platform in range(4))

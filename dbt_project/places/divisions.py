"""GeoNames' first-level divisions as ISO 3166-2 codes.

GeoNames numbers divisions in its own way. Its names for them (English mostly) are compared with ISO's names
(in the country's own language), whole words alike; what that does not find and is known stands in
``division_codes.csv``. One that neither knows stays without a code: its cities resolve by country alone.
"""

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pycountry

from dbt_project.places.folded import folded

#: Words for a kind of division, which one list has and another has not.
_WORDS = """
autonomous capital changwat city county departamento department district emirate federal governorate kraj krai
kray lan län mkhare municipality muhafazat oblast oblysy of okrug prefecture province provincia region
republic respublika state the tinh vilayet voblasts voivodeship wilaya wilayat
"""
_KINDS = frozenset(_WORDS.split())
#: Two places of one name are the same if no farther apart, in degrees.
_NEAR = 0.05


def plain(name: str) -> str:
    """Return a division's name without its kind, what stands in brackets, and ``ae`` written for ``ä``."""
    words = folded(re.sub(r"[\[(].*?[\])]", " ", name)).split()
    kept = [word for word in words if word not in _KINDS] or words
    return re.sub("([aou])e", r"\1", " ".join(kept))


def division_codes(
    cities: Iterable[dict[str, Any]], named: Iterable[dict[str, str]]
) -> dict[tuple[str, str], tuple[str, str]]:
    """Return ISO's code and GeoNames' name by country and GeoNames' code.

    ``named`` are cities with the name of their division (lat, lon, name, admin1, cc).
    """
    known = {(row["country_code"], row["geonames_code"]): row["province_id"] for row in _by_hand()}
    by_name = _codes_by_name()
    names = _names(cities, named)
    guessed = {key: by_name.get((key[0], plain(name))) for key, name in names.items()}
    # Where a country was divided anew, two of GeoNames' divisions bear an old name: neither is taken.
    bearers = Counter(guessed.values())
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for key, name in names.items():
        guess = guessed[key] if bearers[guessed[key]] == 1 else None
        if code := known.get(key, guess):
            found[key] = (code, name)
    return found


def _by_hand() -> list[dict[str, str]]:
    with (Path(__file__).with_name("division_codes.csv")).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _codes_by_name() -> dict[tuple[str, str], str]:
    codes: dict[tuple[str, str], set[tuple[bool, str]]] = defaultdict(set)
    for division in pycountry.subdivisions:
        is_part = division.parent_code is not None
        for name in (division.name, division.name.split(",")[0]):
            codes[division.country_code, plain(name)].add((is_part, division.code))
    firsts = {
        key: {code for is_part, code in found if not is_part} or {code for _, code in found}
        for key, found in codes.items()
    }
    return {key: found.pop() for key, found in firsts.items() if len(found) == 1}


def _names(cities: Iterable[dict[str, Any]], named: Iterable[dict[str, str]]) -> dict[tuple[str, str], str]:
    """Return the name that most cities of a division have for it, of those that both lists hold."""
    at: dict[tuple[str, str], list[tuple[float, float, str]]] = defaultdict(list)
    for row in named:
        at[row["cc"], folded(row["name"])].append((float(row["lat"]), float(row["lon"]), row["admin1"]))
    votes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for city in cities:
        for latitude, longitude, name in at.get((city["countrycode"], folded(city["name"])), ()):
            if abs(latitude - city["latitude"]) < _NEAR and abs(longitude - city["longitude"]) < _NEAR:
                votes[city["countrycode"], city["admin1code"]][name] += 1
    return {key: counted.most_common(1)[0][0] for key, counted in votes.items() if key[1]}

"""By which names a place is found: one place per name, none where several places bear it."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dbt_project.places.folded import folded

#: The script of names in a country that writes with another than the Latin; Chinese names are kept of all.
_SCRIPTS = {
    "CYRILLIC": "BA BG BY KG KZ ME MK MN RS RU TJ UA UZ",
    "ARABIC": "AE AF BH DJ DZ EG EH IQ IR JO KM KW LB LY MA MR OM PK PS QA SA SD SO SY TD TN YE",
    "HANGUL": "KP KR",
    "HIRAGANA": "JP",
    "KATAKANA": "JP",
    "THAI": "TH",
    "HEBREW": "IL PS",
    "GREEK": "CY GR",
    "GEORGIAN": "GE",
    "ARMENIAN": "AM",
    "DEVANAGARI": "IN NP",
    "BENGALI": "BD IN",
    "TAMIL": "IN LK",
    "SINHALA": "LK",
    "KHMER": "KH",
    "LAO": "LA",
    "MYANMAR": "MM",
    "ETHIOPIC": "ER ET",
}
_COUNTRIES = {script: frozenset(countries.split()) for script, countries in _SCRIPTS.items()}
#: Two places of one name no farther apart, in degrees, are one, counted twice: the larger stands for both.
_NEAR = 0.1


@dataclass(frozen=True)
class City:
    """A place of GeoNames with the names it is found by, its main one first."""

    adcode: str
    country_code: str
    province_id: str | None
    population_count: int
    longitude: float
    latitude: float
    names: tuple[str, ...]


def is_kept(name: str, country_code: str) -> bool:
    """Tell whether an alternate name is one that people of that country, or of China, write.

    Left out: transcriptions, which GeoNames writes small, codes of airports, and scripts of elsewhere.
    """
    first = unicodedata.name(name[0], " ").partition(" ")[0] if name else ""
    if first == "LATIN":
        return name[0].isupper() and not (len(name) <= 4 and name.isupper())
    return first == "CJK" or country_code in _COUNTRIES.get(first, ())


def city_keys(cities: Iterable[City]) -> Iterator[tuple[str, str]]:
    """Yield each key, ``division/name`` or ``country//name``, with the one city it means.

    Within a division a city's main name goes before another's alternate one. Without a division a name counts
    only if no other city of the country bears it at all.
    """
    bearers: dict[str, dict[bool, list[City]]] = defaultdict(lambda: defaultdict(list))
    for city in cities:
        for position, name in enumerate(dict.fromkeys(folded(name) for name in city.names)):
            scopes = [f"{city.country_code}/"] + ([city.province_id] if city.province_id else [])
            for scope in scopes:
                bearers[f"{scope}/{name}"][position == 0].append(city)
    for key, found in bearers.items():
        is_whole_country = key[2] == "/"
        candidates = [*found[True], *found[False]] if is_whole_country else found[True] or found[False]
        if city := _the_one(candidates):
            yield key, city.adcode


def _the_one(cities: list[City]) -> City | None:
    largest = max(cities, key=lambda city: (city.population_count, city.adcode))
    return largest if all(_is_near(city, largest) for city in cities) else None


def _is_near(one: City, other: City) -> bool:
    return abs(one.latitude - other.latitude) < _NEAR and abs(one.longitude - other.longitude) < _NEAR

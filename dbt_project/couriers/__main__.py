"""``make couriers LISTS=…``: the couriers of the world, and every provider's codes for them, as seeds.

Reads the lists of 17TRACK, Kuaidi100 and Kdniao (``17track.csv`` … in the folder named) and, beside this
file, ``other_lists.csv`` (names from public documents) and ``same.csv`` (what names do not show). What stands
in the seeds from elsewhere stays as it is and wins.
"""

import csv
import sys
from html import unescape
from pathlib import Path

from dbt_project.couriers.matching import Courier, Couriers, Listed, identifier, keys, without_country

_HERE = Path(__file__).parent
#: The rows that this command writes say so in their source.
_FROM_LISTS = "list of "
#: Brands that companies without a common owner bear.
_NOT_ONE = frozenset({"buffalo", "gati", "dragonfly", "skynet", "speedy"})
#: Codes of 17TRACK with fewer digits are those of post offices.
_SHORT = 6
_LISTS = {"17track": "17TRACK", "kuaidi100": "Kuaidi100", "kdniao": "Kdniao"}


def make_couriers(lists: Path, seeds: Path) -> None:
    """Write couriers.csv and courier_codes.csv of ``seeds`` anew."""
    kept = [row for row in _rows(seeds / "courier_codes.csv") if not row["source"].startswith(_FROM_LISTS)]
    known = {(row["provider_id"], row["code"]): row["courier_id"] for row in kept}
    same = {
        (row["provider_id"], row["code"]): (row["same_provider_id"], row["same_code"])
        for row in _rows(_HERE / "same.csv")
    }
    couriers, brands = Couriers(), dict[str, Courier]()
    for row in _rows(seeds / "couriers.csv"):
        if not row["source"].startswith(_FROM_LISTS):
            one = couriers.add(
                Courier(row["courier_id"], row["courier_name"], row["courier_name_zh"], row["source"])
            )
            couriers.learn(one, keys(Listed("", "", one.name, one.name_zh, "")))
    # Those that another names come after all that are named.
    for listed in sorted([*_listed(lists), *_others()], key=lambda one: bool(same.get(_at(one), ("",))[0])):
        at = _at(listed)
        brand = f"{listed.provider_id}/{without_country(listed.name).lower()}"
        is_branch = listed.name != without_country(listed.name) and brand.partition("/")[2] not in _NOT_ONE
        if at in same:
            courier = couriers.by_id[known[_end(same, at)]] if same[at][0] else _new(couriers, listed)
        else:
            of_brand = brands.get(brand) if is_branch else None
            courier_id = known.get(at)
            courier = couriers.by_id[courier_id] if courier_id else of_brand or _of_names(couriers, listed)
        couriers.learn(courier, _keys(listed))
        brands.setdefault(brand, courier)
        courier.name_zh = courier.name_zh or (listed.name_zh if courier.codes else "")
        if at not in known:
            courier.codes.append(listed)
            known[at] = courier.courier_id
    _write(couriers, kept, seeds)


def _at(listed: Listed) -> tuple[str, str]:
    return listed.provider_id, listed.code


def _end(same: dict[tuple[str, str], tuple[str, str]], at: tuple[str, str]) -> tuple[str, str]:
    while same.get(at, ("",))[0]:
        at = same[at]
    return at


def _keys(listed: Listed) -> list[str]:
    # 17TRACK numbers the post offices by country: the post ends in 1, its express mail in 3.
    office = {"1": "post", "3": "ems"}.get(listed.code[-1]) if len(listed.code) < _SHORT else None
    own = [f"{office}:{listed.country_code}"] if office and listed.provider_id == "17track" else []
    return [*own, *keys(listed)]


def _of_names(couriers: Couriers, listed: Listed) -> Courier:
    """Return the courier that a code's names mean, else a new one: two codes of a list are two companies."""
    names = _keys(listed)
    found = couriers.the_one(names)
    of_list = [one for one in found.codes if one.provider_id == listed.provider_id] if found else []
    is_alias = listed.provider_id != "17track" and any(
        (one.name.lower(), one.name_zh) == (listed.name.lower(), listed.name_zh) for one in of_list
    )
    return found if found and (not of_list or is_alias) else _new(couriers, listed)


def _new(couriers: Couriers, listed: Listed) -> Courier:
    name = without_country(listed.name) or listed.name_zh
    perhaps = couriers.like(_keys(listed))
    taken = couriers.by_id.__contains__
    return couriers.add(
        Courier(identifier(listed, taken), name, listed.name_zh, listed.source, perhaps=perhaps)
    )


def _listed(lists: Path) -> list[Listed]:
    listed: dict[tuple[str, str], Listed] = {}
    for provider_id, called in _LISTS.items():
        for row in _rows(lists / f"{provider_id}.csv"):
            name, name_zh = (row.get("name") or "").strip(), (row.get("name_zh") or "").strip()
            # Kdniao names some twice; the longer name says more.
            former = listed.get((provider_id, row["code"]))
            if former and len(former.name_zh) >= len(name_zh):
                continue
            if name.lower() != "unknown":
                source = f"{_FROM_LISTS}{called}: {name or name_zh}"
                country = row.get("country_code") or ""
                listed[provider_id, row["code"]] = Listed(
                    provider_id, row["code"], name, unescape(name_zh), source, country
                )
    return list(listed.values())


def _others() -> list[Listed]:
    return [
        Listed(row["provider_id"], row["code"], row["name"], "", f"{_FROM_LISTS}{row['source']}")
        for row in _rows(_HERE / "other_lists.csv")
    ]


def _write(couriers: Couriers, kept: list[dict[str, str]], seeds: Path) -> None:
    _save(
        seeds / "couriers.csv",
        ["courier_id", "courier_name", "courier_name_zh", "perhaps_courier_id", "source"],
        [(one.courier_id, one.name, one.name_zh, one.perhaps, one.source) for one in couriers.by_id.values()],
    )
    codes = [
        (listed.provider_id, listed.code, one.courier_id, listed.source)
        for one in couriers.by_id.values()
        for listed in one.codes
    ]
    _save(
        seeds / "courier_codes.csv",
        ["provider_id", "code", "courier_id", "source"],
        [*(tuple(row.values()) for row in kept), *sorted(codes)],
    )
    print(f"{len(couriers.by_id):,} couriers, {len(kept) + len(codes):,} codes")


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _save(path: Path, columns: list[str], rows: list[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


if __name__ == "__main__":
    make_couriers(Path(sys.argv[1]), _HERE.parent / "seeds")

"""Which names mean one courier.

A Chinese name ends with the kind of company, and that says *which* one: 中通快递 carries parcels, 中通快运
freight, and they are two companies. So names that differ in it are kept apart, and so are all of which it is
not certain; ``perhaps`` says of whom it may be another name.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache

from babel import Locale

from dbt_project.places.folded import folded

#: Words at the end of a Chinese name, and the kind of company they say; the longer ones first.
_KINDS = {
    "国际速递": "international",
    "国际快递": "international",
    "国际物流": "international",
    "国际": "international",
    "速递物流": "express",
    "快递": "express",
    "速递": "express",
    "速运": "express",
    "快运": "freight",
    "货运": "freight",
    "物流": "logistics",
    "供应链": "logistics",
    "转运": "forwarding",
    "邮政": "post",
}
#: Words at the end of a Latin name that a company is called with and without.
_WORDS = re.compile(r"( (couriers?|express|logistics?|inc|ltd|llc|corp|co|company|post|tracking))+$")
_BRACKETS = re.compile(r"[(（\[].*?[)）\]]")
_COUNTRY = re.compile(r"^(.+?)\s*[(（]([A-Z]{2}|中国)[)）]\s*$")
_HAN = re.compile(r"[\u4e00-\u9fff]")
#: Countries that lists call otherwise than CLDR does.
_CALLED = {
    "百慕达": "BM",
    "波黑": "BA",
    "马其顿": "MK",
    "新喀里多尼亚": "NC",
    "香港": "HK",
    "澳门": "MO",
    "台湾": "TW",
}
#: Shorter Latin names stand for several companies.
_LONG = 4


@dataclass
class Courier:
    """One company: its names, the codes that mean it and, of those kept apart, whom it may be."""

    courier_id: str
    name: str
    name_zh: str
    source: str
    keys: set[str] = field(default_factory=set)
    codes: list["Listed"] = field(default_factory=list)
    perhaps: str = ""


@dataclass(frozen=True)
class Listed:
    """A code as a provider's list has it."""

    provider_id: str
    code: str
    name: str
    name_zh: str
    source: str
    country_code: str = ""


def without_country(name: str) -> str:
    """Return a name without the country that a list puts behind it: ``DPD (PL)``."""
    return found[1] if (found := _COUNTRY.match(name)) else name


def plain(name: str) -> str:
    """Return a Latin name as it is compared: small letters, no brackets, no spaces."""
    words = re.sub(r"[^\w&+]+", " ", folded(_BRACKETS.sub(" ", name))).strip()
    return "" if _HAN.search(words) else words


def kinds(name: str) -> tuple[str, str]:
    """Return a Chinese name's core and kind: 圆通速递 is 圆通 and ``express``, as is 圆通 alone."""
    core = re.sub(r"[\W_]+", "", folded(_BRACKETS.sub("", name)))
    core = core.removesuffix("有限公司").removesuffix("公司").removesuffix("查询").removesuffix("专线")
    for ending, kind in _KINDS.items():
        if core.endswith(ending) and len(core) > len(ending) + 1:
            return core.removesuffix(ending), kind
    return core, "express"


def keys(listed: Listed) -> list[str]:
    """Return what a name is found by; a key of two couriers is nobody's."""
    if office := _post_office(listed.name_zh):
        return [office]
    core, kind = kinds(listed.name_zh)
    found = [f"zh:{core}:{kind}"] if _HAN.search(core) and core not in _KINDS and len(core) > 1 else []
    latin = listed.name or ("" if _HAN.search(core) else core)
    name = plain(without_country(latin)).replace(" ", "")
    return [*found, f"en:{name}"] if len(name) >= _LONG or (name and listed.name) else found


def likenesses(names: Iterable[str]) -> list[str]:
    """Return what names share that may be of one company: all but the kind."""
    return [
        re.sub(r":[a-z]*$", "", key) if key.startswith("zh") else _WORDS.sub("", f" {key}") for key in names
    ]


class Couriers:
    """The couriers, each under all keys of its names."""

    def __init__(self) -> None:
        self.by_id: dict[str, Courier] = {}
        self._by_key: dict[str, set[str]] = defaultdict(set)
        self._like: dict[str, set[str]] = defaultdict(set)

    def add(self, courier: Courier) -> Courier:
        """Add a courier; ``learn`` says by which keys it is found."""
        self.by_id[courier.courier_id] = courier
        return courier

    def learn(self, courier: Courier, names: Iterable[str]) -> None:
        """Let a courier be found by these keys, too."""
        for key in names:
            courier.keys.add(key)
            self._by_key[key].add(courier.courier_id)
        for like in likenesses(names):
            self._like[like].add(courier.courier_id)

    def the_one(self, names: list[str]) -> Courier | None:
        """Return the courier that one of these keys means.

        Chinese goes before Latin, since it says more; where both are known and differ, Latin does not count.
        """
        for key in names:
            if len(ids := self._by_key.get(key, set())) == 1:
                found = self.by_id[next(iter(ids))]
                of_both = [{one for one in of if one.startswith("zh")} for of in (names, found.keys)]
                if not key.startswith("en") or not all(of_both) or of_both[0] & of_both[1]:
                    return found
        return None

    def like(self, names: list[str]) -> str:
        """Return the courier that may bear one of these names, too."""
        found = sorted(one for like in likenesses(names) for one in self._like.get(like, ()))
        return found[0] if found else ""


def identifier(listed: Listed, is_taken: Callable[[str], bool]) -> str:
    """Return a readable id that no other courier has: the Latin name, else the provider's code."""
    name = folded(without_country(listed.name))
    slug = re.sub(r"[^a-z0-9]+", "_", name).strip("_") if listed.name else ""
    code = re.sub(r"[^a-z0-9]+", "_", listed.code.lower()).strip("_")
    slug = slug if re.search("[a-z]", slug) else ""
    tries = [
        slug or code,
        f"{slug}_{listed.country_code.lower()}" if slug and listed.country_code else "",
        f"{slug}_{code}" if slug else "",
        f"{listed.provider_id}_{code}",
    ]
    return next(one for one in tries if one and not is_taken(one))


def _post_office(name_zh: str) -> str:
    """Return the key of a country's post (巴西邮政) or express mail (乌克兰EMS), empty for other names."""
    for ending, kind in (("邮政", "post"), ("EMS", "ems")):
        if name_zh.endswith(ending) and (country := _countries().get(name_zh.removesuffix(ending))):
            return f"{kind}:{country}"
    return ""


@cache
def _countries() -> dict[str, str]:
    return {name: code for code, name in Locale("zh").territories.items() if len(code) == 2} | _CALLED

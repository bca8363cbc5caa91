"""Changes put into a market on purpose, with date, place and size: what someone watching it should find."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from simulator.world.categories import BRANDS, CATEGORIES
from simulator.world.couriers import COURIERS
from simulator.world.days import DAY, day_number
from simulator.world.provinces import provinces

#: Kind → (what it needs, what it may have, what its size is). All have `from`; `to` is the last day.
KINDS = {
    "slow_courier": (("courier",), ("province",), "times as long on the way, to a province"),
    "broken_lane": (("origin", "destination"), (), "times as long on the way between two provinces"),
    "late_merchant": (("merchant",), (), "hours later to ship"),
    "category_tier": (
        ("category", "towards"),
        (),
        "share of its orders that move to tiers 1–2 or to the others",
    ),
    "taken_consumers": (
        ("category", "brand", "rival"),
        (),
        "share of accounts that buy the category of the rival, and from the day on of the brand",
    ),
    "unmapped_code": (
        ("courier",),
        (),
        "share of its departures and arrivals under a code that no one knows",
    ),
    "silent_provider": (("provider",), (), "share of its parcels without scans"),
}
#: Providers that send the scans of several couriers.
TRACKERS = {
    "kuaidi100": ("yto", "yunda", "sto", "best", "ttk", "deppon", "jd"),
    "kdniao": ("zto", "ems"),
}
#: Kinds whose size is a share.
_SHARES = ("category_tier", "silent_provider", "taken_consumers")
#: An injection changes something by at least a fifth.
LEAST = 0.2


@dataclass(frozen=True)
class Injection:
    """A change that holds from one day to another; −1 or an empty word where it does not matter."""

    kind: str
    words: str  # as it was asked for
    first: int  # China seconds
    end: int
    size: float
    couriers: tuple[int, ...] = ()  # none = any
    origin: int = -1  # provinces
    destination: int = -1
    merchant: int = -1
    category: int = -1
    to_high_tiers: bool = False
    brand: int = -1
    rival: int = -1


def read_injection(words: str, last_day: date) -> Injection:
    """Read an injection like ``slow_courier courier=zto province=44 from=2019-05-06 to=2019-05-19 size=1.5``.

    Provinces are the first two digits of their code; a provider is a courier, or a tracker of several.

    Raises:
        ValueError: it cannot be understood, or changes less than a fifth.
    """
    kind, *pairs = words.split()
    given = dict(pair.partition("=")[::2] for pair in pairs)
    if kind not in KINDS:
        raise ValueError(f"There is no injection named {kind}: choose among {', '.join(KINDS)}.")
    needs, may_have, meaning = KINDS[kind]
    missing = [name for name in (*needs, "from", "size") if name not in given]
    unknown = sorted(set(given) - {*needs, *may_have, "from", "to", "size"})
    if missing or unknown:
        raise ValueError(
            f"{kind} needs {', '.join((*needs, 'from', 'size'))} and knows {', '.join((*may_have, 'to'))} "
            f"besides; size is {meaning}."
        )
    try:
        first, last = (date.fromisoformat(given.get(name, str(last_day))) for name in ("from", "to"))
        size = float(given["size"])
    except ValueError as error:
        raise ValueError(f"{words}: dates are like 2019-05-06, a size is a number.") from error
    change = size - 1.0 if kind in ("slow_courier", "broken_lane") else size / 24 if "late" in kind else size
    if last < first or change < LEAST or (kind in _SHARES and size > 1.0):
        raise ValueError(f"{words}: it ends before it begins, or its size does not change at least a fifth.")
    provider = given.get("courier", given.get("provider", ""))
    named = TRACKERS.get(provider, (provider,) if provider else ())
    return Injection(
        kind=kind,
        words=words,
        first=day_number(first) * DAY,
        end=(day_number(last) + 1) * DAY,
        size=size,
        couriers=tuple(_place(name, COURIERS, "courier") for name in named),
        origin=_place(given.get("origin", ""), provinces().code, "province"),
        destination=_place(given.get("destination", given.get("province", "")), provinces().code, "province"),
        merchant=_merchant(given.get("merchant", "")),
        category=_place(given.get("category", ""), CATEGORIES, "category"),
        brand=_place(given.get("brand", ""), BRANDS, "brand"),
        rival=_place(given.get("rival", ""), BRANDS, "brand"),
        to_high_tiers=_place(given.get("towards", ""), ("low", "high"), "direction") == 1,
    )


def _place(word: str, among: Sequence[str], what: str) -> int:
    if not word:
        return -1
    if word not in among:
        raise ValueError(f"There is no {what} named {word}: choose among {', '.join(among)}.")
    return list(among).index(word)


def _merchant(code: str) -> int:
    if not code:
        return -1
    if not code.startswith("M") or not code[1:].isdigit():
        raise ValueError(f"A merchant's code is like M000000000992, not {code}.")
    return int(code[1:])

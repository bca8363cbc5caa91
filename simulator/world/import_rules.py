"""What may enter untaxed, and what is taken of the rest: the rules by which the market's customs goes.

`import_rules.csv` has facts with their sources, and assumptions where a published rule does not say a
number. Amounts are in hundredths of the currency; `permille` = heading means the duty of the goods' own
heading. A rule holds for values above `exempt_up_to`, not above `at_most`, on entries from `valid_from` to
`valid_to`.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np

from simulator.world.cities import CURRENCIES, cities
from simulator.world.days import day_number
from simulator.world.draws import I64, Flags

DUTY, TAX, FEE = 0, 1, 2
KINDS = ("duty", "tax", "fee")
EUROPEAN_UNION = ("BE", "NL", "ES", "FR", "IT")
#: How goods enter.
POST, EXPRESS = 0, 1
CHANNELS = ("post", "express")
#: country → (scheme by which the seller collects the tax at sale, from, up to this value, hundredths).
SCHEMES = {
    **dict.fromkeys(EUROPEAN_UNION, ("ioss", date(2021, 7, 1), 15_000)),
    "GB": ("uk_vat", date(2021, 1, 1), 13_500),
    "AU": ("gst", date(2018, 7, 1), 100_000),
    "NO": ("voec", date(2020, 4, 1), 300_000),
}
SCHEME_NAMES = ("", *sorted({name for name, _, _ in SCHEMES.values()}))


@dataclass(frozen=True)
class ImportRule:
    """One rule; places are cities abroad, days are since 1970-01-01 and both ends belong to it."""

    country: str
    channel: str
    kind: int
    exempt_up_to: int
    at_most: int
    currency: str
    permille: int  # −1 = the heading's
    fee: int
    fee_per: str  # parcel, heading, unit; empty = none
    first: int
    last: int
    source: str

    def covers(self, city: I64, channel: I64, day: I64) -> Flags:
        """Return whether the rule is one of entries there, this way, on these days."""
        countries = EUROPEAN_UNION if self.country == "EU" else (self.country,)
        there = np.array([name in countries for name in cities().country])[city]
        way = np.array([self.channel in ("any", name) for name in CHANNELS])[channel]
        return np.asarray(there & way & (day >= self.first) & (day <= self.last))


@cache
def import_rules() -> tuple[ImportRule, ...]:
    """Read the rules."""
    with Path(__file__).with_name("import_rules.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            ImportRule(
                country=row["country"],
                channel=row["channel"],
                kind=KINDS.index(row["kind"]),
                exempt_up_to=int(row["exempt_up_to"]),
                at_most=int(row["at_most"] or 10**12),
                currency=row["currency"],
                permille=-1 if row["permille"] == "heading" else int(row["permille"]),
                fee=int(row["fee"]),
                fee_per=row["fee_per"],
                first=day_number(date.fromisoformat(row["valid_from"])),
                last=day_number(date.fromisoformat(row["valid_to"])),
                source=row["source"],
            )
            for row in csv.DictReader(file)
        )


def limits(city: I64, channel: I64, day: I64, value: I64) -> I64:
    """Return the highest exemption below each value, in the shop's currency's hundredths; 0 = none."""
    limit = np.zeros(len(city), np.int64)
    for rule in import_rules():
        if rule.exempt_up_to:
            tempts = rule.covers(city, channel, day) & (value > rule.exempt_up_to)
            limit = np.where(tempts, np.maximum(limit, rule.exempt_up_to), limit)
    return limit


def scheme_of(city: I64, day: I64, value: I64) -> I64:
    """Return the row of `SCHEME_NAMES` under which a registered seller could collect the tax, 0 = none."""
    scheme = np.zeros(len(city), np.int64)
    for country, (name, since, most) in SCHEMES.items():
        there = np.array([each == country for each in cities().country])[city]
        could = there & (day >= day_number(since)) & (value <= most)
        scheme = np.where(could, SCHEME_NAMES.index(name), scheme)
    return scheme


#: Each rule's currency is that of the shops of its countries, so that no rule needs an exchange rate.
assert all(
    CURRENCIES[int(currency)] == rule.currency
    for rule in import_rules()
    for country, currency in zip(cities().country, cities().currency, strict=True)
    if country == rule.country
)

"""Across the border: export customs, a flight, a hub, import customs, and what is declared."""

from dataclasses import dataclass

import numpy as np

from simulator.life.declarations import Declarations
from simulator.life.parcels import Parcels
from simulator.life.scan_kinds import Scan
from simulator.world.cities import CURRENCIES, cities
from simulator.world.days import DAY, HOUR, NEVER
from simulator.world.draws import I64, Flags, again, chance
from simulator.world.durations import around
from simulator.world.import_rules import POST
from simulator.world.market import Market

#: Goods worth up to this entered without tax or duty, in the currency's cents: US $800 (Trade Facilitation
#: and Trade Enforcement Act 2015), UK £15 (low value consignment relief, to 2020), EU €22 (Directive
#: 2009/132/EC, to June 2021). By currency.
THRESHOLDS = {"USD": 80_000, "GBP": 1_500, "EUR": 2_200}
#: Assumptions: of parcels worth more, declared just below; inspected, when below and when above.
UNDERSTATED, INSPECTED_BELOW, INSPECTED_ABOVE = 0.4, 0.03, 0.22
#: Hours more from the hub Kuala Lumpur to the United States. Assumption.
FROM_KUALA_LUMPUR = 11 * HOUR


@dataclass(frozen=True)
class Border:
    """Times of the parcels that go abroad, in China seconds."""

    parcel: I64  # rows of these parcels
    scans: dict[Scan, I64]
    arrived: I64
    queued: I64  # seconds in front of the hub


def thresholds(currency: I64) -> I64:
    """Return each currency's threshold, 0 where there is none."""
    by_currency: I64 = np.array([THRESHOLDS.get(name, 0) for name in CURRENCIES], np.int64)[currency]
    return by_currency


def declared(market: Market, key: I64, value: I64, currency: I64) -> I64:
    """Return what is declared of a value, in cents: some of those above the threshold say less."""
    limit = thresholds(currency)
    bits = market.draws.of("declared", key)
    understated = (value > limit) & (limit > 0) & chance(bits, UNDERSTATED)
    below = limit - limit * (again(bits) >> np.uint64(57)).astype(np.int64) // 1000 - 1
    return np.where(understated, below, value)


def border(market: Market, parcels: Parcels, which: I64, departed: I64) -> Border:
    """Return the way of these parcels from their departure to the consumer's city. Hours: assumptions."""
    key, destination = parcels.key[which], parcels.destination[which]
    places = cities()
    is_far = np.array([places.name[hub] == "Kuala Lumpur" for hub in places.hub.tolist()])[destination]
    above: Flags = parcels.declared[which] > thresholds(places.currency[destination])

    def hours(stream: str, median: float, sigma: str) -> I64:
        return around(market.draws.of(stream, key), int(median * HOUR), sigma)

    export_start = departed[which] + 4 * HOUR + hours("export", 5, "0.4")
    export_cleared = export_start + HOUR + hours("export cleared", 4, "0.5")
    hub_in = export_cleared + 6 * HOUR + hours("flight", 13, "0.25")
    hub_out = hub_in + 2 * HOUR + hours("border hub", 6, "0.5")
    import_start = hub_out + hours("import", 5, "0.3") + np.where(is_far, FROM_KUALA_LUMPUR, 0)
    bits = market.draws.of("inspected", key)
    inspected = chance(bits, INSPECTED_BELOW) | (above & chance(bits, INSPECTED_ABOVE))
    hold = np.where(inspected, 18 * HOUR + hours("held", 20, "0.6"), 0)
    import_cleared = import_start + 2 * HOUR + hours("import cleared", 6, "0.6") + hold
    return Border(
        parcel=which,
        scans={
            Scan.EXPORT_START: export_start,
            Scan.EXPORT_CLEARED: export_cleared,
            Scan.HUB_IN: hub_in,
            Scan.HUB_OUT: hub_out,
            Scan.IMPORT_START: import_start,
            Scan.INSPECTED: np.where(inspected, import_start + 90 * 60, NEVER),
            Scan.IMPORT_CLEARED: import_cleared,
        },
        arrived=import_cleared + 3 * HOUR + hours("inland", 8, "0.4"),
        queued=np.zeros(len(which), np.int64),
    )


#: Median hours of the flight to each hub; before it, until the post has filled its bags; from the hub, by
#: country; of clearing an import by post and by express. An inspection takes a day or two more. Assumptions.
FLIGHT = (15, 9)
BAGGED = 24
ONWARD = {"US": 16, "AU": 9, "TR": 8, "NO": 7, "GB": 6, "": 4}
CLEARING = {"US": (9, 4), "TR": (16, 9), "NO": (10, 6), "": (7, 4)}
#: Before Christmas flights wait for room: permille of the usual hours from November to 24 December.
CROWDED = 1250


def _by_country(hours: dict[str, int], city: I64) -> I64:
    return np.array([hours.get(name, hours[""]) for name in cities().country], np.int64)[city]


def _crowded(time: I64) -> I64:
    """Return permille of a flight's usual hours."""
    month_day = (time // DAY).astype("datetime64[D]")
    month = month_day.astype("datetime64[M]")
    number, day = month.astype(np.int64) % 12, (month_day - month).astype(np.int64)
    return np.where((number == 10) | ((number == 11) & (day < 24)), CROWDED, 1000)


def trade_border(market: Market, parcels: Parcels, told: Declarations, departed: I64) -> Border:
    """Return the way of parcels with declarations, through the queue of their hub. Hours: assumptions."""
    key, there, queues = parcels.key[told.parcel], parcels.destination[told.parcel], market.hub_queues
    assert queues is not None

    def hours(stream: str, median: float | I64, sigma: str) -> I64:
        return around(market.draws.of(stream, key), np.asarray(median * HOUR, np.int64), sigma)

    by_post = told.channel == POST
    bagged = np.where(by_post, hours("bagged", BAGGED, "0.9"), 0)
    export_start = departed[told.parcel] + 4 * HOUR + bagged + hours("export", 5, "0.4")
    export_cleared = export_start + HOUR + hours("export cleared", 4, "0.5")
    flight = hours("flight", np.array(FLIGHT)[told.hub], "0.25") * _crowded(export_cleared) // 1000
    hub_in = export_cleared + 6 * HOUR + flight
    queued = queues.of(told.hub, hub_in)
    hub_out = hub_in + queued + 2 * HOUR + hours("border hub", 6, "0.5")
    import_start = hub_out + 2 * HOUR + hours("import", _by_country(ONWARD, there), "0.3")
    clearing = np.stack([_by_country({k: v[way] for k, v in CLEARING.items()}, there) for way in (0, 1)])
    hold = np.where(told.is_inspected, 18 * HOUR + hours("held", 20, "0.6"), 0)
    decided = (
        import_start + HOUR + hours("import cleared", clearing[told.channel, np.arange(len(key))], "0.6")
    )
    decided += hold
    return Border(
        parcel=told.parcel,
        scans={
            Scan.EXPORT_START: export_start,
            Scan.EXPORT_CLEARED: export_cleared,
            Scan.HUB_IN: hub_in,
            Scan.HUB_OUT: hub_out,
            Scan.IMPORT_START: import_start,
            Scan.INSPECTED: np.where(told.is_seen, import_start + 90 * 60, NEVER),
            Scan.IMPORT_CLEARED: np.where(told.fails, NEVER, decided),
            Scan.IMPORT_FAILED: np.where(told.fails, decided, NEVER),
        },
        arrived=decided + 3 * HOUR + hours("inland", 8, "0.4"),
        queued=queued,
    )

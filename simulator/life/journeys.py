"""A parcel's way: the time of every scan it will ever have."""

from dataclasses import dataclass

import numpy as np

from simulator.life.border import border, trade_border
from simulator.life.declarations import Declarations
from simulator.life.injected import later, slower
from simulator.life.parcels import LOST, NOT_SHIPPED, REFUSED, RETURN, SALE, STOPPED, Parcels
from simulator.life.scan_kinds import LAST_MILE, Scan
from simulator.life.stays import stays
from simulator.world import couriers
from simulator.world.cities import MAINLAND, cities
from simulator.world.days import DAY, HOUR, NEVER
from simulator.world.draws import I64, Draws, Flags, again, below, chance
from simulator.world.durations import around
from simulator.world.market import Market
from simulator.world.platforms import JD
from simulator.world.provinces import provinces


@dataclass(frozen=True)
class Journeys:
    """Times per parcel in China seconds; NEVER where it does not happen."""

    registered: I64
    scans: I64  # scan × parcel
    is_refused_at_door: Flags
    reason: I64  # of the exception: 0 damaged, 1 weather, 2 mis-sorted
    hub: I64  # city of the first hub
    far_hub: I64
    queued: I64  # seconds in front of a hub abroad
    point: I64  # the pickup point, −1 = none that is known
    is_unclaimed: Flags  # goes back from there


#: Hours are calibrated together, on a market of 4 million orders, to the State Post Bureau's 2019: end to
#: end 56.20 h, within 72 h 79.26% (derived from its 2020 report; 50 cities), and by destination, derived
#: the same way, central 2.06 h and west 8.07 h above east. The split into stages is an ASSUMPTION: the
#: official one is not public.
AT_ORIGIN = int(6.1 * HOUR)
LINEHAUL_START, LINEHAUL_PER_KILOMETRE = int(11.1 * HOUR), 36
SORTING = int(4.0 * HOUR)
RIDE = int(3.1 * HOUR)
#: Linehaul to the region of destination against the distance, permille: east, central, west.
REGION_PACE = (1000, 1055, 970)
#: Hours at the merchant between payment and label. Assumptions; JD's own stores are quicker.
PREPARING, PREPARING_JD = int(6.5 * HOUR), int(2.0 * HOUR)
#: When couriers collect, seconds of the day.
PICKUPS = (int(11.5 * HOUR), int(16.5 * HOUR), int(19.5 * HOUR))
#: Share of merchants' parcels that ship days late, usual and of late merchants; half of those print the
#: label at once (a shipment in name only). Assumptions.
LATE, VERY_LATE = 0.035, 0.16
#: Assumptions: pickup points by platform, failed first attempts, exceptions, failed pickups.
PICKUP_POINT = (0.30, 0.27, 0.12, 0.10)
ATTEMPT_FAILS, HAS_EXCEPTION, PICKUP_FAILS = 0.045, 0.012, 0.008
#: Scans at hubs: the origin province's, its departure, the destination province's. Assumptions.
HUB_IN, HUB_OUT, FAR_HUB_IN, AT_OUTLET, INFO = 0.50, 0.30, 0.40, 0.25, 0.05


def _wave(time: I64, waves: tuple[int, ...], jitter: I64) -> I64:
    """Return the first of the day's waves (seconds of the day) at or after the time, plus the jitter."""
    clock = time % DAY
    chosen = np.full_like(clock, DAY + waves[0])
    for wave in reversed(waves):
        chosen = np.where(clock <= wave, wave, chosen)
    return time - clock + chosen + jitter


def _labels(market: Market, parcels: Parcels, draws: Draws) -> tuple[I64, I64, I64]:
    """Return when the label is printed, when it is declared shipped, from when the courier can collect."""
    platform = market.shops.platform(parcels.merchant)
    preparing = np.where(platform == JD, PREPARING_JD, PREPARING)
    bits = draws.of("late", parcels.key)
    late = chance(bits, LATE) | (market.shops.is_late[parcels.merchant] & chance(again(bits), VERY_LATE))
    late &= parcels.purpose == SALE
    delay = np.where(late, DAY + below(draws.of("late by", parcels.key), 4 * DAY), 0)
    ready = parcels.start + 600 + around(draws.of("preparing", parcels.key), preparing, "0.8")
    ready += later(market, parcels)
    named_only = chance(draws.of("label at once", parcels.key), 0.5)
    registered = np.where(late & ~named_only, ready + delay, ready)
    clock = registered % DAY
    registered = np.where(clock < 7 * HOUR, registered - clock + 7 * HOUR + clock // 4, registered)
    consigned = registered + 300 + below(draws.of("consigned", parcels.key), 2400)
    return registered, consigned, np.where(late & named_only, consigned + delay, consigned) + 900


def registrations(market: Market, parcels: Parcels) -> tuple[I64, I64]:
    """Return when labels are printed and from when couriers can collect, whichever courier it is."""
    registered, _, can_go = _labels(market, parcels, market.draws)
    return registered, can_go


def _collected(market: Market, parcels: Parcels, draws: Draws, can_go: I64) -> tuple[I64, Flags]:
    """Return when the courier collects, and where it failed to do so the day before."""
    # Shops and most couriers stand still around the lunar new year.
    shut = market.days.shut_days[market.days.row(can_go)]
    works = np.array(couriers.WORKS_THROUGH_HOLIDAYS)[parcels.courier]
    still = (shut > 0) & ~works & chance(draws.of("holiday", parcels.key), 0.93)
    spread = below(draws.of("reopening", parcels.key), 3) * DAY
    can_go = np.where(still, can_go + shut * DAY + spread, can_go)
    jitter = below(draws.of("collecting", parcels.key), 80 * 60)
    fails = chance(draws.of("pickup fails", parcels.key), PICKUP_FAILS) & (parcels.fate != NOT_SHIPPED)
    first = _wave(can_go, PICKUPS, jitter)
    return np.where(fails, first + DAY, first), fails


def linehaul_hours(origin: I64, destination: I64) -> I64:
    """Return the median seconds between two cities on a usual day with a usual courier."""
    places = cities()
    distance = places.kilometres[origin, destination].astype(np.int64)
    region = np.array(REGION_PACE)[places.region[destination]]
    hours: I64 = (LINEHAUL_START + LINEHAUL_PER_KILOMETRE * distance) * region // 1000
    return hours


def _pace(market: Market, parcels: Parcels, row: I64, *, known: bool) -> I64:
    """Return permille of a usual parcel's hours; known: without the weeks in which a lane is broken."""
    pace = np.array(couriers.PACE)[parcels.courier]
    network = market.network
    if network is not None:
        of_city = provinces().of_city
        origin, destination = of_city[parcels.origin], of_city[parcels.destination]
        home = np.maximum(parcels.origin, parcels.destination) < MAINLAND
        by_lane = (
            network.known_pace(parcels.courier, origin, destination, row)
            if known
            else network.pace(market.draws, parcels.courier, origin, destination, row)
        )
        pace = np.where(home, by_lane, pace)
    return pace * market.days.slowness[row] // 1000


def _wait(market: Market, parcels: Parcels, registered: I64) -> I64:
    """Return the seconds that parcels wait for want of capacity."""
    if market.network is None:
        return np.zeros_like(registered)
    home = np.maximum(parcels.origin, parcels.destination) < MAINLAND
    origin = provinces().of_city[parcels.origin]
    behind = market.network.wait(parcels.courier, origin, market.days.row(registered))
    return np.where(home, behind, 0)


def _on_the_way(
    market: Market, parcels: Parcels, draws: Draws, registered: I64, picked_up: I64
) -> tuple[I64, I64]:
    """Return when the parcel leaves its city and when it reaches the consumer's."""
    pace = _pace(market, parcels, market.days.row(picked_up), known=False)
    pace = slower(market, parcels, picked_up, pace)
    hours = linehaul_hours(parcels.origin, parcels.destination)
    leaves = picked_up + _wait(market, parcels, registered)
    return _road(draws, parcels.key, leaves, AT_ORIGIN * pace // 1000, hours * pace // 1000)


def _road(draws: Draws, key: I64, leaves: I64, at_origin: I64, linehaul: I64) -> tuple[I64, I64]:
    """Return departure and arrival, from the medians in seconds."""
    departed = leaves + 600 + around(draws.of("origin", key), at_origin, "0.4")
    return departed, departed + 900 + around(draws.of("linehaul", key), linehaul, "0.75")


def expected_ways(market: Market, parcels: Parcels, registered: I64, picked_up: I64) -> tuple[I64, I64, I64]:
    """Return what is known of a way when it begins: seconds of waiting, median of the linehaul, pace."""
    pace = _pace(market, parcels, market.days.row(picked_up), known=True)
    hours = linehaul_hours(parcels.origin, parcels.destination)
    return _wait(market, parcels, registered), hours * pace // 1000, pace


@dataclass(frozen=True)
class Door:
    """What happens in the consumer's city, by its clock."""

    ready: I64  # for the rider
    out: I64
    first_try: I64
    fails: Flags  # the first attempt
    refused: Flags
    out_again: I64
    handed_over: I64


def _round(draws: Draws, key: I64, local: I64) -> tuple[I64, I64, I64, I64]:
    """Return when parcels are ready for the rider, go out, are first tried, and how long the ride is."""
    # The rider's rounds start at 8 and at 14; what is ready later goes out the next morning.
    ready = local + 900 + around(draws.of("sorting", key), SORTING, "0.45")
    out = _wave(ready, (8 * HOUR, 14 * HOUR), below(draws.of("out", key), 90 * 60))
    ride = 300 + around(draws.of("last mile", key), RIDE, "0.55")
    ride = np.minimum(ride, np.maximum(900, 21 * HOUR + below(draws.of("evening", key), HOUR) - out % DAY))
    return ready, out, out + ride, ride


def _at_the_door(parcels: Parcels, draws: Draws, local: I64) -> Door:
    """Return the last mile of parcels that reach the city then."""
    key = parcels.key
    ready, out, first_try, ride = _round(draws, key, local)
    fails = chance(draws.of("door", key), ATTEMPT_FAILS) & (parcels.purpose != RETURN)
    out_again = _wave(first_try + HOUR, (8 * HOUR,), below(draws.of("again", key), 90 * 60))
    return Door(
        ready=ready,
        out=out,
        first_try=first_try,
        fails=fails,
        refused=parcels.fate == REFUSED,
        out_again=out_again,
        handed_over=np.where(fails, out_again + ride, first_try),
    )


def way_to_the_door(draws: Draws, key: I64, leaves: I64, at_origin: I64, linehaul: I64) -> I64:
    """Return when parcels are first tried at the door, from when they leave the courier's queue."""
    _, arrived = _road(draws, key, leaves, at_origin, linehaul)
    return _round(draws, key, arrived)[2]


def carried(
    market: Market, parcels: Parcels, draws: Draws, registered: I64, can_go: I64
) -> tuple[I64, I64, I64]:
    """Return when parcels sold within China are collected, first tried at the door, and handed over."""
    picked_up, _ = _collected(market, parcels, draws, can_go)
    _, arrived = _on_the_way(market, parcels, draws, registered, picked_up)
    door = _at_the_door(parcels, draws, arrived)
    return picked_up, door.first_try, door.handed_over


def journeys(market: Market, parcels: Parcels, told: Declarations | None = None) -> Journeys:
    """Return the way of each parcel; abroad it goes by what customs was told, where the market knows that."""
    draws, key, places = market.draws, parcels.key, cities()
    count = len(key)
    scans = np.full((len(Scan), count), NEVER, np.int64)
    registered, consigned, can_go = _labels(market, parcels, draws)
    moves = parcels.fate != NOT_SHIPPED
    is_return = parcels.purpose == RETURN

    picked_up, fails = _collected(market, parcels, draws, can_go)
    scans[Scan.PICKUP_FAILED] = np.where(fails, picked_up - DAY, NEVER)
    departed, arrived = _on_the_way(market, parcels, draws, registered, picked_up)
    lost = parcels.fate == LOST
    goes_abroad = places.clock[parcels.destination] != 0
    queued = np.zeros(count, np.int64)
    if bool(goes_abroad.any()):
        over = (
            trade_border(market, parcels, told, departed)
            if told
            else border(market, parcels, np.flatnonzero(goes_abroad & moves), departed)
        )
        arrived[over.parcel], queued[over.parcel] = over.arrived, over.queued

    # Hubs lie neither in the city of departure nor in the consumer's.
    hub, far_hub = places.hub[parcels.origin], places.hub[parcels.destination]
    linehaul = arrived - departed
    stops = draws.of("hub", key)
    via = (hub != parcels.origin) & (hub != parcels.destination)
    via_far = ~goes_abroad & (far_hub != parcels.origin) & (far_hub != parcels.destination) & (far_hub != hub)
    via &= ~goes_abroad
    hub = np.where(goes_abroad, far_hub, hub)
    scans[Scan.HUB_IN] = np.where(via & chance(stops, HUB_IN), departed + linehaul // 4, NEVER)
    has_out = via & chance(stops, HUB_IN) & chance(again(stops), HUB_OUT / HUB_IN)
    scans[Scan.HUB_OUT] = np.where(has_out, departed + linehaul // 3, NEVER)
    far = draws.of("far hub", key)
    scans[Scan.FAR_HUB_IN] = np.where(via_far & chance(far, FAR_HUB_IN), departed + linehaul * 3 // 4, NEVER)
    trouble = chance(again(far), HAS_EXCEPTION) & moves & ~lost
    scans[Scan.EXCEPTION] = np.where(trouble, departed + linehaul * 7 // 8, NEVER)

    clock_there = places.clock[parcels.destination]
    local = arrived + clock_there
    door = _at_the_door(parcels, draws, local)
    handed_over = door.handed_over
    threshold = np.array([int(share * 2.0**32) for share in PICKUP_POINT], np.uint64)
    point = (again(draws.of("door", key)) >> np.uint64(32)) < threshold[
        market.shops.platform(parcels.merchant)
    ]
    point &= ~is_return & ~door.refused & ~door.fails
    stay = stays(market, parcels, point, handed_over)
    unclaimed, collected = stay.is_unclaimed, stay.collected

    crosses = moves & ~lost
    stopped = parcels.fate == STOPPED
    arrives = crosses & ~stopped
    delivered = np.where(point, collected, handed_over)
    scans[Scan.CONSIGNED] = consigned
    scans[Scan.PICKED_UP] = np.where(moves, picked_up, NEVER)
    scans[Scan.DEPARTED] = np.where(moves, departed, NEVER)
    scans[Scan.ARRIVED] = np.where(arrives, arrived, NEVER)
    scans[Scan.AT_OUTLET] = np.where(
        arrives & chance(again(draws.of("last mile", key)), AT_OUTLET),
        door.ready - (door.ready - local) // 4,
        NEVER,
    )
    scans[Scan.OUT_FOR_DELIVERY] = np.where(arrives, door.out, NEVER)
    scans[Scan.ATTEMPT_FAILED] = np.where(arrives & (door.fails | door.refused), door.first_try, NEVER)
    scans[Scan.OUT_AGAIN] = np.where(arrives & door.fails & ~door.refused, door.out_again, NEVER)
    scans[Scan.AVAILABLE] = np.where(arrives & point, handed_over, NEVER)
    signed = arrives & ~door.refused & ~unclaimed
    scans[Scan.OVERDUE] = np.where(arrives, stay.overdue, NEVER)
    scans[Scan.DELIVERED] = np.where(signed, delivered, NEVER)
    back = np.where(unclaimed, collected, door.first_try) + 2 * HOUR
    back += below(draws.of("turns back", key), 20 * HOUR)
    goes_back = door.refused | (arrives & unclaimed)
    scans[Scan.RETURNING] = np.where(goes_back, back, NEVER)
    scans[Scan.RETURNED] = np.where(goes_back, back + (arrived - picked_up) + DAY // 2, NEVER)
    scans[Scan.LOST] = np.where(lost, departed + 6 * DAY + below(draws.of("given up", key), 6 * DAY), NEVER)
    void = draws.of("void", key)
    voided = ~moves & chance(void, 0.6)
    scans[Scan.CANCELLED] = np.where(voided, consigned + 3 * DAY + below(again(void), 7 * DAY), NEVER)
    thanks = draws.of("thanks", key)
    scans[Scan.INFO] = np.where(
        signed & chance(thanks, INFO), delivered + 2 + below(again(thanks), 50), NEVER
    )
    if bool(goes_abroad.any()):
        for there in LAST_MILE:
            scans[there] = np.where(scans[there] < NEVER, scans[there] - clock_there, NEVER)
        for scan, at in over.scans.items():
            scans[scan, over.parcel] = at
        failed = scans[Scan.IMPORT_FAILED]
        sent_back = failed + DAY + below(draws.of("turns back", key), 3 * DAY)
        scans[Scan.RETURNING] = np.where(stopped, sent_back, scans[Scan.RETURNING])
        scans[Scan.RETURNED] = np.where(stopped, sent_back + (failed - departed) + DAY, scans[Scan.RETURNED])
    for on_the_way in (*range(Scan.EXPORT_START, Scan.ARRIVED), Scan.IMPORT_FAILED):
        if on_the_way != Scan.EXCEPTION:
            scans[on_the_way][~crosses] = NEVER
    return Journeys(
        registered=registered,
        scans=scans,
        is_refused_at_door=door.refused,
        reason=below(draws.of("reason", key), 3),
        hub=hub,
        far_hub=far_hub,
        queued=queued,
        point=np.where(arrives, stay.point, -1),
        is_unclaimed=arrives & unclaimed,
    )

"""The market before its first order: its dice, its days, its story, its people and its shops."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from simulator.world import consumers, days, platforms, shops
from simulator.world.assignments import Assignments
from simulator.world.causes import Cause, causes, taken
from simulator.world.draws import I64, Draws
from simulator.world.hub_queues import HubQueues, hub_queues
from simulator.world.injections import Injection, read_injection
from simulator.world.network import Network, network
from simulator.world.parts import check_parts
from simulator.world.pickup_points import PickupPoints, city_shares, pickup_points
from simulator.world.product_lives import ProductLives, product_lives


@dataclass(frozen=True)
class Market:
    """All that is fixed before the first order is made."""

    draws: Draws
    from_date: date
    to_date: date
    end: int  # China seconds: nothing at or after it is known
    starts: I64  # day → number of the day's first order; one more row for the end
    days: days.Days
    story: platforms.Story
    people: consumers.Population
    shops: shops.Shops
    recycled: float = 0.0  # share of waybill numbers that are used again
    network: Network | None = None  # of the part "couriers"
    assignments: Assignments | None = None
    injections: tuple[Injection, ...] = ()
    is_quiet: bool = False  # no trend, no move, no peaks but the seasons
    parts: frozenset[str] = frozenset()
    causes: tuple[Cause, ...] = ()  # of the part "consumers"
    lives: ProductLives | None = None  # of the part "products"
    hub_queues: HubQueues | None = None  # of the part "abroad"
    points: PickupPoints | None = None  # of the part "points"


def orders_per_day(orders: int, from_date: date, to_date: date, *, is_quiet: bool) -> I64:
    """Return how many orders are placed on each day; they add up to all of them."""
    count = (to_date - from_date).days + 1
    weights = [
        int(days.demand_weight(from_date + timedelta(days=n), is_quiet=is_quiet) * 1000) for n in range(count)
    ]
    whole, reached, marks = sum(weights), 0, [0]
    for weight in weights:
        reached += weight
        marks.append(orders * reached // whole)
    counts: I64 = np.array(marks[1:], np.int64) - np.array(marks[:-1], np.int64)
    return counts


def open_market(
    orders: int,
    from_date: date,
    to_date: date,
    until_date: date,
    seed: int,
    abroad: float = 0.0,
    recycled: float = 0.0,
    parts: Collection[str] = (),
    assignments: Assignments | None = None,
    inject: Sequence[str] = (),
    *,
    is_quiet: bool = False,
) -> Market:
    """Return the market before its first order; the couriers' queues are not known yet.

    Raises:
        ValueError: a part or injection is not known, or needs another part that is not on.
    """
    chosen = check_parts(parts)
    injections = tuple(read_injection(words, until_date) for words in inject)
    if "consumers" not in chosen and any(each.kind == "taken_consumers" for each in injections):
        raise ValueError("Consumers can be taken only in a market with the part consumers.")
    if assignments is not None and "couriers" not in chosen:
        raise ValueError("Parcels can be assigned only in a market with the part couriers.")
    draws = Draws(seed)
    per_day = orders_per_day(orders, from_date, to_date, is_quiet=is_quiet)
    story = platforms.story(from_date, to_date, abroad, is_quiet=is_quiet)
    around = days.days_around(from_date, to_date, is_quiet=is_quiet)
    every = shops.shops(draws, orders)
    has_network = "couriers" in chosen
    return Market(
        draws=draws,
        from_date=from_date,
        to_date=to_date,
        end=(days.day_number(until_date) + 1) * days.DAY,
        starts=np.concatenate([np.zeros(1, np.int64), np.cumsum(per_day)]),
        days=around,
        story=story,
        people=consumers.population(story, per_day),
        shops=every,
        recycled=recycled,
        network=network(
            draws,
            around,
            from_date - timedelta(days=7),
            every,
            is_quiet=is_quiet,
            has_own_cards="cards" in chosen,
        )
        if has_network
        else None,
        assignments=assignments,
        injections=injections,
        is_quiet=is_quiet,
        parts=chosen,
        causes=(
            *(causes(draws, every, from_date, to_date) if "consumers" in chosen and not is_quiet else ()),
            *taken(every, injections, story.first),
        ),
        lives=product_lives(draws, every, story.first, len(per_day)) if "products" in chosen else None,
        hub_queues=hub_queues(draws, around, from_date, per_day, abroad) if "abroad" in chosen else None,
        points=pickup_points(draws, per_day, city_shares(story)) if "points" in chosen else None,
    )

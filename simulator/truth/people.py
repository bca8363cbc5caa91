"""What consumers are like, why they come back, why brands rise, and when products are there."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.contract import names
from simulator.contract.orders import Table
from simulator.life.demand import BLOCK
from simulator.life.happenings import Happenings
from simulator.life.repeats import Repeats, threshold
from simulator.world import consumers, tastes
from simulator.world.categories import BRANDS, CATEGORIES
from simulator.world.cities import TIERS
from simulator.world.days import DAY
from simulator.world.draws import I64
from simulator.world.market import Market
from simulator.world.platforms import PLATFORMS
from simulator.world.product_lives import EVERGREEN, ProductLives
from simulator.world.shops import PRODUCTS

HABITS = ("loyal", "regular", "occasional")


def accounts(market: Market) -> Iterator[Table]:
    """Yield one row per account: its taste, price band, habit, when it joined and until when it buys."""
    people, draws = market.people, market.draws
    for account, joined in consumers.joined_between(people, 0, len(people.joined) - 1):
        if not len(account):
            continue
        first = market.story.first
        rhythm, begins, liked = tastes.rhythm_of(draws, account)
        yield {
            "platform_id": c.words(consumers.platform_of(account), PLATFORMS),
            "consumer_code": c.texts(names.account_codes(market, account)),
            "taste": c.words(tastes.taste_of(draws, account), tastes.TASTES),
            "price_band": c.words(tastes.band_of(draws, account), tastes.BANDS),
            "habit": c.words((account >> 40) % consumers.HABITS, HABITS),
            "rhythm_day_count": c.counts(rhythm),
            "rhythm_begins_date": c.dates((first + begins) * DAY),
            "liked_day_count": c.counts(liked),
            "is_won_by_subsidy": c.flags(tastes.is_bait(draws, account)),
            "joined_date": c.dates((first + joined) * DAY),
            "last_date": c.dates((first + tastes.stays(draws, people, account)) * DAY),
        }


def category_shares() -> Table:
    """Return one row per tier, month and category: what of the tier's orders goes to it, by itself."""
    rows = [
        (tier, month, code, share / sum(tastes.shares(month, place)))
        for place, tier in enumerate(TIERS[:-1])
        for month in range(12)
        for code, share in zip(CATEGORIES, tastes.shares(month, place), strict=True)
    ]
    tier, month, code, share = zip(*rows, strict=True)
    return {
        "tier": pa.array(tier),
        "month_number": pa.array([number + 1 for number in month]),
        "category_code": pa.array(code),
        "order_share": pa.array(share),
    }


def causes(market: Market) -> Table:
    """Return one row per cause: what changed, from when, for whom, and how many orders it draws."""
    every = market.causes
    return {
        "kind": pa.array([each.kind for each in every], pa.string()),
        "category_code": pa.array([CATEGORIES[each.category] for each in every], pa.string()),
        "brand_name": pa.array([BRANDS[each.brand] for each in every], pa.string()),
        "product_codes": pa.array(
            [[f"P{product:012d}" for product in each.products.tolist()] for each in every],
            pa.list_(pa.string()),
        ),
        "taste": pa.array([tastes.TASTES[e.taste] if e.taste >= 0 else None for e in every], pa.string()),
        "price_band": pa.array([tastes.BANDS[e.band] if e.band >= 0 else None for e in every], pa.string()),
        "order_share": pa.array([each.share for each in every], pa.float64()),
        "price_share": pa.array([each.price / 1000 for each in every], pa.float64()),
        "began_date": c.dates(np.array([each.day for each in every], np.int64) * DAY),
    }


def repeats(market: Market, every: Repeats, number: c.Bytes) -> Table:
    """Return one row per order that would follow an earlier one, and whether it did.

    It follows where `draw_share` lies below `chance_share`, which depends on the hours alone: so the rows
    tell what would have followed had every parcel been fast, or slow.
    """
    day = np.searchsorted(market.starts, every.earlier, side="right") - 1
    return {
        "order_number": c.texts(number[every.order]),
        "earlier_order_number": c.texts(names.order_numbers(market, every.earlier, day)),
        "later_day_count": c.counts(every.days),
        "first_attempt_hour_count": c.counts(every.hours),
        "chance_share": pa.array(threshold(every.hours) / 2.0**32),
        "draw_share": pa.array(every.bits / 2.0**32),
        "has_followed": c.flags(every.follows),
    }


def products(market: Market, lives: ProductLives) -> Iterator[Table]:
    """Yield one row per product: launched when, if during the market, and declining from when."""
    for at in range(0, len(lives.launched), BLOCK):
        product = np.arange(at, min(at + BLOCK, len(lives.launched)), dtype=np.int64)
        launched, evergreen = lives.launched[product], product % PRODUCTS < EVERGREEN
        new = (launched >= 0) & ~evergreen
        yield {
            "platform_id": c.words(market.shops.platform(product // PRODUCTS), PLATFORMS),
            "product_code": c.texts(names.product_codes(product)),
            "is_evergreen": c.flags(evergreen),
            "launched_date": _dates(lives, launched, new),
            "declines_date": _dates(lives, lives.declines[product], ~evergreen),
        }


def _dates(lives: ProductLives, day: I64, is_known: np.ndarray) -> pa.Array:
    return c.dates(np.where(is_known, (lives.first + day) * DAY, 2**62))


def order_lines(market: Market, block: Happenings, number: c.Bytes) -> Table:
    """Return one row per order line: its product's price against the usual one, and its appeal that day."""
    assert market.lives is not None
    goods, lives = block.goods, market.lives
    day = block.orders.day[goods.order]
    return {
        "platform_id": c.words(block.orders.platform[goods.order], PLATFORMS),
        "order_number": c.repeated(goods.order, c.texts(number)),
        "order_line_number": c.words(goods.number - 1, ("1", "2", "3", "4")),
        "product_code": c.texts(names.product_codes(goods.product)),
        "price_share": pa.array(lives.price_level(goods.product, day) / 1000.0),
        "appeal_share": pa.array(lives.appeal(goods.product, day) / 1000.0),
    }

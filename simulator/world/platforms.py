"""Where consumers buy: platforms, the channels they sell through, and their mix of city tiers over time."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from simulator.world.days import day_number
from simulator.world.draws import I64, U64, share_table

PINDUODUO, TAOBAO, JD, SHOPIFY = 0, 1, 2, 3
PLATFORMS = ("pinduoduo", "taobao", "jd", "shopify")

#: Hours by which each platform's day differs from UTC: the shops on Shopify sell abroad and count in UTC.
ZONES = (8, 8, 8, 0)

#: Share of orders on the first day of 2018 and of 2020, a straight line between. Assumptions.
PLATFORM_SHARES = ((0.48, 0.38, 0.14), (0.60, 0.27, 0.13))

GROUP_BUY, DIRECT, FLASH_SALE, DROPSHIP = 0, 1, 2, 3
CHANNELS = ("group_buy", "direct", "flash_sale", "dropship")
#: Share of each platform's orders by channel. Assumptions.
CHANNEL_SHARES = (
    (0.72, 0.16, 0.08, 0.04), (0.0, 0.80, 0.12, 0.08), (0.0, 0.85, 0.13, 0.02), (0.0, 1.0, 0.0, 0.0),
)  # fmt: skip
#: How far a channel's tier 1–2 share lies from its platform's; weighted by channel they add up to nothing.
CHANNEL_TIER_SHIFTS = ((-0.02, 0.10, -0.02, 0.0), (0.0, 0.01, -0.05, -0.025), (0.0, 0.01, -0.06, -0.035))

#: Tier 1–2 share of paid GMV on pinduoduo. "Tier 1 and 2 cities were 37% of GMV in January and almost half
#: in June" (Pinduoduo's management on 2019; see shared metrics, "City tier"). Steps between, the time before
#: and after: assumptions. Each share holds on its day, a straight line between.
TIER_SHARE_STEPS = (
    (date(2018, 1, 1), 0.330), (date(2019, 1, 1), 0.365), (date(2019, 1, 16), 0.370),
    (date(2019, 2, 15), 0.392), (date(2019, 3, 16), 0.415), (date(2019, 4, 15), 0.438),
    (date(2019, 5, 16), 0.461), (date(2019, 6, 15), 0.484), (date(2019, 7, 16), 0.487),
    (date(2020, 1, 1), 0.490),
)  # fmt: skip
#: The same of the other platforms, all the time. Assumptions; JD's "most customers are from tier 1 and 2
#: cities" (Shen et al. 2020, JD.com data set of MSOM).
OTHER_TIER_SHARES = {TAOBAO: 0.52, JD: 0.60}
#: What a paid order of tiers 1–2 is worth against one of the others: follows from the prices of the
#: categories that each buys, measured on a market of 4 million orders.
HIGH_TIER_VALUE = (1.005, 1.005, 1.005)

#: Within tiers 1–2 and within the others. Assumptions.
HIGH_TIERS, LOW_TIERS = (0.33, 0.42, 0.25), (0.435, 0.327, 0.228, 0.01)

#: Share of parcels under Pinduoduo's own label from 1 March to 31 August 2019: "almost all" orders moved in
#: that half-year (issue of the calibration; the shape of the move is an assumption).
MIGRATION = (
    (date(2019, 3, 1), 0.0), (date(2019, 4, 1), 0.12), (date(2019, 5, 1), 0.33), (date(2019, 6, 1), 0.57),
    (date(2019, 7, 1), 0.78), (date(2019, 8, 1), 0.93), (date(2019, 8, 20), 0.975), (date(2019, 9, 1), 0.98),
)  # fmt: skip


def along(steps: tuple[tuple[date, float], ...], day: date) -> float:
    """Return the value on a day of a line through dated points, level outside them."""
    before = steps[0]
    for after in steps:
        if day < after[0]:
            part = (day - before[0]).days / max(1, (after[0] - before[0]).days)
            return before[1] + (after[1] - before[1]) * max(0.0, part)
        before = after
    return before[1]


def platform_shares(day: date, abroad: float) -> list[float]:
    """Return each platform's share of the day's orders; Shopify has those that go abroad."""
    first, last = PLATFORM_SHARES
    part = min(1.0, max(0.0, (day - date(2018, 1, 1)).days / 730))
    home = [(a + (b - a) * part) * (1.0 - abroad) for a, b in zip(first, last, strict=True)]
    return [*home, abroad]


def high_tier_order_share(platform: int, day: date) -> float:
    """Return the share of orders from tiers 1–2 that gives the wanted share of GMV."""
    share = along(TIER_SHARE_STEPS, day) if platform == PINDUODUO else OTHER_TIER_SHARES[platform]
    return share / (share + (1.0 - share) * HIGH_TIER_VALUE[platform])


def bits_for(share: float) -> int:
    """Return the 64-bit number below which this share of draws falls."""
    return min(2**64 - 1, max(0, int(share * 2.0**64)))


@dataclass(frozen=True)
class Story:
    """How the mix changes from day to day (one row per day)."""

    first: int  # days since 1970-01-01 of row 0
    platform_bounds: U64  # day × (platforms − 1): draws below the first bound are the first platform …
    high_tier_bounds: U64  # day × platform × channel
    orders: npt.NDArray[np.float64]  # day × platform × tier: shares of the day's orders
    own_label_bounds: U64  # day: parcels below it carry Pinduoduo's own label
    month: I64  # day: 0 = January


def story(from_date: date, to_date: date, abroad: float, *, is_quiet: bool) -> Story:
    """Return the mix of every day, and of 60 days beyond the last for labels printed later.

    In a quiet market every day has the mix of the first.
    """
    days = [from_date + timedelta(days=n) for n in range((to_date - from_date).days + 1)]
    platform_bounds, high_bounds, orders = [], [], []
    for date_ in days:
        day = from_date if is_quiet else date_
        shares = platform_shares(day, abroad)
        high = [high_tier_order_share(p, day) for p in range(SHOPIFY)]
        platform_bounds.append([bits_for(sum(shares[: p + 1])) for p in range(SHOPIFY)])
        of_channels = [
            [bits_for(high[p] + shift) for shift in CHANNEL_TIER_SHIFTS[p]] for p in range(SHOPIFY)
        ]
        high_bounds.append([*of_channels, [0] * len(CHANNELS)])
        of_tiers = [
            [shares[p] * high[p] * t for t in HIGH_TIERS]
            + [shares[p] * (1.0 - high[p]) * t for t in LOW_TIERS]
            + [0.0]
            for p in range(SHOPIFY)
        ]
        orders.append([*of_tiers, [0.0] * (len(HIGH_TIERS) + len(LOW_TIERS)) + [abroad]])
    later = days + [to_date + timedelta(days=n + 1) for n in range(60)]
    return Story(
        first=day_number(from_date),
        platform_bounds=np.array(platform_bounds, np.uint64),
        high_tier_bounds=np.array(high_bounds, np.uint64),
        orders=np.array(orders, np.float64),
        month=np.array([day.month - 1 for day in days], np.int64),
        own_label_bounds=np.array(
            [bits_for(along(MIGRATION, from_date if is_quiet else day)) for day in later], np.uint64
        ),
    )


CHANNEL_TABLES = np.stack([share_table(list(shares)) for shares in CHANNEL_SHARES])
HIGH_TIER_TABLE, LOW_TIER_TABLE = share_table(list(HIGH_TIERS)), share_table(list(LOW_TIERS))

"""What is bought: categories with their prices and weights, brands, and what each kind of city prefers."""

from simulator.world.draws import share_table

#: code, median price (yuan), median weight (grams), share of orders from tiers 1–2, share from the others.
#: Assumptions: food, home and clothing lead; appliances and phones weigh more in GMV than in orders.
_ROWS = (
    ("women_clothing", 52, 350, 14.0, 15.0),
    ("men_clothing", 48, 420, 6.0, 8.0),
    ("underwear", 22, 160, 4.0, 6.0),
    ("shoes_bags", 62, 800, 7.0, 8.0),
    ("mother_baby", 45, 600, 8.0, 8.5),
    ("beauty", 46, 250, 9.5, 6.5),
    ("food", 28, 900, 12.0, 9.0),
    ("fresh_produce", 26, 2400, 9.0, 7.0),
    ("home", 24, 700, 10.0, 13.0),
    ("kitchen", 32, 1100, 5.0, 6.0),
    ("appliances", 120, 2600, 3.0, 2.6),
    ("phones_digital", 68, 300, 5.5, 5.4),
    ("sports", 58, 700, 3.0, 2.0),
    ("toys", 26, 450, 2.0, 2.5),
    ("pets", 34, 1600, 1.5, 0.7),
    ("health", 42, 300, 2.5, 1.8),
)
CATEGORIES = tuple(row[0] for row in _ROWS)
PRICES = tuple(row[1] * 100 for row in _ROWS)
WEIGHTS = tuple(row[2] for row in _ROWS)
#: Share of orders, of both kinds of city together.
SHARES = tuple((row[3] + row[4]) / 2 for row in _ROWS)
#: The same, of one. Row 0: orders from tiers 3–5; row 1: orders from tiers 1–2.
_BY_TIER = ([row[4] for row in _ROWS], [row[3] for row in _ROWS])
SHARES_BY_TIER = tuple(tuple(share / sum(row) for share in row) for row in _BY_TIER)
TABLES = tuple(share_table(row) for row in _BY_TIER)
#: Part consumers: how far a tier lies from the mean of its kind, as a part of the distance between the kinds;
#: tier 1 to 2, then tier 3 to unranked. Weighted by their orders they add up to nothing. Assumptions.
_SLOPES = ((0.25, 0.0, -0.33), (0.25, -0.1, -0.32, -0.32))


def _slopes() -> tuple[tuple[float, ...], ...]:
    """Return the share of each category in each tier, of those abroad as in the lower tiers."""
    low, high = SHARES_BY_TIER
    apart = [h - one for h, one in zip(high, low, strict=True)]
    rows = [
        tuple(share + slope * by for share, by in zip(kind, apart, strict=True))
        for kind, slopes in ((high, _SLOPES[0]), (low, _SLOPES[1]))
        for slope in slopes
    ]
    return (*rows, low)


#: Share of each category in each tier (the rows of `cities.TIERS`).
SHARES_OF_TIERS = _slopes()
TIER_TABLES = tuple(share_table(list(row)) for row in SHARES_OF_TIERS)

#: Invented brands. An empty name is a product without one.
BRANDS = (
    "", "云杉", "南星", "禾木记", "小鹿山", "白屿", "青芒", "栗子屋", "一朵棉", "海盐集", "北鹊", "橙里",
    "木与茶", "沐川", "悠谷", "石榴花开", "月牙泉边", "松果家", "蓝桉树下", "百里禾", "豆丁鱼", "知夏",
)  # fmt: skip

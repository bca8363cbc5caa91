"""The parts of a market that can be switched on; without them it is the plain one."""

from collections.abc import Collection

#: Name → what it adds.
PARTS = {
    "abroad": "declared values, headings, schemes and channels, hubs with queues, inspections, duties paid",
    "cards": "rate cards of some couriers and of merchants, parcels billed otherwise than these say",
    "couriers": "pace by lane, season and year, rate cards, contracts, capacity, known propensities",
    "claims": "returns with reasons and who pays the way, claims for lost and damaged parcels",
    "consumers": "tastes, price bands, loyalty, churn, brands that rise, seasons, repeats that follow speed",
    "economics": "cost of goods, commission and payment fees of each order",
    "parties": "dropshippers and group leaders who brought the consumer, growing in lower tiers",
    "points": "pickup points with kind and capacity, parcels overdue there and those that no one claims",
    "products": "launch, rise and decline of products, prices that move and what they change",
}


def check_parts(named: Collection[str]) -> frozenset[str]:
    """Return the parts that are on; `all` names every one.

    Raises:
        ValueError: a part is not known.
    """
    unknown = sorted(set(named) - {*PARTS, "all"})
    if unknown:
        raise ValueError(f"A market has no part named {', '.join(unknown)}: choose among {', '.join(PARTS)}.")
    return frozenset(PARTS) if "all" in named else frozenset(named)

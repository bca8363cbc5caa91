"""What may be wrong in a feed, and how often."""

from collections.abc import Mapping, Sequence

#: Name → (usual rate, of what, where its rows end). Rates of waybills; duplicates also of orders.
FAULTS: dict[str, tuple[float, str]] = {
    "duplicates": (0.01, "duplicate"),
    "resent_histories": (0.005, "duplicate"),
    "malformed_rows": (0.002, "quarantined"),
    "sentinel_times": (0.001, "quarantined"),
    "recycled_numbers": (0.002, "new_round"),
    "impossible_orders": (0.002, "flagged"),
    "unmapped_codes": (0.002, "unmapped"),
    "planted_people": (0.01, "masked"),
    "missing_scans": (0.003, "silent"),
    "clock_skew": (0.003, "silent"),
    "wrong_zones": (0.002, "silent"),
    "late_arrival": (0.02, "unchanged"),
    "corrected_couriers": (0.005, "new_courier"),
}
#: Kuaidi100 alone says that it took a parcel for another courier's.
OF_PROVIDERS = ("corrected_couriers",)
#: Faults without a trace in a row, and late rows, spoil the contract's feed only.
OF_CONTRACT = ("missing_scans", "clock_skew", "wrong_zones", "late_arrival")


def usual(feeds: str) -> dict[str, float]:
    """Return the faults that such feeds can have, at their usual rates."""
    elsewhere = OF_CONTRACT if feeds == "providers" else OF_PROVIDERS
    return {fault: rate for fault, (rate, _) in FAULTS.items() if fault not in elsewhere}


def read_rates(words: Sequence[str], feeds: str) -> dict[str, float]:
    """Read rates from words: `usual`, or `NAME=RATE`, which goes before the usual one.

    Raises:
        ValueError: a word is neither.
    """
    read = usual(feeds) if "usual" in words else {}
    for word in words:
        name, _, rate = word.partition("=")
        if word == "usual":
            continue
        try:
            read[name] = float(rate)
        except ValueError as error:
            raise ValueError(f"A fault is written NAME=RATE, like duplicates=0.01, not {word}.") from error
    return read


def rates(faults: Mapping[str, float] | None, feeds: str) -> dict[str, float]:
    """Return the rate of each fault; those not named do not happen.

    Raises:
        ValueError: such feeds have no such fault, or a rate is no share.
    """
    named = dict(faults or {})
    possible = usual(feeds)
    unknown = sorted(set(named) - set(possible))
    if unknown:
        raise ValueError(
            f"These feeds have no fault named {', '.join(unknown)}: choose among {', '.join(possible)}."
        )
    if not all(0 <= rate <= 1 for rate in named.values()) or sum(named.values()) > 1:
        raise ValueError("The rates of faults lie between 0 and 1, and so does their sum.")
    return {fault: named.get(fault, 0.0) for fault in FAULTS}

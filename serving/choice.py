"""Which courier should carry it: published frontiers, recommendations and savings."""

from dataclasses import dataclass

import polars as pl

from serving.access import Grant
from serving.published import Published

FRONTIER = "mart_courier_frontier"
OFFERS = "mart_card_offers"
CHOICES = "mart_courier_choice"
SAVINGS = "mart_saving"
#: Recommendations that are listed.
MOST = 200


@dataclass(frozen=True)
class Lane:
    """A lane as the frontier knows it: of two provinces, to a province from anywhere, or everywhere."""

    level: str
    origin_province_id: str | None
    destination_province_id: str | None


def has_choices(published: Published) -> bool:
    """Tell whether the build chooses couriers; one of before, and one that Spark made, does not."""
    return published.row_counts.get(CHOICES, 0) > 0


def lanes(published: Published, currency: str | None) -> list[Lane]:
    """Return the lanes on which at least two couriers can be compared, those of most parcels first."""
    rows = published.frame(
        f"""
        select lane_level, origin_province_id, destination_province_id
        from (
            select *, count(is_unbeaten) over (
                partition by lane_level, origin_province_id, destination_province_id, weight_band
            ) as judged_count
            from {FRONTIER}
            where currency = ?
        )
        where judged_count >= 2
        group by lane_level, origin_province_id, destination_province_id
        order by lane_level = 'market' desc, sum(frontier_parcel_count) desc, 1, 2, 3
        """,
        [currency],
    )
    return [Lane(*row) for row in rows.iter_rows()]


def frontier(published: Published, lane: Lane, currency: str | None) -> pl.DataFrame:
    """Return the couriers of a lane that can be compared, by band of weight, the cheapest first."""
    return published.frame(
        f"""
        select * exclude (lane_level, origin_province_id, destination_province_id, currency)
        from {FRONTIER}
        where lane_level = $1 and origin_province_id is not distinct from $2
            and destination_province_id is not distinct from $3 and currency = $4 and is_unbeaten is not null
        qualify count(*) over (partition by weight_band) >= 2
        order by weight_band, mean_parcel_cost, courier_id
        """,
        [lane.level, lane.origin_province_id, lane.destination_province_id, currency],
    )


def card_offers(published: Published, lane: Lane, weight_band: str, currency: str | None) -> pl.DataFrame:
    """Return what the cards of each courier ask for the same parcels of a lane and band, the lowest first."""
    ends = {
        "origin_province_id": lane.origin_province_id,
        "destination_province_id": lane.destination_province_id,
    }
    narrowed = {end: [province] for end, province in ends.items() if province is not None}
    names = [
        "mean_offer",
        "mean_lowest_offer",
        "above_lowest_share",
        "lowest_offer_share",
        "offered_parcel_count",
    ]
    rows = published.metrics(
        OFFERS, names, ["courier_id"], {**narrowed, "weight_band": [weight_band], "currency": [currency]}
    )
    return rows.sort("mean_offer", "courier_id")


def savings(published: Published, currency: str | None) -> pl.DataFrame:
    """Return what the market would have saved: what can be claimed, then what all would."""
    return published.frame(
        f"select * from {SAVINGS} where saving_scope = 'market' and currency = ? order by moved_volume_limit",
        [currency],
    )


def saving_of(published: Published, grant: Grant, merchant_id: str) -> pl.DataFrame:
    """Return what a merchant alone would have saved: a row, or none where it sent too few parcels.

    Raises RefusedError where the merchant is not this reader's.
    """
    grant.require(merchant_id)
    return published.frame(
        f"select * from {SAVINGS} where saving_scope = 'merchant' and merchant_id = ? order by currency",
        [merchant_id],
    )


def recommendations(published: Published, currency: str | None) -> pl.DataFrame:
    """Return where parcels should go with another courier, those that save most first; at most ``MOST``."""
    return published.frame(
        f"""
        select * exclude (currency, choice_fingerprint, promised_hours, decided_date)
        from {CHOICES}
        where currency = ? and choice_reason = 'cheapest_in_time'
        order by sent_parcel_count * (present_parcel_cost - recommended_parcel_cost) desc,
            merchant_id, origin_province_id, destination_province_id, weight_band
        limit {MOST}
        """,
        [currency],
    )


def own_recommendations(
    published: Published, grant: Grant, merchant_id: str, currency: str | None
) -> pl.DataFrame:
    """Return where a merchant's rate cards say that another courier is cheaper in time, most parcels first.

    What was learnt from the bills of other merchants stays with the analysts, and so do probabilities.
    Raises RefusedError where the merchant is not this reader's.
    """
    grant.require(merchant_id)
    return published.frame(
        f"""
        select origin_province_id, destination_province_id, weight_band, sent_parcel_count,
            present_courier_id, recommended_courier_id, recommended_parcel_cost
        from {CHOICES}
        where merchant_id = ? and currency = ? and choice_reason = 'cheapest_in_time'
            and price_error_share = 0 and recommended_parcel_cost < present_parcel_cost
        order by sent_parcel_count desc, 1, 2, 3
        limit {MOST}
        """,
        [merchant_id, currency],
    )


def reasons(published: Published, currency: str | None) -> pl.DataFrame:
    """Return how many parcels were recommended what, for which reason."""
    return published.frame(
        f"""
        select choice_reason, sum(sent_parcel_count)::bigint as sent_parcel_count,
            sum(moved_parcel_count)::bigint as moved_parcel_count
        from {CHOICES}
        where currency = ?
        group by choice_reason
        order by sent_parcel_count desc, choice_reason
        """,
        [currency],
    )

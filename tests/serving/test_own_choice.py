"""What a merchant is told of couriers: of its own parcels, and nothing that other merchants' bills taught."""

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from serving.access import Grant, RefusedError
from serving.choice import own_recommendations, saving_of
from serving.published import Published

LIN = Grant("lin", "merchant", frozenset({"jd:1"}))
CHOICES = """
    merchant_id, origin, destination, weight_band, currency, reason, price_error, sent, now
    jd:1, CN-33, CN-31, 0-1, CNY, cheapest_in_time, 0, 40, 4.5
    jd:1, CN-33, CN-11, 0-1, CNY, cheapest_in_time, 0, 90, 4.5
    jd:1, CN-33, CN-54, 0-1, CNY, cheapest_in_time, 0.0001, 500, 4.5
    jd:1, CN-33, CN-44, 0-1, CNY, stays, 0, 500, 4.5
    jd:1, CN-33, CN-44, 1-2, USD, cheapest_in_time, 0, 500, 4.5
    jd:1, CN-33, CN-65, 0-1, CNY, cheapest_in_time, 0, 500, 3.5
    jd:2, CN-33, CN-44, 0-1, CNY, cheapest_in_time, 0, 500, 4.5
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("choice")
    rows = folder / "choices.csv"
    rows.write_text("\n".join(line.strip().replace(", ", ",") for line in CHOICES.strip().splitlines()))
    path: Path = folder / "published.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"""
            create table mart_courier_choice as
            select merchant_id, origin as origin_province_id, destination as destination_province_id,
                weight_band, currency, reason as choice_reason, price_error::double as price_error_share,
                sent::bigint as sent_parcel_count, 'zto' as present_courier_id,
                'yunda' as recommended_courier_id, now::double as present_parcel_cost,
                3.5 as recommended_parcel_cost, 0.93 as in_time_probability
            from read_csv('{rows}', all_varchar = true)
            """
        )
        connection.execute(
            """
            create table mart_saving as
            from (values ('merchant', 'jd:1', 'CNY', 0.5), ('merchant', 'jd:2', 'CNY', 0.25),
                ('market', null, 'CNY', 0.75)) as rows (saving_scope, merchant_id, currency, saved_share)
            """
        )
    return Published(path)


def test_a_shop_reads_its_own_saving_alone(published: Published) -> None:
    assert saving_of(published, LIN, "jd:1").rows() == [("merchant", "jd:1", "CNY", Decimal("0.50"))]
    for other in ("jd:2", "jd:none"):
        with pytest.raises(RefusedError):
            saving_of(published, LIN, other)


def test_a_shop_is_told_where_cards_say_that_another_courier_is_cheaper_and_in_time(
    published: Published,
) -> None:
    rows = own_recommendations(published, LIN, "jd:1", "CNY")
    assert rows.select("destination_province_id", "sent_parcel_count").rows() == [
        ("CN-11", 90),
        ("CN-31", 40),
    ]
    with pytest.raises(RefusedError):
        own_recommendations(published, LIN, "jd:2", "CNY")


def test_a_shop_is_told_nothing_that_the_parcels_of_others_taught(published: Published) -> None:
    told = set(own_recommendations(published, LIN, "jd:1", "CNY").columns)
    assert told == {
        *("origin_province_id", "destination_province_id", "weight_band", "sent_parcel_count"),
        *("present_courier_id", "recommended_courier_id", "recommended_parcel_cost"),
    }

"""The measure of delivery estimates, worked by hand, and what is known of an order in Olist's files."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from benchmarks.estimates import by_state, lane_quantiles, score
from benchmarks.olist_orders import features, read_orders

FILES = {
    "orders": """order_id,customer_id,{times}
o1,c1,2018-01-01 10:00:00,2018-01-01 11:00:00,2018-01-02 11:00:00,2018-01-06 11:00:00,2018-02-01 00:00:00
o2,c2,2018-01-04 10:00:00,2018-01-04 12:00:00,2018-01-06 12:00:00,2018-01-09 12:00:00,2018-02-01 00:00:00
o3,c1,2018-01-08 10:00:00,{approved},2018-01-10 10:00:00,{delivered},{estimated}
""",
    "customers": """customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state
c1,u1,01001,sao paulo,SP
c2,u2,20010,rio de janeiro,RJ
""",
    "order_items": """order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value
o1,1,p1,s1,2018-01-05 11:00:00,10.00,5.00
o2,1,p1,s1,2018-01-06 12:00:00,20.00,6.00
o3,1,p1,s1,{limit},30.00,7.00
""",
    "products": """product_id,product_category_name,product_weight_g,{sizes}
p1,artes,500,20,10,10
""",
    "sellers": """seller_id,seller_zip_code_prefix,seller_city,seller_state
s1,13023,campinas,SP
""",
    "order_payments": """order_id,payment_sequential,payment_type,payment_installments,payment_value
o1,1,boleto,1,15.00
o2,1,credit_card,1,26.00
o3,1,boleto,1,37.00
""",
}
TIMES = (
    *("order_purchase_timestamp", "order_approved_at", "order_delivered_carrier_date"),
    *("order_delivered_customer_date", "order_estimated_delivery_date"),
)
PLAIN = {
    "times": ",".join(TIMES),
    "sizes": "product_length_cm,product_height_cm,product_width_cm",
    "approved": "2018-01-08 11:00:00",
    "delivered": "2018-01-15 10:00:00",
    "estimated": "2018-02-01 00:00:00",
    "limit": "2018-01-12 11:00:00",
}


def written(folder: Path, **changed: str) -> Path:
    folder.mkdir()
    for name, text in FILES.items():
        (folder / f"olist_{name}_dataset.csv").write_text(text.format(**PLAIN | changed), encoding="utf-8")
    return folder


def foretold(days: list[float | None], estimate: float, group: str = "SP") -> pl.DataFrame:
    names = {name: [estimate] * len(days) for name in ("p50", "p80", "p90", "p95")}
    return pl.DataFrame({"days": days, "group": [group] * len(days), **names})


def test_pinball_and_coverage_are_those_worked_by_hand() -> None:
    # One order two days early, one four days late, one never delivered: 80% loses 0.4 and 3.2.
    found = score(foretold([8, 14, None], 10))
    assert found["orders"] == 2
    pinball, coverage = found["pinball"], found["coverage"]
    assert isinstance(pinball, dict)
    assert isinstance(coverage, dict)
    assert pinball["p80"] == pytest.approx((0.2 * 2 + 0.8 * 4) / 2)
    assert found["sum_of_pinball"] == pytest.approx(1.5 + 1.8 + 1.9 + 1.95)
    assert coverage == {"p50": 0.5, "p80": 0.5, "p90": 0.5, "p95": 0.5}


@pytest.mark.parametrize(("kept", "is_inside"), [(82, True), (80, False), (97, True), (98, False)])
def test_a_state_is_inside_the_exact_interval_of_ninety_per_cent(kept: int, is_inside: bool) -> None:
    # Of 100 orders the exact 99% interval is 82 to 97.
    rows = foretold([1.0] * kept + [99.0] * (100 - kept), 10)
    [state] = by_state(pl.concat([rows, foretold([1.0] * 59, 10, "AC")]))
    assert (state["group"], state["kept"], state["is_inside"]) == ("SP", kept, is_inside)


def test_lanes_below_thirty_orders_take_the_quantiles_of_all(tmp_path: Path) -> None:
    orders = read_orders(written(tmp_path / "olist"))
    [row] = lane_quantiles(orders, date(2018, 1, 8), date(2018, 1, 8)).to_dicts()
    assert (row["days"], row["p50"]) == (7, 5)


def test_what_became_of_an_order_says_nothing_of_it(tmp_path: Path) -> None:
    plain = features(read_orders(written(tmp_path / "plain")))
    changes = {
        "approved": "2018-01-09 23:00:00",
        "delivered": "2018-03-30 10:00:00",
        "estimated": "2018-01-09 00:00:00",
        "limit": "2018-01-30 11:00:00",
    }
    assert features(read_orders(written(tmp_path / "changed", **changes))).equals(plain)


def test_an_order_knows_of_others_what_had_come_by_then(tmp_path: Path) -> None:
    first, second, third = features(read_orders(written(tmp_path / "olist"))).to_dicts()
    assert first["seller_limit"] is None
    assert second["seller_limit"] == 4
    # The first was approved with four days to ship, the second with two.
    assert third["seller_limit"] == pytest.approx(3)
    assert third["boleto"] == 1
    # Campinas lies some 85 kilometres from São Paulo.
    assert 60 < pow(2.718281828, third["kilometres"]) - 1 < 110

"""What a shop in Brazil and one in Ohio find when they open the pages without any choice."""

import os
from pathlib import Path

import pytest
from american_shop import COURIERS, write_shop
from published_market import publish_files
from test_pages import open_page, texts

from dashboards.choice.few import FEW
from dashboards.choice.menu import is_listed
from serving.published import Published
from serving.tiers import is_by_population
from warehouse.settings import Settings

pytestmark = pytest.mark.slow

#: Pages of numbers that both shops have rows of.
PAGES = ["overview", "gmv_by_tier", "delivery_time", "lanes"]


@pytest.fixture(scope="session")
def brazil(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    if "WAYMART_REAL_DATA" not in os.environ:
        pytest.skip("WAYMART_REAL_DATA is not set: no real data to test with")
    files = sorted((Path(os.environ["WAYMART_REAL_DATA"]) / "olist").glob("olist_*_dataset.csv"))
    home = tmp_path_factory.mktemp("brazil")
    return publish_files(home, [("olist", path) for path in files], is_simulated=False)


@pytest.fixture(scope="session")
def ohio(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("ohio")
    return publish_files(home, write_shop(home / "files"), is_simulated=True)


@pytest.fixture(params=["brazil", "ohio"])
def shop(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Settings:
    settings: Settings = request.getfixturevalue(request.param)
    monkeypatch.setenv("WAYMART_HOME", str(settings.home))
    return settings


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_with_a_finding_of_numbers(page: str, shop: Settings) -> None:
    shown = open_page(page, {})
    assert not shown.exception
    finding = next(text for text in texts(shown) if text.startswith("#### "))
    assert any(character.isdigit() for character in finding.partition(":")[2])
    assert "abroad" not in finding.lower()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_over_days_of_hardly_an_order(page: str, shop: Settings) -> None:
    assert not open_page(page, {"period": "28d"}).exception


def test_all_is_at_home_and_98_in_100_orders_go_to_a_city_that_is_found(shop: Settings) -> None:
    ((known, abroad, tiers),) = (
        Published(shop.current)
        .frame(
            "select sum(order_count) filter (where adcode is not null) / sum(order_count), "
            "sum(order_count) filter (where tier_fixed = 'abroad'), "
            "count(distinct tier_fixed) filter (where tier_fixed like 'tier%') from mart_city_tier_gmv"
        )
        .rows()
    )
    assert known >= 0.98
    assert abroad is None
    assert tiers >= 4


def test_tiers_are_by_population_and_make_a_share_of_their_own_country(shop: Settings) -> None:
    serving = Published(shop.current)
    (country,) = serving.values("mart_city_tier_gmv", "list_country_code")
    assert is_by_population(serving, country)
    share = serving.metrics("mart_city_tier_gmv", ["tier_1_2_share"]).item()
    assert 0.2 < share < 1


def test_lanes_between_states_are_of_enough_parcels_to_be_ranked(shop: Settings) -> None:
    lanes = Published(shop.current).metrics(
        "mart_lane_time", ["waybill_count", "median_end_to_end_hours"], ["destination_province_id"]
    )
    assert len(lanes.filter(lanes["waybill_count"] >= FEW)) >= 5


def test_a_shop_whose_parcels_name_no_courier_is_offered_none(brazil: Settings) -> None:
    assert not is_listed(Published(brazil.current), "courier_share")


def test_orders_and_scans_agree_on_who_carries(ohio: Settings) -> None:
    serving = Published(ohio.current)
    assert is_listed(serving, "courier_share")
    assert set(serving.values("mart_delivery_time", "courier_id")) == {slug for _, slug, *_ in COURIERS}


@pytest.fixture(scope="session")
def scans_alone(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home = tmp_path_factory.mktemp("scans")
    push = home / "pushes.jsonl"
    push.write_text(
        '{"lastResult": {"com": "zhongtong", "nu": "73100000001", "data": [{"time": "2019-06-30 12:00:00",'
        ' "context": "已揽收", "statusCode": "103", "areaName": "浙江,杭州市"}]}}\n',
        encoding="utf-8",
    )
    return publish_files(home, [("kuaidi100", push)], is_simulated=False)


@pytest.mark.parametrize("page", ["overview", "delivery_time", "lanes", "follow_a_parcel", "data_health"])
def test_a_page_opens_where_scans_were_pushed_and_no_order_is_known(
    page: str, scans_alone: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(scans_alone.home))
    assert not open_page(page, {}).exception

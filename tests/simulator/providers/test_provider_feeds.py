"""The providers' own formats: against real payloads, field by field, and against the truth."""

import json
import os
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from written_market import Written

from simulator import write_market

REAL = os.environ.get("WAYMART_REAL_DATA", "")
with_real_data = pytest.mark.skipif(not REAL, reason="WAYMART_REAL_DATA is not set")
CHINA = timedelta(hours=8)


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Written:
    folder = tmp_path_factory.mktemp("providers")
    faults = {"corrected_couriers": 0.02}
    write_market(6_000, date(2019, 5, 1), date(2019, 6, 20), 9, folder, feeds="providers", faults=faults)
    return Written(folder)


def records(market: Written, folder: str) -> Iterator[dict]:  # type: ignore[type-arg]
    for path in sorted((market.folder / "feeds" / folder).iterdir()):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def real(name: str) -> dict:  # type: ignore[type-arg]
    return dict(json.loads((Path(REAL) / "tracking" / name).read_text(encoding="utf-8"))["payload"])


def shape(value: object) -> object:
    """Names and types of a payload; a list is as its items together."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        together: dict[str, object] = {}
        for item in value:
            found = shape(item)
            if isinstance(found, dict):
                together |= {
                    name: kind for name, kind in found.items() if kind is not None or name not in together
                }
        return [together]
    return type(value).__name__ if value is not None else None


def assert_holds(ours: object, theirs: object, renamed: dict[str, str], path: str = "") -> None:
    """Every field of the real payload is in ours, with its type."""
    if isinstance(theirs, list):
        assert isinstance(ours, list), path
        assert_holds(ours[0], theirs[0], renamed, path + "[]")
    elif isinstance(theirs, dict):
        assert isinstance(ours, dict), path
        for name, kind in theirs.items():
            own = renamed.get(name, name)
            assert own in ours, f"{path}.{name}"
            assert_holds(ours[own], kind, renamed, f"{path}.{name}")
    elif theirs is not None and ours is not None:
        assert ours == theirs, path


@with_real_data
def test_a_kdniao_push_has_every_field_of_a_real_one(market: Written) -> None:
    ours = shape(next(records(market, "kdniao/pushes")))
    assert_holds(ours, shape(real("ems_push_2parcels.json")), {})


@with_real_data
def test_a_kuaidi100_result_has_every_field_of_a_real_one(market: Written) -> None:
    """But for those that only the answer of the map query has."""
    theirs = real("yto_YT5555508965056.json")["queryTrackMapResp"]
    for name in ("returnCode", "result", "trailUrl", "arrivalTime", "totalTime", "remainTime"):
        del theirs[name]
    assert_holds(shape(next(records(market, "kuaidi100/pushes"))["lastResult"]), shape(theirs), {})


@with_real_data
def test_an_sf_node_has_every_field_of_a_real_one(market: Written) -> None:
    """The wrapper of the real payload writes acceptAddress and opCode its own way."""
    ours = shape(next(records(market, "sf/routes"))["Body"]["WaybillRoute"])
    renamed = {"accept_address": "acceptAddress", "opcode": "opCode"}
    assert_holds(ours, shape(real("sf_802498488925.json")["route"]), renamed)


@with_real_data
def test_the_codes_of_scans_are_among_those_that_exist(market: Written) -> None:
    known = json.loads((Path(REAL) / "tracking" / "carrier_event_codes.json").read_text(encoding="utf-8"))
    actions = {t["Action"] for push in records(market, "kdniao/pushes") for t in push["Data"][0]["Traces"]}
    assert actions <= set(known["kdniao_state_ex"])
    states = {push["lastResult"]["state"] for push in records(market, "kuaidi100/pushes")}
    assert states <= set(known["kuaidi100_state"])


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S") - CHINA


@pytest.mark.parametrize(
    ("folder", "couriers", "codes"),
    [
        (
            "kuaidi100/pushes",
            ("yto", "yunda", "sto", "best", "ttk", "deppon", "jd"),
            ("103", "1002", "5", "501", "30"),
        ),
        ("kdniao/pushes", ("zto", "ems"), ("1", "206", "202", "211", "3")),
        ("sf/routes", ("sf",), ("50", "30", "44", "130", "80")),
    ],
)
def test_the_scans_sent_are_those_that_happened(
    market: Written, folder: str, couriers: tuple[str, ...], codes: tuple[str, ...]
) -> None:
    names = ("picked_up_at", "departed_at", "out_for_delivery_at", "available_for_pickup_at", "delivered_at")
    found: dict[str, dict[str, datetime]] = {}
    for record in records(market, folder):
        scans: list[tuple[str, str, str]]
        if folder.startswith("kuaidi100"):
            result = record["lastResult"]
            scans = [(result["nu"], scan["statusCode"], scan["ftime"]) for scan in result["data"]]
        elif folder.startswith("kdniao"):
            parcel = record["Data"][0]
            scans = [
                (parcel["LogisticCode"], scan["Action"], scan["AcceptTime"]) for scan in parcel["Traces"]
            ]
        else:
            scans = [(n["mailno"], n["opCode"], n["acceptTime"]) for n in record["Body"]["WaybillRoute"]]
        for number, code, time in scans:
            for name, wanted in zip(names, codes, strict=True):
                is_it = code == wanted or (
                    name == "delivered_at" and code.startswith(wanted) and len(code) > 2
                )
                if is_it:
                    first = found.setdefault(number, {})
                    first[name] = min(first.get(name, at(time)), at(time))
    truth = market.truth("waybills").filter(
        pl.col("courier_code").is_in(couriers),
        pl.col("picked_up_at").is_not_null(),
        ~pl.col("is_returned"),
        pl.col("service") != "cross_border",  # 17TRACK follows those
    )
    assert len(truth) > 300
    assert set(truth["waybill_number"]) <= set(found)
    for row in truth.select("waybill_number", *names).iter_rows(named=True):
        for name in names:
            told = row[name].replace(tzinfo=None) if row[name] else None
            assert found[row["waybill_number"]].get(name) == told, (row["waybill_number"], name)


def test_kuaidi100_sends_the_newest_scan_first_and_kdniao_the_oldest(market: Written) -> None:
    for push in records(market, "kuaidi100/pushes"):
        times = [scan["time"] for scan in push["lastResult"]["data"]]
        assert times == sorted(times, reverse=True)
    for push in records(market, "kdniao/pushes"):
        times = [trace["AcceptTime"] for trace in push["Data"][0]["Traces"]]
        assert times == sorted(times)


def test_a_corrected_courier_is_named_twice_and_listed(market: Written) -> None:
    pushes = list(records(market, "kuaidi100/pushes"))
    corrected = {push["lastResult"]["nu"]: push for push in pushes if push["comNew"]}
    listed = market.truth("faults")
    assert len(listed) > 20
    assert set(listed["waybill_number"]) == set(corrected)
    for number, push in corrected.items():
        companies = [other["lastResult"]["com"] for other in pushes if other["lastResult"]["nu"] == number]
        assert companies == [push["comOld"], push["comNew"]]
        assert push["comOld"] != push["comNew"]


def test_sf_sends_each_node_once(market: Written) -> None:
    nodes = [node["id"] for record in records(market, "sf/routes") for node in record["Body"]["WaybillRoute"]]
    assert len(nodes) > 500
    assert len(set(nodes)) == len(nodes)


def test_pinduoduo_lists_what_was_confirmed_and_its_money_is_the_truths(market: Written) -> None:
    pages = list(records(market, "pinduoduo/orders"))
    orders = [order for page in pages for order in page["order_list_get_response"]["order_list"]]
    paid = market.truth("orders").filter(pl.col("platform_id") == "pinduoduo", pl.col("is_paid"))
    assert {order["order_sn"] for order in orders} == set(paid["order_number"])
    gmv = sum(
        round(100 * (o["goods_amount"] - o["seller_discount"] + o["order_change_amount"])) for o in orders
    )
    assert gmv == int(paid["gmv_paid"].sum() * 100)
    assert sum(round(100 * order["pay_amount"]) for order in orders) == int(paid["paid_amount"].sum() * 100)
    for order in orders:
        discount = order["seller_discount"] + order["platform_discount"]
        assert order["discount_amount"] == pytest.approx(discount)
        pay = order["goods_amount"] - order["discount_amount"] + order["postage"]
        assert order["pay_amount"] == pytest.approx(pay + order["order_change_amount"])
    assert max(len(page["order_list_get_response"]["order_list"]) for page in pages) <= 100


def test_taobao_knows_two_kinds_of_closed(market: Written) -> None:
    trades = [answer["trade_fullinfo_get_response"]["trade"] for answer in records(market, "taobao/trades")]
    truth = market.truth("orders").filter(pl.col("platform_id") == "taobao")
    assert len(trades) == len(truth)
    closed = truth.filter(pl.col("status") == "cancelled").group_by("is_paid").len()
    counts = dict(closed.iter_rows())
    assert sum(trade["status"] == "TRADE_CLOSED" for trade in trades) == counts[True]
    assert sum(trade["status"] == "TRADE_CLOSED_BY_TAOBAO" for trade in trades) == counts[False]
    gmv = sum(
        round(100 * float(line["payment"])) for trade in trades for line in trade["orders"]["order"]
    ) - sum(round(100 * float(trade["discount_fee"])) for trade in trades)  # fmt: skip
    assert gmv == int(truth["gmv_placed"].sum() * 100)


def test_taobao_names_a_county_under_its_province_as_a_district(market: Written) -> None:
    trades = [answer["trade_fullinfo_get_response"]["trade"] for answer in records(market, "taobao/trades")]
    counties = {trade["receiver_district"] for trade in trades if not trade["receiver_city"]}
    assert counties <= {"济源市", "仙桃市", "石河子市"}
    assert counties
    assert {trade["receiver_district"] for trade in trades if trade["receiver_city"]} == {""}


def test_jd_finds_no_unpaid_orders(market: Written) -> None:
    orders = [
        order
        for page in records(market, "jd/orders")
        for order in page["jingdong_pop_order_search_responce"]["searchorderinfo_result"]["orderInfoList"]
    ]
    truth = market.truth("orders").filter(pl.col("platform_id") == "jd")
    assert truth.filter(pl.col("is_paid"))["order_number"].is_in([o["orderId"] for o in orders]).all()
    assert len(orders) < len(truth)
    cash = [order for order in orders if order["payType"].startswith("1")]
    assert len(cash) > 5


def test_shopify_and_17track_tell_of_what_goes_abroad(market: Written) -> None:
    orders = [answer["order"] for answer in records(market, "shopify/orders")]
    truth = market.truth("orders").filter(pl.col("platform_id") == "shopify")
    assert {order["id"] for order in orders} == set(truth["order_number"])
    assert {order["currency"] for order in orders} <= {"USD", "GBP", "EUR"}
    parcels = market.truth("waybills").filter(pl.col("service") == "cross_border")
    followed = {push["data"]["number"] for push in records(market, "17track/pushes")}
    assert followed
    assert followed <= set(parcels["waybill_number"])
    for push in records(market, "17track/pushes"):
        events = push["data"]["track_info"]["tracking"]["providers"][0]["events"]
        for event in events:
            assert datetime.fromisoformat(event["time_iso"]) == datetime.fromisoformat(event["time_utc"])
        assert [e["time_utc"] for e in events] == sorted((e["time_utc"] for e in events), reverse=True)


def test_faults_of_the_contract_feed_are_refused_here(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="corrected_couriers"):
        write_market(
            10, date(2019, 5, 1), date(2019, 5, 2), 1, tmp_path, feeds="providers", faults={"clock_skew": 0.1}
        )

"""The market as the providers send it: trackers' pushes and platforms' orders, as JSON lines."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from simulator.contract import columns as c
from simulator.contract.waybills import known_scans
from simulator.faults.contract_faults import Extra, chosen_parcels, faults_of_waybills
from simulator.faults.provider_faults import Lines, Tracker, extras, faulty_lines, touched, with_people
from simulator.life.happenings import Happenings
from simulator.providers import (
    jd,
    kdniao,
    kuaidi100,
    order_views,
    pinduoduo,
    seventeen_track,
    sf,
    shopify,
    taobao,
)
from simulator.providers.histories import histories, lines
from simulator.world.cities import MAINLAND
from simulator.world.couriers import COURIERS
from simulator.world.market import Market
from simulator.world.platforms import JD, PINDUODUO, SHOPIFY, TAOBAO

KUAIDI100 = Tracker(
    folder="kuaidi100/pushes",
    companies=kuaidi100.COMPANIES,
    codes=kuaidi100.CODES,
    pushes=kuaidi100.pushes,
    unmapped={'"statusCode":"103"': '"statusCode":"9999"', "快件已揽收": "快件过皮带"},
    riding="正在派件",
)
TRACKERS = (
    KUAIDI100,
    Tracker(
        folder="kdniao/pushes",
        companies=kdniao.COMPANIES,
        codes=kdniao.CODES,
        pushes=kdniao.pushes,
        unmapped={'"Action":"1"': '"Action":"9999"', "已揽收": "快件过皮带"},
        riding="正在第1次派件",
    ),
    Tracker(
        folder="sf/routes",
        companies=sf.COMPANIES,
        codes=sf.CODES,
        pushes=sf.pushes,
        unmapped={'"opCode":"50"': '"opCode":"9999"', "已收取快件": "快件过皮带"},
        riding="正在派送途中",
    ),
    Tracker(
        folder="17track/pushes",
        companies=seventeen_track.COMPANIES,
        codes=seventeen_track.CODES,
        pushes=seventeen_track.pushes,
        unmapped={"InTransit_PickedUp": "InTransit_Belt", "Accepted by carrier": "On the belt"},
        riding="Out for delivery",
        time=shopify.instant,
        is_abroad=True,
    ),
)


def provider_lines(
    market: Market, block: Happenings, number: c.Bytes, waybill_number: c.Bytes, rates: Mapping[str, float]
) -> tuple[dict[str, list[str]], list[Extra]]:
    """Return the lines of a block by provider and what they are, and what the truth says of their faults."""
    some = known_scans(market, block)
    chosen = chosen_parcels(market, block, {fault: rate for fault, rate in rates.items() if rate})
    # 17TRACK follows what goes abroad or comes from there, as far as it knows the courier.
    known = np.isin(block.parcels.courier, [COURIERS.index(name) for name in seventeen_track.COMPANIES])
    is_abroad = known & (np.maximum(block.parcels.destination, block.parcels.origin) >= MAINLAND)
    found: dict[str, list[str]] = {}
    beside: list[Extra] = []
    corrected: list[int] = []
    for tracker in TRACKERS:
        mine = is_abroad == tracker.is_abroad
        sound: list[str] = []
        faulty: dict[str, Lines] = defaultdict(list)
        for history in histories(
            block, some.of(mine[some.parcel]), waybill_number, tracker.companies, tracker.codes
        ):
            row, fault = history.parcel, touched(chosen, history.parcel)
            if fault == "corrected_couriers" and tracker is KUAIDI100:
                corrected.append(row)
                sound += lines(kuaidi100.corrected_pushes(block, history))
                continue
            for line in tracker.lines(block, history):
                if fault == "planted_people" and tracker.riding in line:
                    faulty[fault].append((row, with_people(tracker, int(block.parcels.key[row]), line)))
                else:
                    sound.append(line)
            if fault:
                faulty[fault] += [(row, line) for line in faulty_lines(tracker, block, history, fault)]
        found[tracker.folder] = sound
        beside += extras(tracker, block, waybill_number, faulty)

    def orders(platform: int) -> Iterator[order_views.Order]:
        return order_views.orders(market, block, platform, number, waybill_number)

    listed = faults_of_waybills("corrected_couriers", block, waybill_number, np.array(corrected, np.int64))
    beside.append(Extra("waybills", "corrected_couriers", [], listed))
    return {
        **found,
        "pinduoduo/orders": lines(pinduoduo.pages(orders(PINDUODUO))),
        "taobao/trades": lines(taobao.trades(orders(TAOBAO))),
        "jd/orders": lines(jd.pages(orders(JD))),
        "shopify/orders": lines(shopify.answers(orders(SHOPIFY))),
    }, [extra for extra in beside if len(extra)]

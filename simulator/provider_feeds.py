"""The market as the providers send it: trackers' pushes and platforms' orders, as JSON lines."""

from collections.abc import Iterator, Mapping

import numpy as np

from simulator import columns as c
from simulator import jd_feed, kdniao_feed, kuaidi100_feed, order_views, pdd_feed, sf_feed, taobao_feed
from simulator.calendar import NEVER
from simulator.contract_waybills import known_scans
from simulator.couriers import COURIERS
from simulator.demand import Market
from simulator.draws import chance
from simulator.faults import Extra, said_of_waybills
from simulator.happenings import Happenings
from simulator.histories import lines
from simulator.platforms import JD, PINDUODUO, TAOBAO
from simulator.scan_kinds import Scan


def provider_lines(
    of: Market, block: Happenings, number: c.Bytes, waybill_number: c.Bytes, rates: Mapping[str, float]
) -> tuple[dict[str, list[str]], list[Extra]]:
    """Return the lines of a block by provider and what they are, and what the truth says of their faults."""
    some = known_scans(block)
    tracked = np.isin(block.parcels.courier, [COURIERS.index(name) for name in kuaidi100_feed.COMPANIES])
    corrected = chance(of.draws.of("corrected courier", block.parcels.key), rates["corrected_couriers"])
    corrected &= tracked & (block.way.scans[Scan.PICKED_UP] < NEVER)

    def orders(platform: int) -> Iterator[order_views.Order]:
        return order_views.orders(of, block, platform, number, waybill_number)

    told = said_of_waybills("corrected_couriers", block, waybill_number, np.flatnonzero(corrected))
    extra = Extra("waybills", "corrected_couriers", [], told)
    return {
        "kuaidi100/pushes": lines(kuaidi100_feed.pushes(block, some, waybill_number, corrected)),
        "kdniao/pushes": lines(kdniao_feed.pushes(block, some, waybill_number)),
        "sf/routes": lines(sf_feed.pushes(block, some, waybill_number)),
        "pinduoduo/orders": lines(pdd_feed.pages(orders(PINDUODUO))),
        "taobao/trades": lines(taobao_feed.trades(orders(TAOBAO))),
        "jd/orders": lines(jd_feed.pages(orders(JD))),
    }, [extra] if len(extra) else []

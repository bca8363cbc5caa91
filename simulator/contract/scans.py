"""What a scan is called and what it says: codes and texts of our own contract."""

import numpy as np
import pyarrow as pa

from simulator.contract import columns as c
from simulator.life.scan_kinds import Scan
from simulator.world.cities import PLAIN_PLACES, cities
from simulator.world.draws import I64

#: Code of each scan and its words; the city stands before them. Rows of one scan differ by their reason.
SCAN_CODES = {
    Scan.CONSIGNED: ("consigned", "商家已发货"),
    Scan.PICKUP_FAILED: ("pickup_failed", "揽收失败，次日再次上门"),
    Scan.PICKED_UP: ("picked_up", "快件已揽收"),
    Scan.DEPARTED: ("departed", "快件已发往下一站"),
    Scan.EXPORT_START: ("customs.start", "快件已提交出口报关"),
    Scan.EXPORT_CLEARED: ("customs.cleared", "出口清关完成"),
    Scan.HUB_IN: ("arrived", "快件已到达转运中心"),
    Scan.HUB_OUT: ("departed", "快件离开转运中心"),
    Scan.FAR_HUB_IN: ("arrived", "快件已到达转运中心"),
    Scan.EXCEPTION: ("exception.damaged", "快件包装破损，已加固"),
    Scan.IMPORT_START: ("customs.start", "快件已提交进口清关"),
    Scan.INSPECTED: ("customs.held", "快件被海关查验"),
    Scan.IMPORT_CLEARED: ("customs.cleared", "进口清关完成"),
    Scan.ARRIVED: ("arrived", "快件已到达目的地城市"),
    Scan.AT_OUTLET: ("arrived", "快件已到达派件网点"),
    Scan.OUT_FOR_DELIVERY: ("out_for_delivery", "快件正在派送"),
    Scan.ATTEMPT_FAILED: ("delivery_attempt_failed", "派送未成功"),
    Scan.OUT_AGAIN: ("out_for_delivery", "快件再次派送"),
    Scan.AVAILABLE: ("available_for_pickup", "快件已放入驿站，请及时取件"),
    Scan.DELIVERED: ("delivered", "快件已签收"),
    Scan.RETURNING: ("returning", "快件退回寄件人"),
    Scan.RETURNED: ("returned", "退回件已签收"),
    Scan.LOST: ("lost", "快件丢失"),
    Scan.CANCELLED: ("cancelled", "运单已作废"),
    Scan.INFO: ("info", "感谢使用，期待再次为您服务"),
}
OTHER_REASONS = (("exception.weather", "因天气原因延误"), ("exception.missorted", "快件错分，已转出"))
#: A code that no one knows; only faults use it.
_UNMAPPED = (("belt_scan", "快件过皮带"),)
#: Scans that only parts have.
_OF_PARTS = {
    Scan.IMPORT_FAILED: ("customs.failed", "进口清关失败，将退回寄件人"),
    Scan.OVERDUE: ("available_for_pickup.overdue", "快件超时未取，请尽快取件"),
}
_ROWS = (*SCAN_CODES.values(), *OTHER_REASONS, *_UNMAPPED, *_OF_PARTS.values())
CODES = tuple(code for code, _ in _ROWS)
PLAIN_CODES = len(CODES) - len(_OF_PARTS)
#: The row of the code that no one knows.
UNMAPPED = PLAIN_CODES - 1
_KINDS = np.array([*range(len(SCAN_CODES)), *(PLAIN_CODES + n for n in range(len(_OF_PARTS)))], np.int64)
#: Texts by city and code: those of the plain market, then all.
_PLAIN_TEXTS, _TEXTS = (
    tuple(f"【{city}】{text}" for _, text in _ROWS[:codes] for city in cities().name[:places])
    for codes, places in ((PLAIN_CODES, PLAIN_PLACES), (len(CODES), len(cities().name)))
)


def kind_of(scan: I64, reason: I64) -> I64:
    """Return the row of `CODES` for each scan; exceptions go by their reason."""
    other = (scan == Scan.EXCEPTION) & (reason > 0)
    kind: I64 = np.where(other, len(SCAN_CODES) - 1 + reason, _KINDS[scan])
    return kind


def texts(kind: I64, city: I64) -> pa.Array:
    """Return what each scan says, with its city."""
    if int(kind.max(initial=0)) < PLAIN_CODES and int(city.max(initial=0)) < PLAIN_PLACES:
        return c.words(kind * PLAIN_PLACES + city, _PLAIN_TEXTS)
    return c.words(kind * len(cities().name) + city, _TEXTS)

"""Kuaidi100's pushes: the whole history each time, newest scan first (api.kuaidi100.com, push).

A format leaves out what it has no word for: a tracker does not tell that a merchant declared an order
shipped, that a pickup failed, or that a label was printed.
"""

from collections.abc import Iterator, Mapping

from simulator.life.happenings import Happenings
from simulator.life.scan_kinds import Scan
from simulator.providers.histories import History, Record, clock
from simulator.world.cities import cities

#: Kuaidi100's company codes (api.kuaidi100.com, list of companies).
COMPANIES = {
    "yto": "yuantong", "yunda": "yunda", "sto": "shentong", "best": "huitongkuaidi", "ttk": "tiantian",
    "deppon": "debangkuaidi", "jd": "jd",
}  # fmt: skip
#: Scan → (statusCode, status, text). Codes: Kuaidi100's states with sub-states.
CODES: Mapping[Scan, tuple[str, str, str]] = {
    Scan.PICKED_UP: ("103", "揽收", "【{0}】 快件已揽收"),
    Scan.DEPARTED: ("1002", "干线", "【{0}】 快件已发往下一站"),
    Scan.EXPORT_START: ("11", "清关", "【{0}】 出口清关中"),
    Scan.EXPORT_CLEARED: ("12", "清关", "【{0}】 出口清关完成"),
    Scan.IMPORT_START: ("11", "清关", "【{0}】 进口清关中"),
    Scan.INSPECTED: ("11", "清关", "【{0}】 海关查验"),
    Scan.IMPORT_FAILED: ("13", "清关", "【{0}】 进口清关异常"),
    Scan.IMPORT_CLEARED: ("12", "清关", "【{0}】 进口清关完成"),
    Scan.HUB_IN: ("0", "在途", "快件到达 【{0}转运中心】"),
    Scan.HUB_OUT: ("1002", "干线", "快件离开 【{0}转运中心】"),
    Scan.FAR_HUB_IN: ("0", "在途", "快件到达 【{0}转运中心】"),
    Scan.EXCEPTION: ("209", "疑难", "【{0}】 快件包装破损"),
    Scan.ARRIVED: ("1001", "到达派件城市", "快件到达 【{0}】"),
    Scan.AT_OUTLET: ("0", "在途", "快件到达 【{0}网点】"),
    Scan.OUT_FOR_DELIVERY: ("5", "派件", "【{0}网点】 正在派件"),
    Scan.ATTEMPT_FAILED: ("204", "派送异常", "【{0}】 派送未成功，将再次派送"),
    Scan.OUT_AGAIN: ("5", "派件", "【{0}网点】 正在派件"),
    Scan.AVAILABLE: ("501", "投柜或驿站", "快件已由【{0}】驿站代收，请及时取件"),
    Scan.OVERDUE: ("205", "疑难", "快件在【{0}】驿站超时未取"),
    Scan.DELIVERED: ("301", "签收", "【{0}】 快件已签收"),
    Scan.RETURNING: ("6", "退回", "【{0}】 快件退回寄件人"),
    Scan.RETURNED: ("4", "退签", "【{0}】 退回件已签收"),
    Scan.LOST: ("2", "疑难", "【{0}】 快件丢失，请联系客服"),
    Scan.CANCELLED: ("210", "撤单", "订单已取消"),
}

_CODES_OF_SIGNATURES = ("301", "302", "304", "4")


def pushes(block: Happenings, history: History) -> Iterator[Record]:
    """Yield the push of a parcel."""
    yield _push(history.number, COMPANIES[history.courier], _data(history), "", "", _route(block, history))


def corrected_pushes(block: Happenings, history: History) -> Iterator[Record]:
    """Yield two pushes of a parcel: one under a wrong company, then one that names both."""
    company, data, route = COMPANIES[history.courier], _data(history), _route(block, history)
    wrong = wrong_company(company)
    yield _push(history.number, wrong, data[:1], "", "", route)
    yield _push(history.number, company, data, wrong, company, route)


def _route(block: Happenings, history: History) -> dict[str, dict[str, str]]:
    ends = (block.parcels.origin, block.parcels.destination)
    origin, destination = (int(city[history.parcel]) for city in ends)
    return {"from": _place(origin), "cur": _place(history.scans[-1][1]), "to": _place(destination)}


def wrong_company(company: str) -> str:
    """Return the company under which a parcel of this one is taken at first, if it is."""
    return "yunda" if company == "yuantong" else "yuantong"


def _data(history: History) -> list[dict[str, str]]:
    places = cities()
    data: list[dict[str, str]] = []
    before: set[Scan] = set()
    for scan, city, at in history.scans:
        code, status, text = CODES[scan]
        if scan == Scan.DELIVERED and Scan.AVAILABLE in before:
            code, status = "304", "投柜或站签收"
        elif scan == Scan.DELIVERED and Scan.ATTEMPT_FAILED in before:
            code, status = "302", "派件异常后最终签收"
        before.add(scan)
        data.append(
            {
                "time": clock(at),
                "context": text.format(places.name[city]),
                "ftime": clock(at),
                "areaCode": f"CN{places.adcode[city]}000000" if places.adcode[city] else places.country[city],
                "areaName": _area_name(city),
                "status": status,
                "location": "",
                "statusCode": code,
            }
        )
    return data


def _area_name(city: int) -> str:
    """Return a place as Kuaidi100 writes it: 河北,唐山市."""
    province = cities().province[city]
    for ending in ("省", "市", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区"):
        if province.endswith(ending):
            province = province.removesuffix(ending)
            break
    return f"{province},{cities().name[city]}"


def _place(city: int) -> dict[str, str]:
    return {"number": f"{cities().country[city]}{cities().adcode[city][:4]}", "name": _area_name(city)}


def _push(
    number: str,
    company: str,
    data: list[dict[str, str]],
    old: str,
    new: str,
    route: dict[str, dict[str, str]],
) -> Record:
    last = data[-1]["statusCode"]
    is_signed = last in _CODES_OF_SIGNATURES
    return {
        "status": "shutdown" if is_signed else "polling",
        "billstatus": "check",
        "message": "",
        "autoCheck": "1" if new else "0",
        "comOld": old,
        "comNew": new,
        "lastResult": {
            "message": "ok",
            "nu": number,
            "ischeck": "1" if is_signed else "0",
            "com": company,
            "status": "200",
            "state": "3" if is_signed else last[0],
            "condition": "F00",
            "routeInfo": route,
            "data": data[::-1],
        },
    }

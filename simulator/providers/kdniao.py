"""Kdniao's pushes (101/102): the whole history each time, oldest scan first.

A format leaves out what it has no word for: a tracker does not tell that a merchant declared an order
shipped, that a pickup failed, or that a label was printed.
"""

from collections.abc import Iterator, Mapping

from simulator.life.happenings import Happenings
from simulator.life.scan_kinds import Scan
from simulator.providers.histories import History, Record, clock
from simulator.world.cities import cities

#: Kdniao's company codes.
COMPANIES = {"zto": "ZTO", "ems": "EMS"}
#: Scan → (Action, State, text). Codes: Kdniao's StateEx.
CODES: Mapping[Scan, tuple[str, str, str]] = {
    Scan.PICKED_UP: ("1", "1", "【{0}】 已揽收"),
    Scan.DEPARTED: ("206", "2", "【{0}】 快件离开网点，已发往下一站"),
    Scan.EXPORT_START: ("602", "6", "【{0}】 出口清关中"),
    Scan.EXPORT_CLEARED: ("603", "6", "【{0}】 出口清关完成"),
    Scan.IMPORT_START: ("602", "6", "【{0}】 进口清关中"),
    Scan.INSPECTED: ("602", "6", "【{0}】 海关查验"),
    Scan.IMPORT_FAILED: ("604", "6", "【{0}】 进口清关异常"),
    Scan.IMPORT_CLEARED: ("603", "6", "【{0}】 进口清关完成"),
    Scan.HUB_IN: ("204", "2", "【{0}】 快件已经到达 【{0}转运中心】"),
    Scan.HUB_OUT: ("2", "2", "【{0}】 快件离开 【{0}转运中心】 已发往下一站"),
    Scan.FAR_HUB_IN: ("204", "2", "【{0}】 快件已经到达 【{0}转运中心】"),
    Scan.EXCEPTION: ("414", "4", "【{0}】 快件包装破损"),
    Scan.ARRIVED: ("201", "2", "【{0}】 快件已经到达 【{0}】"),
    Scan.AT_OUTLET: ("205", "2", "【{0}】 快件已经到达派件网点"),
    Scan.OUT_FOR_DELIVERY: ("202", "2", "【{0}】 正在第1次派件"),
    Scan.ATTEMPT_FAILED: ("405", "4", "【{0}】 派件异常，将再次派送"),
    Scan.OUT_AGAIN: ("202", "2", "【{0}】 正在第2次派件"),
    Scan.AVAILABLE: ("211", "2", "【{0}】 快件已被驿站代收，请及时取件"),
    Scan.OVERDUE: ("412", "4", "【{0}】 快件在驿站超时未取"),
    Scan.DELIVERED: ("301", "3", "【{0}】 您的快递已签收"),
    Scan.RETURNING: ("404", "4", "【{0}】 收件人拒收，快件退回"),
    Scan.RETURNED: ("406", "4", "【{0}】 退回件已签收"),
    Scan.LOST: ("4", "4", "【{0}】 快件丢失"),
    Scan.CANCELLED: ("415", "4", "客户取消发货"),
}


def pushes(_: Happenings, history: History) -> Iterator[Record]:
    """Yield the push of a parcel."""
    places = cities()
    traces: list[dict[str, str]] = []
    state = action = "0"
    for scan, city, at in history.scans:
        action, state, text = CODES[scan]
        if scan == Scan.DELIVERED and any(trace["Action"] == "211" for trace in traces):
            action = "311"
        traces.append(
            {
                "AcceptTime": clock(at),
                "AcceptStation": text.format(places.name[city]),
                "Action": action,
                "Location": places.name[city],
                "Remark": "",
            }
        )
    yield {
        "EBusinessID": "1109259",
        "Count": "1",
        "PushTime": clock(history.scans[-1][2] + 60),
        "Data": [
            {
                "EBusinessID": "1109259",
                "OrderCode": "",
                "ShipperCode": COMPANIES[history.courier],
                "LogisticCode": history.number,
                "Success": True,
                "Reason": "",
                "State": state,
                "StateEx": action,
                "Location": traces[-1]["Location"],
                "CallBack": "0",
                "Traces": traces,
            }
        ],
    }

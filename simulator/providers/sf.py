"""SF's route push: every node once, so that a push holds what is new.

A format leaves out what it has no word for: a tracker does not tell that a merchant declared an order
shipped, that a pickup failed, or that a label was printed.
"""

from collections.abc import Iterator, Mapping

from simulator.life.happenings import Happenings
from simulator.life.scan_kinds import Scan
from simulator.providers.histories import History, Record, clock
from simulator.world.cities import cities
from simulator.world.days import DAY

COMPANIES = {"sf": "SF"}

#: Scan → (opCode, text). Codes: SF's route push. A signature after 648 is that of the sender.
CODES: Mapping[Scan, tuple[str, str]] = {
    Scan.PICKED_UP: ("50", "顺丰速运 已收取快件"),
    Scan.DEPARTED: ("30", "快件在【{0}营业部】已装车,准备发往下一站"),
    Scan.HUB_IN: ("31", "快件到达 【{0}集散中心】"),
    Scan.HUB_OUT: ("36", "快件已发车"),
    Scan.FAR_HUB_IN: ("31", "快件到达 【{0}集散中心】"),
    Scan.ARRIVED: ("31", "快件到达 【{0}】"),
    Scan.AT_OUTLET: ("31", "快件到达 【{0}营业部】"),
    Scan.OUT_FOR_DELIVERY: ("44", "正在派送途中,请您准备签收"),
    Scan.ATTEMPT_FAILED: ("70", "快件派送不成功,待进一步处理"),
    Scan.OUT_AGAIN: ("44", "正在派送途中,请您准备签收"),
    Scan.AVAILABLE: ("130", "快件到达便利店,请及时取件"),
    Scan.DELIVERED: ("80", "已签收,感谢使用顺丰,期待再次为您服务"),
    Scan.RETURNING: ("648", "快件已退回"),
    Scan.RETURNED: ("80", "退回件已签收"),
    Scan.INFO: ("8000", '在官网"运单资料&签收图",可查看签收人信息'),
}


def pushes(block: Happenings, history: History) -> Iterator[Record]:
    """Yield the pushes of a parcel, one per day."""
    places = cities()
    nodes: dict[int, list[dict[str, str]]] = {}
    key = int(block.parcels.key[history.parcel])
    for place, (scan, city, at) in enumerate(history.scans):
        code, text = CODES[scan]
        node = {
            "mailno": history.number,
            "acceptAddress": places.name[city],
            "reasonName": "",
            "orderid": f"W{key:012d}",
            "acceptTime": clock(at),
            "remark": text.format(places.name[city]),
            "opCode": code,
            "id": f"{key:013d}{place:02d}",
            "reasonCode": "",
        }
        nodes.setdefault(at // DAY, []).append(node)
    for route in nodes.values():
        yield {"Body": {"WaybillRoute": route}}

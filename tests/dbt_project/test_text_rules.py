"""Every line of every real payload, read by the warehouse as a person reads it."""

from pathlib import Path

import duckdb
from real_lines import COURIER, real_lines

#: Words of a real scan → what a person reads in it. The first whose words all occur decides.
READINGS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("暂放", "已签收"), "available_for_pickup"),
    (("签收人凭取货码签收",), "delivered"),
    (("您的快递已签收",), "delivered"),
    (("已签收,感谢使用顺丰",), "delivered"),
    (("签收图",), "info"),
    (("店代收，请及时取件",), "available_for_pickup"),
    (("代收，如有问题",), "available_for_pickup"),
    (("快件已到达", "妈妈驿站"), "available_for_pickup"),
    (("妈妈驿站已发出自提短信",), "available_for_pickup"),
    (("派件中",), "out_for_delivery"),
    (("正在第1次派件",), "out_for_delivery"),
    (("正在派送途中",), "out_for_delivery"),
    (("安排投递",), "out_for_delivery"),
    (("已揽收",), "picked_up"),
    (("已收件",), "picked_up"),
    (("已收取快件",), "picked_up"),
    (("已收入",), "arrived"),
    (("已发出 下一站",), "departed"),
    (("已发往",), "departed"),
    (("已发车",), "departed"),
    (("已装车",), "departed"),
    (("离开", "发往"), "departed"),
    (("到达",), "arrived"),
)


def test_every_real_scan_is_read_as_a_person_reads_it(
    real_warehouse: duckdb.DuckDBPyConnection, real_data: Path
) -> None:
    found = dict(
        real_warehouse.execute(
            "select waybill_number, milestone from core.fct_waybills"
            " inner join core.fct_waybill_events using (waybill_id)"
            " where fct_waybills.courier_id = ?",
            [COURIER],
        ).fetchall()
    )
    lines = real_lines(real_data)
    assert len(lines) == len(found) == 9 + 10 + 10 + 18 + 16
    for number, text in lines.items():
        expected = next(milestone for words, milestone in READINGS if all(word in text for word in words))
        assert found[number] == expected, text

"""People in scan text do not get in; the words that say what happened do."""

import itertools

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.judging.mask import mask_sql

NAMES = ["王伟", "李小明", "欧阳锋", "张三丰", "陈样例", "阿依古丽·买买提", "样热合曼·样买提江·样逊"]
PHONES = ["13812345678", "138-1234-5678", "+86 138 1234 5678", "0531-88886666", "4001234567", "138****5678"]

#: Turns of phrase of couriers' scans, written for this test: {name} and {phone} must go.
PHRASES = [
    "【样例市样例公司】 派件中 派件人: {name} 电话 {phone} 。 如有疑问，请联系：{phone}",
    "客户签收人: {name} 已签收 感谢使用，投诉电话：{phone}",
    "签收人:{name}已签收感谢使用",
    "您的快件已签收，签收人是【{name}】",
    "样例营销部已收件，（揽投员姓名：{name};联系电话：{phone}）",
    "安排投递（投递员姓名：{name}，联系电话：{phone}）",
    "【样例市】 【样例网点】 的{name}（{phone}） 正在第1次派件",
    "快件交给{name}，正在派送途中（联系电话：{phone}）",
    "快递员{name}（{phone}）正在派件",
    "【样例网点】的派件员【{name}】正在为您派件",
    "配送员 {name}，手机号：{phone}",
    "已揽收 取件人: {name} ({phone})",
    "收件人{name}拒收",
    "Courier: {name}, {phone}",
]

#: Words that the rules read: the masked text must still hold them.
KEPT = [
    (
        "客户签收人: 已签收，签收人凭取货码签收。 已签收 感谢使用",
        "客户签收人: 已签收，签收人凭取货码签收。 已签收 感谢使用",
    ),
    ("客户签收人: 他人代签样例超市己暂放 已签收", "客户签收人: 他人代签样例超市己暂放 已签收"),
    ("快件交给丰巢智能柜，请及时取件", "快件交给丰巢智能柜，请及时取件"),
    ("快递员正在派件，请准备签收", "快递员正在派件，请准备签收"),
    (
        "快件已由样例小区北门店代收，请及时取件，电话13812345678",
        "快件已由样例小区北门店代收，请及时取件，电话*",
    ),
    ("【样例转运中心】 已发出 下一站 【样例公司】", "【样例转运中心】 已发出 下一站 【样例公司】"),
    ("快递小哥每天测量体温", "快递小哥每天测量体温"),
    ("签收人在【丰巢的样例柜2号柜】领取", "签收人在【丰巢的样例柜2号柜】领取"),
    ("预计2021-06-14 18:00前送达", "预计2021-06-14 18:00前送达"),
    ("Delivered, signed for by: JOHN SMITH at front door", "Delivered, signed for by: * at front door"),
]


def mask(texts: list[str]) -> list[str]:
    query = f"select {mask_sql('said')} from (select unnest($1::varchar[]) as said)"
    return [str(row[0]) for row in duckdb.execute(query, [texts]).fetchall()]


@pytest.mark.parametrize("phrase", PHRASES)
def test_no_name_and_no_phone_stays(phrase: str) -> None:
    people = list(itertools.product(NAMES, PHONES))
    masked = mask([phrase.format(name=name, phone=phone) for name, phone in people])
    for (name, phone), text in zip(people, masked, strict=True):
        digits = "".join(c for c in phone if c.isdigit())
        assert name not in text
        assert phone not in text
        assert digits[-4:] not in text


def test_the_words_that_say_what_happened_stay() -> None:
    assert mask([text for text, _ in KEPT]) == [expected for _, expected in KEPT]


sentences = st.lists(
    st.tuples(st.sampled_from(PHRASES), st.sampled_from(NAMES), st.sampled_from(PHONES)), max_size=5
)


@settings(max_examples=30, deadline=None, print_blob=True)
@given(st.lists(sentences, min_size=10, max_size=40), st.sampled_from(["", " ", "，", "。", "\t"]))
def test_whatever_is_said_after_one_another_no_one_stays(
    said: list[list[tuple[str, ...]]], joint: str
) -> None:
    texts = [joint.join(phrase.format(name=n, phone=p) for phrase, n, p in parts) for parts in said]
    for parts, masked in zip(said, mask(texts), strict=True):
        for _, name, phone in parts:
            assert name not in masked
            assert "".join(c for c in phone if c.isdigit())[-4:] not in masked

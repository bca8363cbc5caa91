"""People in scan text do not get in; the words that say what happened do."""

import csv
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phrasings import HAN_NAMES, LATIN_NAMES, LATIN_PHRASINGS, PHRASINGS
from phrasings import KEPT as NO_NAMES

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


#: Words that decide what a scan means may be lost in so many scans of a hundred.
LOST_MAX = 0.01


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


def test_the_phrasings_are_of_many_couriers() -> None:
    assert len(PHRASINGS) >= 150
    assert len({courier for courier, _, _ in PHRASINGS}) >= 40
    assert len(HAN_NAMES) >= 178


@pytest.mark.parametrize(
    ("phrasings", "names"),
    [(PHRASINGS, HAN_NAMES), (PHRASINGS, ("Wang Xiaoming",)), (LATIN_PHRASINGS, LATIN_NAMES)],
    ids=["han", "spelt", "latin"],
)
def test_in_no_phrasing_of_any_courier_a_person_stays_and_what_happened_does(
    phrasings: Sequence[tuple[str, str, str]], names: Sequence[str]
) -> None:
    said = [
        (phrase, word, name, PHONES[number % len(PHONES)])
        for _, phrase, word in phrasings
        for number, name in enumerate(names)
    ]
    masked = mask([phrase.format(name=name, phone=phone) for phrase, _, name, phone in said])
    lost = 0
    for (phrase, word, name, phone), text in zip(said, masked, strict=True):
        assert name not in text, phrase
        if "{phone}" in phrase:
            assert "".join(c for c in phone if c.isdigit())[-4:] not in text, phrase
        lost += word not in text
    assert lost <= LOST_MAX * len(said)


def test_words_that_look_like_names_stay() -> None:
    assert mask(list(NO_NAMES)) == list(NO_NAMES)


def test_places_of_the_warehouse_that_begin_like_names_stay() -> None:
    seed = Path(__file__).parents[2] / "dbt_project/seeds/cities.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cities = [row["city_short_zh"] for row in rows if row["city_short_zh"]]
    texts = [f"【{city}】快件正在派送" for city in cities]
    # Whole names hold surnames, too: 博尔塔拉蒙古自治州.
    texts += [f"快件到达【{row['city_name_zh']}转运中心】" for row in rows]
    assert mask(texts) == texts


def test_real_scans_keep_what_decides_their_milestone(real_data: Path) -> None:
    """Their people were masked before; what is looked for is words that go with them."""
    rules = Path(__file__).parents[2] / "dbt_project/seeds/event_text_rules.csv"
    with rules.open(encoding="utf-8", newline="") as file:
        words = {row[field] for row in csv.DictReader(file) for field in ("contains", "also_contains")}
    texts = [
        text
        for path in (real_data / "tracking").glob("*.json")
        for text in re.findall(r'"((?:[^"\\]|\\.)*[一-龥](?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8"))
    ]
    assert len(texts) > 60
    kept = [{word for word in words if word and word in text} for text in texts]
    lost = [
        (before, after)
        for before, after, held in zip(texts, mask(texts), kept, strict=True)
        if any(word not in after for word in held)
    ]
    assert len(lost) <= LOST_MAX * len(texts), lost


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

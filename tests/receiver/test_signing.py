"""Signatures hold as the providers make them: these were made with OpenSSL's command, not with our code."""

import time
from urllib.parse import quote, urlencode

import pytest

from receiver import signing
from receiver.signing import Push, Rule

PARAM = '{"status":"polling","lastResult":{"com":"zhongtong","nu":"73100000001","data":[]}}'
REQUEST = '{"EBusinessID":"1237100","Count":"1","Data":[]}'

MADE: list[tuple[Rule, str, Push]] = [
    (
        signing.kuaidi100,
        "s4lt-1",
        Push(urlencode({"param": PARAM, "sign": "FB81193D61C49EA19012871F7BA2B30A"}).encode(), {}),
    ),
    (
        signing.kdniao,
        "appkey-1",
        Push(
            urlencode(
                {"RequestData": REQUEST, "DataSign": "YzEwMWJiMzhjMzc5N2ZiYjQwZDg5NmFmMWJkZjg4OTA="}
            ).encode(),
            {},
        ),
    ),
    (
        signing.aftership,
        "webhook-1",
        Push(
            b'{"event":"tracking_update","msg":{"slug":"zto","checkpoints":[]}}',
            {"aftership-hmac-sha256": "X69I2zu/LoVSZ0QlsnSJ5gu4p1VzGHk8XzcKtf5ppfU="},
        ),
    ),
    (
        signing.easypost,
        "sécret-1",
        Push(
            b'{"object":"Event","description":"tracker.updated","result":{"tracking_details":[]}}',
            {
                "x-hmac-signature": "hmac-sha256-hex="
                "aaefccbbb6880a3e5ada9f5a9884ca6a17f838650218b94a7de38936c5b09a4a"
            },
        ),
    ),
    (
        signing.seventeen_track,
        "key-1",
        Push(
            b'{"event":"TRACKING_UPDATED","data":{"number":"RR1","carrier":3011}}',
            {"sign": "bcb1d8b6f80a7b466545b10987273439ee87e3fe6570e2bca309cb5988c9cf9f"},
        ),
    ),
    (signing.address, "s3cret", Push(b"{}", {}, "s3cret")),
]
NAMES = [rule.__name__ for rule, _, _ in MADE]


@pytest.mark.parametrize(("rule", "secret", "push"), MADE, ids=NAMES)
def test_a_signature_made_elsewhere_is_right(rule: Rule, secret: str, push: Push) -> None:
    assert rule(push, secret)


@pytest.mark.parametrize(("rule", "secret", "push"), MADE, ids=NAMES)
def test_it_is_wrong_for_another_secret_another_body_and_when_it_is_missing(
    rule: Rule, secret: str, push: Push
) -> None:
    assert not rule(push, secret + "x")
    assert not rule(Push(push.body, {}), secret) or push.headers == {}
    if push.rest:
        assert not rule(Push(push.body, push.headers), secret)
        return
    for place in range(len(push.body)):
        changed = bytes([*push.body[:place], push.body[place] ^ 1, *push.body[place + 1 :]])
        assert not rule(Push(changed, push.headers), secret) or _reads_the_same(changed, push.body)


def _reads_the_same(one: bytes, other: bytes) -> bool:
    """Whether two forms hold the same fields, or hexadecimal digits that differ in case alone."""
    forms = [Push(body, {}).form for body in (one, other)]
    return forms[0] != {} and {k: v.lower() for k, v in forms[0].items()} == {
        k: v.lower() for k, v in forms[1].items()
    }


def test_ours_holds_for_five_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    sign = "a658a1f7a2a8a2aabf8bffb533d91cbc46f72ea5accaead393d155d0468b88f5"
    push = Push(b'{"courier_code":"zto"}', {"waymart-signature": f"t=1800000000,v1={sign}"})
    for seconds, is_right in ((0, True), (-299, True), (299, True), (301, False), (-301, False)):
        monkeypatch.setattr(time, "time", lambda seconds=seconds: 1800000000 + seconds)
        assert signing.waymart(push, "ours-1") is is_right
    for broken in ("", "t=,v1=", "t=x,v1=y", "t=1800000000", f"v1={sign}", f"t=²,v1={sign}"):
        assert not signing.waymart(Push(push.body, {"waymart-signature": broken}), "ours-1")


def test_a_signature_of_kdniao_may_be_encoded_twice() -> None:
    body = urlencode(
        {"RequestData": REQUEST, "DataSign": quote("YzEwMWJiMzhjMzc5N2ZiYjQwZDg5NmFmMWJkZjg4OTA=")}
    )
    assert signing.kdniao(Push(body.encode(), {}), "appkey-1")

"""The providers that push: how each signs, what it sends, and the answer it waits for."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from ingest.contract import CONTRACT
from receiver import signing
from receiver.signing import Push, Rule

_CHINA = timezone(timedelta(hours=8))


class NotAPushError(Exception):
    """A body that is not what the provider sends; the message is a sentence for whoever sent it."""


@dataclass(frozen=True)
class Taken:
    """What is kept of a push: whole ``lines`` of a file with this stem and suffix; and the ``answer``."""

    lines: bytes
    stem: str
    suffix: str
    answer: bytes
    content_type: str = "application/json"


@dataclass(frozen=True)
class Sender:
    """A provider that pushes.

    ``rules`` are the ways it may sign, by the name that the configuration says; the first holds unless
    another is said, but for one whose rule no document confirms: there it must be said. ``take`` reads what
    was signed; it raises NotAPushError.
    """

    provider_id: str
    rules: Mapping[str, Rule]
    is_confirmed: bool
    take: Callable[[Push], Taken]


def _line(body: bytes) -> bytes:
    """Return a JSON document as one line: line ends stand in it only between its words."""
    return body.strip().replace(b"\r", b" ").replace(b"\n", b" ") + b"\n"


def _document(text: str | bytes) -> Any:
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise NotAPushError("The body is no JSON.") from None


def _no_number(word: str) -> float:
    raise ValueError(word)


def _json(push: Push) -> Any:
    document = _document(push.body)
    if not isinstance(document, dict | list):
        raise NotAPushError("The body is no JSON object.")
    return document


def _form_line(push: Push, field: str) -> tuple[Any, bytes]:
    """Return the JSON in a field of a form body, and as one line: what else stands there nobody signed."""
    if field not in push.form:
        raise NotAPushError(f"The form has no field {field}.")
    document = _document(push.form[field])
    if not isinstance(document, dict | list):
        raise NotAPushError(f"The field {field} is no JSON object.")
    try:
        return document, _line(push.form[field].encode())
    except UnicodeEncodeError:
        raise NotAPushError(f"The field {field} is no text.") from None


def _answer(said: Mapping[str, Any]) -> bytes:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


_KUAIDI100_ANSWER = _answer({"result": True, "returnCode": "200", "message": "成功"})
_SF_ANSWER = _answer({"return_code": "0000", "return_msg": "成功"})
_SF_FORM_ANSWER = b'<Response service="RoutePushService"><Head>OK</Head></Response>'
_PLAIN_ANSWER = _answer({"accepted": 1})


def _take_kuaidi100(push: Push) -> Taken:
    return Taken(_form_line(push, "param")[1], "pushed", ".jsonl", _KUAIDI100_ANSWER)


def _take_kdniao(push: Push) -> Taken:
    document, line = _form_line(push, "RequestData")
    business = document.get("EBusinessID", "") if isinstance(document, dict) else ""
    answer = {
        "EBusinessID": str(business),
        "UpdateTime": datetime.now(UTC).astimezone(_CHINA).strftime("%Y-%m-%d %H:%M:%S"),
        "Success": True,
        "Reason": "",
    }
    return Taken(line, "pushed", ".jsonl", _answer(answer))


def _take_sf(push: Push) -> Taken:
    if "application/x-www-form-urlencoded" in push.headers.get("content-type", ""):
        line = _form_line(push, "content")[1]
        return Taken(line, "pushed", ".jsonl", _SF_FORM_ANSWER, "text/xml; charset=utf-8")
    _json(push)
    return Taken(_line(push.body), "pushed", ".jsonl", _SF_ANSWER)


def _take_json(push: Push) -> Taken:
    _json(push)
    return Taken(_line(push.body), "pushed", ".jsonl", _PLAIN_ANSWER)


_ENTITIES = frozenset(entity.name for entity in CONTRACT)


def _take_waymart(push: Push) -> Taken:
    """Take a record of the contract, a list of them, or one in each line."""
    entity = push.rest
    if entity not in _ENTITIES:
        raise NotAPushError(f"The address ends in what is sent: {', '.join(sorted(_ENTITIES))}.")
    if push.body.lstrip()[:1] == b"[":
        # As text, numbers keep the digits that were sent.
        records = json.loads(push.body, parse_float=str) if _json(push) else []
        lines = [json.dumps(record, ensure_ascii=False).encode() for record in records]
    else:
        try:
            records, lines = [_document(push.body)], [_line(push.body).rstrip(b"\n")]
        except NotAPushError:
            lines = [line for line in push.body.splitlines() if line.strip()]
            records = [_document(line) for line in lines]
    if not records or not all(isinstance(record, dict) for record in records):
        raise NotAPushError(
            "The body holds no records: send a JSON object, a list of them, or one in each line."
        )
    body = b"".join(line + b"\n" for line in lines)
    return Taken(body, entity, ".jsonl", _answer({"accepted": len(records)}))


_ADDRESS: dict[str, Rule] = {"address": signing.address}

SENDERS = {
    sender.provider_id: sender
    for sender in (
        Sender("kuaidi100", {"md5": signing.kuaidi100} | _ADDRESS, True, _take_kuaidi100),
        Sender("kdniao", {"md5": signing.kdniao} | _ADDRESS, True, _take_kdniao),
        # Its products sign each their own way, or not at all.
        Sender("sf", _ADDRESS, False, _take_sf),
        Sender("aftership", {"hmac-sha256": signing.aftership} | _ADDRESS, True, _take_json),
        Sender("easypost", {"hmac-sha256": signing.easypost} | _ADDRESS, True, _take_json),
        Sender("17track", {"sha256": signing.seventeen_track} | _ADDRESS, False, _take_json),
        Sender("waymart", {"hmac-sha256": signing.waymart}, True, _take_waymart),
    )
}

"""Pushes as the providers send them, signed by this module's own code, and a receiver to send them to."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette

from receiver.configuration import Door, read_doors
from receiver.segments import Segments
from receiver.server import Receiver

SECRET = "a secret of the tests"
FORM = {"content-type": "application/x-www-form-urlencoded"}

#: Provider → how its rule is called in the configuration.
RULES = {
    "kuaidi100": "md5",
    "kdniao": "md5",
    "sf": "address",
    "aftership": "hmac-sha256",
    "easypost": "hmac-sha256",
    "17track": "sha256",
    "waymart": "hmac-sha256",
}


def doors(folder: Path, **more: object) -> dict[str, Door]:
    """All providers that push, with one secret; ``more`` is said of each of them."""
    path = folder / "receive.toml"
    said = "".join(f"{name} = {json.dumps(value)}\n" for name, value in more.items())
    path.write_text(
        "".join(f'["{name}"]\nsecret = "{SECRET}"\nrule = "{rule}"\n{said}' for name, rule in RULES.items())
    )
    path.chmod(0o600)
    return read_doors(path, {})


@asynccontextmanager
async def receiving(
    doors: dict[str, Door], folder: Path, max_bytes: int = 1 << 30, min_free_bytes: int = 0
) -> AsyncIterator[httpx.AsyncClient]:
    """A receiver in this process that writes below the folder; what it took is in ``spool`` at the end."""
    app = Receiver(doors, Segments(folder / "receiving", folder / "spool", max_bytes, min_free_bytes))
    transport = httpx.ASGITransport(app)
    async with (
        Starlette(lifespan=app.lifespan).router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://receiver") as client,
    ):
        yield client


def signed(provider_id: str, document: Any) -> tuple[str, bytes, dict[str, str]]:
    """Address, body and headers of a provider's push of a document."""
    text = json.dumps(document, ensure_ascii=False)
    body, headers, rest = text.encode(), {"content-type": "application/json"}, ""
    key = SECRET.encode()
    if provider_id == "kuaidi100":
        sign = hashlib.md5(body + key).hexdigest().upper()
        body, headers = urlencode({"sign": sign, "param": text}).encode(), FORM
    elif provider_id == "kdniao":
        sign = base64.b64encode(hashlib.md5(body + key).hexdigest().encode()).decode()
        form = {"RequestData": text, "DataSign": sign, "RequestType": "102"}
        body, headers = urlencode(form).encode(), FORM
    elif provider_id == "sf":
        rest = f"/{SECRET}"
    elif provider_id == "aftership":
        headers["aftership-hmac-sha256"] = base64.b64encode(hmac.digest(key, body, "sha256")).decode()
    elif provider_id == "easypost":
        headers["x-hmac-signature"] = f"hmac-sha256-hex={hmac.digest(key, body, 'sha256').hex()}"
    elif provider_id == "17track":
        headers["sign"] = hashlib.sha256(body + b"/" + key).hexdigest()
    else:
        at = str(int(time.time()))
        headers["waymart-signature"] = (
            f"t={at},v1={hmac.digest(key, at.encode() + b'.' + body, 'sha256').hex()}"
        )
        rest = "/waybill_events"
    return f"/push/{provider_id}{rest}", body, headers


def scan(number: str, at: str = "2019-06-30 12:00:00", text: str = "已揽收") -> dict[str, Any]:
    """A push of Kuaidi100 with one scan of a parcel."""
    scans = [{"time": at, "context": text, "statusCode": "103", "areaName": "浙江,杭州市"}]
    return {"status": "polling", "lastResult": {"com": "zhongtong", "nu": number, "data": scans}}


def lines(folder: Path) -> list[str]:
    """Every line that was kept below the folder, whichever file it is in."""
    return [line for file in sorted(folder.rglob("*-*")) for line in file.read_text().splitlines()]


#: A document of each provider that holds a parcel.
DOCUMENTS: dict[str, Any] = {
    "kuaidi100": scan("73100000001"),
    "kdniao": {
        "EBusinessID": "1237100",
        "Count": "1",
        "Data": [
            {
                "ShipperCode": "ZTO",
                "LogisticCode": "73100000001",
                "Traces": [{"AcceptTime": "2019-06-30 12:00:00", "AcceptStation": "已揽收", "Action": "1"}],
            }
        ],
    },
    "sf": {
        "Body": {
            "WaybillRoute": [
                {
                    "mailno": "SF1000000000001",
                    "acceptTime": "2019-06-30 12:00:00",
                    "remark": "已收取快件",
                    "opCode": "50",
                    "id": "1",
                    "acceptAddress": "杭州市",
                }
            ]
        }
    },
    "aftership": {
        "event": "tracking_update",
        "msg": {
            "slug": "usps",
            "tracking_number": "9400100000000000000001",
            "checkpoints": [
                {"checkpoint_time": "2019-06-30T12:00:00-04:00", "tag": "InTransit", "message": "Arrived"}
            ],
        },
    },
    "easypost": {
        "object": "Event",
        "result": {
            "carrier": "USPS",
            "tracking_code": "9400100000000000000001",
            "tracking_details": [
                {"datetime": "2019-06-30T12:00:00Z", "status": "in_transit", "message": "Arrived"}
            ],
        },
    },
    "17track": {
        "event": "TRACKING_UPDATED",
        "data": {
            "number": "RR100000001CN",
            "carrier": 3011,
            "track_info": {
                "tracking": {
                    "providers": [
                        {
                            "events": [
                                {
                                    "time_utc": "2019-06-30T12:00:00Z",
                                    "stage": "PickedUp",
                                    "sub_status": "InTransit_PickedUp",
                                    "description": "Picked up",
                                }
                            ]
                        }
                    ]
                }
            },
        },
    },
    "waymart": {
        "courier_code": "zto",
        "waybill_number": "73100000001",
        "event_code": "picked_up",
        "occurred_at": "2019-06-30T12:00:00Z",
    },
}

"""Pushes for programs of this room: a receiver of its own, and who pushes to it."""

import hashlib
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.figures import WAYMART

SECRET = "a secret of the benchmarks"
_START_SECONDS = 60


def kuaidi100(number: str, scans: int = 1) -> bytes:
    """Return the body of a push of Kuaidi100, signed: the history of one parcel."""
    history = [
        {
            "time": f"2019-06-{1 + n:02} 12:00:00",
            "context": f"【杭州市】快件已到达 杭州中转部{n}",
            "statusCode": "0",
            "areaName": "浙江,杭州市",
        }
        for n in reversed(range(scans))
    ]
    said = {"status": "polling", "lastResult": {"com": "zhongtong", "nu": number, "data": history}}
    text = json.dumps(said, ensure_ascii=False)
    return urlencode({"param": text, "sign": sign(text)}).encode()


def sign(text: str) -> str:
    """Return Kuaidi100's signature of what a push says."""
    return hashlib.md5((text + SECRET).encode()).hexdigest().upper()


FORM = {"content-type": "application/x-www-form-urlencoded"}


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(home: Path) -> dict[str, str]:
    """Return the environment of a receiver that lets Kuaidi100 push."""
    return os.environ | {
        "WAYMART_HOME": str(home),
        "WAYMART_PUSH_SECRET_KUAIDI100": SECRET,
        "PYTHONUNBUFFERED": "1",
    }


@contextmanager
def receiver(home: Path, port: int, processes: int = 1) -> Iterator["subprocess.Popen[bytes]"]:
    """A receiver that takes pushes; told to stop at the end, unless it was killed."""
    command = [*WAYMART, "receive", "--port", str(port), "--processes", str(processes)]
    with subprocess.Popen(command, env=environment(home), stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + _START_SECONDS
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("the receiver did not start")
            time.sleep(0.02)
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)


def _answers(port: int) -> bool:
    with suppress(OSError):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False

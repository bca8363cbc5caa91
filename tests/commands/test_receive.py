"""What is pushed is answered, followed within seconds, published and gone from the spool; nobody is kept."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from small_line import KEY, ROOT, SmallLine

from benchmarks.pushing import FORM, SECRET, free_port, kuaidi100
from benchmarks.pushing import receiver as taking
from receiver.server import CONNECTIONS
from serving.live import read_worker

ENVIRONMENT = os.environ | {
    "WAYMART_PSEUDONYM_KEY": KEY.decode(),
    "WAYMART_PUSH_SECRET_KUAIDI100": SECRET,
    "PYTHONUNBUFFERED": "1",
}


def wait_for(condition: Callable[[], bool], seconds: float = 150) -> None:
    ended = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ended, "waited in vain"
        time.sleep(0.05)


@contextmanager
def running(line: SmallLine, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [*line.program("cli.main()"), *arguments]
    with subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)


def answers(port: int) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    return False


def ended(line: SmallLine, *arguments: str) -> tuple[int, str]:
    command = [*line.program("cli.main()"), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    return done.returncode, done.stderr + done.stdout


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_push_is_followed_then_published_and_nothing_of_it_is_left_in_the_spool(
    line: SmallLine, processes: str
) -> None:
    settings, port = line.settings, free_port()
    for seed in ("courier_codes.csv", "event_codes.csv"):
        shutil.copy(ROOT / "dbt_project" / "seeds" / seed, settings.dbt_project / "seeds" / seed)
    body = kuaidi100("73100000001", 2)
    with (
        running(line, "receive", "--port", str(port), "--processes", processes) as receiver,
        running(line, "work", "--every", "0") as worker,
    ):
        wait_for(lambda: answers(port))
        answer = httpx.post(f"http://127.0.0.1:{port}/push/kuaidi100", content=body, headers=FORM)
        assert answer.status_code == 200
        wait_for(lambda: any(settings.live.glob("[!.]*.parquet")))
        wait_for(lambda: settings.published_file() is not None)
        wait_for(lambda: not any(settings.live.glob("[!.]*.parquet")))
        assert not any(settings.spool.glob("*/*"))
        assert line.rows("select waybill_number, count(*) from raw.waybill_events group by all") == [
            ("73100000001", 2)
        ]
        # Another that works on this warehouse is told who does.
        code, said = ended(line, "work")
        assert code == 1
        assert f"Process {worker.pid} works on this warehouse already" in said
        state = read_worker(settings.worker)
        assert state is not None
        assert (state.process_id, state.waiting_count, state.refused_count) == (worker.pid, 0, 0)
        assert state.lag_seconds is not None
        wait_for(lambda: f"Worker (process {worker.pid})" in ended(line, "status")[1])
        receiver.send_signal(signal.SIGTERM)
        assert receiver.wait(30) in (0, -signal.SIGTERM)
        # What was taken is counted for whoever runs it; nothing of a push, nor of a secret, is said.
        assert receiver.stderr is not None
        log = receiver.stderr.read()
        assert "kuaidi100: 1 answered 200." in log
        assert SECRET not in log
        assert "73100000001" not in log
    assert not any(path.is_file() for path in settings.receiving.rglob("*"))
    for folder in (settings.receiving, settings.spool):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_pushes_that_come_while_nobody_works_are_published_once_somebody_does(line: SmallLine) -> None:
    port = free_port()
    with running(line, "receive", "--port", str(port)) as receiver:
        wait_for(lambda: answers(port))
        for number in range(3):
            body = kuaidi100(f"7310000000{number}")
            answer = httpx.post(f"http://127.0.0.1:{port}/push/kuaidi100", content=body, headers=FORM)
            assert answer.is_success
        receiver.kill()
    # What a killed receiver left is taken up by the next one.
    with running(line, "receive", "--port", str(port)):
        wait_for(lambda: answers(port))
    with running(line, "work", "--every", "0"):
        wait_for(lambda: line.settings.published_file() is not None)
        wait_for(lambda: not any(line.settings.spool.glob("*/*")))
    assert line.rows("select count(distinct waybill_number), count(*) from raw.waybill_events") == [(3, 3)]


def test_nobody_may_push_without_a_secret_nor_over_an_open_address(line: SmallLine, tmp_path: Path) -> None:
    environment = {name: value for name, value in ENVIRONMENT.items() if "PUSH" not in name}
    command = [*line.program("cli.main()"), "receive"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Nobody may push yet: write ")
    code, said = ended(line, "receive", "--address", "0.0.0.0")
    assert code == 1
    assert "say --behind-tls" in said
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"Port {port} is taken" in ended(line, "receive", "--port", port)[1]


def test_a_push_that_was_caught_is_verified_and_rehearsed_without_writing(
    line: SmallLine, tmp_path: Path
) -> None:
    whole = SmallLine(tmp_path / "whole", is_whole=True)
    file = tmp_path / "captured.http"
    head = "POST /push/kuaidi100 HTTP/1.1\r\nhost: example.com\r\ncontent-type: " + FORM["content-type"]
    file.write_bytes(head.encode() + b"\r\n\r\n" + kuaidi100("73100000001", 2))
    code, said = ended(whole, "receive", "--check", "kuaidi100", str(file))
    assert code == 0, said
    assert "The signature is right" in said
    assert json.loads(said.split("The answer: ")[1].splitlines()[0])["result"] is True
    assert "Nothing was written" in said
    file.write_bytes(head.encode() + b"\r\n\r\n" + kuaidi100("73100000001", 2).replace(b"73100", b"73200"))
    code, said = ended(whole, "receive", "--check", "kuaidi100", str(file))
    assert (code, "The signature is not right" in said) == (1, True)
    assert not whole.settings.home.exists() or not any(whole.settings.home.rglob("*.*"))


def test_a_body_that_does_not_come_is_ended_and_others_are_served_meanwhile(line: SmallLine) -> None:
    port = free_port()
    with running(line, "receive", "--port", str(port)):
        wait_for(lambda: answers(port))
        with socket.create_connection(("127.0.0.1", port), timeout=90) as slow:
            slow.sendall(b"POST /push/kuaidi100 HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nparam=")
            body = kuaidi100("73100000001")
            answer = httpx.post(f"http://127.0.0.1:{port}/push/kuaidi100", content=body, headers=FORM)
            assert answer.is_success
            assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert answers(port)


def test_beyond_its_connections_a_push_is_to_come_again_and_does_once_some_have_gone(tmp_path: Path) -> None:
    home, port = tmp_path / "home", free_port()
    address = f"http://127.0.0.1:{port}/push/kuaidi100"
    with taking(home, port), ExitStack() as idle:
        held = [idle.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(CONNECTIONS)]
        refused = httpx.post(address, content=kuaidi100("73100000001"), headers=FORM)
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert refused.headers["connection"] == "close"
        assert not any((home / "spool").rglob("*.jsonl"))
        for connection in held[:10]:
            connection.close()
        wait_for(
            lambda: httpx.post(address, content=kuaidi100("73100000001"), headers=FORM).status_code == 200, 20
        )

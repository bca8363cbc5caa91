import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from small_line import ROOT, SmallLine

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc/net/tcp")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_up(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
            return bool(answer.read() == b"ok")
    except (urllib.error.URLError, ConnectionError):
        return False


def _listening(port: int) -> set[str]:
    """The addresses on which someone listens at this port, as the kernel writes them."""
    found = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/net/{table}") as file:  # noqa: PTH123 - the kernel's file has no size
            for row in file.readlines()[1:]:
                _, local, _, state, *_ = row.split()
                if state == "0A" and int(local.rpartition(":")[2], 16) == port:
                    found.add(local.rpartition(":")[0])
    return found


def test_the_pages_are_served_to_this_machine_only_and_stop_with_ctrl_c(published_line: SmallLine) -> None:
    port = _free_port()
    server = subprocess.Popen(
        [*published_line.program("cli.main()"), "dashboards", "--port", str(port)],
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        ends = time.monotonic() + 60
        while not _is_up(port):
            assert time.monotonic() < ends, "the pages did not come up"
            assert server.poll() is None, server.communicate()
            time.sleep(0.1)
        assert _listening(port) == {"0100007F"}
        second = published_line.waymart("dashboards", "--port", str(port))
        assert second.returncode == 1
        assert second.stderr == (
            f"Port {port} is taken: stop what runs there, or choose another with --port.\n"
        )
    finally:
        os.killpg(server.pid, signal.SIGINT)
        _, errors = server.communicate(timeout=30)
    assert server.returncode == 0
    assert "Traceback" not in errors


def test_another_address_needs_a_sign_in_and_is_refused_with_the_reason(published_line: SmallLine) -> None:
    refused = published_line.waymart("dashboards", "--port", str(_free_port()), "--address", "0.0.0.0")
    assert refused.returncode == 1
    assert refused.stderr.startswith(
        "On 0.0.0.0 others could read every shop's rows, and nobody has to sign in"
    )
    assert "sign_in.toml" in refused.stderr
    assert not (published_line.settings.home / "session.key").exists()

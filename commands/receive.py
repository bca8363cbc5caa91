"""The command that takes what is pushed: ``waymart receive``."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from commands.steps import rehearse_files
from warehouse.errors import WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from socket import socket

    from receiver.configuration import Door

group = typer.Typer()

#: Bytes of pushes that may wait to be loaded; more are refused until the worker has come after.
_SPOOL_BYTES = 4 << 30


@group.command(epilog="Examples: `waymart receive` · `waymart receive --check kuaidi100 captured.http`")
def receive(
    check: Annotated[
        tuple[str, Path] | None,
        typer.Option(
            "--check",
            metavar="PROVIDER FILE",
            help="Only tell what would become of a push that was caught: FILE is the request as it came.",
        ),
    ] = None,
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8502,
    address: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    processes: Annotated[
        int, typer.Option(min=1, help="Processes that share the port, for more pushes than one core takes.")
    ] = 1,
    behind_tls: Annotated[
        bool, typer.Option("--behind-tls", help="Others reach the address only through a server with TLS.")
    ] = False,
) -> None:
    """Take what providers push, durable before it is answered; `waymart work` loads and publishes it.

    Who may push stands in `receive.toml`, or in variables like WAYMART_PUSH_SECRET_KUAIDI100 (see README).
    """
    import socket

    from commands.console import out
    from receiver.configuration import ConfigurationError, read_doors
    from receiver.server import listen
    from serving.access import is_loopback

    settings = Settings.from_environment()
    try:
        doors = read_doors(settings.receive)
    except ConfigurationError as error:
        raise WaymartError(str(error)) from None
    if not doors:
        raise WaymartError(
            f"Nobody may push yet: write {settings.receive}, or set WAYMART_PUSH_SECRET_KUAIDI100 or another."
        )
    if check is not None:
        _check(settings, doors, *check)
        return
    if not is_loopback(address) and not behind_tls:
        raise WaymartError(
            f"On {address} pushes would come without TLS: put a server with TLS in front and say "
            "--behind-tls, or listen on 127.0.0.1."
        )
    with socket.socket() as probe:
        if probe.connect_ex((address, port)) == 0:
            raise WaymartError(f"Port {port} is taken: stop what runs there, or choose another with --port.")
    listening = [listen(address, port) for _ in range(processes)]
    for provider_id in doors:
        out.print(f"http://{address}:{port}/push/{provider_id}", markup=False)
    out.print("Pushes are taken there; stop with Ctrl-C.")
    _take(settings, doors, listening)


def _take(settings: Settings, doors: "Mapping[str, Door]", listening: "Sequence[socket]") -> None:
    """Take pushes in this process, or in a child for each socket; when one ends, all do."""
    import logging
    import os
    import signal

    from receiver.segments import Segments
    from receiver.server import serve
    from warehouse.fork import Fork

    said = logging.StreamHandler()
    said.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logging.getLogger("waymart").addHandler(said)
    logging.getLogger("waymart").setLevel(logging.INFO)

    def take(one: "socket") -> int:
        serve(doors, Segments(settings.receiving, settings.spool, _SPOOL_BYTES), one)
        return 0

    if len(listening) == 1:
        take(listening[0])
        return
    forks = [Fork(partial(take, one)) for one in listening]

    is_told = False

    def stop(*_: object) -> None:
        nonlocal is_told
        is_told = True
        for fork in forks:
            fork.send(signal.SIGTERM)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    was_told = is_told
    stop()
    for fork in forks:
        fork.wait()
    if not was_told:
        raise WaymartError("A process that took pushes ended by itself; what was answered for is kept.")


def _check(settings: Settings, doors: "Mapping[str, Door]", provider_id: str, file: Path) -> None:
    """Tell of a push that was caught whether it is signed, how it is answered, and what it would load."""
    from commands.console import out
    from ingest.finding.find import find_files
    from receiver.captured import read_captured
    from receiver.senders import NotAPushError

    door = doors.get(provider_id)
    if door is None:
        raise WaymartError(f"{provider_id} may not push: those that may are {', '.join(sorted(doors))}.")
    try:
        push = read_captured(file)
    except ValueError:
        raise WaymartError(f"{file} is no request: headers, an empty line, the body as it came.") from None
    if not door.is_signed(push):
        raise WaymartError("The signature is not right: it would be answered 401, and nothing written.")
    try:
        taken = door.sender.take(push)
    except NotAPushError as error:
        raise WaymartError(f"It would be answered 400, and nothing written: {error}") from None
    out.print(f"The signature is right. The answer: {taken.answer.decode()}", markup=False)
    with TemporaryDirectory() as folder:
        path = Path(folder, f"{taken.stem}{taken.suffix}")
        path.write_bytes(taken.lines)
        rehearse_files(settings, provider_id, find_files(provider_id, [path]), {})

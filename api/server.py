"""The server: the pages behind the gate, with the routes beside them, in one process."""

from contextlib import suppress
from pathlib import Path

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from streamlit.web.bootstrap import load_config_options

from api.files import Files
from api.gate import ENDS_HEADER, GRANT_HEADER, USER_HEADER, Gate
from api.health import Health
from api.sessions import Sessions
from api.sign_in import SignIn, read_sign_in
from serving.access import is_loopback
from warehouse.errors import WaymartError
from warehouse.settings import Settings


def serve(settings: Settings, pages: Path, address: str, port: int) -> None:
    """Serve the pages, whose entry is a Streamlit script, until the process is told to stop.

    Raises:
        WaymartError: others than this machine could reach the pages and nobody would have to sign in, or the
            sign-in cannot be read.
    """
    sign_in = read_sign_in(settings.sign_in)
    if sign_in is None and not is_loopback(address):
        raise WaymartError(
            f"On {address} others could read every shop's rows, and nobody has to sign in: write "
            f"{settings.sign_in} first, as README shows, or serve on 127.0.0.1."
        )
    app = create_app(settings, pages, sign_in)
    load_config_options(
        {
            "server.address": address,
            "server.port": port,
            "server.headless": True,
            "browser.gatherUsageStats": False,
            # Read by ``dashboards.reader``; the gate takes away what a client writes there.
            "server.trustedUserHeaders": {
                USER_HEADER.decode(): "waymart_user",
                ENDS_HEADER.decode(): "waymart_session_ends_at",
                GRANT_HEADER.decode(): "waymart_grant",
            },
        }
    )
    shown = sign_in.address if sign_in else f"http://{address}:{port}"
    print(f"The pages are on {shown}; stop with Ctrl-C.", flush=True)
    with suppress(KeyboardInterrupt):
        uvicorn.run(
            app,
            host=address,
            port=port,
            access_log=False,
            log_level="warning",
            server_header=False,
            ws_ping_interval=30,
            ws_ping_timeout=30,
            timeout_graceful_shutdown=3,
        )


def create_app(settings: Settings, pages: Path, sign_in: SignIn | None) -> st.App:
    """Return the pages and routes behind the gate; without a sign-in they are for this machine alone."""
    secret = settings.session_key()
    sessions = Sessions(secret, sign_in, settings.ended_sessions) if sign_in else None
    return st.App(
        pages,
        secrets=sign_in.streamlit_secrets(secret) if sign_in else None,
        routes=[*Files(settings, secret).routes, *Health(settings).routes],
        middleware=[Middleware(Gate, access=settings.access, sign_in=sign_in, sessions=sessions)],
    )

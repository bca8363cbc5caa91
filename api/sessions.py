"""Whose session a request belongs to: Streamlit's signed cookie, its age, and the sessions ended before."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from itsdangerous import BadSignature, URLSafeTimedSerializer
from streamlit.auth_util import get_cookie_with_chunks

from api.sign_in import SignIn
from serving.access import Identity

#: The cookie of ``st.login``; what does not fit goes on in cookies of its name and a number.
USER_COOKIE = "_streamlit_user"

#: How long a session lasts after signing in.
SESSION = timedelta(hours=12)


@dataclass(frozen=True)
class Session:
    """One signing in of one person. ``keys`` name its parts, and nobody can sign in by them."""

    keys: tuple[str, ...]
    identity: Identity


class Sessions:
    """The sessions of a server and of all others that share its folder."""

    def __init__(self, secret: str, sign_in: SignIn, ended: Path) -> None:
        self._secret, self._sign_in, self._ended = secret, sign_in, ended
        ended.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(ended, timeout=30)) as connection, connection:
            connection.execute(
                "create table if not exists ended (key text primary key, ends_at text not null)"
            )
            connection.execute("delete from ended where ends_at < ?", [datetime.now(UTC).isoformat()])

    def of(self, cookies: Mapping[str, str], now: datetime | None = None) -> Session | None:
        """Return the session that the cookies prove; None where they prove none that still lasts.

        A key is made of what was signed, not of the cookie's text: the same signature can be written in
        several ways, and each would be another text. Each part of a long cookie has its own, so that parts of
        two ended sessions make no third one.
        """
        signed_at: list[datetime] = []
        keys: list[str] = []

        def read(name: str) -> bytes | None:
            try:
                value, at = URLSafeTimedSerializer(self._secret, salt=name).loads(
                    cookies.get(name, ""), return_timestamp=True
                )
            except BadSignature:
                return None
            signed_at.append(at)
            if not str(value).startswith("chunks-"):  # the count of parts is the same for everybody
                keys.append(hashlib.sha256(f"{name} {at.isoformat()} {value}".encode()).hexdigest())
            return str(value).encode()

        content = get_cookie_with_chunks(read, USER_COOKIE)
        if content is None:
            return None
        ends_at = min(signed_at) + SESSION
        claims = json.loads(content)
        user = self._sign_in.user_of(claims)
        if user is None or claims.get("origin") != self._sign_in.address or not claims.get("is_logged_in"):
            return None
        session = Session(tuple(keys), Identity(user, ends_at))
        return session if self.lasts(session, now) else None

    def lasts(self, session: Session, now: datetime | None = None) -> bool:
        """Tell whether the session is neither over nor ended."""
        if session.identity.ends_at <= (now or datetime.now(UTC)):
            return False
        with closing(sqlite3.connect(self._ended, timeout=30)) as connection:
            asked = f"select 1 from ended where key in ({', '.join('?' * len(session.keys))})"
            return connection.execute(asked, session.keys).fetchone() is None

    def end(self, session: Session) -> None:
        """End a session for good; on the disk when this returns, and heeded by the next request anywhere."""
        with closing(sqlite3.connect(self._ended, timeout=30)) as connection, connection:
            connection.execute("pragma synchronous = full")
            connection.executemany(
                "insert or ignore into ended values (?, ?)",
                [(key, session.identity.ends_at.isoformat()) for key in session.keys],
            )

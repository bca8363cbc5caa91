"""Cookies as `st.login` writes them, for the tests that come to the gate without a browser."""

import json
from datetime import datetime
from typing import Any
from unittest.mock import patch

from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from api.sessions import USER_COOKIE
from api.sign_in import SignIn

SECRET = "s" * 64
SIGN_IN = SignIn("https://waymart.example.com", "https://id.example.com/.well-known", "waymart", "secret")


def claims(user: str, **more: Any) -> dict[str, Any]:
    return {
        "email": user,
        "email_verified": True,
        "nonce": f"of {user}",
        "origin": SIGN_IN.address,
        "is_logged_in": True,
        "provider": "default",
    } | more


def signed(value: str, at: datetime | None = None, name: str = USER_COOKIE, secret: str = SECRET) -> str:
    """Sign a cookie now, or as it was done then."""
    if at is None:
        return str(URLSafeTimedSerializer(secret, salt=name).dumps(value))
    with patch.object(TimestampSigner, "get_timestamp", lambda self: int(at.timestamp())):
        return str(URLSafeTimedSerializer(secret, salt=name).dumps(value))


def cookies_of(user: str, at: datetime | None = None, **more: Any) -> dict[str, str]:
    return {USER_COOKIE: signed(json.dumps(claims(user, **more)), at)}

"""Which provider vouches for people, and where they reach the pages: ``sign_in.toml`` in WAYMART_HOME."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from serving.access import is_loopback
from warehouse.errors import WaymartError


@dataclass(frozen=True)
class SignIn:
    """An OpenID Connect provider and this server as it knows it.

    ``address`` is what people's browsers show, without a path. ``user_claim`` is the claim by which
    ``access.toml`` names people: ``email``, which the provider must have verified, or one that never changes
    hands.
    """

    address: str
    server_metadata_url: str
    client_id: str
    client_secret: str
    user_claim: str = "email"

    @property
    def is_over_tls(self) -> bool:
        """Whether browsers reach the pages over TLS."""
        return self.address.startswith("https://")

    def user_of(self, claims: dict[str, Any]) -> str | None:
        """Return whom the provider vouches for; None where it does not."""
        user = claims.get(self.user_claim)
        if not isinstance(user, str) or not user:
            return None
        if self.user_claim == "email" and claims.get("email_verified") is not True:
            return None  # anybody may write anybody's address into an account of theirs
        return user

    def streamlit_secrets(self, cookie_secret: str) -> dict[str, Any]:
        """Return the section that ``st.login`` reads."""
        return {
            "auth": {
                "redirect_uri": f"{self.address}/oauth2callback",
                "cookie_secret": cookie_secret,
                "client_id": self.client_id,
                "client_secret": self.client_secret,
                "server_metadata_url": self.server_metadata_url,
            }
        }


def read_sign_in(path: Path) -> SignIn | None:
    """Return the sign-in, None where there is no file; raises WaymartError for one that cannot be right."""
    if not path.exists():
        return None
    try:
        found = SignIn(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise WaymartError(f"{path} is no sign-in: {error}. README shows one.") from None
    for name in ("address", "server_metadata_url"):
        _check_address(path, name, getattr(found, name))
    if urlsplit(found.address).path:
        raise WaymartError(f"{path}: address is without a path, like https://waymart.example.com.")
    if not found.client_id or not found.client_secret:
        raise WaymartError(f"{path}: client_id and client_secret are what the provider gave you.")
    return found


def _check_address(path: Path, name: str, address: object) -> None:
    parts = urlsplit(str(address))
    if parts.scheme == "https" and parts.hostname:
        return
    if parts.scheme == "http" and is_loopback(parts.hostname or ""):
        return
    raise WaymartError(f"{path}: {name} begins with https:// (http:// is for this machine alone).")

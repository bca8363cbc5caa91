"""Whether a push is from whom it says: each provider's rule, on the body as it came.

A rule returns true for a push that was signed with the secret. Comparisons take the same time wherever two
texts part, so that a signature cannot be found letter by letter.
"""

import base64
import hashlib
import hmac
import time
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from yarl import URL

#: So far our own signature's time may lie from ours, seconds: an older push is one that was caught and sent
#: again.
_WINDOW_SECONDS = 300


@dataclass(frozen=True)
class Push:
    """A request as it came; the names of ``headers`` are lower case.

    ``rest`` is what stood in the address behind the provider's name: an entity, or a secret.
    """

    body: bytes
    headers: Mapping[str, str]
    rest: str = ""

    @cached_property
    def form(self) -> dict[str, str]:
        """The fields of a form body, the last of each name; none where it is no text."""
        try:
            # Decoded in Python it would take a third of all the time that a push takes.
            return dict(URL.build(query_string=self.body.decode(), encoded=True).query)
        except ValueError:
            return {}


Rule = Callable[[Push, str], bool]


def kuaidi100(push: Push, salt: str) -> bool:
    """Check ``sign`` = md5(``param`` + salt) in hexadecimal (api.kuaidi100.com/document, push)."""
    want = hashlib.md5((push.form.get("param", "") + salt).encode()).hexdigest()
    return _same(want, push.form.get("sign", "").lower())


def kdniao(push: Push, key: str) -> bool:
    """Check ``DataSign`` = base64 of md5(``RequestData`` + key) in hexadecimal (kdniao.com, push 101/102)."""
    digest = hashlib.md5((push.form.get("RequestData", "") + key).encode()).hexdigest()
    given = push.form.get("DataSign", "")
    # Some of its clients encode the signature before the form is.
    return _same(base64.b64encode(digest.encode()).decode(), unquote(given) if "%" in given else given)


def aftership(push: Push, secret: str) -> bool:
    """Check the header ``aftership-hmac-sha256`` = base64 of the HMAC (aftership.com/docs/tracking)."""
    digest = hmac.digest(secret.encode(), push.body, "sha256")
    return _same(base64.b64encode(digest).decode(), push.headers.get("aftership-hmac-sha256", ""))


def easypost(push: Push, secret: str) -> bool:
    """Check the header ``x-hmac-signature`` = ``hmac-sha256-hex=…``, secret in NFKD (EasyPost's clients)."""
    digest = hmac.digest(unicodedata.normalize("NFKD", secret).encode(), push.body, "sha256")
    return _same(f"hmac-sha256-hex={digest.hex()}", push.headers.get("x-hmac-signature", ""))


def seventeen_track(push: Push, key: str) -> bool:
    """Check the header ``sign`` = sha256(body + ``/`` + key) in hexadecimal."""
    want = hashlib.sha256(push.body + b"/" + key.encode()).hexdigest()
    return _same(want, push.headers.get("sign", "").lower())


def waymart(push: Push, secret: str) -> bool:
    """Check the header ``waymart-signature`` = ``t=<unix seconds>,v1=<HMAC of t.body>``."""
    parts = push.headers.get("waymart-signature", "").split(",")
    given = dict(part.strip().partition("=")[::2] for part in parts)
    at = given.get("t", "")
    if not (at.isascii() and at.isdigit() and len(at) < 12):
        return False
    digest = hmac.digest(secret.encode(), f"{at}.".encode() + push.body, "sha256").hex()
    return _same(digest, given.get("v1", "")) and abs(time.time() - int(at)) <= _WINDOW_SECONDS


def address(push: Push, secret: str) -> bool:
    """Check that the secret stands in the address, for a provider that signs nothing."""
    return _same(secret, push.rest)


def _same(want: str, given: str) -> bool:
    return hmac.compare_digest(want.encode(), given.encode(errors="replace"))

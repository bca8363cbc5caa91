"""A push that was caught, read from a file: the request as it came."""

import re
from http.client import HTTPException, parse_headers
from io import BytesIO
from pathlib import Path

from receiver.signing import Push

_REQUEST = re.compile(rb"POST (\S+)( HTTP/[\d.]+)?\r?\n")


def read_captured(path: Path) -> Push:
    """Read a request: the line ``POST address`` if it was kept, headers, an empty line, the body.

    Raises:
        ValueError: the file holds no headers.
    """
    text = path.read_bytes()
    request = _REQUEST.match(text)
    file = BytesIO(text[request.end() :] if request else text)
    try:
        headers = parse_headers(file)
    except HTTPException:
        raise ValueError("headers") from None
    if not headers.keys():
        raise ValueError("headers")
    parts = request[1].decode(errors="replace").split("/push/", 1)[-1].split("/") if request else []
    # Python reads headers as Latin-1, which is what they are sent in.
    return Push(file.read(), {name.lower(): value for name, value in headers.items()}, "/".join(parts[1:]))

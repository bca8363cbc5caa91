"""Reads the bytes of a file, unpacked, within a stated limit."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow

from ingest.errors import IntakeError

#: A packed file may hold this many times its own size, or ``SAFE_BYTES`` where that is more. JSON lines of
#: scans that repeat whole histories reach about 100.
MAX_RATIO = 200
SAFE_BYTES = 1 << 28
_BLOCK_BYTES = 1 << 22


def unpacked(path: Path, compression: str, block_bytes: int = _BLOCK_BYTES) -> Iterator[bytes]:
    """Yield the bytes of a file in blocks.

    Raises OSError where a packed file is damaged or breaks off, IntakeError where it holds more than it may.
    """
    with pyarrow.OSFile(str(path)) as file:
        limit = max(file.size() * MAX_RATIO, SAFE_BYTES)
        if compression == "uncompressed":
            while block := file.read(block_bytes):
                yield block
            return
        with pyarrow.CompressedInputStream(file, compression) as stream:
            size = 0
            while block := stream.read(block_bytes):
                size += len(block)
                if size > limit:
                    raise IntakeError(
                        f"{path.name} holds more than {MAX_RATIO} times its own size, as if made to fill the "
                        "disk: unpack it yourself if you trust it."
                    )
                yield block

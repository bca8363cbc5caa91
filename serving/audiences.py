"""Audiences that analysts keep by a name: a ranked list of pseudonyms, and what it is and how good it is.

Each is a folder's Parquet file of rows beside a small JSON file, for their owner alone to read. No merchant
gets one, nor learns how many stand in it.
"""

import io
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from serving.access import Grant, RefusedError
from serving.kept import KeptError

#: What an audience may be called: it is the name of a file.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")

COLUMNS = {"rank": pl.Int64, "consumer_id": pl.String, "tier_fixed": pl.String, "score": pl.Float64}


@dataclass(frozen=True)
class Audience:
    """What a kept list is of and how well it finds whom it was not told of."""

    name: str
    products: tuple[str, ...]
    #: Who bought one of the products so soon after its first sale is whom the others are compared with.
    early_days: int
    buyer_count: int
    #: Of those held out, how many times as many stand in the first tenth as chance would put there.
    top_tenth_lift: float
    listed_count: int
    tier_counts: Mapping[str, int]
    kept_at: datetime


def keep(folder: Path, audience: Audience, rows: pl.DataFrame) -> Path:
    """Write an audience for its owner alone, in the place of one of that name; return the list's path.

    Raises KeptError for a name that is none of a file.
    """
    if not _NAME.fullmatch(audience.name):
        raise KeptError(f"{audience.name!r} is no name: use letters, digits, - and _, 64 at most.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    written = io.BytesIO()
    rows.select(pl.col(name).cast(dtype) for name, dtype in COLUMNS.items()).write_parquet(written)
    about = json.dumps(
        {**asdict(audience), "kept_at": audience.kept_at.isoformat()}, indent=2, ensure_ascii=False
    )
    path = folder / f"{audience.name}.parquet"
    _write(path, written.getvalue())
    # Last: an audience is there once it is described.
    _write(path.with_suffix(".json"), f"{about}\n".encode())
    return path


def audiences(folder: Path, reader: Grant) -> list[Audience]:
    """Return what is kept, newest first; nothing for a merchant. Raises KeptError for a damaged file."""
    if not reader.sees_market:
        return []
    found = [_read(path) for path in folder.glob("*.json")]
    return sorted(found, key=lambda audience: (audience.kept_at, audience.name), reverse=True)


def audience_rows(folder: Path, reader: Grant, name: str) -> pl.DataFrame:
    """Return the list of an audience; raises RefusedError for a merchant, KeptError where there is none."""
    if not reader.sees_market:
        raise RefusedError("no_access", "An audience is for analysts and operators alone.", reader.user)
    if not _NAME.fullmatch(name):
        raise KeptError(f"{name!r} is no audience.")
    try:
        return pl.read_parquet(folder / f"{name}.parquet")
    except (OSError, pl.exceptions.PolarsError):
        raise KeptError(f"No audience {name} can be read in {folder}.") from None


def _read(path: Path) -> Audience:
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Audience(
            **{
                **content,
                "products": tuple(content["products"]),
                "kept_at": datetime.fromisoformat(content["kept_at"]),
            }
        )
    except (OSError, ValueError, TypeError, KeyError):
        raise KeptError(f"{path} does not describe an audience.") from None


def _write(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, and only its owner sees any."""
    fresh = path.with_name(f".{path.name}.fresh")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)

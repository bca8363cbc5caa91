"""The published build as this server's pages share it: opened once, asked once per question."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl
import streamlit as st

from dashboards.languages.messages import _
from serving.published import Published
from warehouse.settings import Settings


class CachedPublished(Published):
    """A build whose answers are kept; the file and its time are part of every key."""

    def __init__(self, path: Path, changed_at: int) -> None:
        super().__init__(path)
        self._key = f"{path} {changed_at}"

    def frame(self, sql: str, parameters: Sequence[Any] = ()) -> pl.DataFrame:
        """Run one query, or return what it gave before."""
        return _answers(_("Adding up the published numbers …"))(self, self._key, sql, tuple(parameters))

    def ask(self, sql: str, parameters: Sequence[Any]) -> pl.DataFrame:
        """Run one query now."""
        return super().frame(sql, parameters)


def _answer(_serving: CachedPublished, key: str, sql: str, parameters: tuple[Any, ...]) -> pl.DataFrame:
    return _serving.ask(sql, parameters)


# Streamlit keeps one cache per function, whatever is said while it works.
@cache
def _answers(spinner: str) -> Callable[..., pl.DataFrame]:
    return st.cache_data(max_size="500MB", show_spinner=spinner)(_answer)


def _open(path: str, changed_at: int) -> CachedPublished:
    return CachedPublished(Path(path), changed_at)


# A build that falls out is not closed here: a page that still reads it holds it, and the last one to let
# go closes it.
@cache
def _opened(spinner: str) -> Callable[..., CachedPublished]:
    return st.cache_resource(max_entries=3, show_spinner=spinner)(_open)


def published_file() -> tuple[str, int] | None:
    """Return the file behind the link now and when it was written; None when nothing is published."""
    path = Settings.from_environment().published_file()
    return (str(path), path.stat().st_mtime_ns) if path else None


def open_published() -> CachedPublished | None:
    """Return the build that is published now; None when there is none yet."""
    found = published_file()
    return _opened(_("Opening the published data …"))(*found) if found else None

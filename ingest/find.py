"""Finds the files of a provider among the paths that a user gives."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import IntakeError
from ingest.provider import Provider
from ingest.providers import PROVIDERS

_MARK = "simulated.json"


@dataclass(frozen=True)
class Found:
    """A file to load; ``file_name`` is its path below the path that the user gave."""

    path: Path
    file_name: str
    is_simulated: bool


@dataclass(frozen=True)
class Ignored:
    """A file in a folder that the provider does not take; ``reason`` completes "because …"."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Findings:
    """What lies under the paths, in an order that depends on names alone.

    ``unread`` is a sentence for each file that was meant to be there and could not be fetched.
    """

    files: tuple[Found, ...]
    ignored: tuple[Ignored, ...]
    unread: tuple[str, ...] = ()


def _simulation_root(path: Path) -> Path | None:
    """Return the folder, at the path or above it, that is marked as a simulated market."""
    for folder in (path, *path.parents):
        mark = folder / _MARK
        if mark.is_file():
            try:
                json.loads(mark.read_text(encoding="utf-8"))
            except ValueError as error:
                raise IntakeError(f"{mark} is damaged: simulate the market again.") from error
            return folder
    return None


def _files_below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in below.parts):
            yield path


def _find_below(path: Path, provider: Provider) -> Iterator[Found | Ignored]:
    if not path.exists():
        raise IntakeError(f"{path} does not exist: give a file or a folder.")
    root = _simulation_root(path.resolve())
    if path.is_file():
        yield Found(path, path.name, root is not None)
        return
    start = path
    if root == path.resolve():
        # Beside its feeds a simulated market holds its truth, which no one loads.
        start = path / "feeds" / provider.provider_id
        if not start.is_dir():
            raise IntakeError(
                f"{path} is a simulated market without feeds of provider {provider.provider_id}."
            )
    for file in _files_below(start):
        reason = provider.refuse(file)
        if file.suffix.lower() == ".xlsx" and not provider.refuse(file.with_suffix(".csv")):
            continue  # ``ingest.fetch`` makes a CSV file of it.
        if reason:
            yield Ignored(file, reason)
        else:
            yield Found(file, file.relative_to(path).as_posix(), root is not None)


def find_files(provider: str, paths: Sequence[Path], unread: Sequence[str] = ()) -> Findings:
    """Find the files that the provider takes under the paths, folders recursively, each file once.

    A file given by its own path is always taken (loading it may then fail with a sentence). Raises
    IntakeError for an unknown provider or a path that is not there.
    """
    sender = PROVIDERS.get(provider)
    if sender is None:
        raise IntakeError(f"There is no provider {provider}: known are {', '.join(sorted(PROVIDERS))}.")
    found: dict[Path, Found] = {}
    ignored: dict[Path, Ignored] = {}
    for path in paths:
        for item in _find_below(path, sender):
            if isinstance(item, Found):
                found.setdefault(item.path.resolve(), item)
            else:
                ignored.setdefault(item.path.resolve(), item)
    return Findings(tuple(found.values()), tuple(ignored.values()), tuple(unread))

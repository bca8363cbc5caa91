"""Finds the files of a provider among the paths that a user gives."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import IntakeError
from ingest.provider import Provider
from ingest.providers import provider_of

_MARK = "simulated.json"

#: How the folders are called, before and after what is random, into which files from elsewhere are brought.
INCOMING = ("incoming-", ".fetched")


@dataclass(frozen=True)
class Found:
    """A file to load; ``file_name`` is its path below the folder that the user gave.

    Files given one by one keep the folders that tell them apart, their own at least.
    """

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

    ``unread`` is a sentence for each file or folder that could not be read.
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


def _files_below(folder: Path) -> Iterator[Path | Ignored | str]:
    """Yield what lies below a folder, nothing hidden, and a sentence for each folder not to be searched."""
    failed: list[OSError] = []
    found: dict[Path, Path | Ignored] = {}
    for at, folders, names in os.walk(folder, onerror=failed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for path in (Path(at, name) for name in (*folders, *names) if not name.startswith(".")):
            if path.is_dir() and path.is_symlink():
                found[path] = Ignored(path, "it is a link to a folder, give that by its own path")
            elif path.is_file():
                found[path] = path
            elif not path.is_dir():
                found[path] = Ignored(path, "it is no plain file")
    yield from (found[path] for path in sorted(found))
    yield from (f"{error.filename} cannot be searched: {error.strerror}." for error in failed)


def _root(paths: Sequence[Path]) -> Path:
    """Return the folder below which files given one by one are named."""
    files = [path.absolute() for path in paths if path.is_file() and _incoming(path) is None]
    return Path(os.path.commonpath([file.parent.parent for file in files])) if files else Path()


def _incoming(path: Path) -> Path | None:
    """Return the folder into which a file was brought from elsewhere, None where it lay here."""
    before, after = INCOMING
    return next((f for f in path.parents if f.name.startswith(before) and f.name.endswith(after)), None)


def _find_below(path: Path, provider: Provider, named_below: Path) -> Iterator[Found | Ignored | str]:
    if not path.exists():
        raise IntakeError(f"{path} does not exist: give a file or a folder.")
    root = _simulation_root(path.resolve())
    if path.is_file():
        name = path.absolute().relative_to(_incoming(path.absolute()) or named_below).as_posix()
        yield Found(path, name, root is not None)
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
        if not isinstance(file, Path):
            yield file
            continue
        reason = provider.refuse(file)
        if file.suffix.lower() == ".xlsx" and not provider.refuse(file.with_suffix(".csv")):
            continue  # ``ingest.finding.fetch`` makes a CSV file of it.
        if reason:
            yield Ignored(file, reason)
        else:
            yield Found(file, file.relative_to(path).as_posix(), root is not None)


def find_files(provider: str | Provider, paths: Sequence[Path], unread: Sequence[str] = ()) -> Findings:
    """Find the files that the provider takes under the paths, folders recursively, each file once.

    A file given by its own path is always taken (loading it may then fail with a sentence). Raises
    IntakeError for an unknown provider or a path that is not there.
    """
    sender = provider_of(provider)
    found: dict[Path, Found] = {}
    ignored: dict[Path, Ignored] = {}
    sentences = dict.fromkeys(unread)
    root = _root(paths)
    for path in paths:
        for item in _find_below(path, sender, root):
            match item:
                case Found():
                    found.setdefault(item.path.resolve(), item)
                case Ignored():
                    ignored.setdefault(item.path.absolute(), item)
                case sentence:
                    sentences[sentence] = None
    return Findings(tuple(found.values()), tuple(ignored.values()), tuple(sentences))

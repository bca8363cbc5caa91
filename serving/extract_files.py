"""Files to take home, written once for each build, merchant, kind and form, and kept while the build is."""

import fcntl
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serving.access import COMMAND_LINE, Grant
from serving.extract_kinds import What
from serving.extracts import FORMS, ExtractError, check_kind, write_extract
from warehouse.settings import Settings

#: What the writing process ends with where it says why there is no such file.
_REFUSED = 2


@dataclass(frozen=True)
class ExtractFile:
    """A whole file on the disk, and what its manifest says about it."""

    path: Path
    about: dict[str, Any]

    @property
    def manifest(self) -> Path:
        """The manifest beside it."""
        return self.path.with_name(f"{self.path.name}.manifest.json")

    @property
    def file_name(self) -> str:
        """What the file is called where it is taken to: by its merchant, kind and build."""
        merchant = "".join(letter if letter.isalnum() else "-" for letter in self.about["merchant_id"])
        return f"{merchant}-{self.about['what']}-{self.about['build_id']}{self.path.suffix}"


def extract_file(
    settings: Settings, grant: Grant, merchant_id: str, what: What, form: str, build_id: str | None = None
) -> ExtractFile:
    """Return the file of a merchant's rows, written now where nobody asked for it before.

    Args:
        settings: where the published builds are.
        grant: what the one who asks may see.
        merchant_id: whose rows.
        what: which of them.
        form: ``.csv``, ``.parquet`` or ``.xlsx``.
        build_id: of which build; None is the one that is published now.

    Raises:
        RefusedError: the merchant's rows are not for the one who asks.
        ExtractError: there is no such file to be had.
    """
    grant.require(merchant_id)
    if form not in FORMS:
        raise ExtractError(f"{form!r} is no form of a file: choose {', '.join(FORMS)}.")
    published = settings.published_file()
    if build_id is not None:
        published = next((one for one in settings.serving.glob("*.duckdb") if one.stem == build_id), None)
    if published is None:
        raise ExtractError("That build is not kept any more: ask for the file again.")
    # No word of a merchant's or a reader's is part of a path.
    folder = settings.extracts / published.stem / hashlib.sha256(merchant_id.encode()).hexdigest()[:32]
    path = folder / f"{what}{form}"
    manifest = path.with_name(f"{path.name}.manifest.json")
    if not manifest.exists():
        check_kind(what)
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / f".{what}{form}.lock"):
            if not manifest.exists():
                _write(published, merchant_id, what, path, manifest)
    return ExtractFile(path, json.loads(manifest.read_text(encoding="utf-8")))


def _write(published: Path, merchant_id: str, what: What, path: Path, manifest: Path) -> None:
    """Write both under names that nobody asks for, then give them theirs: the manifest last."""
    draft = path.with_name(f".draft.{path.name}")
    written = draft.with_name(f"{draft.name}.manifest.json")
    try:
        _write_apart(published, merchant_id, what, draft)
        draft.rename(path)
        written.rename(manifest)
    finally:
        draft.unlink(missing_ok=True)
        written.unlink(missing_ok=True)


def _write_apart(published: Path, merchant_id: str, what: What, out: Path) -> None:
    """Write in a process of its own.

    What DuckDB and its Parquet readers once took of a process' memory they keep, and a server does not end.
    """
    asked = json.dumps([str(published), merchant_id, what, str(out)])
    child = subprocess.run(
        [sys.executable, "-m", __name__], input=asked, capture_output=True, text=True, check=False
    )
    if child.returncode == _REFUSED:
        raise ExtractError(child.stdout.strip())
    if child.returncode:
        raise RuntimeError(f"A file could not be written: {child.stderr[-2_000:]}")


def _write_as_asked() -> int:
    """Write what the server asks for on standard input; it has made sure that the rows are for the reader."""
    published, merchant_id, what, out = json.load(sys.stdin)
    try:
        write_extract(Path(published), COMMAND_LINE, merchant_id, what, Path(out))
    except ExtractError as error:
        print(error)
        return _REFUSED
    return 0


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one reader write a file, and those who come meanwhile wait for it."""
    with lock.open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    sys.exit(_write_as_asked())

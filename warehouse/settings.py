"""Where everything lies and what may be set; reads the environment and nothing else."""

import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from warehouse.errors import WaymartError

_PROJECT = Path(__file__).resolve().parents[1]

#: The oldest form of DuckDB file that keeps text as DICT_FSST: scans are written in 0.6 of the time.
#: dbt, which may be started alone, reads it in its profile; a test holds the two together.
STORAGE_VERSION = "v1.3.0"

#: How a process's own folder in ``WAYMART_TEMP`` is called, before its number.
TEMP_PREFIX = "waymart-"

#: A key shorter than this could be found by trying (characters).
_KEY_LENGTH_MIN = 16

#: The part of the machine's memory that DuckDB may take; Python, dbt and the file cache need the rest.
_MEMORY_PART = 0.6

#: Bytes. Of 200,000 orders this is enough; with 600 MB mart_delivery_time fails, with 300 MB the facts do.
BUILD_MEMORY_MIN = 1 << 30
_UNITS = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_UNITS |= {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}

#: Where Linux says how much memory a container may take, a number of bytes or the word max.
_CONTAINER_MEMORY = Path("/sys/fs/cgroup/memory.max")


def _memory_limit() -> str:
    """Return the default limit of DuckDB's memory, as DuckDB writes it."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _CONTAINER_MEMORY.read_text().strip() if _CONTAINER_MEMORY.exists() else "max"
    return f"{int(_MEMORY_PART * min(total, int(limit) if limit.isdigit() else total)) >> 20}MiB"


@dataclass(frozen=True)
class Settings:
    """Paths of one line. All state lies under ``home``; the rest is read only."""

    home: Path
    dbt_project: Path = _PROJECT / "dbt_project"
    bounds: Path = _PROJECT / "warehouse" / "bounds.toml"
    #: How long a command waits for a warehouse that another process holds, seconds.
    lock_patience_seconds: float = 60.0
    #: dbt runs this many models at once; one model already uses every core, two hide the gaps between.
    thread_count: int = 2
    #: What DuckDB may hold in memory before it writes to the temporary directory.
    memory_limit: str = field(default_factory=_memory_limit)
    #: Where DuckDB puts what does not fit into memory; None: beside the warehouse.
    temp: Path | None = None

    @classmethod
    def from_environment(cls) -> "Settings":
        """Settings as the environment asks.

        ``WAYMART_HOME`` (default: ``data/`` of the project), ``WAYMART_MEMORY_LIMIT`` (default: 60% of the
        machine) and ``WAYMART_TEMP`` (default: beside the warehouse).

        Raises:
            WaymartError: the memory limit is not written like ``4GiB``.
        """
        memory = os.environ.get("WAYMART_MEMORY_LIMIT") or _memory_limit()
        if not re.fullmatch(r"[1-9]\d*(\.\d+)? ?([KMGT]i?B)", memory):
            raise WaymartError(f"WAYMART_MEMORY_LIMIT is {memory!r}: write it like 4GiB.")
        temp = os.environ.get("WAYMART_TEMP")
        return cls(
            home=Path(os.environ.get("WAYMART_HOME") or _PROJECT / "data").expanduser().resolve(),
            memory_limit=memory,
            temp=Path(temp).expanduser().resolve() if temp else None,
        )

    @property
    def memory_bytes(self) -> int:
        """The memory limit in bytes."""
        number, unit = re.fullmatch(r"([\d.]+) ?(\w+)", self.memory_limit).groups()  # type: ignore[union-attr]
        return int(float(number) * _UNITS[unit])

    @property
    def warehouse(self) -> Path:
        """The file the build writes. One process at a time; no page ever opens it."""
        return self.home / "warehouse.duckdb"

    @property
    def temp_directory(self) -> Path:
        """Where DuckDB writes what does not fit into memory; emptied by DuckDB when it closes.

        A folder that others may use, too, has one of each process in it, by which the dead are known.
        """
        return self.temp / f"{TEMP_PREFIX}{os.getpid()}" if self.temp else self.home / "temp"

    @property
    def mappings(self) -> Path:
        """The folder of what users say of their own exports: a file per mapping."""
        return self.home / "mappings"

    @property
    def notes(self) -> Path:
        """What people know of days, for charts to show."""
        return self.home / "notes.toml"

    @property
    def views(self) -> Path:
        """The views that people keep by a name."""
        return self.home / "views.toml"

    @property
    def audiences(self) -> Path:
        """The folder of the audiences that analysts keep, for its owner alone."""
        return self.home / "audiences"

    @property
    def receive(self) -> Path:
        """Who may push, and with which secrets; written by hand, for its owner alone to read."""
        return self.home / "receive.toml"

    @property
    def receiving(self) -> Path:
        """The segments that pushes are being written to."""
        return self.home / "receiving"

    @property
    def spool(self) -> Path:
        """The segments of pushes that wait to be loaded, a folder per provider."""
        return self.home / "spool"

    @property
    def refused(self) -> Path:
        """The segments that cannot be loaded, for people to look at."""
        return self.home / "refused"

    @property
    def access(self) -> Path:
        """Who may see what, once people sign in; written by hand."""
        return self.home / "access.toml"

    @property
    def sign_in(self) -> Path:
        """Which provider people sign in with, and where they reach the pages; written by hand."""
        return self.home / "sign_in.toml"

    @property
    def access_log(self) -> Path:
        """Who took which files, and who was refused."""
        return self.home / "access_log.sqlite"

    @property
    def ended_sessions(self) -> Path:
        """The sessions that people ended before their time."""
        return self.home / "ended_sessions.sqlite"

    @property
    def serving(self) -> Path:
        """The folder of published files, one per build."""
        return self.home / "serving"

    @property
    def extracts(self) -> Path:
        """The files that merchants took home, a folder per published build."""
        return self.serving / "extracts"

    @property
    def live(self) -> Path:
        """Scans that were pushed and that no published build has yet, a file per segment."""
        return self.serving / "live"

    @property
    def worker(self) -> Path:
        """What the worker is doing, as it says itself."""
        return self.serving / "worker.json"

    @property
    def current(self) -> Path:
        """The link to the published file."""
        return self.serving / "current.duckdb"

    @property
    def spark_raw(self) -> Path:
        """Where the raw tables lie for Spark, a folder of Parquet files per table."""
        return self.home / "spark" / "raw"

    @property
    def spark_warehouse(self) -> Path:
        """Where Spark puts what it builds: a folder per table in one per schema."""
        return self.home / "spark" / "warehouse"

    @property
    def spark_metastore(self) -> Path:
        """Where Spark remembers which tables there are; dbt's profile names it."""
        return self.home / "spark" / "metastore"

    @property
    def spark_models(self) -> Path:
        """Which models made Spark's tables, while these are whole."""
        return self.home / "spark" / "models"

    @property
    def dbt_target(self) -> Path:
        """Where dbt writes its manifest and compiled SQL."""
        return self.home / "dbt" / "target"

    @property
    def dbt_logs(self) -> Path:
        """Where dbt writes its log."""
        return self.home / "dbt" / "logs"

    @property
    def manifest(self) -> Path:
        """What dbt knows of every model after a build."""
        return self.dbt_target / "manifest.json"

    def published_file(self) -> Path | None:
        """The file the link points to now, or None when nothing is published.

        A reader opens this path, never the link: a link that moves under an open connection
        would give a second connection of the same process the old file.
        """
        return self.current.resolve() if self.current.exists() else None

    def pseudonym_key(self) -> bytes:
        """The secret that turns consumers into pseudonyms: ``WAYMART_PSEUDONYM_KEY``, else made once.

        Raises:
            WaymartError: the key in use is too short to be a secret.
        """
        path = self.home / "pseudonym.key"
        from_environment = os.environ.get("WAYMART_PSEUDONYM_KEY")
        key = _read_key(path) if from_environment is None else from_environment.strip()
        if len(key) < _KEY_LENGTH_MIN:
            named = "WAYMART_PSEUDONYM_KEY" if from_environment is not None else str(path)
            raise WaymartError(
                f"The pseudonym key in {named} is shorter than {_KEY_LENGTH_MIN} characters: "
                "set the key with which consumers were loaded so far."
            )
        return key.encode()

    def session_key(self) -> str:
        """The secret that signs sessions and links to files, made once.

        Raises:
            WaymartError: the key in use is too short to be a secret.
        """
        path = self.home / "session.key"
        key = _read_key(path)
        if len(key) < 2 * _KEY_LENGTH_MIN:
            raise WaymartError(
                f"The key in {path} is shorter than {2 * _KEY_LENGTH_MIN} characters: remove the file, and "
                "another is made; all sessions end with it."
            )
        return key


def _read_key(path: Path) -> str:
    if not path.exists():
        _make_key(path)
    return path.read_text().strip()


def _make_key(path: Path) -> None:
    """Write a fresh key that only its owner can read; whole or not at all, and never over another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another command made the key a moment ago; that one holds
    finally:
        draft.unlink()

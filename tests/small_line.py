"""A line in a folder of its own: the real steps, on a dbt project of three models or on the whole one."""

import csv
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.loading.load import create_raw, load_file
from warehouse.audit import AuditReport, audit
from warehouse.build import build
from warehouse.connection import open_warehouse
from warehouse.ledger import Build, begin, read_builds
from warehouse.publish import publish
from warehouse.row_files import search_in
from warehouse.settings import Settings

#: The key under which every small line's consumers are loaded.
KEY = b"k" * 32

ROOT = Path(__file__).resolve().parents[1]

#: Ends with `main()` of the command, on the settings of a small line.
_COMMAND = """
from pathlib import Path
from commands import cli
from warehouse.settings import Settings
settings = Settings(home=Path({home!r}), dbt_project=Path({project!r}), bounds=Path({bounds!r}))
Settings.from_environment = classmethod(lambda cls: settings)
"""


#: A bound that an order above 5,000 breaks.
NO_ENORMOUS_ORDER = """
[[bound]]
name = "no_order_is_enormous"
tables = "mart_gmv"
measure = "max(gmv_paid)"
max = 5000
severity = "error"
culprits = { fct_orders = "gmv_paid > 5000" }
reason = "2026-11-28: a test"
"""


@dataclass
class SmallLine:
    folder: Path
    patience_seconds: float = 60.0
    #: The product's own models and bounds, instead of three models that a test may change.
    is_whole: bool = False

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.project.exists():
            return
        if self.is_whole:
            own = shutil.ignore_patterns("target", "logs", ".user.yml")
            shutil.copytree(ROOT / "dbt_project", self.project, ignore=own)
            shutil.copy(ROOT / "warehouse" / "bounds.toml", self.project)
        else:
            shutil.copytree(ROOT / "tests" / "warehouse" / "project", self.project)

    @property
    def project(self) -> Path:
        return self.folder / "project"

    @property
    def settings(self) -> Settings:
        return Settings(
            home=self.folder / "someone's home",
            dbt_project=self.project,
            bounds=self.project / "bounds.toml",
            lock_patience_seconds=self.patience_seconds,
        )

    def copy(self, folder: Path) -> "SmallLine":
        """The same line, loads and builds and all, in another folder."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return SmallLine(folder, is_whole=self.is_whole)

    def orders(self, name: str, amounts: dict[str, list[float | None]]) -> Path:
        """Write a file of orders: the amounts of each day."""
        path = self.folder / f"orders-{name}.csv"
        with path.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(
                ["platform_id", "order_number", "status_code", "currency", "goods_amount", "placed_at"]
            )
            for day, values in amounts.items():
                for number, amount in enumerate(values):
                    rows.writerow(
                        ["taobao", f"{name}-{day}-{number}", "paid", "CNY", amount, f"{day}T12:00:00+08:00"]
                    )
        return path

    def load(self, *paths: Path, is_simulated: bool = False) -> None:
        with open_warehouse(self.settings, create=True) as connection:
            create_raw(connection)
            for path in paths:
                load_file(connection, "waymart", path, pseudonym_key=KEY, is_simulated=is_simulated)

    def load_orders(
        self, name: str, amounts: dict[str, list[float | None]], *, is_simulated: bool = False
    ) -> None:
        self.load(self.orders(name, amounts), is_simulated=is_simulated)

    def build(self) -> Build:
        return build(self.settings)

    def audit(self) -> AuditReport:
        return audit(self.settings)

    def publish(self, build_id: str | None = None, accept: str | None = None) -> Build:
        return publish(self.settings, build_id, accept=accept)

    def run(self) -> Build:
        self.build()
        self.audit()
        return self.publish()

    def build_by_hand(self, statement: str) -> Build:
        """Enter a build whose tables differ from the last one's by a statement; takes no time."""
        with open_warehouse(self.settings) as connection:
            connection.execute(statement)
            last = read_builds(connection)[-1].fingerprint
            entered = begin(
                connection, is_simulated=False, fingerprint=last.replace("loads=", "loads=by hand ")
            )
            connection.execute(
                "update audit.builds set state = 'built' where build_id = ?", [entered.build_id]
            )
        return entered

    def execute(self, statement: str) -> None:
        with open_warehouse(self.settings) as connection:
            connection.execute(statement)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the warehouse."""
        with open_warehouse(self.settings, read_only=True) as connection:
            return connection.execute(query).fetchall()

    def published_rows(self, query: str) -> list[tuple[object, ...]]:
        """Ask the published file, as a page would."""
        file = self.settings.published_file()
        assert file is not None, "nothing is published"
        with duckdb.connect(file, read_only=True) as connection:
            search_in(connection, file.parent)
            return connection.execute(query).fetchall()

    def program(self, then: str) -> list[str]:
        """A Python process that has `cli` and `settings` of this line and then does what is said."""
        setting = _COMMAND.format(
            home=str(self.settings.home), project=str(self.project), bounds=str(self.settings.bounds)
        )
        return [sys.executable, "-c", setting + then]

    def waymart(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        """Give the command in a process of its own."""
        return subprocess.run(
            [*self.program("cli.main()"), *arguments],
            capture_output=True,
            text=True,
            check=False,
            **{"cwd": ROOT, **options},
        )

    def contents(self) -> dict[str, tuple[object, ...]]:
        """Rows and hash of every table that the models wrote, whatever the order of rows."""
        with open_warehouse(self.settings, read_only=True) as connection:
            return {f"warehouse {name}": row for name, row in _hashes(connection)} | self.published_contents()

    def published_contents(self) -> dict[str, tuple[object, ...]]:
        file = self.settings.published_file()
        assert file is not None, "nothing is published"
        with duckdb.connect(file, read_only=True) as connection:
            search_in(connection, file.parent)
            return {f"published {name}": row for name, row in _hashes(connection)}


#: Times of the run itself are in these, so they differ from run to run.
_LEDGERS = (
    *("builds", "audit_results", "audit_profile", "results", "profile", "loads"),
    "row_files",
    # What was told of parcels depends on when builds were published.
    *("estimates_given", "promises_kept"),
)


def _hashes(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, tuple[object, ...]]]:
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() where not list_contains(?, table_name)"
        " union all select schema_name, view_name from duckdb_views() where sql like '%read_parquet%'",
        [list(_LEDGERS)],
    ).fetchall()
    return [
        (
            f"{schema}.{name}",
            connection.execute(
                f"select count(*), sum(hash(t)::hugeint) from ({_TOLD} {schema}.{name}) t"
            ).fetchone(),
        )
        for schema, name in sorted(tables)
        if schema not in _OF_ONE_BUILD
    ]


#: What these hold depends on what the last build had to do; nobody else reads them.
_OF_ONE_BUILD = ("arrivals", "intermediate")

#: Everything but which build last wrote a row.
_TOLD = "select columns(lambda name: name <> '_load_id') from"

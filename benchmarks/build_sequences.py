"""Try whether builds obey dbt: whatever is run in whatever order, the tables are those of one full build.

Run it with ``python -m benchmarks.build_sequences --seeds 30``. Each sequence loads a small market in parts
and runs commands that dbt allows, drawn at random: builds, selections, full refreshes, tests, retries, killed
builds, edits of models, macros and seeds. Where nothing is left to be built, and once more at the end, every
table of core, reports and extracts is compared with what one build of the same raw rows makes in a warehouse
of its own.
"""

import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random, SystemRandom
from tempfile import TemporaryDirectory
from typing import Annotated

import duckdb
import typer

from benchmarks.arrivals import write_arrivals
from benchmarks.plain_dbt import PlainDbt
from ingest.loading.load import create_raw, load_file
from simulator import write_market
from warehouse.build import build
from warehouse.settings import Settings

_PROJECT = Path(__file__).parents[1] / "dbt_project"
_KEY = b"a key of trials, 32 bytes long.."
_ORDERS, _DAYS, _UNTIL = 700, (date(2019, 6, 10), date(2019, 6, 22)), date(2019, 7, 2)
#: Leaves out unit tests, then data tests.
_UNTESTED = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
#: When a row was last written, which is not what it says.
_OF_BUILDS = {"_load_id"}
#: What a selection that cannot be made right is told.
_REFUSAL = "select what it is made from, too"
_MODELS = "models/marts"
#: File, words, and what stands there after the edit; the project's own tests still pass.
_EDITS = [
    (f"{_MODELS}/reports/couriers/mart_courier_scorecard.sql", "fewest_ranked = 30", "fewest_ranked = 20"),
    (f"{_MODELS}/reports/tracking/mart_tracking_latency.sql", "seconds < 0)", "seconds < 60)"),
    (
        f"{_MODELS}/extracts/extract_waybills.sql",
        "{{ rows_of('fct_waybills') }}",
        "{{ rows_of('fct_waybills') }} limit all",
    ),
    (f"{_MODELS}/core/fct_courier_lanes.sql", "14 * 86400", "13 * 86400"),
    (f"{_MODELS}/core/fct_orders.sql", "orders.status,", "upper(orders.status) as status,"),
    ("macros/cohorts/is_in_delivery_cohort.sql", "or coalesce(is_forwarded, false)", ""),
    ("seeds/exception_reasons.csv", "damaged,courier", "damaged,merchant"),
]
#: The edit that changes a seed.
_SEED = 6
#: A mart, and words without which it is no SQL.
_BREAKABLE = (f"{_MODELS}/reports/delivery/mart_business_days.sql", "group by")

Tables = dict[str, list[tuple[object, ...]]]


@dataclass
class Sequence:
    """A warehouse to which a random sequence of commands happens."""

    dbt: PlainDbt
    settings: Settings
    chance: Random
    folder: Path
    parts: list[list[Path]]
    #: The tables should be those of a full build now.
    is_settled: bool = False
    #: What one build of today's rows and models makes, once it was needed.
    expected: Tables | None = None
    edited: set[int] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    build_seconds: float = 20.0

    def load(self) -> None:
        """Load the next part, half of its orders as a provider's that shows neither refunds nor receipts."""
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            create_raw(connection)
            for path in self.parts.pop(0):
                load_file(connection, "waymart", path, pseudonym_key=_KEY, is_simulated=True)
            for table in ("orders", "order_lines"):
                connection.execute(
                    f"update raw.{table} set provider_id = 'kuaidi100' where hash(order_number) % 2 = 0"
                )
        self._changed()

    def build(self, *, command: str = "build", full_refresh: bool = False, is_tested: bool = False) -> None:
        """Build everything; dbt's data tests take as long again, and change no table."""
        started = time.monotonic()
        arguments = [command] + ["--full-refresh"] * full_refresh
        if command == "build":
            arguments += [*_UNTESTED[: 2 if is_tested else 4]]
        self._must(self.dbt.run(*arguments), arguments)
        self.build_seconds = time.monotonic() - started
        self._note(f"{self._bounded_count()} tables took up what arrived")
        self.is_settled = command == "build" or _SEED not in self.edited

    def waymart_build(self) -> None:
        """Build as the command does."""
        build(self.settings)
        self._note(f"{self._bounded_count()} tables took up what arrived")
        self.is_settled = True

    def select(self, *selected: str, full_refresh: bool | None = None) -> None:
        """Run these models, or some, with or without what they come from and what comes from them."""
        if not selected:
            names = self.chance.sample(self._models(), self.chance.choice([1, 1, 2]))
            selected = tuple(f"{self._plus()}{name}{self._plus()}" for name in names)
        if full_refresh is None:
            full_refresh = self.chance.random() < 0.3
        arguments = ["run", "--select", *selected] + ["--full-refresh"] * full_refresh
        self._note(*arguments)
        self._must(self.dbt.run(*arguments) or _REFUSAL in self._words(), arguments)
        self.is_settled = self.is_settled and not self.edited

    def _plus(self) -> str:
        return self.chance.choice(["", "", "+"])

    def test(self) -> None:
        """Test what stands; where everything was built, it must be right."""
        is_right = self.dbt.run("test", "--exclude-resource-type", "unit_test")
        self._must(is_right or not self.is_settled, ["test"])

    def edit(self, number: int | None = None) -> None:
        """Change a model, a macro or a seed, or change it back."""
        if number is None:
            number = self.chance.randrange(len(_EDITS))
        path, before, after = _EDITS[number]
        if number in self.edited:
            before, after = after, before
        self._note("edit", path)
        self.edited ^= {number}
        if number in self.edited:
            self._replace(path, before, after)
        else:
            shutil.copy(_PROJECT / path, self.settings.dbt_project / path)
        self._changed()

    def kill(self) -> None:
        """Kill a build at a random moment."""
        is_built = self.dbt.run(
            "build",
            *_UNTESTED,
            kill_after=self.chance.uniform(0.3, 1) * self.build_seconds,
        )
        self.is_settled = is_built

    def fail_and_retry(self) -> None:
        """Build with a mart that is no SQL; mend it and go on where dbt stopped."""
        path, words = _BREAKABLE
        self._replace(path, words, "grupp bei")
        self._must(not self.dbt.run("build", *_UNTESTED), ["build"])
        shutil.copy(_PROJECT / path, self.settings.dbt_project / path)
        is_mended = self.dbt.run("retry")
        self._must(is_mended or _REFUSAL in self._words(), ["retry"])
        self.is_settled = is_mended

    def erase(self) -> None:
        """Erase an account's rows: what is left is all there ever was."""
        with duckdb.connect(str(self.settings.warehouse)) as connection:
            connection.execute(
                "delete from raw.consumers"
                " where consumer_code = (select min(consumer_code) from raw.consumers)"
            )
        self._changed()

    def restore_project(self) -> None:
        """Undo every edit."""
        for number in self.edited:
            path = _EDITS[number][0]
            shutil.copy(_PROJECT / path, self.settings.dbt_project / path)
        self.edited = set()

    def differences(self) -> list[str]:
        """Name the tables that differ from those of one build of the same raw rows."""
        if self.expected is None:
            self.expected = self._built_at_once()
        daily, whole = read_tables(self.settings.warehouse), self.expected
        return sorted(name for name in daily.keys() | whole.keys() if daily.get(name) != whole.get(name))

    def _built_at_once(self) -> Tables:
        home = self.folder / "fresh"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        with duckdb.connect(str(home / "warehouse.duckdb")) as connection:
            connection.execute(f"attach '{self.settings.warehouse}' as daily (read_only); create schema raw")
            for (table,) in connection.execute(
                "select table_name from duckdb_tables() where database_name = 'daily' and schema_name = 'raw'"
            ).fetchall():
                connection.execute(f"create table raw.{table} as from daily.raw.{table}")
        fresh = PlainDbt(home, self.settings.dbt_project)
        self._must(fresh.run("build", *_UNTESTED), ["fresh"])
        fresh.close()
        return read_tables(home / "warehouse.duckdb")

    def _changed(self) -> None:
        self.is_settled, self.expected = False, None

    def _bounded_count(self) -> int:
        with duckdb.connect(str(self.settings.warehouse), read_only=True) as connection:
            row = connection.execute("select count(after_load_id) from arrivals.builds").fetchone()
        assert row is not None
        return int(row[0])

    def _models(self) -> list[str]:
        return sorted(
            path.stem
            for folder in ("models", "bounded_builds/models")
            for pattern in ("*.sql", "*.py")
            for path in (self.settings.dbt_project / folder).rglob(pattern)
        )

    def _replace(self, path: str, before: str, after: str) -> None:
        file = self.settings.dbt_project / path
        text = file.read_text()
        assert before in text, f"{path} has no {before!r}"
        file.write_text(text.replace(before, after))

    def _words(self) -> str:
        return " ".join(self.dbt.words.read_text().split())

    def _note(self, *words: str) -> None:
        self.done.append(" ".join(words))

    def _must(self, is_right: bool, arguments: list[str]) -> None:
        assert is_right, f"dbt {' '.join(arguments)} failed:\n{self.dbt.words.read_text()[-3000:]}"


def read_tables(warehouse: Path) -> Tables:
    """Return the rows of everything that anyone reads, in an order of their own."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
            " where table_schema in ('core', 'reports', 'extracts') order by 1"
        ).fetchall()
        return {name: _rows(connection, name) for (name,) in names}


def _rows(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[object, ...]]:
    columns = [
        # The last digits of a sum of doubles depend on the order of its rows.
        f"round({name}, 6)" if kind == "DOUBLE" else name
        for name, kind, *_ in connection.execute(f"describe {table}").fetchall()
        if name not in _OF_BUILDS
    ]
    return connection.execute(f"select {', '.join(columns)} from {table} order by all").fetchall()


def play(
    seed: int, folder: Path, dbt: PlainDbt, settings: Settings, steps: list[str] | None = None, parts: int = 0
) -> list[str]:
    """Play the sequence of a seed, or these steps on a market of so many parts; return what was done.

    Raises:
        AssertionError: a command failed, or a table differs from a full build's.
    """
    chance = Random(seed)
    shutil.rmtree(folder / "market", ignore_errors=True)
    shutil.rmtree(folder / "arrivals", ignore_errors=True)
    settings.warehouse.unlink(missing_ok=True)
    settings.warehouse.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    write_market(
        _ORDERS, *_DAYS, seed % 1000, folder / "market", until_date=_UNTIL, daily=True, cross_border=0.05
    )
    arrivals = write_arrivals(
        folder / "market", folder / "arrivals", Random(seed), parts or chance.randint(2, 4)
    )
    sequence = Sequence(dbt, settings, chance, folder, arrivals)
    try:
        for step in steps or ["load", "build", *(_draw(chance) for _ in range(chance.randint(5, 9)))]:
            if step == "load" and not sequence.parts:
                continue
            was_settled = sequence.is_settled
            sequence._note(step)
            STEPS[step](sequence)
            if step in _CHECKED and was_settled and sequence.is_settled:
                _compare(sequence)
        while sequence.parts:
            sequence.load()
            sequence.build()
        if not sequence.is_settled:
            sequence.build()
        _compare(sequence)
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {'; '.join(sequence.done)}: {error}") from error
    finally:
        sequence.restore_project()
    return sequence.done


#: What may happen to a warehouse, by name.
STEPS: dict[str, Callable[[Sequence], None]] = {
    "load": Sequence.load,
    "build": Sequence.build,
    "tested build": lambda sequence: sequence.build(is_tested=True),
    "run": lambda sequence: sequence.build(command="run"),
    "full refresh": lambda sequence: sequence.build(full_refresh=True),
    "waymart build": Sequence.waymart_build,
    "select": Sequence.select,
    "latency": lambda sequence: sequence.select("mart_tracking_latency"),
    "latency anew": lambda sequence: sequence.select("mart_tracking_latency", full_refresh=True),
    "findings": lambda sequence: sequence.select("mart_findings", full_refresh=False),
    "test": Sequence.test,
    "edit": Sequence.edit,
    "edit a seed": lambda sequence: sequence.edit(_SEED),
    "kill": Sequence.kill,
    "fail and retry": Sequence.fail_and_retry,
    "erase": Sequence.erase,
}
_WEIGHTS = {
    "load": 4,
    "build": 2,
    "tested build": 1,
    "waymart build": 1,
    "select": 8,
    "test": 2,
    "edit": 2,
    "kill": 2,
    "fail and retry": 1,
}
_WEIGHTS |= {"run": 1, "full refresh": 1, "erase": 1}


#: Steps after which tables that were right must be right still.
_CHECKED = ("select", "findings", "fail and retry")


def _draw(chance: Random) -> str:
    return chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]


def _compare(sequence: Sequence) -> None:
    found = sequence.differences()
    assert found == [], f"other than one full build: {', '.join(found)}"


def prepare(folder: Path) -> tuple[PlainDbt, Settings]:
    """Copy the project, where it may be edited, and start dbt for a warehouse in this folder."""
    shutil.copytree(_PROJECT, folder / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    settings = Settings(home=folder / "home", dbt_project=folder / "dbt_project")
    settings.home.mkdir()
    return PlainDbt(settings.home, settings.dbt_project), settings


def main(
    seeds: Annotated[int, typer.Option(help="How many sequences.")] = 30,
    first_seed: Annotated[int | None, typer.Option(help="The first seed; default: drawn.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")] = False,
) -> None:
    """Play sequences, one seed after the other; ends with an error at the first table that differs."""
    first = SystemRandom().randrange(2**31) if first_seed is None else first_seed
    commands = 0
    with TemporaryDirectory(prefix="waymart-sequences-") as name:
        dbt, settings = prepare(Path(name))
        try:
            for seed in range(first, first + seeds):
                done = play(seed, Path(name), dbt, settings)
                commands += len(done)
                print(f"seed {seed}: {'; '.join(done)}", flush=True)
        finally:
            dbt.close()
    if as_json:
        print(
            json.dumps({"trial": "build_sequences", "first_seed": first, "seeds": seeds, "steps": commands})
        )


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()

"""A merchant is told the market where the rule allows it, and can work out nothing that is hidden."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pytest
from market_told import FACTS, FLOORS, KEYS, Table, floor_of, is_safe, median_hours, tables
from published_reports import Published
from scipy.optimize import linprog

#: A hidden number that is known more closely than this part of it is no longer hidden.
CLOSE = 0.2
#: Half of what is rounded away of a share, and of hours.
SHARE_ROUNDED, HOURS_ROUNDED = 0.0005, 0.05


@pytest.fixture(scope="module")
def facts(published: Published) -> pl.DataFrame:
    with duckdb.connect(str(published.settings.warehouse), read_only=True) as connection:
        return connection.sql(FACTS).pl()


@pytest.fixture(scope="module")
def every_table(facts: pl.DataFrame) -> list[Table]:
    return list(tables(facts))


COLUMNS = {
    "on_time": "market_on_time_share",
    "shipped_on_time": "market_shipped_on_time_share",
    "first_scan": "market_first_scan_within_24h_share",
}


def told(every_table: Sequence[Table]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """What is told, by breakdown, platform, month and the cell's key."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for table in every_table:
        for key, parcels in table.shown.items():
            row = found.setdefault((table.breakdown, table.platform_id, table.month, *key), {})
            share = round(parcels["is_met"].mean(), 3)
            if table.figure == "end_to_end":
                row |= {
                    "market_median_end_to_end_hours": median_hours(parcels),
                    "market_within_72h_share": share,
                }
            else:
                row[COLUMNS[table.figure]] = share
            least = row.get("benchmark_waybill_floor", FLOORS[-1])
            row["benchmark_waybill_floor"] = min(least, floor_of(len(parcels)))
    return found


def test_the_mart_tells_what_plain_counting_does(published: Published, every_table: list[Table]) -> None:
    expected = told(every_table)
    assert {key[0] for key in expected} >= {"platform", "courier"}
    rows = published.connection.sql("from mart_market_benchmark").pl()
    found = {
        (
            row["breakdown"],
            row["platform_id"],
            row["month_date"],
            *(row[k] for k in KEYS[row["breakdown"]]),
        ): row
        for row in rows.iter_rows(named=True)
    }
    assert found.keys() == expected.keys()
    for key, row in expected.items():
        for name in [*COLUMNS.values(), "market_within_72h_share"]:
            # What lies between two roundings may be rounded to either.
            assert found[key][name] == pytest.approx(row.get(name), abs=0.0011), (key, name)
        hours = "market_median_end_to_end_hours"
        assert found[key][hours] == pytest.approx(row.get(hours), abs=0.11), key
        assert found[key]["benchmark_waybill_floor"] == row["benchmark_waybill_floor"]


def test_whoever_asks_there_are_five_others_ten_consumers_and_none_above_half(
    every_table: list[Table],
) -> None:
    shown = [parcels for table in every_table for parcels in table.shown.values()]
    assert len(shown) > 100
    for parcels in random.Random(17).sample(shown, 60):
        for asking in [None, *parcels["merchant_id"].value_counts(sort=True)["merchant_id"].head(5)]:
            others = parcels.filter(pl.col("merchant_id") != asking) if asking else parcels
            sizes = others["merchant_id"].value_counts()["count"]
            assert len(sizes) >= 5
            assert sizes.max() <= len(others) / 2  # type: ignore[operator]
            assert others["consumer_id"].drop_nulls().n_unique() >= 10


def test_a_hidden_cell_is_never_alone(every_table: list[Table]) -> None:
    lonely = [t for t in every_table if len(t.cells) - len(t.shown) == 1 and len(t.cells) > 1]
    assert not lonely
    partly = [t for t in every_table if 0 < len(t.shown) < len(t.cells)]
    assert partly


@dataclass
class Program:
    """A linear programme over numbers that an attacker does not know, none of them below nought."""

    names: list[Any] = field(default_factory=list)
    rows: list[dict[Any, float]] = field(default_factory=list)
    limits: list[float] = field(default_factory=list)

    def at_most(self, terms: dict[Any, float], limit: float) -> None:
        self.names += [name for name in terms if name not in self.names]
        self.rows.append(terms)
        self.limits.append(limit)

    def equal(self, terms: dict[Any, float], value: float) -> None:
        self.at_most(terms, value)
        self.at_most({name: -of for name, of in terms.items()}, -value)

    def narrows(self, terms: dict[Any, float], value: float) -> bool:
        """Whether all that is known leaves no number but those close to the true one."""
        place = {name: number for number, name in enumerate(self.names)}
        matrix = np.zeros((len(self.rows), len(place)))
        for number, row in enumerate(self.rows):
            for name, of in row.items():
                matrix[number, place[name]] = of
        aim = np.zeros(len(place))
        for name, of in terms.items():
            aim[place[name]] = of
        lowest = linprog(aim, matrix, self.limits, method="highs")
        assert lowest.status == 0, lowest.message
        highest = linprog(-aim, matrix, self.limits, method="highs")
        if highest.status == 3:  # without bound
            return False
        assert highest.status == 0, highest.message
        return bool(lowest.fun >= (1 - CLOSE) * value - 1e-6 and -highest.fun <= (1 + CLOSE) * value + 1e-6)


def others_of(parcels: pl.DataFrame, asking: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The parcels that are the attacker's own, and those that are not."""
    is_own = pl.col("merchant_id") == asking
    return parcels.filter(is_own), parcels.filter(~is_own)


def tell(program: Program, figure: str, parcels: pl.DataFrame, own: pl.DataFrame, cell: Any) -> None:
    """Write down what a told cell says of the others' parcels (B) and those that met the figure (A) in it.

    Of how many there are, the attacker is given the upper bound of the step, too, wherever it is true.
    """
    share, count, met = round(parcels["is_met"].mean(), 3), len(own), int(own["is_met"].sum())
    for sign in (1, -1):
        # |met + A − share · (count + B)| ≤ rounded · (count + B)
        terms = {("A", cell): sign, ("B", cell): -sign * share - SHARE_ROUNDED}
        program.at_most(terms, -sign * (met - share * count) + SHARE_ROUNDED * count)
    least = floor_of(len(parcels))
    program.at_most({("B", cell): -1}, count - least)
    if least < FLOORS[-1]:
        program.at_most({("B", cell): 1}, FLOORS[FLOORS.index(least) + 1] - count)
    if figure == "end_to_end" and (hours := median_hours(parcels)) is not None:
        # At least half (F) came by the median, and at most half (S) before it.
        fast = int((own["end_to_end_seconds"] <= (hours + HOURS_ROUNDED) * 3600).sum())
        slow = int((own["end_to_end_seconds"] < (hours - HOURS_ROUNDED) * 3600).sum())
        program.at_most({("F", cell): -1, ("B", cell): 0.5}, fast - count / 2)
        program.at_most({("S", cell): 1, ("B", cell): -0.5}, count / 2 - slow)
        program.at_most({("F", cell): 1, ("B", cell): -1}, 0)
        program.at_most({("S", cell): 1, ("F", cell): -1}, 0)


def known(every_table: Sequence[Table], asking: str, build: Any = None) -> Program:
    """All that a merchant can be given of one figure in some months, its own rows known to it.

    The hidden cells of a table stand together as its rest: of each of them nothing else is known.
    """
    program = Program()
    for table in every_table:
        whole = ("whole", build, table.month)
        shown = {named(table, key, build): parcels for key, parcels in table.shown.items()}
        rest = ("rest", table.breakdown, build, table.month)
        cells = [whole] if table.breakdown == "platform" else [*shown, rest]
        for cell in cells:
            program.at_most({("A", cell): 1, ("B", cell): -1}, 0)
        for cell, parcels in shown.items():
            tell(program, table.figure, parcels, others_of(parcels, asking)[0], cell)
        if table.breakdown != "platform":
            for kind in ("A", "B"):
                program.equal({(kind, whole): -1.0, **{(kind, cell): 1.0 for cell in cells}}, 0)
    return program


def named(table: Table, key: tuple[Any, ...], build: Any = None) -> Any:
    """What the programme calls a cell; the platform's only one is the whole of the other tables."""
    return (table.breakdown, *key, build, table.month) if key else ("whole", build, table.month)


def within(small: Any, large: Any) -> list[tuple[dict[Any, float], float]]:
    """Return what holds where some parcels are among others: they, what they met, and what they did not."""
    return [
        ({("A", small): 1, ("B", small): -1}, 0),
        ({("A", small): 1, ("A", large): -1}, 0),
        ({("B", small): 1, ("A", small): -1, ("B", large): -1, ("A", large): 1}, 0),
    ]


@pytest.mark.parametrize("platform_id", ["pinduoduo", "taobao", "jd"])
def test_no_hidden_number_is_narrowed_to_a_fifth_by_all_that_one_merchant_is_given(
    platform_id: str, every_table: list[Table]
) -> None:
    draw = random.Random(17)
    own_tables = [table for table in every_table if table.platform_id == platform_id]
    months = sorted({table.month for table in own_tables})
    sizes = pl.concat([table.parcels for table in own_tables])["merchant_id"].value_counts(sort=True)
    tried = 0
    for asking in [sizes["merchant_id"][0], draw.choice(sizes["merchant_id"].to_list())]:
        for figure in KEYS_OF_FIGURES:
            # Two months at once: what one says may help with the other.
            for two in zip(months[-5:-1:2], months[-4::2], strict=True):
                given = [t for t in own_tables if t.figure == figure and t.month in two]
                program = known(given, asking)
                for terms, value, more in targets(given, asking, draw):
                    attempt = Program([*program.names], [*program.rows], [*program.limits])
                    for row, limit in more:
                        attempt.at_most(row, limit)
                    tried += 1
                    assert not attempt.narrows(terms, value), (asking, figure, terms, value)
    assert tried > 50


KEYS_OF_FIGURES = ["end_to_end", "on_time", "shipped_on_time", "first_scan"]


def targets(given: Sequence[Table], asking: str, draw: random.Random) -> list[tuple[Any, float, Any]]:
    """What an attacker wants: of told cells the largest other merchant, of hidden ones all others."""
    wanted: list[tuple[Any, float, Any]] = []
    for table in given:
        for key, parcels in table.shown.items():
            cell, others = named(table, key), others_of(parcels, asking)[1]
            largest = others["merchant_id"].value_counts(sort=True)["merchant_id"][0]
            # The attacker knows the rule: no other has more than half of what is not its own.
            rule = ({("B", "target"): 1, ("B", cell): -0.5}, 0)
            wanted += both(others.filter(merchant_id=largest), [*within("target", cell), rule])
        hidden = [key for key in table.cells if key not in table.shown]
        rest = ("rest", table.breakdown, None, table.month)
        for key in draw.sample(hidden, min(5, len(hidden))):
            cell = rest if key else named(table, key)
            wanted += both(others_of(table.cells[key], asking)[1], within("target", cell))
    return wanted


def both(parcels: pl.DataFrame, more: Any) -> list[tuple[Any, float, Any]]:
    """The two numbers of some parcels: how many, and how many met the figure; none is no secret."""
    numbers = {"B": len(parcels), "A": int(parcels["is_met"].sum())}
    return [({(kind, "target"): 1}, number, more) for kind, number in numbers.items() if number]


@pytest.mark.parametrize("platform_id", ["pinduoduo", "taobao", "jd"])
def test_two_builds_do_not_tell_what_one_merchant_sent_between_them(
    platform_id: str, facts: pl.DataFrame
) -> None:
    draw = random.Random(17)
    now = facts.filter(platform_id=platform_id)
    month = max(table.month for table in tables(now) if table.figure == "end_to_end")
    now = now.filter(pl.col("picked_up_date").dt.month_start() == month)
    sizes = now["merchant_id"].value_counts(sort=True)["merchant_id"].to_list()
    asking, tried = sizes[1], 0
    for late in [sizes[0], *draw.sample(sizes[2:], 3)]:
        # The first build had none of its parcels of the month; all else is the same, and known so.
        builds = [[*tables(now.filter(pl.col("merchant_id") != late))], [*tables(now)]]
        for figure in ("end_to_end", "on_time"):
            pair = [[table for table in build if table.figure == figure] for build in builds]
            first, second = known(pair[0], asking, 1), known(pair[1], asking, 2)
            program = Program([*first.names], [*first.rows], [*first.limits])
            for row, limit in zip(second.rows, second.limits, strict=True):
                program.at_most(row, limit)
            sent = next(t for t in pair[1] if t.breakdown == "platform").parcels.filter(merchant_id=late)
            whole = {build: ("whole", build, month) for build in (1, 2)}
            came = {("B", whole[2]): 1.0, ("B", whole[1]): -1.0}
            met = {("A", whole[2]): 1.0, ("A", whole[1]): -1.0}
            program.at_most({name: -of for name, of in met.items()}, 0)
            program.at_most({**met, **{name: -of for name, of in came.items()}}, 0)
            tried += len(sent) > 0
            if len(sent):
                assert not program.narrows(came, len(sent)), (late, figure)
            if sent["is_met"].any():
                assert not program.narrows(met, int(sent["is_met"].sum())), (late, figure)
    assert tried > 4


def test_exact_counts_would_have_told_it(every_table: list[Table]) -> None:
    """The programme finds what is not hidden: with one cell hidden and counts given, by a subtraction."""
    table = next(
        t for t in every_table if t.breakdown == "courier" and len(t.shown) > 2 and t.figure == "end_to_end"
    )
    cells = table.cells
    alone, *given = sorted(cells, key=lambda key: len(cells[key]))
    program = Program()
    program.equal({("B", key): 1.0 for key in cells}, sum(map(len, cells.values())))
    for key in given:
        program.equal({("B", key): 1.0}, len(cells[key]))
    assert program.narrows({("B", alone): 1}, len(cells[alone]))
    assert not is_safe(cells[alone].head(29))

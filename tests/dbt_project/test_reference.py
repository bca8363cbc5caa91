"""Published metrics against plain Polars over the feeds, under filters that are drawn anew each run."""

import random
from datetime import date
from typing import Any

import polars as pl
import pytest
from published_reports import Published
from reference import couriers, delivery, gmv
from reference.market import Market
from reference.subjects import Exact, Subject

#: Filter combinations per mart, each of at least so many waybills (orders, lines, scans).
DRAWS = 20
FEWEST = 30


@pytest.fixture(scope="module")
def market(published: Published) -> Market:
    return Market(published.settings.home / "market")


@pytest.fixture(scope="module")
def edges(published: Published) -> list[float]:
    ((found,),) = published.connection.execute("select histogram_edges()").fetchall()
    return [float(edge) for edge in found]


def _draw(rng: random.Random, subject: Subject) -> tuple[dict[str, list[Any]], tuple[date, date]]:
    """Values of up to two dimensions, one of each that needs one, and a range of days or whole months."""
    names = rng.sample(subject.dimensions, min(len(subject.dimensions), rng.randint(0, 2)))
    chosen = {
        name: rng.sample(values, rng.randint(1, len(values)))
        for name in names
        for values in [subject.rows[name].drop_nulls().unique().sort().to_list()]
    }
    for name in subject.one_of:
        chosen[name] = [rng.choice(subject.rows[name].drop_nulls().unique().sort().to_list())]
    days = subject.rows[subject.date]
    if subject.date_column == "month_date":
        days = days.dt.truncate("1mo")
    first, last = sorted(rng.choices(days.unique().sort().to_list(), k=2))
    return chosen, (first, last)


def _chosen(subject: Subject, filters: dict[str, list[Any]], days: tuple[date, date]) -> pl.DataFrame:
    at = pl.col(subject.date)
    if subject.date_column == "month_date":
        at = at.dt.truncate("1mo")
    return subject.rows.filter(
        at.is_between(*days), *(pl.col(name).is_in(of) for name, of in filters.items())
    )


def _where(subject: Subject, filters: dict[str, list[Any]], days: tuple[date, date]) -> str:
    conditions = [f"{subject.date_column} between '{days[0]}' and '{days[1]}'"]
    conditions += [f"{name} = '{value}'" for name, value in subject.fixed.items()]
    conditions += [f"list_contains({values}, {name})" for name, values in filters.items()]
    return " and ".join(conditions)


def _agree(got: Any, wanted: float | Exact | None, edges: list[float], said: str) -> None:
    if isinstance(wanted, Exact):
        upper = next((edge for edge in edges if wanted.hours is not None and wanted.hours <= edge), None)
        if upper is None:
            assert got is None, said
            return
        position = edges.index(upper)
        assert (edges[position - 1] if position else 0) < got <= upper or got == wanted.hours == 0, said
    elif wanted is None:
        assert got is None, said
    else:
        assert got is not None, said
        assert float(got) == pytest.approx(wanted, rel=1e-9, abs=1e-9), said


def test_every_metric_agrees_with_plain_polars_under_filters_drawn_anew(
    published: Published, market: Market, edges: list[float]
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)
    for subject in (*gmv.subjects(market), *delivery.subjects(market), *couriers.subjects(market)):
        formulas = ", ".join(
            f"{published.formula(subject.table, name)} as {name}" for name in subject.numbers
        )
        compared = 0
        while compared < DRAWS:
            filters, days = _draw(rng, subject)
            rows = _chosen(subject, filters, days)
            if rows.height < FEWEST:
                continue
            compared += 1
            where = _where(subject, filters, days)
            got = published.connection.execute(
                f"select {formulas} from {subject.table} where {where}"
            ).fetchone()
            assert got is not None
            for (name, number), value in zip(subject.numbers.items(), got, strict=True):
                wanted = number(rows)
                _agree(value, wanted, edges, f"{subject.table}.{name} where {where}: {value}, not {wanted}")

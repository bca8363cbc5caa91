"""Percentiles of merged histograms, under any filter, against exact ones of the simulator's waybills."""

import math
import random
from datetime import timedelta

import polars as pl
import pytest
from published_reports import FROM, TO, Published

#: Basis of the day → the truth's time of it, and which durations are timed on it.
BASES = {"paid": "clock_started_at", "picked_up": "picked_up_at"}
DURATIONS = {
    "end_to_end": ("picked_up_at", "end_to_end_seconds"),
    "order_to_delivery": ("clock_started_at", "order_to_delivery_seconds"),
    "handling": ("clock_started_at", "handling_seconds"),
}
SHARES = {"median": 0.5, "p85": 0.85, "p90": 0.9, "p95": 0.95}


@pytest.fixture(scope="session")
def cohort(published: Published) -> pl.DataFrame:
    waybills = pl.read_parquet(published.truth / "waybills.parquet")
    return waybills.filter(
        pl.col("purpose") == "sale", ~pl.col("is_returned"), ~pl.col("is_cancelled")
    ).with_columns(
        *(
            # Shops abroad keep UTC's days.
            pl.when(pl.col("platform_id") == "shopify")
            .then(pl.col(time).dt.convert_time_zone("UTC").dt.date())
            .otherwise(pl.col(time).dt.convert_time_zone("Asia/Shanghai").dt.date())
            .alias(f"{basis}_date")
            for basis, time in BASES.items()
        ),
        courier_id=pl.col("courier_code").replace({"jd": "jdl"}),
        tier_fixed=pl.col("tier"),
    )


def _draw(random_: random.Random, cohort: pl.DataFrame) -> tuple[str, dict[str, list[str]], int, int]:
    """A date basis, a filter on one to three dimensions, and the first and last of its days."""
    filters = {
        name: random_.sample(values, random_.randint(1, max(1, len(values) - 1)))
        for name in random_.sample(["platform_id", "courier_id", "tier_fixed", "channel", "service"], 2)
        for values in [sorted(cohort[name].unique().to_list())]
    }
    last = random_.randint(0, (TO - FROM).days)
    return random_.choice(list(BASES)), filters, random_.randint(0, last), last


def test_a_percentile_of_any_filter_is_right_to_the_bucket_with_open_waybills_last(
    published: Published, cohort: pl.DataFrame
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    random_ = random.Random(seed)
    edges = [
        float(edge) for edge in published.connection.execute("select histogram_edges()").fetchall()[0][0]
    ]
    compared = 0
    while compared < 40:
        basis, filters, first, last = _draw(random_, cohort)
        days = FROM + timedelta(days=first), FROM + timedelta(days=last)
        chosen = cohort.filter(
            pl.col(f"{basis}_date").is_between(*days),
            *(pl.col(name).is_in(values) for name, values in filters.items()),
        )
        where = " and ".join(f"list_contains({values}, {name})" for name, values in filters.items())
        if chosen.height < 30:
            continue
        compared += 1
        for duration, (start, seconds) in DURATIONS.items():
            started = chosen.filter(pl.col(start).is_not_null())
            for name, share in SHARES.items():
                formula = published.formula("mart_delivery_time", f"{name}_{duration}_hours")
                ((got,),) = published.rows(
                    f"select {formula} from mart_delivery_time where date_basis = '{basis}'"
                    f" and calendar_date between '{days[0]}' and '{days[1]}' and {where}"
                )
                rank = math.ceil(share * started.height - 1e-9)
                ended = started[seconds].drop_nulls().sort()
                exact = ended[rank - 1] / 3600 if 0 < rank <= ended.len() else None
                _assert_in_bucket(got, exact, edges)


def _assert_in_bucket(got: object, exact: float | None, edges: list[float]) -> None:
    upper = next((edge for edge in edges if exact is not None and exact <= edge), None)
    if upper is None:
        assert got is None
        return
    position = edges.index(upper)
    lower = edges[position - 1] if position else 0.0
    assert isinstance(got, float)
    assert lower < got <= upper


def test_a_percentile_is_final_when_it_lies_below_the_age_of_the_youngest_day(published: Published) -> None:
    formula = published.formula("mart_delivery_time", "is_median_end_to_end_final")
    median = published.formula("mart_delivery_time", "median_end_to_end_hours")
    by_day = published.rows(
        f"select calendar_date, {median}, {formula},"
        " min(cell_age_hours(provider_id, platform_id, calendar_date)) from mart_delivery_time"
        " where date_basis = 'picked_up' group by all order by all"
    )
    for day, hours, is_final, age in by_day:
        assert isinstance(age, float)
        if not isinstance(hours, float):
            assert is_final is None, day
        elif hours > age:
            assert is_final is False, day
        elif math.ceil(hours) <= age and hours <= 96:
            assert is_final is True, day
    assert {row[2] for row in by_day} >= {True, False} or by_day[-1][2] is None
    ((over_all,),) = published.rows(
        f"select {formula} from mart_delivery_time where date_basis = 'picked_up'"
    )
    assert over_all is False


def test_the_macros_name_the_edges_that_the_models_count_by(published: Published) -> None:
    ((edges,),) = published.connection.execute("select histogram_edges()").fetchall()
    ((stored,),) = published.connection.execute(
        "select data_type from duckdb_columns() where database_name = current_database()"
        " and table_name = 'mart_delivery_time' and column_name = 'handling_histogram'"
    ).fetchall()
    fields = [field.split()[0].strip('"') for field in stored.removeprefix("STRUCT(").rstrip(")").split(", ")]
    assert fields == [f"h{edge}" for edge in edges] + ["above"]
    assert [edge for edge in edges if edge <= 96] == list(range(1, 97))
    assert edges[-1] == 60 * 24

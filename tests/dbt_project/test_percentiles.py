"""Percentiles of merged histograms, under any filter, against exact ones of the simulator's waybills."""

import math
import random
from datetime import timedelta

import duckdb
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


def test_a_percentile_is_final_when_it_is_the_same_whether_all_open_waybills_arrive_now_or_never(
    published: Published,
) -> None:
    edges = [
        0.0,
        *(float(edge) for edge in published.connection.execute("select histogram_edges()").fetchall()[0][0]),
    ]
    ages = pl.DataFrame(
        published.rows(
            "select distinct calendar_date, provider_id, platform_id,"
            " cell_age_hours(provider_id, platform_id, calendar_date) from mart_delivery_time"
        ),
        schema=["picked_up_date", "provider_id", "platform_id", "age"],
        orient="row",
    )
    with duckdb.connect(str(published.settings.warehouse), read_only=True) as warehouse:
        waybills = warehouse.execute(
            "from core.fct_waybills where purpose = 'sale' and picked_up_date is not null"
            " and not is_cancelled and not is_forwarded and (is_delivered or not is_returned)"
        ).pl()
    waybills = waybills.join(ages, on=["picked_up_date", "provider_id", "platform_id"], nulls_equal=True)
    seen = set()
    for name, share in SHARES.items():
        final = published.formula("mart_delivery_time", f"is_{name}_end_to_end_final")
        for days in (1, 7, 30, 120):
            since = TO - timedelta(days=days)
            got = {
                row[0]: row[1]
                for row in published.rows(
                    f"select courier_id, {final} from mart_delivery_time where date_basis = 'picked_up'"
                    f" and calendar_date >= '{since}' group by all"
                )
            }
            for (courier,), rows in waybills.filter(pl.col("picked_up_date") >= since).group_by("courier_id"):
                expected = _is_final(rows, share, edges)
                assert got[courier] is expected, (name, days, courier)
                seen.add(expected)
    assert seen >= {True, False}


def _is_final(waybills: pl.DataFrame, share: float, edges: list[float]) -> bool | None:
    """Whether the percentile stays above the lower edge of its bucket when all that are open arrive now."""
    is_open = ~pl.col("is_handed_over")
    started = waybills.filter(pl.col("end_to_end_seconds").is_not_null() | is_open)
    hours = pl.col("end_to_end_seconds") / 3600
    never = started.select(hours.fill_null(math.inf).sort()).to_series()
    now = started.select(hours.fill_null(pl.col("age").clip(0)).sort()).to_series()
    rank = math.ceil(share * started.height - 1e-9)
    if not rank or never[rank - 1] > edges[-1]:
        return None
    lower = max(edge for edge in edges if edge < never[rank - 1])
    return bool(now[rank - 1] > lower)


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

"""What crosses a border, against the simulated market's truth and against plain Polars over it."""

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import holidays
import numpy as np
import polars as pl
import pytest
from published_reports import WHAT_IF_FROM, WHAT_IF_RULES, Published

from serving.border import rules_on
from serving.published import Published as Serving
from warehouse.import_rules import ImportRules

TIMES = (
    *("export_started_at", "export_cleared_at", "hub_arrived_at", "hub_left_at"),
    *("import_started_at", "import_held_at", "import_cleared_at", "import_failed_at"),
)
ZONES = {
    **{"BE": "Europe/Brussels", "NL": "Europe/Amsterdam", "FR": "Europe/Paris", "IT": "Europe/Rome"},
    **{"GB": "Europe/London", "NO": "Europe/Oslo", "TR": "Europe/Istanbul"},
}
DAY = timedelta(days=1)
#: Stage of a corridor → from, to.
STAGES = {
    "domestic": ("picked_up_at", "export_started_at"),
    "export": ("export_started_at", "export_cleared_at"),
    "crossing": ("export_cleared_at", "import_started_at"),
    "import": ("import_started_at", "import_cleared_at"),
    "abroad": ("import_cleared_at", "first_attempt_at"),
}
EUROPEAN_UNION = ("BE", "NL", "ES", "FR", "IT")
#: By hand from the seed's words, in 2018 and 2019: country → currency, duty relief, tax relief.
RELIEFS = {
    **dict.fromkeys(EUROPEAN_UNION, ("EUR", Decimal(150), Decimal(22))),
    **{"GB": ("GBP", Decimal(135), Decimal(15)), "US": ("USD", Decimal(800), None)},
}


@pytest.fixture(scope="module")
def warehouse(published: Published) -> Iterator[duckdb.DuckDBPyConnection]:
    """The facts and the truth, in memory: what is asked of the warehouse opens it by itself."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'; create schema core")
        connection.execute(f"attach '{published.settings.warehouse}' as built (read_only)")
        connection.execute(
            "create table core.fct_border_crossings as from built.core.fct_border_crossings; detach built"
        )
        connection.execute(
            "create temp table truth as select *, case courier_code when 'jd' then 'jdl' else courier_code "
            f"end || ':' || waybill_number as waybill_id from '{published.truth}/border_crossings.parquet'"
        )
        yield connection


@pytest.fixture(scope="module")
def crossings(warehouse: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """The truth, with the day of entry as the warehouse has it, which another test holds."""
    return warehouse.execute(
        "select truth.* replace (fct_border_crossings.entry_date as entry_date) "
        "from truth inner join core.fct_border_crossings using (waybill_id)"
    ).pl()


def test_every_crossing_and_each_of_its_times_is_true(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = ", ".join(("waybill_id", "hub_code", *TIMES))
    ours = f"select {columns} from core.fct_border_crossings"
    theirs = f"select {columns} from truth"
    for one, other in ((ours, theirs), (theirs, ours)):
        assert warehouse.execute(f"{one} except all {other} limit 3").fetchall() == []
    for time in (time for time in TIMES if time != "import_failed_at"):
        ((count,),) = warehouse.execute(f"select count({time}) from truth").fetchall()
        assert count > 10, time


def test_what_was_seen_of_customs_is_true(warehouse: duckdb.DuckDBPyConnection) -> None:
    ours = "select waybill_id, is_inspection_seen, is_refused from core.fct_border_crossings"
    theirs = "select waybill_id, is_inspection_seen, has_failed from truth"
    for one, other in ((ours, theirs), (theirs, ours)):
        assert warehouse.execute(f"{one} except all {other} limit 3").fetchall() == []


def test_a_parcel_enters_on_the_day_that_it_is_at_its_destination(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """In countries of one zone by the zone; in the United States between the days of its two coasts."""
    crossings = warehouse.execute(
        "select destination_country_code as country, entry_date, import_started_at "
        "from core.fct_border_crossings where import_started_at is not null"
    ).pl()
    for country, zone in ZONES.items():
        there = crossings.filter(pl.col("country") == country)
        days = there["import_started_at"].dt.convert_time_zone(zone).dt.date()
        assert len(there) > 0, country
        assert there["entry_date"].to_list() == days.to_list(), country
    american = crossings.filter(pl.col("country") == "US")
    started = american["import_started_at"]
    west = started.dt.convert_time_zone("America/Los_Angeles").dt.date()
    east = started.dt.convert_time_zone("America/New_York").dt.date()
    assert ((american["entry_date"] >= west) & (american["entry_date"] <= east)).all()
    assert (west != east).any()


def test_customs_counts_what_it_was_seen_to_do_by_hub(published: Published, crossings: pl.DataFrame) -> None:
    entered = crossings.filter(pl.col("entry_date").is_not_null())
    true = entered.group_by("hub_code").agg(
        pl.len(),
        pl.col("is_inspection_seen").sum().alias("seen"),
        pl.col("has_failed").sum().alias("failed"),
        ((pl.col("import_cleared_at") - pl.col("import_started_at")).dt.total_seconds())
        .sum()
        .alias("seconds"),
    )
    ours = published.rows(
        "select border_hub, sum(entered_count), sum(inspection_seen_count), sum(refused_count), "
        "sum(import_customs_seconds) from mart_customs group by 1 order by 1"
    )
    assert ours == true.sort("hub_code").rows()
    share = published.formula("mart_customs", "seen_inspected_share")
    lower = published.formula("mart_customs", "seen_inspected_lower")
    upper = published.formula("mart_customs", "seen_inspected_upper")
    ((found, low, high),) = published.rows(f"select {share}, {lower}, {upper} from mart_customs")
    seen, count, z = int(true["seen"].sum()), int(true["len"].sum()), 1.959964
    centre, margin = (seen + z * z / 2) / (count + z * z), z / (count + z * z)
    margin *= np.sqrt(seen * (count - seen) / count + z * z / 4)
    assert found == pytest.approx(seen / count)
    assert (low, high) == pytest.approx((centre - margin, centre + margin), abs=1e-6)


@pytest.fixture(scope="module")
def travelled(published: Published, crossings: pl.DataFrame) -> pl.DataFrame:
    """The sales that stay in the cohort, with their stages in seconds, null where a time is missing."""
    duckdb.execute("set timezone = 'UTC'")
    waybills = duckdb.execute(
        "select waybill_number, picked_up_at, paid_at, first_attempt_at, promised_delivery_at "
        f"from '{published.truth}/waybills.parquet' where purpose = 'sale' and picked_up_at is not null "
        "and not ((is_returned and delivered_at is null) or is_cancelled)"
    ).pl()

    def seconds(first: str, last: str) -> pl.Expr:
        passed = (pl.col(last) - pl.col(first)).dt.total_seconds()
        return pl.when(passed >= 0).then(passed)

    return crossings.join(waybills, on="waybill_number").with_columns(
        door=seconds("picked_up_at", "first_attempt_at"),
        **{name: seconds(*times) for name, times in STAGES.items()},
    )


def test_each_corridor_is_what_its_parcels_add_up_to(published: Published, travelled: pl.DataFrame) -> None:
    is_staged = pl.all_horizontal(pl.col(list(STAGES)).is_not_null())
    is_on_time = pl.col("first_attempt_at") <= pl.col("promised_delivery_at")
    true = (
        travelled.group_by("hub_code", "destination_country_code")
        .agg(
            pl.len(),
            pl.col("door").count().alias("door_count"),
            pl.col("door").sum(),
            is_staged.sum().alias("staged_count"),
            *(pl.col(name).filter(is_staged).sum() for name in STAGES),
            is_on_time.sum().alias("on_time_count"),
        )
        .sort("hub_code", "destination_country_code")
    )
    sums = ["door_count", "door_to_door_seconds", "staged_count"]
    sums += [f"{name}_staged_seconds" for name in STAGES] + ["on_time_count"]
    ours = published.rows(
        "select border_hub, destination_country_code, sum(crossing_count), "
        f"{', '.join(f'sum({name})' for name in sums)} from mart_corridors group by 1, 2 order by 1, 2"
    )
    assert ours == true.rows()
    assert len(ours) > 5
    assert true["staged_count"].sum() > 0.9 * len(travelled)


def test_a_corridors_spread_is_that_of_its_parcels_with_those_on_their_way_last(
    published: Published, travelled: pl.DataFrame
) -> None:
    hours = np.sort(travelled["door"].fill_null(10**9).to_numpy()) / 3600
    low, high = hours[len(hours) // 10], hours[len(hours) * 9 // 10]
    spread = published.formula("mart_corridors", "spread_door_hours")
    ((found,),) = published.rows(f"select {spread} from mart_corridors")
    # Of hours that are counted in buckets: of one hour at the tenth, of up to twelve at the ninth.
    assert found == pytest.approx(high - low, abs=13)
    assert found > 24


@pytest.mark.parametrize("country", ZONES)
def test_a_promise_of_days_is_counted_by_the_destinations_calendar(
    published: Published, travelled: pl.DataFrame, country: str
) -> None:
    """In countries of one zone, their days of rest as the library has them."""
    ((as_of,),) = published.rows("select epoch_us(max(as_of_at)) from dim_providers")
    there = travelled.filter(pl.col("destination_country_code") == country)
    due = there.filter(
        pl.col("first_attempt_at").is_not_null() | (pl.col("promised_delivery_at").dt.epoch() < as_of)
    )
    rest = list(holidays.country_holidays(country, years=range(2018, 2020)))
    attempted = due["first_attempt_at"].dt.convert_time_zone(ZONES[country]).dt.date()
    business = calendar = 0
    for paid, came, count in zip(due["paid_at"].dt.date(), attempted, due["promised_day_count"], strict=True):
        if came is not None:
            calendar += (came - paid).days <= count
            business += bool(np.busday_count(paid + DAY, came + DAY, holidays=rest) <= count)
    ours = published.rows(
        "select sum(business_promise_count), sum(kept_as_business_count), sum(calendar_promise_count), "
        f"sum(kept_as_calendar_count) from mart_corridors where destination_country_code = '{country}'"
    )
    assert ours == [(len(due), business, len(due), calendar)]
    assert 0 < calendar < business


def _judged(crossings: pl.DataFrame, kind: int) -> pl.DataFrame:
    """The parcels declared in the currency of a relief, with the relief."""
    reliefs = [
        {"destination_country_code": country, "declared_currency": of[0], "relief": of[1 + kind]}
        for country, of in RELIEFS.items()
        if of[1 + kind] is not None
    ]
    frame = pl.DataFrame(reliefs).with_columns(pl.col("relief").cast(pl.Decimal(18, 2)))
    return crossings.filter(pl.col("entry_date").is_not_null()).join(
        frame, on=["destination_country_code", "declared_currency"]
    )


@pytest.mark.parametrize("kind", [0, 1], ids=["duty", "tax"])
def test_the_threshold_in_force_parts_the_parcels(
    published: Published, crossings: pl.DataFrame, kind: int
) -> None:
    judged = _judged(crossings, kind)
    under = judged["declared_amount_as_sent"] <= judged["relief"]
    ours = published.rows(
        "select sum(judged_count)::int, sum(under_threshold_count)::int, sum(under_threshold_amount), "
        "sum(judged_amount) from mart_import_thresholds where exempt_up_to_amount > 0 "
        f"and charge_kind = '{('duty', 'tax')[kind]}'"
    )
    amounts = judged["declared_amount_as_sent"]
    assert ours == [(len(judged), under.sum(), amounts.filter(under).sum(), amounts.sum())]
    assert 0 < under.sum() < len(judged)


def test_the_excess_is_what_least_squares_leave(published: Published, crossings: pl.DataFrame) -> None:
    judged = _judged(crossings, 0)
    ratio = judged["declared_amount_as_sent"].cast(pl.Float64) / judged["relief"].cast(pl.Float64)
    edges = np.arange(10, 21) / 20
    counts = np.array([int(((ratio > a) & (ratio <= b)).sum()) for a, b in itertools.pairwise(edges)])
    line = np.polynomial.Polynomial.fit(np.arange(8) + 0.5, counts[:8], 2)
    expected = counts[8:].sum() - line(8.5) - line(9.5)
    share = published.formula("mart_import_thresholds", "understated_share")
    ((found,),) = published.rows(f"select {share} from mart_import_thresholds where charge_kind = 'duty'")
    assert found * len(judged) == pytest.approx(expected, abs=1e-6)
    # The feed's own currency alone is judged: of those, so many are really declared too low.
    lower, upper = (
        published.formula("mart_import_thresholds", f"understated_{end}") for end in ("lower", "upper")
    )
    ((low, high),) = published.rows(
        f"select {lower}, {upper} from mart_import_thresholds where charge_kind = 'duty'"
    )
    true = (judged["is_understated"] & (judged["exemption_amount"] == judged["relief"])).mean()
    assert low < true < high


def test_a_landed_cost_is_known_where_all_parts_are(published: Published, crossings: pl.DataFrame) -> None:
    """In 2018 and 2019 only of parcels under the tax relief: the list says no rate of those years."""
    freight = duckdb.execute(
        "select waybill_number, freight_cost_amount, currency as waybill_currency "
        f"from '{published.settings.home}/market/feeds/waymart/waybills/*.parquet'"
    ).pl()
    exempt = _judged(crossings, 1).filter(pl.col("declared_amount_as_sent") <= pl.col("relief"))
    exempt = exempt.join(freight.unique("waybill_number"), on="waybill_number").filter(
        pl.col("waybill_currency") == pl.col("declared_currency"), pl.col("freight_cost_amount").is_not_null()
    )
    true = exempt.group_by("declared_currency").agg(
        pl.len(), (pl.col("declared_amount_as_sent") + pl.col("freight_cost_amount")).sum().alias("cost")
    )
    ours = published.rows(
        "select declared_currency, sum(landed_count)::int, sum(landed_cost_amount) from mart_landed_costs "
        "where landed_count > 0 group by 1 order by 1"
    )
    assert ours == true.sort("declared_currency").rows()
    assert len(ours) == 2


def _taken_by_what_if(crossings: pl.DataFrame) -> pl.DataFrame:
    """Parcels of which the other rule takes a sum per heading, whatever the value, in euros as declared."""
    return crossings.filter(
        pl.col("destination_country_code").is_in(EUROPEAN_UNION),
        pl.col("entry_date") >= WHAT_IF_FROM,
        pl.col("declared_currency") == "EUR",
    )


def test_another_rule_changes_only_parcels_that_entered_after_it(
    published: Published, crossings: pl.DataFrame, tmp_path: Path
) -> None:
    file = tmp_path / "flat.csv"
    file.write_text(WHAT_IF_RULES, encoding="utf-8")
    rows = ImportRules(published.settings).what_if(file)
    # In the place of 0 or of what is not known.
    true = _taken_by_what_if(crossings)
    changed = {
        row["destination_country_code"]: row["changed_count"] for row in rows if row["currency"] == "EUR"
    }
    by_country = dict(true.group_by("destination_country_code").len().rows())
    assert {country: count for country, count in changed.items() if count} == by_country
    assert all(row["first_changed_entry_date"] >= WHAT_IF_FROM for row in rows if row["changed_count"])
    assert all(
        row["changed_count"] == 0 for row in rows if row["destination_country_code"] not in EUROPEAN_UNION
    )
    unchanged = [row for row in rows if not row["changed_count"]]
    assert all(row["landed_cost_amount"] == row["landed_cost_amount_then"] for row in unchanged)


def test_what_the_users_file_would_change_stands_in_the_reports(
    published: Published, crossings: pl.DataFrame
) -> None:
    true = _taken_by_what_if(crossings)
    counted = true.group_by("destination_country_code").len().sort("destination_country_code").rows()
    ours = published.rows(
        "select destination_country_code, sum(changed_count)::int as changed from mart_rules_what_if "
        "where declared_currency = 'EUR' group by 1 having changed > 0 order by 1"
    )
    assert ours == counted
    ((before,),) = published.rows(
        f"select sum(changed_count) from mart_rules_what_if where month_date < '{WHAT_IF_FROM}'"
    )
    assert before == 0
    # Both costs are known where nothing was due before: up to 22 euros, with freight in euros.
    freight = duckdb.execute(
        "select distinct waybill_number, freight_cost_amount from "
        f"'{published.settings.home}/market/feeds/waymart/waybills/*.parquet' "
        "where currency = 'EUR' and freight_cost_amount is not null"
    ).pl()
    known = true.filter(pl.col("declared_amount_as_sent") <= 22).join(freight, on="waybill_number")
    more = 3 * known["tariff_headings"].list.eval(pl.element().str.slice(0, 6)).list.n_unique().sum()
    ((found,),) = published.rows(
        "select sum(what_if_landed_amount) - sum(compared_landed_amount) from mart_rules_what_if "
        "where declared_currency = 'EUR'"
    )
    assert found == more > 0


def test_the_rules_of_a_day_are_those_that_its_parcels_meet(published: Published) -> None:
    with duckdb.connect(str(published.settings.warehouse), read_only=True) as connection:
        met = connection.execute(
            "select distinct charges.rule_id, crossings.destination_country_code "
            "from core.fct_import_charges as charges "
            "inner join core.fct_border_crossings as crossings using (waybill_id) "
            "where rule_id is not null and entry_date between '2019-05-01' and '2019-05-31'"
        ).fetchall()
    told = rules_on(Serving(published.settings.published_file()), date(2019, 5, 15))
    listed = published.rows("select rule_id, destination_country_code from dim_import_rules")
    assert met
    assert set(met) <= set(listed)
    assert ("BE", "duty", "150.00 EUR") in told.select(told.columns[:3]).rows()
    assert "US" in told["destination_country_code"]
    assert (told.filter(rule_status="announced")["destination_country_code"] == "GB").all()

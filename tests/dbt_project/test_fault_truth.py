"""A simulated market with faults, loaded and built: rows end where the truth says, and no other differs."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from built_warehouse import Build
from reference.true_cities import of_china

from ingest.finding.find import find_files
from simulator import write_market
from simulator.faults.rates import usual

#: Long enough for numbers to be used again.
SIZE, DAYS, SEED = 12_000, (date(2018, 12, 1), date(2019, 6, 30)), 8
RATES = {fault: 2 * rate for fault, rate in usual("contract").items()}
#: The simulator writes the providers' codes; the warehouse has an id of its own for JD's courier.
_WAYBILL_ID = "case courier_code when 'jd' then 'jdl' else courier_code end || ':' || waybill_number"
#: What changes something of a waybill: an error that no one can see, or one that is shown as such.
CHANGED = "('silent', 'flagged', 'unmapped')"


@pytest.fixture(scope="module")
def warehouse(build: Build, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The warehouse, with the truth beside it. A number's later waybills have their turn behind it."""
    market = tmp_path_factory.mktemp("faulty")
    print(f"seed {SEED}")
    write_market(SIZE, *DAYS, SEED, market, faults=RATES, cross_border=0.05)
    files = [found.path for found in find_files("waymart", [market]).files]
    path = build(f"faulty-{SEED}", [("waymart", path) for path in files], "UTC")
    connection = duckdb.connect(str(path), read_only=True)
    for name, query in {
        "faults": f"select *, {_WAYBILL_ID} as waybill_id from {_truth(market, 'faults')}",
        "true_orders": f"from {_truth(market, 'orders')}",
        "turns": "select *, row_number() over (partition by courier_code, waybill_number"
        f" order by registered_at) as turn from {_truth(market, 'waybills')}",
        "true_waybills": f"select *, {_WAYBILL_ID} || if(turn > 1, ':' || turn, '') as waybill_id from turns",
    }.items():
        connection.execute(f"create temp table {name} as {query}")
    return connection


def _truth(market: Path, table: str) -> str:
    return f"'{market}/truth/{table}.parquet'"


def _shared(warehouse: duckdb.DuckDBPyConnection, ours: str, theirs: str, *without: str) -> str:
    names = [
        {name for name, *_ in warehouse.execute(f"describe {table}").fetchall()} for table in (ours, theirs)
    ]
    shared = sorted(set.intersection(*names) - {"promised_delivery_at", *without})
    assert len(shared) > 20
    return ", ".join(map(of_china, shared))


def _assert_same(warehouse: duckdb.DuckDBPyConnection, ours: str, theirs: str) -> None:
    assert warehouse.execute(f"select count(*) > 0 from ({theirs})").fetchall() == [(True,)]
    for here, there in ((ours, theirs), (theirs, ours)):
        assert warehouse.execute(f"({here}) except all ({there}) order by all limit 3").fetchall() == []


def test_every_fault_has_happened(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute("select distinct fault from faults").fetchall()
    assert {fault for (fault,) in found} == set(RATES)


def test_every_order_is_true(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = _shared(warehouse, "core.fct_orders", "true_orders")
    _assert_same(warehouse, f"select {columns} from core.fct_orders", f"select {columns} from true_orders")


def test_no_waybill_differs_but_those_that_are_listed(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Duplicates, quarantined and late rows change nothing; a number used again is a waybill of its own."""
    columns = _shared(warehouse, "core.fct_waybills", "true_waybills")
    rest = f"not exists (from faults where faults.waybill_id = w.waybill_id and outcome in {CHANGED})"
    _assert_same(
        warehouse,
        f"select {columns} from core.fct_waybills as w where {rest}",
        f"select {columns} from true_waybills as w where {rest}",
    )


def test_a_number_used_again_is_another_waybill(warehouse: duckdb.DuckDBPyConnection) -> None:
    _assert_same(
        warehouse,
        "select waybill_id, registered_at from core.fct_waybills where waybill_id like '%:%:2'",
        "select waybill_id || ':2' as waybill_id, registered_at from faults where outcome = 'new_round'",
    )


def test_what_is_refused_stands_in_quarantine_with_its_line_and_reason(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    columns = "entity, split_part(file_name, '/', -1) as file_name, line_number, reason, field"
    _assert_same(
        warehouse,
        f"select {columns} from core.fct_quarantined_rows",
        f"select {columns} from faults where outcome = 'quarantined'",
    )


def test_what_came_before_is_counted_as_a_duplicate_in_its_file(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    _assert_same(
        warehouse,
        "select entity, split_part(file_name, '/', -1) as file_name, duplicate_count"
        " from core.fct_loads where duplicate_count > 0",
        "select entity, split_part(file_name, '/', -1) as file_name, count(*) as duplicate_count"
        " from faults where outcome = 'duplicate' group by all",
    )


def test_impossible_times_are_flagged(warehouse: duckdb.DuckDBPyConnection) -> None:
    flags = warehouse.execute(
        "select distinct has_impossible_times from core.fct_waybills"
        " semi join (from faults where outcome = 'flagged') using (waybill_id)"
    ).fetchall()
    assert flags == [(True,)]


def test_codes_without_a_meaning_are_counted_and_move_no_milestone(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    counted = warehouse.execute(
        "select code, row_count from core.fct_unmapped_codes where kind = 'event'"
    ).fetchall()
    listed = warehouse.execute("select count(*) from faults where outcome = 'unmapped'").fetchall()
    assert counted == [("belt_scan", listed[0][0])]
    columns = _shared(warehouse, "core.fct_waybills", "true_waybills", "event_count", "last_event_at")
    listed_only = "where waybill_id in (select waybill_id from faults where outcome = 'unmapped')"
    _assert_same(
        warehouse,
        f"select {columns} from core.fct_waybills {listed_only}",
        f"select {columns} from true_waybills {listed_only}",
    )


def test_no_planted_person_is_in_the_warehouse(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute(
        """
        with planted as (
            select waybill_id, unnest(regexp_extract_all(planted_text, '[0-9]+$|^[^0-9]*[^0-9 ]')) as person
            from faults where fault = 'planted_people'
        )
        select count(*) > 100, count(*) filter (where contains(event_text, person))
        from core.fct_waybill_events inner join planted using (waybill_id)
        """
    ).fetchall()
    assert found == [(True, 0)]

"""A simulated market in the providers' formats, with faults, loaded and built, against its truth."""

from datetime import date
from pathlib import Path

import duckdb
import pytest
from built_warehouse import Build

from ingest.finding.find import find_files
from simulator import write_market
from simulator.faults.rates import usual

SIZE, DAYS, SEED = 8_000, (date(2018, 12, 1), date(2019, 6, 30)), 8
RATES = {fault: 3 * rate for fault, rate in usual("providers").items()}
TRACKERS = ("kuaidi100", "kdniao", "sf", "17track")
PLATFORMS = ("jd", "pinduoduo", "taobao", "shopify")
#: What trackers say of a parcel.
COLUMNS = (
    "waybill_id, courier_id, waybill_number, picked_up_at, departed_at, arrived_at, out_for_delivery_at,"
    " first_attempt_at, available_for_pickup_at, delivered_at, handed_over_at, returning_at, returned_at,"
    " origin_seconds, linehaul_seconds, destination_seconds, last_mile_seconds, end_to_end_seconds"
)
_WAYBILL_ID = "case courier_code when 'jd' then 'jdl' else courier_code end || ':' || waybill_number"


@pytest.fixture(scope="module")
def warehouse(build: Build, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    market = tmp_path_factory.mktemp("providers")
    print(f"seed {SEED}")
    write_market(SIZE, *DAYS, SEED, market, feeds="providers", faults=RATES, cross_border=0.1)
    loads = [
        (provider, found.path)
        for provider in (*PLATFORMS, *TRACKERS)
        for found in find_files(provider, [market]).files
    ]
    connection = duckdb.connect(str(build(f"providers-{SEED}", loads, "UTC")), read_only=True)
    for name, query in {
        "faults": f"select *, {_WAYBILL_ID} as waybill_id from {_truth(market, 'faults')}",
        "turns": "select *, row_number() over (partition by courier_code, waybill_number"
        f" order by registered_at) as turn from {_truth(market, 'waybills')}",
        "true_waybills": f"select *, split_part({_WAYBILL_ID}, ':', 1) as courier_id,"
        f" {_WAYBILL_ID} || if(turn > 1, ':' || turn, '') as waybill_id from turns",
        "true_orders": f"from {_truth(market, 'orders')}",
    }.items():
        connection.execute(f"create temp table {name} as {query}")
    return connection


def _truth(market: Path, table: str) -> str:
    return f"'{market}/truth/{table}.parquet'"


def _assert_same(warehouse: duckdb.DuckDBPyConnection, ours: str, theirs: str) -> None:
    assert warehouse.execute(f"select count(*) > 0 from ({theirs})").fetchall() == [(True,)]
    for here, there in ((ours, theirs), (theirs, ours)):
        assert warehouse.execute(f"({here}) except all ({there}) order by all limit 3").fetchall() == []


def test_every_fault_of_these_feeds_has_happened(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = warehouse.execute("select distinct fault from faults").fetchall()
    assert {fault for (fault,) in found} == set(RATES)


def test_no_collected_waybill_differs_but_those_with_an_impossible_scan(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    """Also those under a used number or a corrected courier."""
    rest = (
        "picked_up_at is not null"
        " and not exists (from faults where faults.waybill_id = w.waybill_id and outcome = 'flagged')"
        # What comes back is in no platform's orders: nobody says where to, so it does not arrive.
        " and waybill_id in (select waybill_id from core.fct_waybills where order_count > 0)"
    )
    _assert_same(
        warehouse,
        f"select {COLUMNS} from core.fct_waybills as w where {rest}",
        f"select {COLUMNS} from true_waybills as w where {rest}",
    )


def test_paid_orders_and_their_gmv_are_true_on_every_platform(warehouse: duckdb.DuckDBPyConnection) -> None:
    columns = "platform_id, order_number, currency, country_code, gmv_paid, paid_amount, paid_at, placed_at"
    _assert_same(
        warehouse,
        f"select {columns} from core.fct_orders where is_paid",
        f"select {columns} from true_orders where is_paid",
    )


def test_used_numbers_and_corrected_couriers_leave_nothing_under_another_identity(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    _assert_same(
        warehouse,
        "select waybill_id from core.fct_waybills where picked_up_at is not null",
        "select waybill_id from true_waybills where picked_up_at is not null",
    )
    strangers = "select count(*) from core.fct_waybills anti join true_waybills using (waybill_id)"
    assert warehouse.execute(strangers).fetchall() == [(0,)]


def test_what_is_refused_stands_in_quarantine_with_its_line_and_reason(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    _assert_same(
        warehouse,
        "select provider_id, split_part(file_name, '/', -1) as file_name, line_number, reason, field"
        " from core.fct_quarantined_rows",
        "select split_part(file_name, '/', 2) as provider_id, split_part(file_name, '/', -1) as file_name,"
        " line_number, reason, field from faults where outcome = 'quarantined'",
    )


def test_pushes_sent_again_load_nothing(warehouse: duckdb.DuckDBPyConnection) -> None:
    again = warehouse.execute(
        "select bool_and(loaded_count = 0 and duplicate_count = read_count), count(*) > 4,"
        " sum(read_count) > 100"
        " from core.fct_loads where regexp_matches(file_name, '_(duplicates|resent_histories)')"
    ).fetchall()
    assert again == [(True, True, True)]


def test_impossible_times_are_flagged(warehouse: duckdb.DuckDBPyConnection) -> None:
    flags = warehouse.execute(
        "select distinct has_impossible_times from core.fct_waybills"
        " semi join (from faults where outcome = 'flagged') using (waybill_id)"
    ).fetchall()
    assert flags == [(True,)]


def test_codes_without_a_meaning_are_counted(warehouse: duckdb.DuckDBPyConnection) -> None:
    _assert_same(
        warehouse,
        "select provider_id, row_count from core.fct_unmapped_codes where kind = 'event'"
        " and code in ('9999', 'InTransit_Belt')",
        "select split_part(file_name, '/', 2) as provider_id, count(*) as row_count from faults"
        " where outcome = 'unmapped' group by all",
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

"""The facts of a simulated market without faults are its truth, row by row and column by column."""

import duckdb
import pytest
from published_reports import Published
from reference.true_cities import of_china

#: The simulator writes the providers' codes; the warehouse has an id of its own for JD's courier.
_COURIER = "case courier_code when 'jd' then 'jdl' else courier_code end"
#: The truth keeps a promise given as a day apart; a test of its own compares promises.
_ELSEWHERE = {"promised_delivery_at", "courier_id"}


@pytest.fixture(scope="module")
def warehouse(published: Published) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(published.settings.warehouse), read_only=True)
    orders, waybills = f"'{published.truth}/orders.parquet'", f"'{published.truth}/waybills.parquet'"
    connection.execute(f"create temp table true_orders as select * from {orders}")
    connection.execute(
        f"create temp table true_waybills as select *, {_COURIER} as courier_id from {waybills}"
    )
    return connection


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> set[str]:
    return {name for name, *_ in connection.execute(f"describe {table}").fetchall()}


@pytest.mark.parametrize(
    ("facts", "truth", "keys"),
    [
        ("core.fct_orders", "true_orders", "platform_id, order_number"),
        ("core.fct_waybills", "true_waybills", "courier_id, waybill_number"),
    ],
)
def test_every_column_that_the_truth_knows_is_true_in_every_row(
    warehouse: duckdb.DuckDBPyConnection, facts: str, truth: str, keys: str
) -> None:
    shared = sorted((_columns(warehouse, facts) & _columns(warehouse, truth)) - _ELSEWHERE)
    assert len(shared) > 20
    columns = ", ".join([*keys.split(", "), *(of_china(name) for name in shared if name not in keys)])
    for ours, theirs in ((facts, truth), (truth, facts)):
        difference = f"select {columns} from {ours} except all select {columns} from {theirs}"
        assert warehouse.execute(f"{difference} order by all limit 3").fetchall() == []


def test_parcels_abroad_arrive_too(warehouse: duckdb.DuckDBPyConnection) -> None:
    """The comparison of every column holds such parcels, with all their stages."""
    abroad = warehouse.execute(
        "select count(*) > 100, count(distinct destination_country_code) from core.fct_waybills"
        " where service = 'cross_border' and purpose = 'sale' and has_all_stages"
    ).fetchall()
    assert abroad == [(True, 10)]


def test_a_parcel_has_the_latest_promise_given_of_its_orders(warehouse: duckdb.DuckDBPyConnection) -> None:
    promises = warehouse.execute(
        """
        select
            count(true_waybills.promised_delivery_at) > 100,
            count(true_waybills.promised_delivery_date) > 100,
            count(*) filter (
                where fct_waybills.promised_delivery_at is distinct from coalesce(
                    true_waybills.promised_delivery_at,
                    timezone('Asia/Shanghai', true_waybills.promised_delivery_date + interval 1 day)
                    - interval 1 microsecond
                )
            )
        from core.fct_waybills
        inner join true_waybills using (courier_id, waybill_number)
        """
    ).fetchall()
    assert promises == [(True, True, 0)]


def test_each_parcel_carries_its_part_of_the_paid_gmv_to_the_fen(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    differing = warehouse.execute(
        """
        with carried as (
            select
                courier_id,
                waybill_number,
                sum(fct_waybill_orders.gmv_paid) as gmv_paid
            from core.fct_waybill_orders
            inner join core.fct_waybills using (waybill_id)
            group by all
        )
        select waybill_number, carried.gmv_paid, true_waybills.gmv_paid
        from carried
        full join true_waybills using (courier_id, waybill_number)
        where carried.gmv_paid is distinct from true_waybills.gmv_paid
        limit 3
        """
    ).fetchall()
    assert differing == []


def test_what_no_parcel_carries_is_not_shipped(warehouse: duckdb.DuckDBPyConnection) -> None:
    differing = warehouse.execute(
        """
        with carried as (
            select order_id, sum(gmv_paid) as gmv_paid from core.fct_waybill_orders group by all
        )
        select order_number
        from core.fct_orders
        left join carried using (order_id)
        inner join true_orders using (platform_id, order_number)
        where fct_orders.gmv_paid - coalesce(carried.gmv_paid, 0) <> true_orders.gmv_not_shipped
        limit 3
        """
    ).fetchall()
    assert differing == []


def test_what_was_declared_and_taken_at_the_border_is_true_in_every_row(
    warehouse: duckdb.DuckDBPyConnection, published: Published
) -> None:
    columns = (
        "hub_code, seller_scheme_code, entry_channel_code, tariff_headings, currency, declared_amount,"
        " declared_currency, duty_amount, import_tax_amount, import_fee_amount, promised_day_count,"
        " promised_day_kind_code"
    )
    ours = (
        f"select courier_id, waybill_number, {columns.replace(' currency', ' declarations.currency')}"
        " from core.fct_waybill_declarations as declarations"
        " inner join core.fct_waybills using (waybill_id, waybill_number)"
    )
    theirs = f"""
        select {_COURIER}, waybill_number, hub_code, seller_scheme, entry_channel, tariff_headings, currency,
            declared_amount_as_sent, declared_currency, duty_amount, import_tax_amount, import_fee_amount,
            promised_day_count, if(is_promised_in_calendar_days, 'calendar', 'business')
        from '{published.truth}/border_crossings.parquet'
    """
    assert (
        warehouse.execute(f"select count(*) from ({theirs})").fetchone()
        == warehouse.execute("select count(*) from core.fct_waybill_declarations").fetchone()
    )
    for one, other in ((ours, theirs), (theirs, ours)):
        assert warehouse.execute(f"{one} except all {other} limit 3").fetchall() == []
    failed, truly = (
        warehouse.execute(query).fetchall()
        for query in (
            "select count(*) from core.fct_waybill_events where milestone = 'customs' and reason = 'failed'",
            f"select count(*) from '{published.truth}/border_crossings.parquet' where has_failed",
        )
    )
    assert failed == truly


def _equal(warehouse: duckdb.DuckDBPyConnection, ours: str, theirs: str) -> int:
    """Hold that both say the same rows; return how many."""
    for one, other in ((ours, theirs), (theirs, ours)):
        assert warehouse.execute(f"{one} except all {other} limit 3").fetchall() == []
    ((count,),) = warehouse.execute(f"select count(*) from ({ours})").fetchall()
    return int(count)


def test_parcels_wait_at_the_points_that_the_truth_names(
    warehouse: duckdb.DuckDBPyConnection, published: Published
) -> None:
    ours = "select courier_id, waybill_number, pickup_point_id, overdue_at from core.fct_waybills"
    theirs = """
        select courier_id, waybill_number, 'waymart:' || pickup_point_code, overdue_at from true_waybills
    """
    assert _equal(warehouse, ours, theirs) > 10_000
    feed = f"'{published.settings.home}/market/feeds/waymart/pickup_points/*.parquet'"
    points = (
        "select pickup_point_id, adcode, pickup_point_kind_code, capacity_count from core.dim_pickup_points"
    )
    told = f"select 'waymart:' || pickup_point_code, city_code, kind_code, capacity_count from {feed}"
    assert _equal(warehouse, points, told) > 8_000
    ((unclaimed, back),) = warehouse.execute(
        """
        select
            count(*) filter (where true_waybills.is_unclaimed),
            count(*) filter (
                where fct_waybills.status in ('returning', 'returned')
                    and fct_waybills.available_for_pickup_at is not null and fct_waybills.delivered_at is null
            )
        from core.fct_waybills inner join true_waybills using (courier_id, waybill_number)
        """
    ).fetchall()
    assert unclaimed == back > 10


def test_returns_and_claims_are_true_in_every_row(
    warehouse: duckdb.DuckDBPyConnection, published: Published
) -> None:
    ours = """
        select order_id, waybill_id, return_reason_code, return_payer_code, currency, return_postage_amount,
            is_resaleable, return_requested_at, return_received_at
        from core.fct_returns
    """
    theirs = f"""
        select platform_id || ':' || order_number,
            if(is_registered, {_COURIER} || ':' || waybill_number, null), reason, payer, currency,
            if(is_registered, postage_amount, null), if(received_at is not null, is_resaleable, null),
            requested_at, received_at
        from '{published.truth}/returns.parquet'
    """
    assert _equal(warehouse, ours, theirs) > 200
    ours = """
        select waybill_id, claim_reason_code, claim_status_code, currency, claimed_amount, claim_paid_amount,
            claimed_at, claim_decided_at, claim_paid_at
        from core.fct_claims
    """
    theirs = f"""
        select {_COURIER} || ':' || waybill_number, reason, status, currency, claimed_amount, paid_amount,
            claimed_at, decided_at, paid_at
        from '{published.truth}/claims.parquet' where is_claimed
    """
    assert _equal(warehouse, ours, theirs) > 10

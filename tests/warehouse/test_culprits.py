"""An audit that fails names the rows behind it, and an unattended run goes on without them."""

import pytest
from small_line import NO_ENORMOUS_ORDER, SmallLine

from warehouse.audit_profile import checks
from warehouse.bounds import read_bounds
from warehouse.connection import open_warehouse
from warehouse.culprits import find_culprits
from warehouse.judge import Verdict
from warehouse.manifest import read_tables
from warehouse.settings import Settings

#: What such a bound is broken by are rows that are gone, or counts of rows each of which may be true.
_OF_NO_ROW = {
    "no_order_is_lost", "no_order_line_is_lost", "no_scan_is_lost", "hardly_a_waybill_is_lost",
    "shares_of_parcels_paid_lie_between_none_and_all_every_day",
    "shares_of_parcels_picked_up_lie_between_none_and_all_every_day",
    "shares_of_parcels_delivered_lie_between_none_and_all_every_day",
    "no_more_orders_are_paid_than_placed", "no_more_parcels_are_delivered_than_picked_up",
    "no_more_parcels_are_handed_over_than_picked_up", "within_72_hours_are_all_within_48",
}  # fmt: skip


@pytest.fixture
def poisoned(published_line: SmallLine) -> SmallLine:
    """A line that knows of no enormous orders, and has a new file with twelve of them and two others."""
    with published_line.settings.bounds.open("a") as bounds:
        bounds.write(NO_ENORMOUS_ORDER)
    published_line.load_orders("second", {"2019-06-20": [10, 9000, 30, *range(9001, 9012)]})
    return published_line


def test_a_failed_audit_names_ten_rows_with_their_files_lines_and_the_command(poisoned: SmallLine) -> None:
    ran = poisoned.waymart("run")
    assert ran.returncode == 1
    told = ran.stdout[ran.stdout.index("Behind them:") :].splitlines()
    assert told[1] == (
        "  orders taobao:second-2019-06-20-1: waymart set-aside orders-second.csv:3 --reason …"
    )
    assert told[2] == (
        "  orders taobao:second-2019-06-20-3: waymart set-aside orders-second.csv:5 --reason …"
    )
    assert told[11] == "  and 2 more"
    assert poisoned.published_rows("select max(gmv_paid) from fct_orders") == [(30,)]


def test_an_unattended_run_publishes_everything_else_and_says_what_it_left_out(poisoned: SmallLine) -> None:
    ran = poisoned.waymart("run", "--unattended")
    assert ran.returncode == 0, ran.stderr
    assert "Set aside 12 rows behind numbers that cannot be true; building without them." in ran.stdout
    assert "orders-second.csv:3" in ran.stdout
    assert poisoned.published_rows("select count(*), max(gmv_paid) from fct_orders") == [(9, 30)]
    assert poisoned.rows("select distinct reason from aside.statements") == [
        ("unattended: no_order_is_enormous",)
    ]


def test_what_the_products_bounds_call_culprits_can_be_found(market: Settings) -> None:
    with open_warehouse(market, read_only=True) as connection:
        bounds = read_bounds(market.bounds)
        applied = checks(bounds, read_tables(market.manifest), connection)
        for check in applied:
            find_culprits(connection, [Verdict(check, is_met=False, observed="")])


def test_every_impossible_number_that_comes_of_rows_names_them(market: Settings) -> None:
    nameless = {
        bound.name for bound in read_bounds(market.bounds) if bound.severity == "error" and not bound.culprits
    }
    assert nameless == _OF_NO_ROW

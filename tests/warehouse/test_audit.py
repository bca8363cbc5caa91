from datetime import date

import pytest
from small_line import SmallLine

from warehouse.errors import WaymartError
from warehouse.judge import Verdict

_FIELDS = (
    'tables = "mart_gmv"\nmeasure = "count(*)"\nmin = 0\nseverity = "error"\nreason = "2026-11-21: a test"\n'
)


def _broken(verdicts: list[Verdict]) -> list[str]:
    return [verdict.check.bound.name for verdict in verdicts]


def _bound(line: SmallLine, text: str) -> None:
    line.settings.bounds.write_text(f"[[bound]]\n{text}")


def test_true_numbers_pass_and_every_bound_leaves_a_result(published_line: SmallLine) -> None:
    results = published_line.published_rows(
        "select expectation, table_name, column_name, severity, is_met, observed, expected"
        " from audit_results order by expectation"
    )
    assert results == [
        ("days_end_with_the_newest_order", "mart_gmv", None, "error", True, "0", "at most 0"),
        ("gmv_is_not_negative", "mart_gmv", "gmv_paid", "error", True, "7 to 60", "at least 0"),
        ("no_order_is_lost", "fct_orders", None, "error", True, "nothing to judge",
         "at least 1 times the previous build"),
        ("orders_change_little_in_a_year", "mart_gmv", None, "warning", True, "1",
         "at least 0.2 and at most 5 times the same event of the year before"),
        # 20 and 30 of seven orders are above 10.
        ("shares_lie_between_nothing_and_all", "mart_gmv", "large_order_share", "error", True, "0.2857",
         "at least 0 and at most 1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "bound", "observed"),
    [
        (
            "update reports.mart_gmv set gmv_paid = -3 where calendar_date = '2019-06-18'",
            "gmv_is_not_negative",
            "-3 on 2019-06-18 (1 of 3 days)",
        ),
        (
            "update reports.mart_gmv set large_order_count = 100",
            "shares_lie_between_nothing_and_all",
            "42.85714286",
        ),
        (
            "update reports.mart_gmv set calendar_date = '2019-06-22' where calendar_date = '2019-06-19'",
            "days_end_with_the_newest_order",
            "3",
        ),
        (
            "delete from core.fct_orders where gmv_paid = 30",
            "no_order_is_lost",
            "0.8571428571",
        ),
    ],
)
def test_an_impossible_number_keeps_the_last_good_build(
    published_line: SmallLine, damage: str, bound: str, observed: str
) -> None:
    before = published_line.published_contents()
    published_line.build_by_hand(damage)
    report = published_line.audit()
    assert _broken(report.errors) == [bound]
    assert report.errors[0].observed == observed
    assert report.build.state == "failed_audit"
    with pytest.raises(WaymartError, match=r"failed its audit \(1 impossible number.*--accept REASON"):
        published_line.publish()
    assert published_line.published_contents() == before


def test_an_accepted_build_is_published_with_its_reason(published_line: SmallLine) -> None:
    build = published_line.build_by_hand("delete from core.fct_orders where gmv_paid = 30")
    published_line.audit()
    with pytest.raises(WaymartError, match="--accept needs a reason"):
        published_line.publish(accept=" ")
    published = published_line.publish(accept="the order was a test of the shop")
    assert published.build_id == build.build_id
    for rows in (published_line.rows, published_line.published_rows):
        schema = "audit" if rows == published_line.rows else "main"
        assert rows(f"select state, accepted_reason from {schema}.builds order by build_id desc limit 1") == [
            ("published", "the order was a test of the shop")
        ]
    assert published_line.published_rows("select count(*) from audit_results where not is_met") == [(1,)]


def test_an_unusual_number_is_shown_and_published(published_line: SmallLine) -> None:
    published_line.build_by_hand(
        "update reports.mart_gmv set order_count = 300 where calendar_date = '2019-06-18'"
    )
    report = published_line.audit()
    assert report.errors == []
    assert _broken(report.warnings) == ["orders_change_little_in_a_year"]
    assert report.warnings[0].observed == "100 on 2019-06-18 (1 of 1 days)"
    published_line.publish()
    assert published_line.published_rows("select expectation from audit_results where not is_met") == [
        ("orders_change_little_in_a_year",)
    ]


def test_the_previous_build_is_the_one_that_readers_see(published_line: SmallLine) -> None:
    """Rows lost in a build that never was published are not lost to anyone."""
    published_line.build_by_hand("insert into core.fct_orders from core.fct_orders")
    published_line.audit()
    published_line.build_by_hand("delete from core.fct_orders where gmv_paid = 30 and rowid > 6")
    report = published_line.audit()
    assert report.errors == []
    observed = {v.check.bound.name: v.observed for v in report.verdicts}
    assert observed["no_order_is_lost"] == f"{13 / 7:.4g}"


def test_what_is_too_little_to_judge_is_not_judged(published_line: SmallLine) -> None:
    """A measure that is null this year is neither a fall to nothing nor a rise."""
    bounds = published_line.settings.bounds
    bounds.write_text(
        bounds.read_text().replace(
            'measure = "sum(order_count)"',
            "measure = \"case when calendar_date < '2019-01-01' then sum(order_count) end\"",
        )
    )
    report = published_line.audit()
    assert report.warnings == []
    assert {v.observed for v in report.verdicts if v.check.bound.against == "year_before"} == {
        "nothing to judge"
    }


def test_an_audit_may_be_repeated(published_line: SmallLine) -> None:
    first = published_line.audit()
    assert first.build.state == "published"
    published_line.audit()
    assert published_line.rows("select count(*) from audit.results") == [(5,)]
    assert published_line.rows(
        "select count(*) from audit.profile where cut_by = 'calendar_date' and measure = 'sum(order_count)'"
    ) == [(3,)]


def test_values_are_kept_per_day(published_line: SmallLine) -> None:
    assert published_line.rows(
        "select calendar_date, value from audit.profile where measure = 'min(gmv_paid)' order by all"
    ) == [(date(2018, 6, 18), 15.0), (date(2019, 6, 18), 60.0), (date(2019, 6, 19), 7.0)]


def test_a_killed_build_is_not_audited(published_line: SmallLine) -> None:
    published_line.execute("update audit.builds set state = 'building'")
    with pytest.raises(WaymartError, match=r"did not end \(building\): build again"):
        published_line.audit()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('name = "a"\n' + _FIELDS.replace("mart_gmv", "mart_gone"), "bound a matches no table or column"),
        ('name = "a"\ncolumns = "gmw_*"\n' + _FIELDS, "bound a matches no table or column"),
        ('name = "a"\n' + _FIELDS.replace("min = 0", ""), "bound a in bounds.toml has neither min nor max"),
        ('name = "a"\n' + _FIELDS.replace("2026-11-21: ", ""), "a reason without its date"),
        ('name = "a"\n' + _FIELDS.replace("error", "fatal"), "severity fatal: use one of error, warning"),
        ('name = "a"\nagainst = "last_week"\n' + _FIELDS, "against last_week: use one of previous_build"),
        ('name = "a"\ntable = "x"\n' + _FIELDS, "unknown field table"),
        (_FIELDS, "bound without a name in bounds.toml lacks name"),
        ('name = "a"\n' + _FIELDS + '[[bound]]\nname = "a"\n' + _FIELDS, "two bounds called a"),
        ('name = "a"\n' + _FIELDS.replace("count(*)", "sum(nothing)"), "cannot measure mart_gmv: .*nothing"),
        ("name = ", "cannot be read"),
    ],
)
def test_a_mistake_in_the_bounds_is_named(published_line: SmallLine, text: str, sentence: str) -> None:
    _bound(published_line, text)
    with pytest.raises(WaymartError, match=sentence):
        published_line.audit()

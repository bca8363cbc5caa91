from pathlib import Path

from small_line import SmallLine

_ROWS = "select order_id, platform_id, provider_id, gmv_paid, order_date from {} order by all"


def _files(line: SmallLine) -> dict[str, Path]:
    """The files of the published build by month."""
    listed = line.published_rows("select month, file_name from row_files where table_name = 'fct_orders'")
    return {str(month): line.settings.serving / str(name) for month, name in listed}


def test_rows_are_published_as_they_are_without_what_the_loader_wrote(published_line: SmallLine) -> None:
    published = published_line.published_rows("from fct_orders order by all")
    assert published == published_line.rows(_ROWS.format("core.fct_orders"))
    assert set(_files(published_line)) == {"2018-06", "2019-06"}


def test_only_the_months_that_changed_are_written_again(published_line: SmallLine) -> None:
    before = _files(published_line)
    published_line.load_orders("late", {"2019-06-20": [3], "2019-07-01": [4]})
    published_line.run()
    after = _files(published_line)
    assert after["2018-06"] == before["2018-06"]
    assert after["2019-06"] != before["2019-06"]
    assert set(after) == {"2018-06", "2019-06", "2019-07"}
    assert published_line.published_rows("from fct_orders order by all") == published_line.rows(
        _ROWS.format("core.fct_orders")
    )


def test_a_month_that_only_lost_a_row_is_written_again(published_line: SmallLine) -> None:
    before = _files(published_line)
    published_line.build_by_hand("delete from core.fct_orders where order_date = '2019-06-19'")
    published_line.audit()
    published_line.publish(accept="a row was erased")
    after = _files(published_line)
    assert after["2018-06"] == before["2018-06"]
    assert after["2019-06"] != before["2019-06"]
    assert published_line.published_rows("select count(*) from fct_orders") == [(6,)]


def test_another_model_writes_every_month_again(published_line: SmallLine) -> None:
    before = _files(published_line)
    model = published_line.project / "models" / "core" / "fct_orders.sql"
    model.write_text(model.read_text() + "\n-- changed\n")
    published_line.run()
    after = _files(published_line)
    assert set(after) == set(before)
    assert not set(after.values()) & set(before.values())


def test_an_earlier_build_still_has_its_rows_and_unused_files_go(published_line: SmallLine) -> None:
    first = published_line.rows("select build_id from audit.builds")[0][0]
    before = published_line.published_rows("from fct_orders order by all")
    for number in range(5):
        published_line.build_by_hand(
            "update core.fct_orders set gmv_paid = gmv_paid + 1, _load_id = _load_id + 1"
            " where order_date >= '2019-06-01'"
        )
        published_line.audit()
        last = published_line.publish()
        if number < 4:  # five are kept
            published_line.publish(str(first))
            assert published_line.published_rows("from fct_orders order by all") == before
            published_line.publish(last.build_id)
    rows = published_line.settings.serving / "rows" / "fct_orders"
    names = sorted(path.name[:7] for path in rows.iterdir())
    assert names == ["2018-06", *["2019-06"] * 5]
    assert published_line.published_rows("from fct_orders order by all") == published_line.rows(
        _ROWS.format("core.fct_orders")
    )


def test_a_file_left_by_a_killed_publish_goes_with_the_next(published_line: SmallLine) -> None:
    left = published_line.settings.serving / "rows" / "fct_orders" / ".2019-06-x.parquet.tmp"
    left.write_bytes(b"half")
    published_line.load_orders("late", {"2019-06-20": [3]})
    published_line.run()
    assert not left.exists()

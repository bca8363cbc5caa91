import subprocess
from pathlib import Path

import duckdb
import pytest
from small_line import ROOT, SmallLine

from warehouse.errors import WaymartError

_NOTHING = "update reports.mart_gmv set order_count = order_count"


def _again(line: SmallLine, statement: str = _NOTHING) -> str:
    """Publish one more build."""
    line.build_by_hand(statement)
    line.audit()
    return line.publish().build_id


def _published_tables(line: SmallLine) -> set[str]:
    return {str(name) for (name,) in line.published_rows("select table_name from duckdb_tables()")}


def test_the_file_has_what_exposures_name_and_what_explains_it(published_line: SmallLine) -> None:
    assert _published_tables(published_line) == {
        *("mart_gmv", "dim_providers", "calendar_events"),
        *("data_dictionary", "builds", "audit_results", "audit_profile", "row_files"),
    }
    assert published_line.published_rows("from mart_gmv order by all") == published_line.rows(
        "from reports.mart_gmv order by all"
    )


def test_the_dictionary_tells_columns_and_metrics(published_line: SmallLine) -> None:
    assert published_line.published_rows("from data_dictionary order by kind, name") == [
        ("mart_gmv", "calendar_date", "column", "Day", "日期", "date", "Day of the order.", None,
         "the platform", None, None, None),
        ("mart_gmv", "gmv_paid", "column", "Paid GMV", "支付 GMV", "money", "Goods paid for.", None, None,
         None, None, None),
        ("mart_gmv", "gmv_paid", "metric", "Paid GMV", "支付 GMV", "money", "Goods paid for.", None, None,
         "sum(gmv_paid)", None, None),
        ("mart_gmv", "large_order_share", "metric", "Large orders", "大单占比", "share", "Orders above 10.",
         None, None, "share(sum(large_order_count), sum(order_count))", None, "sum(order_count)"),
    ]  # fmt: skip


def test_sums_of_money_are_published_in_18_digits_to_the_cent(published_line: SmallLine) -> None:
    cents = "9999999999999999.99"
    wider = f"alter table reports.mart_gmv alter gmv_paid type decimal(38, 2) using {cents}"
    _again(published_line, wider)
    assert published_line.published_rows(
        "select distinct typeof(gmv_paid), gmv_paid::varchar from mart_gmv"
    ) == [("DECIMAL(18,2)", cents)]


def test_a_sum_of_money_beyond_18_digits_is_published_whole(published_line: SmallLine) -> None:
    wider = "alter table reports.mart_gmv alter gmv_paid type decimal(38, 2) using 1e16"
    _again(published_line, wider)
    assert published_line.published_rows("select distinct gmv_paid::varchar from mart_gmv") == [
        ("10000000000000000.00",)
    ]


def test_a_published_name_without_an_entry_is_said_and_not_published(published_line: SmallLine) -> None:
    before = published_line.published_contents()
    dictionary = published_line.project / "docs" / "dictionary.md"
    kept = dictionary.read_text()
    dictionary.write_text(kept.replace("docs large_order_share", "docs small_order_share"))
    with pytest.raises(
        WaymartError, match="large_order_share of mart_gmv is published and not in the dictionary"
    ):
        published_line.run()
    assert published_line.published_contents() == before
    dictionary.write_text(kept)


def test_every_formula_can_be_asked_of_the_published_file(published_line: SmallLine) -> None:
    asked = published_line.published_rows("select formula from data_dictionary where kind = 'metric'")
    values = [published_line.published_rows(f"select {formula} from mart_gmv")[0][0] for (formula,) in asked]
    assert sorted(map(float, values)) == [pytest.approx(2 / 7), 82.0]


def test_the_published_build_knows_that_it_is_published(published_line: SmallLine) -> None:
    file = published_line.settings.published_file()
    assert file is not None
    [(build_id, state, published_at)] = published_line.published_rows(
        "select build_id, state, published_at from builds"
    )
    assert (build_id, state) == (file.stem, "published")
    assert published_at is not None


def test_the_link_is_relative_so_that_home_may_move(published_line: SmallLine, tmp_path: Path) -> None:
    link = published_line.settings.current.readlink()
    assert not link.is_absolute()
    published_line.settings.home.rename(tmp_path / "moved")
    with duckdb.connect(tmp_path / "moved" / "serving" / "current.duckdb", read_only=True) as connection:
        assert connection.execute("select sum(order_count) from mart_gmv").fetchone() == (7,)


def test_the_last_five_are_kept_and_one_may_go_back(published_line: SmallLine) -> None:
    serving, extracts = published_line.settings.serving, published_line.settings.extracts
    builds = []
    for _ in range(6):
        builds.append(_again(published_line))
        (extracts / builds[-1] / "of a merchant").mkdir(parents=True)
    assert sorted(path.name for path in extracts.iterdir()) == builds[-5:], "files go with their build"
    assert sorted(path.stem for path in serving.glob("2*.duckdb")) == builds[-5:]
    assert sorted(path.name for path in serving.iterdir()) == [
        *(f"{b}.duckdb" for b in builds[-5:]),
        "current.duckdb",
        "extracts",
        "rows",
    ]
    published_line.publish(builds[1])
    assert published_line.settings.published_file() == serving / f"{builds[1]}.duckdb"
    with pytest.raises(WaymartError, match=f"{builds[0]} is not kept: kept are {builds[1]}, {builds[2]}"):
        published_line.publish(builds[0])
    with pytest.raises(WaymartError, match="There is no build yesterday: `waymart status` lists the builds"):
        published_line.publish("yesterday")


def test_the_file_that_readers_see_is_never_removed(published_line: SmallLine) -> None:
    first = published_line.rows("select build_id from audit.builds")[0][0]
    newer = [_again(published_line) for _ in range(4)]
    published_line.publish(str(first))
    for leftover in newer:
        assert (published_line.settings.serving / f"{leftover}.duckdb").exists()
    # Two more builds are audited and accepted by nobody: the link stays on the oldest.
    published_line.build_by_hand(_NOTHING)
    published_line.audit()
    published_line.publish(str(first))
    file = published_line.settings.published_file()
    assert file is not None
    assert file.stem == first


def test_a_build_is_not_published_before_its_audit(published_line: SmallLine) -> None:
    published_line.build_by_hand(_NOTHING)
    with pytest.raises(WaymartError, match="was not audited: run `waymart audit` first"):
        published_line.publish()


def test_tables_that_changed_since_the_audit_are_not_published(published_line: SmallLine) -> None:
    before = published_line.published_contents()
    published_line.build_by_hand(_NOTHING)
    published_line.audit()
    published_line.execute("insert into reports.mart_gmv from reports.mart_gmv")
    with pytest.raises(
        WaymartError, match="mart_gmv has 6 rows where the audit saw 3: the tables changed since"
    ):
        published_line.publish()
    assert published_line.published_contents() == before


def test_a_metric_that_cannot_be_calculated_is_not_published(published_line: SmallLine) -> None:
    before = published_line.published_contents()
    macros = published_line.project / "serving" / "rates.sql"
    published_line.build_by_hand(_NOTHING)
    published_line.audit()
    kept = macros.read_text()
    macros.write_text("create macro share_off(part, whole) as part / whole;\n")
    with pytest.raises(
        WaymartError, match=r"metric large_order_share of mart_gmv cannot be calculated: .*share"
    ):
        published_line.publish()
    macros.write_text("create macro share(part, whole) as part //;\n")
    with pytest.raises(WaymartError, match=r"serving macros in rates\.sql are not valid"):
        published_line.publish()
    assert published_line.published_contents() == before
    assert not list(published_line.settings.serving.glob(".*"))
    macros.write_text(kept)
    published_line.publish()


def test_a_published_build_that_fails_a_later_audit_is_not_published_again(published_line: SmallLine) -> None:
    published_line.execute("update reports.mart_gmv set gmv_paid = -1")
    assert published_line.audit().build.state == "failed_audit"
    with pytest.raises(WaymartError, match="failed its audit"):
        published_line.publish()


def test_nothing_built_is_said(line: SmallLine) -> None:
    line.load_orders("first", {"2019-06-18": [1]})
    with pytest.raises(WaymartError, match="Nothing was built yet: build first with `waymart build`"):
        line.publish()


#: Reads the published file over and over, by the link and by its file; the sum over its rows is the number
#: of its build, so a file half written or mixed would show.
_READER = """
import sys, duckdb
from pathlib import Path
link, stop = Path(sys.argv[1]), Path(sys.argv[2])
held = duckdb.connect(link.resolve(), read_only=True)
first = held.execute("select sum(order_count) from mart_gmv").fetchone()
seen, reads = set(), 0
print("reading", flush=True)
while not stop.exists():
    for path in (link, link.resolve()):
        try:
            connection = duckdb.connect(path, read_only=True)
        except duckdb.IOException:
            if path.exists():
                raise
            continue  # only a resolved file may be gone: the link moved and it was the sixth
        with connection:
            total, count, build = connection.execute(
                "select (select sum(order_count) from mart_gmv), (select count(*) from builds),"
                " (select max(build_id) from builds)"
            ).fetchone()
            assert total == count * 7, (total, count)
            connection.execute("from data_dictionary").fetchall()
            seen.add(build)
            reads += 1
    assert held.execute("select sum(order_count) from mart_gmv").fetchone() == first
print(len(seen), reads)
"""


def test_a_reader_always_finds_a_whole_build_while_others_are_published(
    published_line: SmallLine, tmp_path: Path
) -> None:
    import sys

    stop = tmp_path / "stop"
    reader = subprocess.Popen(
        [sys.executable, "-c", _READER, str(published_line.settings.current), str(stop)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    try:
        for count in range(2, 9):
            each = (
                f"case calendar_date when '2018-06-18' then 3 when '2019-06-18' then 3 else 1 end * {count}"
            )
            _again(published_line, f"update reports.mart_gmv set order_count = {each}")
    finally:
        stop.touch()
    told, error = reader.communicate(timeout=60)
    assert reader.returncode == 0, error
    seen, reads = map(int, told.split())
    assert seen >= 3
    assert reads > 20

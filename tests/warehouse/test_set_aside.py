"""Rows set aside by hand are out of the raw tables and accounted for, and come back as they were."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_line import SmallLine

from ingest.loading.load import create_raw, load_file
from warehouse.build import build
from warehouse.connection import open_warehouse
from warehouse.errors import WaymartError
from warehouse.fingerprint import fingerprint
from warehouse.set_aside import Moved, set_aside, take_back
from warehouse.settings import Settings
from warehouse.status import unchanged_since
from warehouse.turns import taking_turns

_KEY = b"a key that only the tests know.."
_ORDERS = "platform_id,order_number,status_code,currency,goods_amount,placed_at\n"


@pytest.fixture
def loaded(tmp_path: Path) -> Settings:
    settings = Settings(tmp_path / "home")
    with open_warehouse(settings, create=True) as connection:
        create_raw(connection)
        for day in ("01", "02"):
            path = tmp_path / f"orders-{day}.csv"
            rows = [f"jd,{day}{n},paid,CNY,{n}.00,2019-06-{day}T00:00:00Z\n" for n in range(3)]
            path.write_text(_ORDERS + "".join(rows))
            load_file(connection, "waymart", path, pseudonym_key=_KEY, file_name=f"{day}/orders.csv")
    return settings


def _rows(settings: Settings, query: str) -> list[tuple[object, ...]]:
    with open_warehouse(settings, read_only=True) as connection:
        return connection.execute(query).fetchall()


_RAW = "select * from raw.orders order by all"
_LEDGER = "select file_name, read_count, loaded_count, quarantined_count from raw.loads order by 1"


def test_a_line_goes_is_accounted_for_and_comes_back_as_it_was(loaded: Settings) -> None:
    before, ledger = _rows(loaded, _RAW), _rows(loaded, _LEDGER)
    assert set_aside(loaded, "02/orders.csv:3", "paid twice") == [Moved("orders", "02/orders.csv", 1)]
    assert [row for row in before if row not in _rows(loaded, _RAW)] == [before[4]]
    assert _rows(loaded, _LEDGER) == [("01/orders.csv", 3, 3, 0), ("02/orders.csv", 3, 2, 1)]
    assert _rows(loaded, "select reason, file_name, line_number from raw.quarantine") == [
        ("set_aside_by_hand", "02/orders.csv", 3)
    ]
    assert _rows(loaded, "select reason from aside.statements") == [("paid twice",)]
    take_back(loaded, "02/orders.csv:3")
    assert (_rows(loaded, _RAW), _rows(loaded, _LEDGER)) == (before, ledger)
    assert _rows(loaded, "from raw.quarantine") == _rows(loaded, "from aside.statements") == []


def test_a_file_goes_whole_and_one_that_is_not_named_for_sure_is_asked_for(loaded: Settings) -> None:
    assert set_aside(loaded, "01/orders.csv", "a test")[0].row_count == 3
    assert _rows(loaded, "select count(*) from raw.orders") == [(3,)]
    for place, words in (
        ("orders.csv:2", "Several files"),
        ("nowhere.csv", "No file called"),
        ("02/orders.csv:99", "No row"),
        ("01/orders.csv", "No row"),
    ):
        with pytest.raises(WaymartError, match=words):
            set_aside(loaded, place, "a test")
    with pytest.raises(WaymartError, match="--reason"):
        set_aside(loaded, "02/orders.csv", " ")
    with pytest.raises(WaymartError, match="Nothing of"):
        take_back(loaded, "02/orders.csv")


def test_what_was_built_of_other_rows_is_neither_taken_for_the_same_nor_added_to(
    published_line: SmallLine,
) -> None:
    """As many rows may go as come back, so that no count tells."""
    settings = published_line.settings
    first, second = (
        f"{file}:{line}"
        for file, line in published_line.rows(
            "select file_name, _line_number from raw.orders inner join raw.loads on _load_id = load_id"
            " order by all limit 2"
        )
    )
    for change in (
        lambda: set_aside(settings, first, "a test"),
        lambda: (
            take_back(settings, first),
            set_aside(settings, second, "a test"),
        ),
    ):
        published_line.execute(
            "create schema if not exists arrivals; create table arrivals.builds (node varchar)"
        )
        _enter_as_published(published_line)
        assert _is_unchanged(settings)
        change()
        assert not _is_unchanged(settings)
        assert (
            published_line.rows(
                "from duckdb_tables() where table_name = 'builds' and schema_name = 'arrivals'"
            )
            == []
        )


def _is_unchanged(settings: Settings) -> bool:
    with open_warehouse(settings, read_only=True) as connection:
        return unchanged_since(settings, connection) is not None


def _enter_as_published(line: SmallLine) -> None:
    with open_warehouse(line.settings) as connection:
        made_of = fingerprint(line.settings, connection)
        connection.execute("update audit.builds set fingerprint = ?", [made_of])


def test_a_build_with_too_little_memory_is_refused_with_a_sentence(loaded: Settings) -> None:
    with pytest.raises(WaymartError, match="needs at least 1 GiB"):
        build(Settings(loaded.home, memory_limit="600MB"))


_HOLD = """
import sys, time
from pathlib import Path
from warehouse.settings import Settings
from warehouse.status import unchanged_since
from warehouse.turns import taking_turns
with taking_turns(Settings(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(2)
"""


def test_the_second_of_two_waits_for_the_first_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Settings(tmp_path).warehouse.touch()
    with subprocess.Popen([sys.executable, "-c", _HOLD, str(tmp_path)], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        begun = time.monotonic()
        with taking_turns(Settings(tmp_path)):
            assert time.monotonic() - begun > 1
        assert f"process {first.pid} builds" in caplog.text

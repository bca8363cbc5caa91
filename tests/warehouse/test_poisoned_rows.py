"""A healthy market with hundreds of poisoned rows in it is published, and is the market without them."""

import json
import os
import random
import shutil
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from poison import Market, Place, Row, poisoned_rows, write_rows
from small_line import SmallLine

from simulator import write_market

ORDERS, FROM, TO, POISONED_MIN = 1_500, date(2019, 6, 1), date(2019, 6, 12), 320
#: Who tells of loads and of rows left out, or of one build, or of what was said at each.
_OF_LOADS = {
    "builds", "audit_results", "audit_profile", "fct_loads", "fct_quarantined_rows", "fct_set_aside_rows",
    "row_files", "estimates_given", "promises_kept",
}  # fmt: skip
_LOAD_IDS = {"_load_id", "load_id"}
_NAMED = """
    select file_name, line_number from raw.quarantine
    union all select file_name, line_number from core.fct_set_aside_rows
"""


@pytest.mark.slow
def test_what_is_published_of_a_poisoned_market_is_the_market_and_each_poisoned_row_is_named_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("WAYMART_TEST_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    dice = random.Random(seed)
    monkeypatch.setenv("WAYMART_PSEUDONYM_KEY", "one for both of the lines")
    write_market(ORDERS, FROM, TO, seed, tmp_path / "market", daily=True, cross_border=0)
    sound, poisoned = (SmallLine(tmp_path / name, is_whole=True) for name in ("sound", "poisoned"))
    _do(sound, "ingest", "waymart", str(tmp_path / "market"))
    _do(sound, "run")

    market = Market(tmp_path / "market" / "feeds", dice)
    places = write_rows(poisoned_rows(market, POISONED_MIN), tmp_path / "poison", dice)
    for part in _two_parts(tmp_path, dice):
        _do(poisoned, "ingest", "waymart", str(part))
        print(_do(poisoned, "run"))
    _assert_each_is_named_once(poisoned, places)
    assert _differences(sound, poisoned) == {}

    ahead = tmp_path / "waybill_events.jsonl"
    ahead.write_text(_scan_of_a_clock_ahead(market))
    _do(poisoned, "ingest", "waymart", str(ahead))
    _do(poisoned, "run")


def _do(line: SmallLine, *arguments: str) -> str:
    done = line.waymart(*arguments)
    assert done.returncode == 0, (arguments, done.stdout, done.stderr)
    return done.stdout


def _two_parts(folder: Path, dice: random.Random) -> list[Path]:
    """Lay the files of market and poison into two folders, by chance."""
    parts = [folder / "first", folder / "second"]
    for part in parts:
        part.mkdir()
        shutil.copy(folder / "market" / "simulated.json", part)
    for path in sorted(folder.glob("market/feeds/**/*.*")) + sorted(folder.glob("poison/*/*.*")):
        to = dice.choice(parts) / "feeds" / "waymart" / path.relative_to(folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        path.rename(to)
    return parts


def _assert_each_is_named_once(line: SmallLine, places: dict[Place, Row]) -> None:
    named = Counter(
        Place("/".join(Path(str(file)).parts[-2:]), int(str(number))) for file, number in line.rows(_NAMED)
    )
    unnamed = {place: row for place, row in places.items() if named[place] == 0}
    assert unnamed == {}
    assert [place for place, count in named.items() if count > 1 or place not in places] == []


def _differences(line: SmallLine, other: SmallLine) -> dict[str, tuple[list[str], list[str]]]:
    """Return of each published table some rows that only one of two lines has."""
    found = {}
    tables = line.published_rows(
        "select table_name, list(column_name order by column_index) from duckdb_columns()"
        " where schema_name = 'main' and not internal"
        " group by table_name order by table_name"
    )
    for table, columns in tables:
        if table not in _OF_LOADS:
            told = ", ".join(column for column in columns if column not in _LOAD_IDS)
            ours, theirs = (
                Counter(map(str, one.published_rows(f"select {told} from {table}"))) for one in (line, other)
            )
            if ours != theirs:
                found[str(table)] = (list(ours - theirs)[:3], list(theirs - ours)[:3])
    return found


def _scan_of_a_clock_ahead(market: Market) -> str:
    """A scan twenty hours from now, which may be a clock's fault and stops nothing."""
    soon = (datetime.now(UTC) + timedelta(hours=20)).isoformat()
    scan = {k: v for k, v in market.row("waybill_events").items() if v is not None}
    return json.dumps(scan | {"occurred_at": soon, "received_at": soon}) + "\n"

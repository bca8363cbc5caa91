"""What analysts keep is theirs: whole, for the owner's eyes alone, and not there for a merchant."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from serving.access import COMMAND_LINE, THIS_MACHINE, Grant, RefusedError
from serving.audiences import Audience, audience_rows, audiences, keep
from serving.kept import KeptError

MERCHANT = Grant("lin@example.com", "merchant", frozenset({"jd:M1"}))
#: Even one who owns every shop is a merchant.
OWNER_OF_NONE = Grant("mei@example.com", "merchant", frozenset())
ROWS = pl.DataFrame(
    {
        "rank": [1, 2, 3],
        "consumer_id": ["jd:a", "jd:b", "jd:c"],
        "tier_fixed": ["tier_1", "tier_3", "tier_3"],
        "score": [0.9, 0.5, 0.1],
    }
)


def about(name: str, day: int = 1) -> Audience:
    return Audience(
        name=name,
        products=("jd:P1", "jd:P2"),
        early_days=60,
        buyer_count=40,
        top_tenth_lift=3.25,
        listed_count=3,
        tier_counts={"tier_1": 1, "tier_3": 2},
        kept_at=datetime(2019, 7, day, tzinfo=UTC),
    )


def test_what_was_kept_is_read_again_newest_first(tmp_path: Path) -> None:
    folder = tmp_path / "audiences"
    keep(folder, about("older"), ROWS)
    keep(folder, about("newer", 2), ROWS)
    for reader in (THIS_MACHINE, COMMAND_LINE):
        assert audiences(folder, reader) == [about("newer", 2), about("older")]
        assert audience_rows(folder, reader, "older").equals(ROWS)


def test_the_same_name_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    keep(tmp_path, about("one"), ROWS)
    keep(tmp_path, about("one", 3), ROWS.head(1))
    assert audiences(tmp_path, THIS_MACHINE) == [about("one", 3)]
    assert len(audience_rows(tmp_path, THIS_MACHINE, "one")) == 1


def test_only_the_owner_of_the_files_may_read_them_whatever_the_mask(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        keep(tmp_path / "audiences", about("one"), ROWS)
    finally:
        os.umask(mask)
    assert (tmp_path / "audiences").stat().st_mode & 0o777 == 0o700
    files = sorted((tmp_path / "audiences").iterdir())
    assert [file.name for file in files] == ["one.json", "one.parquet"]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}


@pytest.mark.parametrize("reader", [MERCHANT, OWNER_OF_NONE])
def test_a_merchant_is_given_no_list_and_told_of_none(tmp_path: Path, reader: Grant) -> None:
    keep(tmp_path, about("one"), ROWS)
    assert audiences(tmp_path, reader) == []
    said = []
    for name in ("one", "none"):
        with pytest.raises(RefusedError) as refused:
            audience_rows(tmp_path, reader, name)
        said.append(str(refused.value))
    assert said[0] == said[1]


@pytest.mark.parametrize("name", ["", "../one", "a/b", ".hidden", "a b", "x" * 65, "one\n"])
def test_a_name_that_is_none_of_a_file_is_neither_kept_nor_read(tmp_path: Path, name: str) -> None:
    with pytest.raises(KeptError):
        keep(tmp_path, about(name), ROWS)
    with pytest.raises(KeptError):
        audience_rows(tmp_path, THIS_MACHINE, name)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    keep(tmp_path, about("one"), ROWS)
    path = tmp_path / "one.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "more": 1}))
    with pytest.raises(KeptError, match=r"one\.json"):
        audiences(tmp_path, THIS_MACHINE)
    (tmp_path / "one.parquet").write_text("no rows")
    with pytest.raises(KeptError, match="one"):
        audience_rows(tmp_path, THIS_MACHINE, "one")

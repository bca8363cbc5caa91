"""Which files of a folder a provider takes, in which order, and when they are simulated."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ingest.errors import IntakeError
from ingest.finding.find import find_files


def touch(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def test_folders_are_searched_through_in_the_order_of_names(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "b/orders.csv",
        "a/orders.csv.gz",
        "a/deep/waybills/2018-02.parquet",
        "order_lines.jsonl.zst",
    )
    found = find_files("waymart", [tmp_path]).files
    assert [f.file_name for f in found] == [
        "a/deep/waybills/2018-02.parquet",
        "a/orders.csv.gz",
        "b/orders.csv",
        "order_lines.jsonl.zst",
    ]
    assert not any(f.is_simulated for f in found)


def test_what_the_provider_does_not_take_is_listed_with_a_reason(tmp_path: Path) -> None:
    touch(tmp_path, "orders.csv", "notes.txt", "surprise.csv", ".hidden/orders.csv")
    findings = find_files("waymart", [tmp_path])
    assert [f.file_name for f in findings.files] == ["orders.csv"]
    assert [i.path.name for i in findings.ignored] == ["notes.txt", "surprise.csv"]
    assert all(i.reason for i in findings.ignored)


def test_the_translation_of_olist_is_named_as_not_needed(tmp_path: Path) -> None:
    touch(tmp_path, "olist_orders_dataset.csv", "product_category_name_translation.csv")
    findings = find_files("olist", [tmp_path])
    assert [f.file_name for f in findings.files] == ["olist_orders_dataset.csv"]
    assert "seeds" in findings.ignored[0].reason


def test_a_simulated_market_gives_its_feeds_and_not_its_truth(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "simulated.json",
        "truth/orders.parquet",
        "feeds/waymart/orders/2018-01.parquet",
        "feeds/kdniao/orders.csv",
    )
    found = find_files("waymart", [tmp_path]).files
    assert [(f.file_name, f.is_simulated) for f in found] == [("feeds/waymart/orders/2018-01.parquet", True)]


def test_a_file_or_folder_below_the_mark_is_simulated_too(tmp_path: Path) -> None:
    touch(tmp_path, "simulated.json", "feeds/waymart/orders/2018-01.parquet")
    for path in (tmp_path / "feeds", tmp_path / "feeds/waymart/orders/2018-01.parquet"):
        assert [f.is_simulated for f in find_files("waymart", [path]).files] == [True]


def test_a_file_named_twice_is_found_once(tmp_path: Path) -> None:
    touch(tmp_path, "orders.csv")
    assert len(find_files("waymart", [tmp_path, tmp_path / "orders.csv"]).files) == 1


def test_a_path_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(IntakeError, match="does not exist"):
        find_files("waymart", [tmp_path / "nowhere"])


def test_what_is_no_plain_file_is_listed_and_never_waited_for(tmp_path: Path) -> None:
    touch(tmp_path, "in/orders.csv", "elsewhere/orders.csv")
    os.mkfifo(tmp_path / "in" / "orders-pipe.csv")
    (tmp_path / "in" / "orders-gone.csv").symlink_to(tmp_path / "nowhere")
    (tmp_path / "in" / "more").symlink_to(tmp_path / "elsewhere")
    findings = find_files("waymart", [tmp_path / "in"])
    assert [f.file_name for f in findings.files] == ["orders.csv"]
    assert [i.path.name for i in findings.ignored] == ["more", "orders-gone.csv", "orders-pipe.csv"]


def test_a_folder_that_may_not_be_searched_is_named() -> None:
    # Not below tmp_path, which is closed to the one who looks where root, who may search everything, tests.
    with TemporaryDirectory() as name:
        folder = Path(name)
        touch(folder, "orders.csv", "locked/orders.csv")
        folder.chmod(0o755)
        (folder / "locked").chmod(0)
        user = os.geteuid()
        os.seteuid(user or 65534)
        try:
            findings = find_files("waymart", [folder])
        finally:
            os.seteuid(user)
            (folder / "locked").chmod(0o755)
    assert [f.file_name for f in findings.files] == ["orders.csv"]
    assert findings.unread == (f"{folder / 'locked'} cannot be searched: Permission denied.",)


def test_files_given_one_by_one_keep_the_folders_that_tell_them_apart(tmp_path: Path) -> None:
    touch(tmp_path, "2019/06/01/orders.csv", "2019/07/01/orders.csv", "2019/07/01/order_lines.csv")
    paths = [tmp_path / "2019/06/01/orders.csv", tmp_path / "2019/07/01/orders.csv"]
    assert [f.file_name for f in find_files("waymart", paths).files] == [
        "06/01/orders.csv",
        "07/01/orders.csv",
    ]
    assert [f.file_name for f in find_files("waymart", paths[:1]).files] == ["01/orders.csv"]
    of_a_day = [tmp_path / "2019/07/01/orders.csv", tmp_path / "2019/07/01/order_lines.csv"]
    assert [f.file_name for f in find_files("waymart", of_a_day).files] == [
        "01/orders.csv",
        "01/order_lines.csv",
    ]

import hashlib
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from simulator import write_market

DAYS = (date(2019, 5, 20), date(2019, 6, 25))


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(tmp_path: Path) -> None:
    for name, threads in (("one", 1), ("three", 3), ("again", 2)):
        write_market(150_000, *DAYS, 11, tmp_path / name, orders_per_file=50_000, threads=threads)
    one = fingerprints(tmp_path / "one")
    assert len(one) > 20
    assert fingerprints(tmp_path / "three") == one
    assert fingerprints(tmp_path / "again") == one


def test_a_small_market_has_the_values_it_had_on_other_machines(tmp_path: Path) -> None:
    """A change of the generator changes this fingerprint; a change of machine must not."""
    write_market(2_000, *DAYS, 11, tmp_path / "market")
    events = pl.read_parquet(tmp_path / "market/feeds/waymart/waybill_events/*.parquet")
    lines = pl.read_parquet(tmp_path / "market/feeds/waymart/order_lines/*.parquet")
    text = events.sort(events.columns).write_csv() + lines.sort(lines.columns).write_csv()
    assert hashlib.sha256(text.encode()).hexdigest() == EXPECTED


def test_another_seed_is_another_market(tmp_path: Path) -> None:
    for seed in (1, 2):
        write_market(1_000, *DAYS, seed, tmp_path / str(seed))
    one, two = (fingerprints(tmp_path / str(seed)) for seed in (1, 2))
    assert one["truth/orders.parquet"] != two["truth/orders.parquet"]


def test_the_size_of_the_files_changes_no_row(tmp_path: Path) -> None:
    for size in (200, 1_000_000):
        write_market(3_000, *DAYS, 5, tmp_path / str(size), orders_per_file=size)
    for entity in ("orders", "waybill_events", "consumers"):
        few, many = (
            pl.read_parquet(tmp_path / str(size) / "feeds/waymart" / entity / "*.parquet")
            for size in (1_000_000, 200)
        )
        assert few.sort(few.columns).equals(many.sort(many.columns))
    assert len(list((tmp_path / "200/feeds/waymart/orders").iterdir())) == 37
    assert len(list((tmp_path / "1000000/feeds/waymart/orders").iterdir())) == 1


@pytest.mark.parametrize(("orders", "from_date", "to_date"), [(0, *DAYS), (10, DAYS[1], DAYS[0])])
def test_a_market_without_orders_or_days_is_refused(
    tmp_path: Path, orders: int, from_date: date, to_date: date
) -> None:
    with pytest.raises(ValueError, match="at least one order"):
        write_market(orders, from_date, to_date, 1, tmp_path)


EXPECTED = "397a293bc04b370d488ba9d5067953254ee65cf255780ed484b71d7c09eed5a6"

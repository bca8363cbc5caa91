"""A market on disk, read with plain Polars."""

from datetime import date
from pathlib import Path

import polars as pl

FROM, TO = date(2018, 1, 1), date(2019, 8, 31)
SEED = 20190618
HIGH_TIERS = ("tier_1", "new_tier_1", "tier_2")


class Written:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def feed(self, entity: str) -> pl.LazyFrame:
        return pl.scan_parquet(self.folder / "feeds" / "waymart" / entity / "*.parquet")

    def truth(self, table: str) -> pl.DataFrame:
        return pl.read_parquet(self.folder / "truth" / f"{table}.parquet")

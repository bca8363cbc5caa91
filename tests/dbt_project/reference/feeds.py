"""Reads contract files and seeds with Polars alone; shares no SQL with the models."""

from pathlib import Path

import polars as pl

_SEEDS = Path(__file__).parents[3] / "dbt_project" / "seeds"


def feed(market: Path, entity: str) -> pl.DataFrame:
    """Every row of an entity that the market sent."""
    return pl.read_parquet(market / "feeds" / "waymart" / entity / "*.parquet")


def seed(name: str) -> pl.DataFrame:
    """A seed as it lies there, every column as text; an empty field is null."""
    return pl.read_csv(_SEEDS / f"{name}.csv", infer_schema=False)


def latest(rows: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The newest snapshot of each key."""
    return rows.sort("updated_at", nulls_last=False).unique(keys, keep="last", maintain_order=True)


def local_date(time: str) -> pl.Expr:
    """The calendar date of an instant in the row's `time_zone`."""
    zones = seed("platforms")["time_zone"].unique().sort().to_list()
    return pl.coalesce(
        pl.when(pl.col("time_zone") == zone).then(pl.col(time).dt.convert_time_zone(zone).dt.date())
        for zone in zones
    )


def end_of_day(day: str) -> pl.Expr:
    """The last instant (to the microsecond) of a calendar date in the row's `time_zone`."""
    zones = seed("platforms")["time_zone"].unique().sort().to_list()
    return pl.coalesce(
        pl.when(pl.col("time_zone") == zone).then(
            (pl.col(day) + pl.duration(days=1))
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone(zone)
            .dt.convert_time_zone("UTC")
            - pl.duration(microseconds=1)
        )
        for zone in zones
    )


def end_of_promised_day(day: str) -> pl.Expr:
    """The last instant (to the microsecond) of a promised day where the parcel arrives.

    The simulated market promises days within China alone; abroad it promises times.
    """
    ended = (pl.col(day) + pl.duration(days=1)).cast(pl.Datetime("us")).dt.replace_time_zone("Asia/Shanghai")
    return ended.dt.convert_time_zone("UTC") - pl.duration(microseconds=1)


def end_of_month(day: str) -> pl.Expr:
    """The instant at which the month of a calendar date ends in the row's `time_zone`."""
    zones = seed("platforms")["time_zone"].unique().sort().to_list()
    return pl.coalesce(
        pl.when(pl.col("time_zone") == zone).then(
            pl.col(day)
            .dt.truncate("1mo")
            .dt.offset_by("1mo")
            .cast(pl.Datetime("us"))
            .dt.replace_time_zone(zone)
            .dt.convert_time_zone("UTC")
        )
        for zone in zones
    )

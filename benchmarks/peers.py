"""The job of ``benchmarks.floor`` in other engines: one function for each, called in a process of its own.

Every function reads a contract feed and leaves ``cells.parquet`` in the folder, equal to the floor's.
"""

from pathlib import Path

from benchmarks.floor import COLUMNS

_KEY = list(COLUMNS[:5])
_HANDED_OVER = ["delivered", "available_for_pickup"]


def polars(feed: Path, folder: Path) -> None:
    """Polars, lazy and streaming."""
    import polars as pl

    def first(*codes: str) -> pl.Expr:
        return pl.col("occurred_at").filter(pl.col("event_code").is_in(codes)).min()

    milestones = (
        pl.scan_parquet(feed / "waybill_events/*.parquet")
        .group_by("courier_code", "waybill_number")
        .agg(
            picked_up_at=first("picked_up"),
            departed_at=first("departed"),
            out_for_delivery_at=first("out_for_delivery"),
            handed_over_at=first(*_HANDED_OVER),
        )
    )
    orders = pl.scan_parquet(feed / "orders/*.parquet").select("platform_id", "order_number", "paid_at")
    seconds = {
        "handling_seconds": pl.col("picked_up_at").dt.epoch("s") - pl.col("paid_at").dt.epoch("s"),
        "end_to_end_seconds": pl.col("handed_over_at").dt.epoch("s") - pl.col("picked_up_at").dt.epoch("s"),
    }
    (
        pl.scan_parquet(feed / "waybills/*.parquet")
        .with_columns(order_number=pl.col("order_numbers").list.first())
        .join(milestones, on=["courier_code", "waybill_number"])
        .join(orders, on=["platform_id", "order_number"], how="left")
        .filter(pl.col("picked_up_at").is_not_null())
        .with_columns(**seconds)
        .group_by(
            ((pl.col("picked_up_at").dt.epoch("s") + 28_800) // 86_400).cast(pl.Int32).alias("calendar_date"),
            "platform_id",
            "courier_code",
            pl.col("destination_city_code").str.head(2).alias("province"),
            ((pl.col("end_to_end_seconds") + 3_599) // 3_600)
            .clip(upper_bound=1_000)
            .fill_null(0)
            .cast(pl.Int32)
            .alias("hours"),
        )
        .agg(
            pl.len().cast(pl.Int64).alias("waybill_count"),
            *(pl.col(name).sum().alias(name) for name in seconds),
        )
        .sink_parquet(folder / "cells.parquet")
    )


def chdb(feed: Path, folder: Path) -> None:
    """ClickHouse in this process, reading and writing Parquet."""
    from chdb import session

    with session.Session(str(folder / "chdb")) as engine:
        engine.query(f"""
            insert into function file('{folder}/cells.parquet', 'Parquet')
            with
                milestones as (
                    select
                        courier_code,
                        waybill_number,
                        minIfOrNull(occurred_at, event_code = 'picked_up') as picked_up_at,
                        minIfOrNull(occurred_at, event_code = 'departed') as departed_at,
                        minIfOrNull(occurred_at, event_code = 'out_for_delivery') as out_for_delivery_at,
                        minIfOrNull(
                            occurred_at, event_code in ('delivered', 'available_for_pickup')
                        ) as handed_over_at
                    from file('{feed}/waybill_events/*.parquet', 'Parquet')
                    group by courier_code, waybill_number
                ),
                timed as (
                    select
                        waybills.platform_id as platform_id,
                        waybills.courier_code as courier_code,
                        substring(waybills.destination_city_code, 1, 2) as province,
                        toUnixTimestamp(milestones.picked_up_at) as picked_up,
                        toInt64(picked_up) - toInt64(toUnixTimestamp(orders.paid_at)) as handling,
                        toInt64(toUnixTimestamp(milestones.handed_over_at)) - toInt64(picked_up) as end_to_end
                    from file('{feed}/waybills/*.parquet', 'Parquet') as waybills
                    inner join milestones
                        on waybills.courier_code = milestones.courier_code
                        and waybills.waybill_number = milestones.waybill_number
                    left join (
                        select platform_id, order_number, paid_at
                        from file('{feed}/orders/*.parquet', 'Parquet')
                    ) as orders
                        on waybills.platform_id = orders.platform_id
                        and waybills.order_numbers[1] = orders.order_number
                    where milestones.picked_up_at is not null
                )
            select
                toInt32(intDiv(picked_up + 28800, 86400)) as calendar_date,
                platform_id,
                courier_code,
                province,
                toInt32(if(isNull(end_to_end), 0, least(intDiv(end_to_end + 3599, 3600), 1000))) as hours,
                toInt64(count()) as waybill_count,
                coalesce(sum(handling), 0) as handling_seconds,
                coalesce(sum(end_to_end), 0) as end_to_end_seconds
            from timed
            group by calendar_date, platform_id, courier_code, province, hours
            settings join_use_nulls = 1
        """)


def pandas(feed: Path, folder: Path) -> None:
    """pandas, everything in memory."""
    import pandas as pd

    events = pd.read_parquet(
        feed / "waybill_events",
        columns=["courier_code", "waybill_number", "event_code", "occurred_at"],
    )
    kinds = {
        "picked_up_at": ["picked_up"],
        "departed_at": ["departed"],
        "out_for_delivery_at": ["out_for_delivery"],
        "handed_over_at": _HANDED_OVER,
    }
    key = ["courier_code", "waybill_number"]
    milestones = pd.DataFrame(
        {
            name: events[events["event_code"].isin(codes)].groupby(key)["occurred_at"].min()
            for name, codes in kinds.items()
        }
    )
    waybills = pd.read_parquet(
        feed / "waybills", columns=[*key, "platform_id", "order_numbers", "destination_city_code"]
    )
    waybills["order_number"] = waybills["order_numbers"].str[0]
    orders = pd.read_parquet(feed / "orders", columns=["platform_id", "order_number", "paid_at"])
    joined = waybills.merge(milestones, left_on=key, right_index=True).merge(
        orders, on=["platform_id", "order_number"], how="left"
    )
    joined = joined[joined["picked_up_at"].notna()].copy()
    second = pd.Timedelta(seconds=1)
    begin = pd.Timestamp(0, tz="UTC")
    handling = joined["picked_up_at"].dt.floor("s") - joined["paid_at"].dt.floor("s")
    end_to_end = joined["handed_over_at"].dt.floor("s") - joined["picked_up_at"].dt.floor("s")
    joined["handling_seconds"] = (handling // second).astype("Int64")
    joined["end_to_end_seconds"] = (end_to_end // second).astype("Int64")
    joined["calendar_date"] = ((joined["picked_up_at"] - begin) // second + 28_800) // 86_400
    joined["province"] = joined["destination_city_code"].str[:2]
    hours = (joined["end_to_end_seconds"] + 3_599) // 3_600
    joined["hours"] = hours.clip(upper=1_000).fillna(0)
    cells = joined.groupby(_KEY, dropna=False).agg(
        waybill_count=("waybill_number", "size"),
        handling_seconds=("handling_seconds", "sum"),
        end_to_end_seconds=("end_to_end_seconds", "sum"),
    )
    cells.reset_index().to_parquet(folder / "cells.parquet")


def spark(feed: Path, folder: Path) -> None:
    """Spark SQL, two local threads."""
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "8g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.local.dir", str(folder))
        .config("spark.sql.warehouse.dir", str(folder / "spark"))
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    for name in ("waybill_events", "waybills", "orders"):
        session.read.parquet(str(feed / name)).createOrReplaceTempView(name)
    cells = session.sql("""
        with milestones as (
            select
                courier_code,
                waybill_number,
                min(occurred_at) filter (where event_code = 'picked_up') as picked_up_at,
                min(occurred_at) filter (where event_code = 'departed') as departed_at,
                min(occurred_at) filter (where event_code = 'out_for_delivery') as out_for_delivery_at,
                min(occurred_at) filter (
                    where event_code in ('delivered', 'available_for_pickup')
                ) as handed_over_at
            from waybill_events
            group by courier_code, waybill_number
        ),

        timed as (
            select
                waybills.platform_id,
                waybills.courier_code,
                substr(waybills.destination_city_code, 1, 2) as province,
                unix_seconds(milestones.picked_up_at) as picked_up,
                unix_seconds(milestones.picked_up_at) - unix_seconds(orders.paid_at) as handling_seconds,
                unix_seconds(milestones.handed_over_at)
                - unix_seconds(milestones.picked_up_at) as end_to_end_seconds
            from waybills
            inner join milestones
                on waybills.courier_code = milestones.courier_code
                and waybills.waybill_number = milestones.waybill_number
            left join orders
                on waybills.platform_id = orders.platform_id
                and waybills.order_numbers[0] = orders.order_number
            where milestones.picked_up_at is not null
        )

        select
            cast((picked_up + 28800) div 86400 as int) as calendar_date,
            platform_id,
            courier_code,
            province,
            cast(
                if(end_to_end_seconds is null, 0, least((end_to_end_seconds + 3599) div 3600, 1000)) as int
            ) as hours,
            count(*) as waybill_count,
            coalesce(sum(handling_seconds), 0) as handling_seconds,
            coalesce(sum(end_to_end_seconds), 0) as end_to_end_seconds
        from timed
        group by 1, 2, 3, 4, 5
    """)
    cells.coalesce(1).write.parquet(str(folder / "spark_cells"))
    session.stop()
    [part] = (folder / "spark_cells").glob("part-*.parquet")
    part.rename(folder / "cells.parquet")


PEERS = {peer.__name__: peer for peer in (polars, chdb, pandas, spark)}

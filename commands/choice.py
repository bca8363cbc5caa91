"""The command about which courier should carry parcels: ``recommend``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.errors import WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    import polars as pl

group = typer.Typer()
#: Columns of the file, and whether they must be there.
COLUMNS = {"merchant_id": True, "from": True, "to": True, "kilograms": True, "promised_hours": False}
#: Columns of the answer, as the marts name them.
ANSWERS = (
    *("row_problem", "recommended_courier_id", "recommended_parcel_cost", "price_currency", "price_from"),
    *("in_time_probability", "price_sample_count", "time_sample_count", "next_courier_id"),
    *("next_parcel_cost", "choice_reason"),
)
#: Where a row stands in the file, under a name that no file has.
_LINE = "_waymart_line"


@group.command(epilog="Example: `waymart recommend tomorrow.csv --out chosen.csv`")
def recommend(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV with merchant_id, from and to (a city or province, by name or code), kilograms and, "
            "where it is known, promised_hours from registration."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="The answer, as CSV; without it only a summary is printed.")
    ] = None,
    target: Annotated[
        float, typer.Option(min=0, max=1, help="With so much probability by the promise.")
    ] = 0.9,
    capacity: Annotated[
        Path | None, typer.Option(help="CSV with courier_id and parcel_count: who can take only so many.")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(help="Of the prices; without it that of most parcels.")
    ] = None,
) -> None:
    """Say which courier each parcel should go with, what it costs, how surely it is in time, and why.

    The cheapest that the merchant may use and that arrives by the promise often enough; where there is none,
    the surest. Prices are rate cards', else learnt from bills; times are learnt from the last 90 days. What
    cannot be judged says so in choice_reason, and a row that cannot be read in row_problem.
    """
    import polars as pl

    from commands.console import out as console
    from commands.console import table
    from estimates.choice.market import IS_CHOSEN, OLD, READ, WINDOW, monday, sent, since
    from estimates.choice.tomorrow import for_tomorrow
    from warehouse.connection import open_warehouse

    asked = _read(file)
    with open_warehouse(Settings.from_environment(), read_only=True) as connection:
        row = connection.execute("select max(as_of_at) from core.dim_providers").fetchone()
        if not row or row[0] is None:
            raise WaymartError("No parcel is known yet: load files, then `waymart run`.")
        waybills = connection.table("core.fct_waybills").filter(
            f"{IS_CHOSEN} and registered_at >= '{since(row[0])}'"
        )
        known, offers = waybills.select(*READ).pl(), connection.table("core.fct_courier_offers").pl()
        places = connection.execute(_PLACES).pl()
    decided = monday(row[0])
    markets = sorted(sent(known, offers, decided), key=lambda one: -len(one.parcels))
    market = next((one for one in markets if currency in (None, one.currency)), None)
    learnt = market.learnt(decided - WINDOW - OLD, decided) if market else None
    if market is None or learnt is None:
        raise WaymartError("Nothing is known of what couriers cost and take: no parcel of late has a bill.")
    read = _placed(asked, places)
    good = read.filter(pl.col("row_problem").is_null())
    room = _capacity(capacity) if capacity else None
    whole = asked.join(read.select(_LINE, "row_problem"), on=_LINE, maintain_order="left")
    if len(good):
        answers = for_tomorrow(good, market.may_use(decided), learnt, target=target, capacity=room)
        answered = pl.concat([good.select(_LINE), _named(answers, market.currency)], how="horizontal")
        whole = whole.join(answered, on=_LINE, how="left", maintain_order="left")
    else:
        whole = whole.with_columns(choice_reason=pl.lit(None, pl.String))
    counts = whole.group_by("choice_reason").len().sort("len", "choice_reason", descending=True)
    lines = [[reason or "not read", f"{count:,}"] for reason, count in counts.rows()]
    console.print(table(f"{len(whole):,} parcels", ["Why", "Parcels"], lines))
    if out:
        whole.drop(_LINE).write_csv(out)
        console.print(f"The answer stands in {out}.")


#: Every name of a place, in lower case, and its province.
_PLACES = """
    select distinct lower(name) as name, province_id
    from (
        select
            unnest([adcode, city_name, city_name_zh, regexp_replace(city_name_zh, '市$', '')]) as name,
            province_id
        from core.dim_cities
        union all
        select unnest([province_id, province_name, province_name_zh]), province_id
        from core.dim_provinces
    )
    where name is not null and province_id is not null
    """


def _read(file: Path) -> "pl.DataFrame":
    """Return the rows of the file as text, with their `_LINE`; answers of an earlier time are left out."""
    import polars as pl

    rows = _csv(file, [name for name, must in COLUMNS.items() if must])
    if "promised_hours" not in rows.columns:
        rows = rows.with_columns(promised_hours=pl.lit(None, pl.String))
    return rows.drop(ANSWERS, strict=False).with_columns(pl.int_range(pl.len()).alias(_LINE))


def _csv(file: Path, needed: list[str]) -> "pl.DataFrame":
    """Return a file's rows as text; raises WaymartError where it cannot be read or lacks a column."""
    import polars as pl

    try:
        rows = pl.read_csv(file, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as error:
        raise WaymartError(f"{file} is no CSV: {str(error).partition(chr(10))[0]}") from None
    if missing := [name for name in needed if name not in rows.columns]:
        raise WaymartError(f"{file} lacks the columns {', '.join(missing)}.")
    return rows


def _placed(asked: "pl.DataFrame", places: "pl.DataFrame") -> "pl.DataFrame":
    """Return each row with what is read of it and its `row_problem`, null where it was read."""
    import polars as pl

    one = places.group_by("name").agg(pl.col("province_id").first(), several=pl.len() > 1)

    def place(end: str, column: str) -> "pl.DataFrame":
        names = asked.select(name=pl.col(end).str.strip_chars().str.to_lowercase())
        found = names.join(one, on="name", how="left", maintain_order="left")
        return found.select(pl.col("province_id").alias(column), pl.col("several").alias(f"{end}_several"))

    number = {name: pl.col(name).str.strip_chars().cast(pl.Float64, strict=False) for name in COLUMNS}
    rows = pl.concat(
        [
            asked.select(
                _LINE, "merchant_id", "from", "to",
                kilograms=number["kilograms"],
                promised_hours=number["promised_hours"],
                has_promise=pl.col("promised_hours").fill_null("").str.strip_chars() != "",
            ),
            place("from", "origin_province_id"),
            place("to", "destination_province_id"),
        ],
        how="horizontal",
    )  # fmt: skip
    kilograms = pl.col("kilograms")
    problems = [
        (pl.col("merchant_id").is_null(), pl.lit("merchant_id is empty")),
        *(
            (pl.col(f"{end}_several"), pl.format("{} lies in several provinces: give its code", end))
            for end in ("from", "to")
        ),
        *(
            (pl.col(f"{which}_province_id").is_null(), pl.format("{} is no place that is known", end))
            for end, which in (("from", "origin"), ("to", "destination"))
        ),
        (
            kilograms.is_null() | kilograms.is_nan() | ~kilograms.is_between(0, 10_000, closed="right"),
            pl.lit("kilograms is no weight"),
        ),
        (
            pl.col("has_promise") & ~(pl.col("promised_hours") > 0).fill_null(False),
            pl.lit("promised_hours is no time"),
        ),
    ]
    problem = pl.lit(None, pl.String)
    for is_so, words in reversed(problems):
        problem = pl.when(is_so.fill_null(False)).then(words).otherwise(problem)
    return rows.select(
        _LINE, "merchant_id", "origin_province_id", "destination_province_id", "promised_hours",
        kilogram_count=kilograms.ceil().cast(pl.Int64, strict=False),
        row_problem=problem,
    )  # fmt: skip


def _capacity(file: Path) -> "pl.DataFrame":
    """Return who can take only so many; raises WaymartError where the file does not say it."""
    import polars as pl

    rows = _csv(file, ["courier_id", "parcel_count"])
    room = rows.select("courier_id", pl.col("parcel_count").str.strip_chars().cast(pl.Int64, strict=False))
    if wrong := room.filter(pl.col("parcel_count").is_null() | (pl.col("parcel_count") < 0))[
        "courier_id"
    ].to_list():
        raise WaymartError(f"{file}: parcel_count of {', '.join(map(str, wrong))} is no number of parcels.")
    if room["courier_id"].is_duplicated().any():
        raise WaymartError(f"{file} names a courier twice.")
    return room


def _named(answers: "pl.DataFrame", currency: str) -> "pl.DataFrame":
    """Return the columns of the answer, all but `row_problem`."""
    import polars as pl

    is_said = pl.col("courier_id").is_not_null()
    price = pl.when(pl.col("cost_error_share") == 0).then(pl.lit("rate_card")).otherwise(pl.lit("bills"))
    return answers.select(
        recommended_courier_id="courier_id",
        recommended_parcel_cost=pl.col("cost_amount").round(2),
        price_currency=pl.when(is_said).then(pl.lit(currency)),
        price_from=pl.when(is_said).then(price),
        in_time_probability=pl.col("probability").round(3),
        price_sample_count="sample_count",
        time_sample_count="probability_sample_count",
        next_courier_id="next_courier_id",
        next_parcel_cost=pl.col("next_cost_amount").round(2),
        choice_reason="reason",
    )

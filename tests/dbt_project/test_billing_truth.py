"""What was billed against the rate cards, and claims, against the simulated market's truth."""

import polars as pl
import pytest
from published_reports import Published

KEY = ["courier_code", "waybill_number"]
CELL = ["courier_id", "merchant_id", "currency", "month_date"]
#: Who has cards in this market, and up to which weight.
CARDED, HEAVIEST = ("zto", "yunda", "sf"), 20_000
WENT_WRONG = (
    *("exception.damaged", "exception.weather", "exception.missorted", "delivery_attempt_failed"),
    *("pickup_failed", "lost", "customs.held", "customs.failed"),
)


def _courier(code: str = "courier_code") -> pl.Expr:
    return pl.col(code).replace("jd", "jdl").alias("courier_id")


@pytest.fixture(scope="module")
def parcels(published: Published) -> pl.DataFrame:
    """Every parcel of the truth, with its month and how its bill should be."""
    wrong = pl.read_parquet(published.truth / "wrong_bills.parquet").select(*KEY, "agreed_amount", "error")
    events = pl.scan_parquet(published.settings.home / "market/feeds/waymart/waybill_events/*.parquet")
    first = events.group_by(KEY).agg(first_event_at=pl.col("occurred_at").min()).collect()
    return (
        pl.read_parquet(published.truth / "waybills.parquet")
        .drop("first_event_at")
        .join(wrong, on=KEY, how="left")
        .join(first, on=KEY, how="left")
        .with_columns(
            _courier(),
            merchant_id=pl.col("platform_id") + ":" + pl.col("merchant_code"),
            month_date=pl.coalesce("picked_up_at", "registered_at", "first_event_at")
            .dt.convert_time_zone("Asia/Shanghai")
            .dt.date()
            .dt.truncate("1mo"),
            agreed_amount=pl.coalesce("agreed_amount", "freight_cost_amount"),
        )
    )


def test_the_extract_names_every_wrong_bill_to_the_fen_and_no_other(
    published: Published, parcels: pl.DataFrame
) -> None:
    wrong = parcels.filter(pl.col("error").is_not_null())
    ours = published.rows(
        "select waybill_number, merchant_id, freight_cost_amount, card_amount, billing_difference_amount "
        "from extract_billing_differences where billing_difference_amount is not null order by all"
    )
    told = wrong.select(
        "waybill_number",
        "merchant_id",
        "freight_cost_amount",
        "agreed_amount",
        difference=pl.col("freight_cost_amount") - pl.col("agreed_amount"),
    )
    assert ours == told.sort(told.columns).rows()
    assert len(ours) > 100


def test_what_has_no_price_is_named_with_its_reason(published: Published, parcels: pl.DataFrame) -> None:
    heavy = (pl.col("currency") == "CNY") & (pl.col("weight_grams") > HEAVIEST)
    lacking = parcels.filter(pl.col("courier_id").is_in(CARDED), heavy | (pl.col("currency") != "CNY"))
    told = lacking.select(
        "waybill_number",
        problem=pl.when(pl.col("currency") == "CNY").then(pl.lit("no_band")).otherwise(pl.lit("no_card")),
    )
    ours = published.rows(
        "select waybill_number, difference_reason from extract_billing_differences "
        "where difference_reason not in ('overcharged', 'undercharged') order by all"
    )
    assert ours == told.sort(told.columns).rows()
    assert {reason for _, reason in ours} == {"no_band", "no_card"}


def test_differences_add_up_by_courier_merchant_and_month(
    published: Published, parcels: pl.DataFrame
) -> None:
    has_price = (pl.col("currency") == "CNY") & (pl.col("weight_grams") <= HEAVIEST)
    billed, agreed = (pl.col(f"{name}_amount").filter(has_price) for name in ("freight_cost", "agreed"))
    over = billed - agreed
    told = (
        parcels.filter(pl.col("courier_id").is_in(CARDED))
        .group_by(CELL)
        .agg(
            pl.len().alias("waybill_count"),
            has_price.sum().alias("card_compared_count"),
            (over > 0).sum().alias("overcharged_count"),
            (over < 0).sum().alias("undercharged_count"),
            billed.sum().alias("compared_freight_amount"),
            agreed.sum().alias("compared_card_amount"),
            over.filter(over > 0).sum().alias("overcharged_amount"),
            -over.filter(over < 0).sum().alias("undercharged_amount"),
        )
    )
    ours = published.rows(f"select {', '.join(told.columns)} from mart_billing_differences order by all")
    assert ours == told.sort(CELL).rows()
    formula = published.formula("mart_billing_differences", "billing_difference_amount")
    ((whole,),) = published.rows(f"select {formula} from mart_billing_differences where currency = 'CNY'")
    assert whole == told["overcharged_amount"].sum() - told["undercharged_amount"].sum() > 0


def test_claims_are_due_asked_paid_and_open_as_the_truth_says(
    published: Published, parcels: pl.DataFrame
) -> None:
    events = pl.scan_parquet(published.settings.home / "market/feeds/waymart/waybill_events/*.parquet")
    first_wrong = (
        events.filter(pl.col("event_code").is_in(WENT_WRONG))
        .group_by(KEY)
        .agg(went_wrong=pl.col("event_code").sort_by("occurred_at").first())
        .collect()
    )
    claims = pl.read_parquet(published.truth / "claims.parquet").filter("is_claimed")
    asked = claims.select(*KEY, "status", "claimed_amount", claim_paid_amount="paid_amount")
    told = parcels.join(first_wrong, on=KEY, how="left").join(asked, on=KEY, how="left")
    lost = pl.col("is_lost") & pl.col("handed_over_at").is_null()
    damaged = (pl.col("went_wrong") == "exception.damaged").fill_null(value=False) & ~lost
    told = told.filter(lost | damaged | pl.col("status").is_not_null())
    paid, is_open = ((pl.col("status") == status).fill_null(value=False) for status in ("paid", "open"))
    cells = told.group_by(CELL).agg(
        pl.len().alias("due_count"),
        lost.sum().alias("lost_count"),
        damaged.sum().alias("damaged_count"),
        pl.col("status").is_null().sum().alias("unclaimed_count"),
        pl.col("status").count().alias("claim_count"),
        paid.sum().alias("paid_claim_count"),
        is_open.sum().alias("open_claim_count"),
        pl.col("gmv_paid").sum().alias("due_amount"),
        pl.col("claimed_amount").sum(),
        pl.col("claim_paid_amount").sum(),
        pl.col("claimed_amount").filter(is_open).sum().alias("open_claim_amount"),
    )
    ours = published.rows(f"select {', '.join(cells.columns)} from mart_claims order by all")
    assert ours == cells.sort(CELL).rows()
    assert cells["claim_count"].sum() > 20
    assert cells["lost_count"].sum() > 10 < cells["damaged_count"].sum()

"""Try whether a saving that is claimed is the true one: others carry parcels, and the market is run again.

Run it with ``python -m benchmarks.saving --seeds 40``. On each market prices and times are learnt from two
months and, where merchants know the rate cards of their contracts, read from these; for the third, couriers
are recommended and parcels assigned. Some merchants follow, so few that no
courier's volume moves by more than 5%: what is claimed for them is compared with the same market in which
their parcels did go with the other couriers, queues and all. What all merchants would save together, prices
as they are and times with the loads held, stands beside it as a scenario, with what who knows the truth
would save (the oracle).
"""

import json
import sys
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Annotated

import polars as pl
import typer
from scipy.stats import binom, t

from estimates.choice.assign import assign, moved
from estimates.choice.candidates import Known, candidates
from estimates.choice.parcels import CELL, with_band
from estimates.choice.prices import OFFER, learn_prices
from estimates.choice.propensities import propensities
from estimates.choice.punctuality import learn_punctuality
from estimates.choice.recommend import recommend
from estimates.choice.saving import Estimate, Saving, estimate_saving, judge_market
from simulator import write_market

FROM, TO, UNTIL = date(2019, 3, 1), date(2019, 5, 31), date(2019, 6, 25)
#: When couriers are chosen; times are learnt from parcels that were ten days old then.
DECIDED = datetime(2019, 4, 30, 16, tzinfo=UTC)
OLD = timedelta(days=10)
#: Merchants that follow send so much of the parcels, and fifteen at least each.
FOLLOWING, LEAST = 0.04, 15
#: The promises: points between claim and truth, share of intervals that hold it, regret against the oracle's
#: saving, share that is saved, share in time that it may cost.
NEAR, COVERED, REGRET, SAVED, LATER = 0.02, 0.90, 0.10, 0.08, 0.005
#: A price that a card says is exact: so little are sums of floats apart.
EXACT = 1e-9
_KEY = ["courier_code", "waybill_number"]


def _day_ends(column: str) -> pl.Expr:
    local = pl.col(column).cast(pl.Datetime("us")).dt.replace_time_zone("Asia/Shanghai")
    return local.dt.convert_time_zone("UTC") + pl.duration(days=1)


def _hours(column: str) -> pl.Expr:
    return (pl.col(column) - pl.col("registered_at")).dt.total_seconds() / 3600


def parcels_of(market: Path) -> pl.DataFrame:
    """Return the parcels sold within China that moved, as `estimates.choice` reads them, by registration."""
    waybills = pl.read_parquet(market / "truth/waybills.parquet").with_columns(
        pl.col("courier_code").cast(pl.String),
        by_at=pl.coalesce(
            pl.col("promised_delivery_at").dt.cast_time_unit("us"), _day_ends("promised_delivery_date")
        ),
    )
    sold = pl.read_parquet(market / "truth/parcel_couriers.parquet", columns=_KEY).unique()
    return with_band(
        waybills.join(sold.with_columns(pl.col("courier_code").cast(pl.String)), on=_KEY)
        .sort("registered_at", "waybill_number")
        .select(
            *_KEY,
            "registered_at",
            "first_attempt_at",
            merchant_id="merchant_code",
            courier_id="courier_code",
            origin_province_id=pl.col("origin_adcode").cast(pl.String).str.head(2),
            destination_province_id=pl.col("destination_adcode").cast(pl.String).str.head(2),
            kilogram_count=((pl.col("weight_grams") + 999) // 1000).clip(1),
            cost_amount=pl.col("freight_cost_amount").cast(pl.Float64),
            hours=_hours("first_attempt_at"),
            promised_hours=_hours("by_at"),
        )
    )


def every_courier(market: Path) -> pl.DataFrame:
    """Return the truth of each parcel and courier."""
    return (
        pl.read_parquet(market / "truth/parcel_couriers.parquet")
        .with_columns(
            pl.col("courier_code", "with_courier_code").cast(pl.String),
            pl.col("freight_cost_amount").cast(pl.Float64),
        )
        .with_columns(is_in_time=pl.col("first_attempt_at") <= pl.col("expected_by_at"))
    )


def offers_of(market: Path, parcels: pl.DataFrame) -> pl.DataFrame:
    """Return what the contracts of each merchant ask for its parcels, with every courier it has one with."""
    code = ["origin_province_id", "destination_province_id"]
    cards = pl.read_parquet(market / "truth/rate_cards.parquet").select(
        pl.col("courier_code").cast(pl.String).alias("courier_id"),
        pl.col("origin_province_adcode").cast(pl.String).str.head(2).alias(code[0]),
        pl.col("destination_province_adcode").cast(pl.String).str.head(2).alias(code[1]),
        "base_kilogram_count",
        *(
            (pl.col(f"{part}_amount") * 100).cast(pl.Int64).alias(part)
            for part in ("base", "further_kilogram")
        ),
    )
    contracts = pl.read_parquet(market / "truth/contracts.parquet").select(
        pl.col("merchant_code").cast(pl.String).alias("merchant_id"),
        pl.col("courier_code").cast(pl.String).alias("courier_id"),
        (pl.col("paid_share") * 1000).round().cast(pl.Int64).alias("permille"),
    )
    asked = parcels.select("merchant_id", *code, "kilogram_count").unique(maintain_order=True)
    beyond = (pl.col("kilogram_count") - pl.col("base_kilogram_count")).clip(0)
    listed = pl.col("base") + pl.col("further_kilogram") * beyond
    return (
        asked.join(contracts, on="merchant_id", maintain_order="left_right")
        .join(cards, on=["courier_id", *code], maintain_order="left")
        .select(*OFFER, card_amount=listed * pl.col("permille") // 1000 / 100)
    )


def _followers(judged: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return merchants, drawn, until they send enough of the parcels."""
    sizes = judged.group_by("merchant_id").len().filter(pl.col("len") >= LEAST).sort("merchant_id").rows()
    Random(seed).shuffle(sizes)
    chosen, reached = [], 0
    for merchant, size in sizes:
        if reached >= FOLLOWING * len(judged):
            break
        chosen.append(merchant)
        reached += size
    return pl.DataFrame({"merchant_id": chosen})


def try_market(seed: int, orders: int, *, with_cards: bool = True) -> dict[str, float | int | str | bool]:
    """Return what was claimed on the market of a seed, and what was true."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_market(orders, FROM, TO, seed, folder / "as_it_was", until_date=UNTIL, parts=["couriers"])
        parcels, truth = parcels_of(folder / "as_it_was"), every_courier(folder / "as_it_was")
        offers = offers_of(folder / "as_it_was", parcels) if with_cards else None
        chosen = _Choice(parcels, truth, seed, offers)
        moves = chosen.following.filter(pl.col("to_courier_id").is_not_null())
        moves.select("waybill_number", courier_code="to_courier_id").write_parquet(folder / "moves.parquet")
        write_market(
            orders, FROM, TO, seed, folder / "followed", until_date=UNTIL, parts=["couriers"],
            assignments=folder / "moves.parquet",
        )  # fmt: skip
        again = _again(folder / "followed", chosen.following, truth)
    return {"seed": seed, **chosen.figures(truth), **_claim(chosen.saving, again)}


class _Choice:
    """What is recommended on a market, for those that follow and for all."""

    def __init__(
        self, parcels: pl.DataFrame, truth: pl.DataFrame, seed: int, offers: pl.DataFrame | None
    ) -> None:
        before = parcels.filter(pl.col("registered_at") < DECIDED).with_columns(
            hours=pl.when(pl.col("first_attempt_at") < DECIDED).then("hours")
        )
        judged = parcels.filter(pl.col("registered_at") >= DECIDED)
        prices = learn_prices(before, offers)
        old = before.filter(pl.col("registered_at") < DECIDED - OLD)
        known = Known(prices, learn_punctuality(old, prices))
        allowed = (
            truth.filter("has_contract")
            .join(parcels.select(*_KEY, "merchant_id"), on=_KEY)
            .select("merchant_id", courier_id="with_courier_code")
            .unique()
        )
        rows = candidates(judged, allowed, known)
        should = recommend(rows).select(*CELL, recommended_courier_id="courier_id")
        judged = judged.join(should, on=CELL, how="left", maintain_order="left")
        volumes = judged.group_by("courier_id").agg(parcel_count=pl.len())
        follow = _followers(judged, seed)
        few = assign(rows.join(follow, on="merchant_id", how="semi"), volumes)
        many = assign(rows, volumes, moved_share=1.0)
        chances = propensities(before, allowed, judged)
        self.following = moved(judged.join(follow, on="merchant_id", how="semi"), few.counts)
        self.everyone = moved(judged, many.counts)
        self.saving = estimate_saving(
            self.following, judge_market(judged, chances, prices), chances, moved_share=few.moved_share
        )
        self._loss = few.rounding_loss_amount
        self._moved_share = few.moved_share

    def figures(self, truth: pl.DataFrame) -> dict[str, float]:
        """Return the scenario of all merchants beside the oracle and the cheapest, by the truth."""
        now = self.everyone.join(truth.filter("is_chosen"), on=_KEY)
        cost = float(self.everyone["cost_amount"].sum())
        to = self.everyone.select(*_KEY, with_courier_code=pl.coalesce("to_courier_id", "courier_id"))
        cheapest = truth.filter("has_contract").sort("freight_cost_amount", "with_courier_code")
        ways = {
            "recommended": truth.join(to, on=[*_KEY, "with_courier_code"]),
            "oracle": truth.filter("is_oracle"),
            "cheapest": cheapest.unique(_KEY, keep="first", maintain_order=True),
        }
        found = {
            "rounding_loss_share": self._loss / self.saving.cost_amount,
            "moved_share": self._moved_share,
            "all_now_in_time_share": float(now["is_in_time"].mean()),  # type: ignore[arg-type]
        }
        for name, rows in ways.items():
            each = self.everyone.select(_KEY).join(rows, on=_KEY)
            found[f"all_{name}_saved_share"] = 1 - float(each["freight_cost_amount"].sum()) / cost
            found[f"all_{name}_in_time_share"] = float(each["is_in_time"].mean())  # type: ignore[arg-type]
        return found


def _again(followed: Path, following: pl.DataFrame, truth: pl.DataFrame) -> dict[str, float]:
    """Return what the parcels of those who followed cost in the market run again, and the share in time."""
    # A parcel's last twelve digits stay, whoever carries it.
    parcel = pl.col("waybill_number").str.tail(12).alias("parcel")
    after = pl.read_parquet(followed / "truth/waybills.parquet").select(
        parcel,
        after_amount=pl.col("freight_cost_amount").cast(pl.Float64),
        after_at=pl.col("first_attempt_at"),
    )
    expected = truth.filter("is_chosen").select(*_KEY, "expected_by_at", "is_in_time")
    both = following.join(expected, on=_KEY).with_columns(parcel).join(after, on="parcel")
    if len(both) < len(following):
        raise RuntimeError("Some parcels are not in the market that was run again.")
    in_time = (both["after_at"] <= both["expected_by_at"]).fill_null(False)
    return {
        "true_share": 1 - float(both["after_amount"].sum()) / float(both["cost_amount"].sum()),
        "in_time_share": float(both["is_in_time"].mean()),  # type: ignore[arg-type]
        "followed_in_time_share": float(in_time.mean()),  # type: ignore[arg-type]
    }


def _claim(saving: Saving, again: dict[str, float]) -> dict[str, float | int | str | bool]:
    def share(amount: float) -> float:
        return amount / saving.cost_amount

    def three(name: str, each: Estimate) -> dict[str, float]:
        return {name: share(each.amount), f"{name}_low": share(each.low), f"{name}_high": share(each.high)}

    robust = saving.doubly_robust
    return {
        **{"state": saving.state, "parcels": saving.parcel_count, "moved": saving.moved_count},
        **again,
        **three("claimed", robust),
        **three("weighted", saving.weighted),
        **three("self_normalised", saving.self_normalised),
        "effective_sample": saving.effective_sample,
        "naive": share(saving.naive_amount),
        "is_covered": share(robust.low) - EXACT <= again["true_share"] <= share(robust.high) + EXACT,
    }


def summary(found: list[dict[str, float | int | str | bool]]) -> dict[str, float | int]:
    """Return the figures over all markets."""
    rows = pl.DataFrame(found)
    oracle, ours = (rows[f"all_{name}_saved_share"] for name in ("oracle", "recommended"))

    def missed(name: str) -> pl.Series:
        return (rows[name] - rows["true_share"]).abs()

    whole = pl.col("parcels")
    lost: float = rows.select(
        ((pl.col("followed_in_time_share") - pl.col("in_time_share")) * whole).sum() / whole.sum()
    ).item()
    means = ("all_now_in_time_share", "rounding_loss_share", "effective_sample", "true_share", "claimed")
    named = [f"all_{name}_{what}" for name in ("recommended", "oracle", "cheapest")
             for what in ("saved_share", "in_time_share")]  # fmt: skip
    return {
        "markets": len(found),
        "markets_claimed": int((rows["state"] == "claimed").sum()),
        "markets_within_two_points": int((missed("claimed") <= NEAR).sum()),
        "markets_covered": int(rows["is_covered"].sum()),
        **{f"{name}_misses_by": float(missed(name).mean())  # type: ignore[arg-type]
           for name in ("claimed", "weighted", "self_normalised", "naive")},
        "claimed_misses_most_by": float(missed("claimed").max()),  # type: ignore[arg-type]
        "followed_in_time_change": float(lost),
        "regret_share": 1 - float(ours.sum()) / float(oracle.sum()),
        **{name: float(rows[name].mean()) for name in (*means, *named)},  # type: ignore[arg-type]
    }  # fmt: skip


def broken(found: list[dict[str, float | int | str | bool]], figures: dict[str, float | int]) -> list[str]:
    """Return what is not as promised, as sentences; of under 40 markets, by more than chance explains."""
    count, rows = len(found), pl.DataFrame(found)
    ours, oracle = (pl.col(f"all_{name}_saved_share") for name in ("recommended", "oracle"))
    lost = rows.select(
        regret=1 - ours / oracle,
        spared=-pl.col("true_share"),
        late=pl.col("in_time_share") - pl.col("followed_in_time_share"),
    )

    def too_few(name: str) -> bool:
        few = int(figures[name])
        return few < COVERED * count if count >= 40 else bool(binom.cdf(few, count, COVERED) < 0.01)

    def too_much(name: str, over_all: float, most: float) -> bool:
        if count >= 40 or count == 1:
            return count > 1 and over_all > most
        error = float(lost[name].std()) / count**0.5  # type: ignore[arg-type]
        return bool(over_all - t.ppf(0.99, count - 1) * error > most)

    said = {
        "The claim is more than two points from the truth on too many markets.": too_few(
            "markets_within_two_points"
        ),
        "The intervals hold the truth too seldom.": too_few("markets_covered"),
        "Regret is too large.": too_much("regret", figures["regret_share"], REGRET),
        "Too little is saved.": too_much("spared", -figures["true_share"], -SAVED),
        "Too many are late.": too_much("late", -figures["followed_in_time_change"], LATER),
    }
    return [words for words, is_so in said.items() if is_so]


def main(
    seeds: Annotated[int, typer.Option(help="How many markets, each run twice.")] = 40,
    first_seed: Annotated[int, typer.Option(help="Seed of the first.")] = 1,
    orders: Annotated[int, typer.Option(help="Orders of each.")] = 20_000,
    with_cards: Annotated[
        bool, typer.Option("--cards/--bills", help="Merchants know their rate cards, or their bills alone.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Print claims beside the truth; end with an error where a promise is broken."""
    found = []
    for seed in range(first_seed, first_seed + seeds):
        found.append(try_market(seed, orders, with_cards=with_cards))
        if not as_json:
            print(found[-1], flush=True)
    figures = summary(found)
    whole = {"first_seed": first_seed, "seeds": seeds, "orders": orders, "with_cards": with_cards, **figures}
    print(json.dumps(whole | {"found": found}) if as_json else whole)
    if wrong := broken(found, figures):
        sys.exit(" ".join(wrong))


if __name__ == "__main__":
    typer.run(main)

"""A rate card in the contract's own form, from its CSV file to the price of a parcel."""

import csv
import io
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from published_reports import Published

from ingest.loading.load import create_raw, load_file

SEEDS = ("provinces", "cities", "city_aliases", "courier_codes")
MODELS = (
    *("stg_rate_cards", "int_rate_card_places_resolved", "int_rate_cards_placed"),
    "fct_waybill_prices",
)
#: City, province.
HANGZHOU, NINGBO, SHANGHAI = ("330100", "330000"), ("330200", "330000"), ("310000", "310000")
LHASA, WUHAN = ("540100", "540000"), ("420100", "420000")
DAY = date(2019, 6, 1)


@dataclass(frozen=True)
class Parcel:
    weight_grams: int | None
    destination: tuple[str, str] = SHANGHAI
    courier_id: str = "zto"
    merchant_id: str | None = "jd:1"
    origin: tuple[str, str] = HANGZHOU
    picked_up_date: date = DAY


#: Why there is no price, or the price.
Price = str | Decimal
Pricing = Callable[[str, Sequence[Parcel]], list[Price]]


@pytest.fixture(scope="module")
def prices(published: Published, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pricing]:
    """Load a file of cards and price parcels by it, through the models as the build compiled them."""
    nodes = json.loads(published.settings.manifest.read_text())["nodes"]
    file = tmp_path_factory.mktemp("cards") / "rate_cards.csv"
    with duckdb.connect() as connection:
        run = connection.execute
        run(f"attach ':memory:' as warehouse; attach '{published.settings.warehouse}' as built (read_only)")
        run("use warehouse")
        for schema in ("seeds", "touched", "staging", "intermediate", "core"):
            run(f"create schema {schema}")
        for name in SEEDS:
            run(f"create table seeds.{name} as from built.seeds.{name}")
        run("create table core.fct_waybills as from built.core.fct_waybills limit 0; detach built")
        create_raw(connection)
        run("create view touched.rate_cards as from raw.rate_cards")

        def price(cards: str, parcels: Sequence[Parcel]) -> list[Price]:
            run("delete from raw.rate_cards; delete from raw.loads; delete from core.fct_waybills")
            file.write_text(cards, encoding="utf-8")
            [load] = load_file(connection, "waymart", file, pseudonym_key=b"k" * 32)
            assert load.quarantined_count == 0
            sent = pl.DataFrame([asdict(parcel) for parcel in parcels], infer_schema_length=None)
            connection.register("sent", sent.with_row_index("number"))
            run(
                "insert into core.fct_waybills by name select number::varchar as waybill_id, "
                "* exclude (number, origin, destination), 'CNY' as currency, "
                "origin[1] as origin_adcode, origin[2] as origin_province_id, "
                "destination[1] as destination_adcode, destination[2] as destination_province_id from sent"
            )
            for name in MODELS:
                node = nodes[f"model.waymart.{name}"]
                run(f"create or replace table {node['relation_name']} as {node['compiled_code']}")
            found = run(
                "select coalesce(card_problem, card_amount::varchar), card_problem is null "
                "from core.fct_waybill_prices order by waybill_id::int"
            ).fetchall()
            assert len(found) == len(parcels)
            return [Decimal(said) if is_price else said for said, is_price in found]

        yield price


def test_a_card_by_province_and_one_by_zone_price_parcels_to_the_fen(prices: Pricing) -> None:
    cards = """
courier_code,destination_places,currency,from_grams,to_grams,base_grams,base_amount,further_kilogram_amount,valid_from
zto,上海,CNY,0,1000,1000,2.80,,2019-01-01
zto,上海,CNY,1000,3000,3000,3.50,,2019-01-01
zto,西藏自治区,CNY,0,,1000,16.00,13.55,2019-01-01
sf,浙江省|上海市|江苏省,CNY,0,1000,1000,10,,2019-01-01
sf,浙江省|上海市|江苏省,CNY,0,3000,3000,8,,2019-01-01
sf,浙江省|上海市|江苏省,CNY,3000,,1000,9,4.2,2019-01-01
"""
    expected: dict[Parcel, Price] = {
        Parcel(1): Decimal("2.80"),
        Parcel(1000): Decimal("2.80"),
        Parcel(1001): Decimal("3.50"),
        Parcel(3000): Decimal("3.50"),
        Parcel(3001): "no_band",
        Parcel(1000, LHASA): Decimal("16.00"),
        Parcel(1001, LHASA): Decimal("29.55"),
        Parcel(10_000, LHASA): Decimal("137.95"),
        Parcel(500, NINGBO): "no_card",
        Parcel(500, NINGBO, "sf"): "overlapping_bands",
        Parcel(2000, NINGBO, "sf"): Decimal("8.00"),
        Parcel(3000, SHANGHAI, "sf"): Decimal("8.00"),
        Parcel(3001, SHANGHAI, "sf"): Decimal("21.60"),
        Parcel(None, SHANGHAI, "sf"): "no_weight",
        Parcel(500, LHASA, "sf"): "no_card",
    }
    assert prices(cards.lstrip(), list(expected)) == list(expected.values())


def test_the_card_in_readme_prices_parcels(prices: Pricing) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    card = readme.split("```csv\n")[1].split("```")[0]
    day = date(2026, 6, 1)
    expected: dict[Parcel, Price] = {
        Parcel(3000, SHANGHAI, picked_up_date=day): Decimal("3.50"),
        Parcel(3001, NINGBO, picked_up_date=day): Decimal("7.10"),
        Parcel(1500, LHASA, picked_up_date=day): Decimal("25.50"),
        Parcel(1500, LHASA, merchant_id="taobao:M000000000160", picked_up_date=day): Decimal("3.90"),
        Parcel(1500, WUHAN, picked_up_date=day): "no_card",
    }
    assert prices(card, list(expected)) == list(expected.values())


NAMED: dict[str, tuple[str, int]] = {
    "浙江省": ("330000", 1),
    "330100": ("330100", 2),
    "上海市": ("310000", 1),
}
Card = dict[str, str]


def a_card(dice: random.Random) -> Card:
    """A row of a card, of few places, weights and days, so that many meet."""
    low = dice.choice([0, 0, 1000, 2000])
    first = DAY + timedelta(days=dice.randrange(-2, 3))
    return {
        "courier_code": "zto",
        "platform_id": (own := dice.choice(["", "jd"])),
        "merchant_code": own and dice.choice("12"),
        "origin_places": dice.choice(["", "", "浙江省", "330100"]),
        "destination_places": dice.choice(
            ["", "上海市", "浙江省", "330100", "上海市|浙江省", "330100|上海市"]
        ),
        "currency": "CNY",
        "from_grams": str(low),
        "to_grams": dice.choice(["", str(low + 1000), str(low + 2000)]),
        "base_grams": dice.choice(["500", "1000", "2000"]),
        "base_amount": f"{dice.randrange(100, 999) / 100:.2f}",
        "further_kilogram_amount": dice.choice(["", f"{dice.randrange(1, 999) / 100:.2f}"]),
        "valid_from": str(first),
        "valid_to": dice.choice(["", str(first + timedelta(days=dice.randrange(3)))]),
        "updated_at": dice.choice(["", "2019-05-01T00:00:00Z", "2019-05-02T00:00:00Z"]),
    }


def fineness(card: Card, side: str, place: tuple[str, str]) -> int | None:
    """How fine a card is at a place; None where it does not hold there."""
    names = [name for name in card[f"{side}_places"].split("|") if name]
    found = [NAMED[name][1] for name in names if NAMED[name][0] in place]
    return 0 if not names else max(found, default=None)


def by_hand(cards: list[Card], parcel: Parcel) -> Price:
    """What the cards say, looked up one by one."""
    band = ("platform_id", "merchant_code", "origin_places", "destination_places", "from_grams", "valid_from")

    def is_latest(card: Card) -> bool:
        return all(
            other["updated_at"] <= card["updated_at"]
            for other in cards
            if all(other[name] == card[name] for name in band)
        )

    fits: dict[tuple[bool, int], list[Card]] = {}
    for card in filter(is_latest, cards):
        own = bool(card["platform_id"])
        at = [fineness(card, "origin", parcel.origin), fineness(card, "destination", parcel.destination)]
        ends = card["valid_to"] or "9999"
        is_for = not own or parcel.merchant_id == f"jd:{card['merchant_code']}"
        if is_for and None not in at and card["valid_from"] <= str(parcel.picked_up_date) <= ends:
            fits.setdefault((own, sum(filter(None, at))), []).append(card)
    if not fits:
        return "no_card"
    grams = parcel.weight_grams or 0
    bands = [
        card for card in fits[max(fits)] if int(card["from_grams"]) < grams <= int(card["to_grams"] or 10**9)
    ]
    if len(bands) != 1:
        return "overlapping_bands" if bands else "no_band"
    [card] = bands
    begun = -(-max(0, grams - int(card["base_grams"])) // 1000)
    return Decimal(card["base_amount"]) + begun * Decimal(card["further_kilogram_amount"] or 0)


@pytest.mark.parametrize("seed", range(12))
def test_random_cards_price_as_one_who_looks_them_up(prices: Pricing, seed: int) -> None:
    dice = random.Random(seed)
    cards = [a_card(dice) for _ in range(dice.choice([6, 20, 40]))]
    text = io.StringIO()
    writer = csv.DictWriter(text, list(cards[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(cards)
    parcels = [
        Parcel(
            dice.choice([1, 500, 1000, 1001, 2000, 2001, 3000, 4000, 4001]),
            dice.choice([HANGZHOU, NINGBO, SHANGHAI, LHASA]),
            merchant_id=dice.choice(["jd:1", "jd:2", "jd:3", None]),
            origin=dice.choice([HANGZHOU, NINGBO, LHASA]),
            picked_up_date=DAY + timedelta(days=dice.randrange(-3, 6)),
        )
        for _ in range(1_000)
    ]
    expected = [by_hand(cards, parcel) for parcel in parcels]
    assert prices(text.getvalue(), parcels) == expected
    assert any(isinstance(price, Decimal) for price in expected)
    assert len(set(map(str, expected))) > 3


def test_real_price_lists_fit_the_contract_and_price_as_they_say(
    published: Published, real_data: Path, prices: Pricing
) -> None:
    """An economy courier's by province and weight; a premium one's by zone, some zones with two prices."""
    seed = pl.read_csv(published.settings.dbt_project / "seeds" / "provinces.csv", infer_schema=False)
    where = {
        name: ("", row["province_id"])
        for row in seed.rows(named=True)
        for name in (row["province_name_zh"], row["province_short_zh"])
    }
    # One city has a price of its own.
    where["深圳市"] = ("440300", "440000")
    grams = (pl.col("weight_kg") * 1000).round().cast(pl.Int64)
    before = grams.shift(1, fill_value=0).over("destination_province", order_by="weight_kg")
    economy = pl.read_csv(real_data / "rates" / "cn_parcel_prices.csv", schema_overrides={"median_rmb": str})
    economy = economy.select(
        courier_code=pl.lit("zto"),
        destination_places="destination_province",
        currency=pl.lit("CNY"),
        from_grams=before,
        to_grams=grams,
        base_grams=grams,
        base_amount="median_rmb",
        further_kilogram_amount=pl.lit("0"),
        valid_from=pl.lit("2019-01-01"),
    )
    zones = [HANGZHOU, NINGBO, SHANGHAI, LHASA]
    premium = pl.read_csv(real_data / "rates" / "cn_premium_prices.csv", infer_schema=False)
    premium = premium.select(
        courier_code=pl.lit("sf"),
        destination_places=pl.col("zone").replace(
            dict(zip("0123", [code for code, _ in zones], strict=True))
        ),
        currency=pl.lit("CNY"),
        from_grams=pl.col("from_kg").cast(pl.Int64) * 1000,
        to_grams=pl.col("to_kg").cast(pl.Int64) * 1000,
        base_grams=pl.col("base_kg").cast(pl.Int64) * 1000,
        base_amount="median_base_rmb",
        further_kilogram_amount="median_per_further_kg_rmb",
        valid_from=pl.lit("2019-01-01"),
    )
    expected: list[tuple[Parcel, Price]] = [
        (Parcel(row["to_grams"], where[row["destination_places"]]), Decimal(row["base_amount"]))
        for row in economy.rows(named=True)
    ]
    # By hand from the lists: a base price and each further kilogram from 3 kg on, of zones with one price.
    expected += [
        (Parcel(grams, zone, "sf"), "overlapping_bands") for grams in (1, 4000) for zone in zones[:2]
    ]
    expected += [
        (Parcel(2000, SHANGHAI, "sf"), Decimal(15)),
        (Parcel(3001, SHANGHAI, "sf"), Decimal("26.50")),
        (Parcel(3000, LHASA, "sf"), Decimal(30)),
        (Parcel(10_000, LHASA, "sf"), Decimal("98.50")),
        (Parcel(10_001, SHANGHAI), "no_band"),
    ]
    cards = pl.concat([economy, premium])
    assert prices(cards.write_csv(), [parcel for parcel, _ in expected]) == [price for _, price in expected]
    assert len(economy) > 200

"""Whatever a merchant asks for, and by whatever road, no row of another shop comes back."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from serving.access import Grant, Identity, RefusedError, grant
from serving.access_log import Entry, entries, note
from serving.benchmark import KEYS as BREAKDOWNS
from serving.dictionary import UnknownNameError
from serving.extract_kinds import KINDS
from serving.extracts import ExtractError, manifest, write_extract
from serving.published import Published
from serving.shop import OF_MERCHANTS, Shop, shops
from warehouse.row_files import search_in

TRIES = 10_000
NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
SHOP_COUNT = 30

Draw = random.Random

#: Table → its key, which no two merchants share.
KEYS = dict.fromkeys(OF_MERCHANTS, "waybill_id") | {"extract_order_lines": "order_line_id"}


@pytest.fixture(scope="module")
def small(serving: Published, tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The market's shops with the most rows, each cut to a few: ten thousand questions take seconds."""
    path = tmp_path_factory.mktemp("small") / "small.duckdb"
    path.write_bytes(serving.path.read_bytes())
    with duckdb.connect(str(path)) as connection:
        search_in(connection, serving.path.parent)
        connection.execute(
            "create temp table chosen as select merchant_id from extract_order_lines "
            f"group by all order by count(*) desc, merchant_id limit {SHOP_COUNT}"
        )
        views = {row[0] for row in connection.execute("select view_name from duckdb_views()").fetchall()}
        for table in OF_MERCHANTS:
            kind = "view" if table in views else "table"
            connection.execute(
                f"create temp table few as from {table} where merchant_id in (from chosen) "
                f"qualify row_number() over (partition by merchant_id order by {KEYS[table]}) <= 8"
            )
            connection.execute(f"drop {kind} {table}")
            connection.execute(f"create table {table} as from few")
            connection.execute("drop table few")
    made = Published(path)
    made._connection.execute("set threads = 1")  # a few rows each: threads would only wait for each other
    return made


@pytest.fixture(scope="module")
def owners(small: Published) -> dict[str, str]:
    """The merchant of every key that only its rows have, as the tables themselves say."""
    found: dict[str, str] = {}
    for table in OF_MERCHANTS:
        found |= dict(small.frame(f"select {KEYS[table]}, merchant_id from {table}").rows())
    return found


def some_user(draw: Draw, merchants: list[str]) -> tuple[Identity | None, frozenset[str]]:
    """A user of the file, or none of it, and the shops that are its own."""
    number = draw.randrange(SHOP_COUNT)
    ends_at = NOW + timedelta(hours=draw.choice([-20, 1, 1, 1]))
    user = draw.choice([f"m{number}", f"m{number}", f"m{number}", "stranger", f"M{number}", None])
    if user is None:
        return None, frozenset()
    is_known = user.startswith("m") and ends_at > NOW
    return Identity(user, ends_at), frozenset(owned(number, merchants) if is_known else ())


def owned(number: int, merchants: list[str]) -> list[str]:
    """The shops of a user: one or two, or (every fifth) none."""
    return [] if number % 5 == 0 else [merchants[number], merchants[number // 2]][: 1 + number % 2]


def some_merchant(draw: Draw, merchants: list[str], own: frozenset[str]) -> str:
    """A shop of one's own, another's, or what an attacker would write in its place."""
    any_one, mine = draw.choice(merchants), draw.choice(sorted(own)) if own else draw.choice(merchants)
    written = [
        *(f"{mine}' or '1'='1", f"{mine}%", "%", "", "*", "../" + any_one, f"{mine},{any_one}"),
        *(f"{mine}\x00{any_one}", any_one.upper(), f" {any_one}", "' union select 1 --"),
    ]
    return draw.choice([mine, mine, mine, any_one, any_one, draw.choice(written)])


def some_conditions(draw: Draw, merchants: list[str]) -> dict[str, Any]:
    """Conditions as a URL could make them, of other merchants among them."""
    others = {"merchant_id": draw.sample(merchants, 3)}
    return draw.choice(
        [
            {},
            others,
            {"courier_id": ["zto", None]},
            {**others, "courier_id": [None]},
            others,
            {},
            {"x": ["1"]},
        ]
    )


def rows(shop: Shop, draw: Draw, merchants: list[str]) -> pl.DataFrame:
    table = draw.choice(sorted(OF_MERCHANTS))
    key = KEYS[table]
    order = draw.choice([None, key, "merchant_id", "merchant_id; drop table builds"])
    return shop.rows(table, [key, "merchant_id"], some_conditions(draw, merchants), order)


def grouped(shop: Shop, draw: Draw, merchants: list[str]) -> pl.DataFrame:
    by = draw.choice([["merchant_id"], ["merchant_id", "waybill_id"], ["waybill_id"]])
    return shop.metrics(
        "mart_stalled_parcels", ["stalled_waybill_count"], by, some_conditions(draw, merchants)
    )


def of_another_table(shop: Shop, draw: Draw, merchants: list[str]) -> pl.DataFrame:
    table = draw.choice(["mart_merchant_time", "dim_merchants", "builds", "extract_waybills, dim_merchants"])
    return shop.rows(table, ["merchant_id"])


def market(shop: Shop, draw: Draw, merchants: list[str]) -> pl.DataFrame:
    """What is told of the market names no merchant, and is of the shop's own platform."""
    told = shop.market(draw.choice([*BREAKDOWNS]))
    assert "merchant_id" not in told.columns
    return told.clear()


def test_no_question_of_any_user_by_any_road_yields_a_foreign_row(
    small: Published, owners: dict[str, str], tmp_path: Path
) -> None:
    draw = random.Random(17)
    merchants = sorted(set(owners.values()))
    assert len(merchants) == SHOP_COUNT
    access, log = tmp_path / "access.toml", tmp_path / "log.sqlite"
    access.write_text(
        "".join(
            f'[users.m{n}]\nrole = "merchant"\nmerchants = {owned(n, merchants)}\n' for n in range(SHOP_COUNT)
        )
    )
    for merchant in merchants:
        note(log, Entry("someone", "download", "rows", merchant, "b", 1))

    def listed(asked: Grant, merchant: str) -> pl.DataFrame:
        return pl.DataFrame({"merchant_id": shops(small, asked)}, schema={"merchant_id": pl.String})

    def logged(asked: Grant, merchant: str) -> pl.DataFrame:
        return entries(log, asked, draw.choice([merchant, None]))

    def written(asked: Grant, merchant: str) -> pl.DataFrame:
        out = tmp_path / f"rows{draw.choice(['.csv', '.parquet'])}"
        write_extract(small.path, asked, merchant, draw.choice([*KINDS]), out)
        return pl.read_csv(out, infer_schema=False) if out.suffix == ".csv" else pl.read_parquet(out)

    def described(asked: Grant, merchant: str) -> pl.DataFrame:
        about = manifest(small, asked, merchant, draw.choice([*KINDS]))
        return pl.DataFrame({"merchant_id": [about["merchant_id"]]})

    def through_shop(ask: Callable[[Shop, Draw, list[str]], pl.DataFrame]) -> Callable[..., pl.DataFrame]:
        return lambda asked, merchant: ask(Shop(small, asked, merchant), draw, merchants)

    often = [
        listed,
        logged,
        described,
        *(through_shop(ask) for ask in (rows, grouped, market, of_another_table)),
    ]
    answered = refused = 0
    for number in range(TRIES):
        who, own = some_user(draw, merchants)
        merchant = some_merchant(draw, merchants, own)
        road = written if number % 100 == 0 else draw.choice(often)
        try:
            asked = grant(access, who, NOW)
            found = road(asked, merchant)
        except (RefusedError, ExtractError, UnknownNameError, LookupError):
            refused += 1
            continue
        answered += len(found) > 0
        for column in {"merchant_id", "order_line_id", "waybill_id"}.intersection(found.columns):
            of = set(found[column])
            assert {owners.get(key, key) for key in of} <= own, (who, merchant, road)
    assert answered > TRIES / 20
    assert refused > TRIES / 10

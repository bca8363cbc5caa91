"""One company is one courier, whatever a provider calls it; what is not certain is kept apart."""

import csv
import shutil
from pathlib import Path

import pytest
from reference.feeds import seed

from dbt_project.couriers.__main__ import make_couriers

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
PAIRS = Path(__file__).parent / "reference" / "courier_pairs.csv"
LISTS = ("17track", "kuaidi100", "kdniao")


@pytest.fixture(scope="module")
def codes() -> dict[tuple[str, str], str]:
    rows = seed("courier_codes").select("provider_id", "code", "courier_id").iter_rows()
    return {(provider, code): courier for provider, code, courier in rows}


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_hundred_pairs_of_codes_are_of_one_company_or_of_two_as_a_person_found(
    codes: dict[tuple[str, str], str],
) -> None:
    pairs = _rows(PAIRS)
    assert len(pairs) == 100
    differing = [
        pair
        for pair in pairs
        if (codes[pair["provider_id"], pair["code"]] == codes[pair["other_provider_id"], pair["other_code"]])
        != (pair["is_same"] == "true")
    ]
    assert differing == []


@pytest.mark.parametrize("provider", LISTS)
def test_at_least_95_in_100_codes_of_a_list_are_of_a_courier(
    provider: str, codes: dict[tuple[str, str], str], real_data: Path
) -> None:
    listed = {row["code"] for row in _rows(real_data / "couriers" / f"{provider}.csv")}
    known = {code for code in listed if codes.get((provider, code), "unknown") != "unknown"}
    assert len(known) / len(listed) >= 0.95


def test_every_courier_of_which_it_is_not_certain_names_the_other() -> None:
    couriers = seed("couriers")
    doubtful = couriers.drop_nulls("perhaps_courier_id")
    assert len(doubtful) > 50
    assert set(doubtful["perhaps_courier_id"]) <= set(couriers["courier_id"])
    assert doubtful.filter(perhaps_courier_id=doubtful["courier_id"]).is_empty()


def test_the_lists_make_the_seeds_that_stand(real_data: Path, tmp_path: Path) -> None:
    for name in ("couriers.csv", "courier_codes.csv"):
        shutil.copy(SEEDS / name, tmp_path)
    make_couriers(real_data / "couriers", tmp_path)
    for name in ("couriers.csv", "courier_codes.csv"):
        assert (tmp_path / name).read_text() == (SEEDS / name).read_text()

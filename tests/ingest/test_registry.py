"""A provider is whole: module, line in the registry, samples, row in README, seeds."""

import csv
import importlib
import json
from pathlib import Path

import pytest
from intake import SAMPLES

import ingest.providers
from ingest.provider import Provider
from ingest.providers import PROVIDERS

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in Path(ingest.providers.__file__).parent.glob("[a-z]*.py"))
#: These name no company: their couriers are numbers without a list.
ANONYMOUS = {"cainiao_msom2018", "epcis"}


def seed(name: str) -> list[dict[str, str]]:
    with (ROOT / "dbt_project" / "seeds" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def expected(provider: str) -> dict[str, list[dict[str, object]]]:
    rows: dict[str, list[dict[str, object]]] = json.loads(
        (SAMPLES / provider / "expected.json").read_text(encoding="utf-8")
    )
    return rows


@pytest.mark.parametrize("module", MODULES)
def test_a_module_holds_one_provider_and_the_registry_knows_it(module: str) -> None:
    declared = [
        value
        for value in vars(importlib.import_module(f"ingest.providers.{module}")).values()
        if isinstance(value, Provider)
    ]
    assert len(declared) == 1
    assert PROVIDERS[declared[0].provider_id] is declared[0]


def test_the_registry_has_no_other_provider() -> None:
    assert len(PROVIDERS) == len(MODULES)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_has_samples_and_what_is_expected_of_them(provider: str) -> None:
    samples = [path for path in (SAMPLES / provider).iterdir() if path.name != "expected.json"]
    assert samples
    assert sum(len(rows) for rows in expected(provider).values()) >= len(samples)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_provider_stands_in_the_readme_and_in_the_seed(provider: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert f"| {provider} | {PROVIDERS[provider].provider_name} |" in readme
    (row,) = [row for row in seed("providers") if row["provider_id"] == provider]
    assert row["source"]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_code_of_the_samples_has_a_meaning_in_the_seeds(provider: str) -> None:
    events = {row["code"] for row in seed("event_codes") if row["provider_id"] == provider}
    statuses = {row["code"] for row in seed("order_status_codes") if row["provider_id"] == provider}
    rows = expected(provider)
    sent = {str(row["event_code"]) for row in rows.get("waybill_events", []) if row["event_code"]}
    assert {code.split(".")[0] for code in sent} <= events
    assert {str(row["status_code"]) for row in rows.get("orders", [])} <= statuses


@pytest.mark.parametrize("provider", sorted(set(PROVIDERS) - ANONYMOUS))
def test_a_courier_of_the_samples_is_one_of_the_seeds(provider: str) -> None:
    known = {row["code"] for row in seed("courier_codes") if row["provider_id"] == provider}
    rows = expected(provider)
    sent = {row["courier_code"] for name in ("waybills", "waybill_events") for row in rows.get(name, [])}
    assert not sent or sent & known


def test_no_code_is_declared_for_a_provider_that_is_not_there() -> None:
    declared = {row["provider_id"] for name in ("event_codes", "courier_codes") for row in seed(name)}
    assert declared <= set(PROVIDERS)

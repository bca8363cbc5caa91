"""A user's import rules and exchange rates: how they are read, and what they make of amounts."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner

from commands.cli import app
from warehouse.errors import WaymartError
from warehouse.import_rules import Entry, ImportRules
from warehouse.settings import Settings


def _rules(folder: Path, rules: str = "", rates: str = "") -> ImportRules:
    """Return the rules with a user's rows, each file's first line being its columns."""
    for name, text in (("import_rules", rules), ("exchange_rates", rates)):
        if text:
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return ImportRules(Settings(home=folder))


def _entry(to: str, currency: str, value: str, day: date, **more: Any) -> Entry:
    return Entry(
        destination_country_code=to,
        origin_country_code="CN",
        currency=currency,
        goods_amount=Decimal(value),
        entry_date=day,
        **more,
    )


def test_a_charge_in_another_currency_is_not_added_without_a_rate(tmp_path: Path) -> None:
    flat = (
        "destination,kind,basis,exempt_up_to,currency,fixed_fee,fee_per,valid_from\n"
        "JP,duty,parcel,0,EUR,3.00,parcel,2020-01-01\n"
        "JP,tax,parcel,0,USD,1.00,parcel,2020-01-01\n"
    )
    entry = _entry("JP", "USD", "100.00", date(2022, 1, 15), freight_amount=Decimal(10))
    rules = _rules(tmp_path, flat)
    assert [row["charge_amount"] for row in rules.charges(entry)][:2] == [3, 1]
    landed = rules.landed_cost()
    assert (landed["landed_cost_amount"], landed["missing"]) == (None, "duty: exchange_rate")
    rules = _rules(tmp_path, flat, "from_currency,to_currency,rate,valid_from\nEUR,USD,1.25,2022-01-01\n")
    rules.charges(entry)
    # 100 + 10 + 3.00 euros at 1.25 = 3.75, + 1.00
    assert rules.landed_cost()["landed_cost_amount"] == Decimal("114.75")


def test_an_amount_a_trifle_above_a_threshold_is_above_it_in_another_currency_too(tmp_path: Path) -> None:
    rules = _rules(tmp_path, rates="from_currency,to_currency,rate,valid_from\nEUR,HUF,400,2022-01-01\n")
    day = date(2022, 1, 15)
    at, above = (rules.charges(_entry("BE", "HUF", value, day))[0] for value in ("60000.00", "60000.01"))
    assert (at["charge_amount"], above["charge_amount"]) == (0, None)  # 150 euros, and 150.000025


def test_the_latest_rate_counts_then_a_users_then_the_one_told_as_it_is_needed(tmp_path: Path) -> None:
    rates = "from_currency,to_currency,rate,valid_from\n"
    rates += "EUR,USD,1.00,2022-01-01\nUSD,EUR,0.50,2022-01-01\nUSD,EUR,0.80,2022-01-10\n"
    rules = _rules(tmp_path, rates=rates)
    taxes = [
        rules.charges(_entry("BE", "USD", "100.00", date(2022, 1, day)))[1]["charge_amount"]
        for day in (9, 10)
    ]
    assert taxes == [Decimal("10.50"), Decimal("16.80")]  # 0.21 x 50.00, and x 80.00


def test_rows_that_have_no_name_or_one_name_are_told_apart(tmp_path: Path) -> None:
    rules = _rules(
        tmp_path,
        "rule_id,destination,tariff_heading,kind,basis,exempt_up_to,currency,rate_percent,valid_from\n"
        ",US,61.09,duty,goods_value,0,USD,16.5,2024-01-01\n"
        ",US,6110,duty,goods_value,0,USD,10,2024-01-01\n"
        "us_duty_2016,US,9503,duty,goods_value,0,USD,5,2024-01-01\n",
    )

    def asked(heading: str) -> dict[str, Any]:
        rows = rules.charges(_entry("US", "USD", "100", date(2024, 2, 1), tariff_headings=(heading,)))
        assert [row["kind"] for row in rows] == ["duty", "tax", "fee"]
        return rows[0]

    told = [asked(heading) for heading in ("6109.10", "611020", "950300", "640299")]
    assert [row["charge_amount"] for row in told] == [Decimal("16.50"), 10, 5, 0]
    assert len({row["rule_id"] for row in told}) == 4


def test_in_the_month_of_a_change_only_what_holds_on_all_its_days_is_known(tmp_path: Path) -> None:
    rules = _rules(
        tmp_path,
        "destination,kind,basis,exempt_up_to,currency,rate_percent,valid_from,valid_to,date_precision\n"
        # Raised in May 2022, one day or another.
        "JP,duty,goods_value,30,JPY,10,2020-01-01,2022-05-20,month\n"
        "JP,duty,goods_value,150,JPY,10,2022-05-20,,month\n"
        # Ends in 2022 and nothing is known of what comes after.
        "KR,duty,goods_value,150,KRW,10,2020-01-01,2022-06-30,year\n",
    )

    def duty(to: str, currency: str, value: str, *days: tuple[int, int]) -> list[Decimal | None]:
        asked = rules.charges(*(_entry(to, currency, value, date(2022, *day)) for day in days))
        return [row["charge_amount"] for row in asked if row["kind"] == "duty"]

    around = ((4, 30), (5, 1), (5, 31), (6, 1))
    assert duty("JP", "JPY", "30", *around) == [0, 0, 0, 0]
    assert duty("JP", "JPY", "100", *around) == [10, None, None, 0]
    assert duty("JP", "JPY", "200", *around) == [20, None, None, 20]
    assert duty("KR", "KRW", "100", (1, 1), (12, 31)) == [None, None]
    unknown = rules.charges(_entry("JP", "JPY", "100", date(2022, 5, 1)))[0]
    assert (unknown["missing"], unknown["is_exempt"]) == ("day_of_change", None)


@pytest.mark.parametrize("row", ["parcels", "subheading"])
def test_a_fee_is_per_something_that_is_known(tmp_path: Path, row: str) -> None:
    with pytest.raises(WaymartError, match=f"fee_per is '{row}'"):
        _rules(
            tmp_path,
            "destination,kind,basis,currency,fixed_fee,fee_per,valid_from\n"
            f"BE,fee,parcel,EUR,3.00,{row},2022-01-01\n",
        )


def test_the_command_reads_a_value_in_the_countrys_own_currency(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    asked = ["rules", "--to", "GB", "--from", "CN", "--on", "2020-12-31", "--value", "15", "--json"]
    told = json.loads(CliRunner().invoke(app, asked).stdout)
    assert told["entry"]["currency"] == "GBP"
    assert (told["duty_amount"], told["tax_amount"]) == (0, 0)
    # What came of the union's rules after Britain had left is not Britain's.
    assert [change["rule_id"] for change in told["changes"]] == ["gb_tax_2021", "gb_duty_announced"]


@pytest.mark.parametrize("channel", ["any", "ANY", ""])
def test_any_channel_is_none_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channel: str
) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    asked = ["rules", "--to", "US", "--from", "CN", "--on", "2025-05-05", "--value", "50", "--json"]
    told = json.loads(CliRunner().invoke(app, [*asked, "--channel", channel]).stdout)
    assert told["charges"][0]["missing"] == "channel"


def test_a_channel_that_no_rule_knows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    asked = ["rules", "--to", "US", "--on", "2025-05-05", "--value", "50", "--channel", "postal"]
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code != 0
    assert "express, post" in str(refused.exception)


def test_what_if_an_announced_rule_came_only_parcels_that_enter_after_it_differ(tmp_path: Path) -> None:
    """Three parcels into Belgium around the change, of two subheadings each, and one into Britain."""
    entered = [("BE", "2024-05-09"), ("BE", "2024-05-10"), ("BE", "2024-05-11"), ("GB", "2024-05-11")]
    settings = Settings(home=tmp_path)
    with duckdb.connect(str(settings.warehouse)) as warehouse:
        warehouse.execute(
            "create schema core; create table core.fct_border_crossings (waybill_id varchar, "
            "destination_country_code varchar, origin_country_code varchar, entry_channel varchar, "
            "seller_scheme varchar, tariff_subheading varchar, declared_currency varchar, declared_amount "
            "decimal(18, 2), freight_amount decimal(18, 2), subheading_count bigint, entry_date date)"
        )
        for place, (country, day) in enumerate(entered):
            warehouse.execute(
                "insert into core.fct_border_crossings values "
                "(?, ?, 'CN', 'post', null, null, ?, 100, 10, 2, ?)",
                [str(place), country, "EUR" if country == "BE" else "GBP", day],
            )
    file = tmp_path / "announced.csv"
    file.write_text(
        "destination,kind,basis,applies_up_to,currency,fixed_fee,fee_per,valid_from,status\n"
        "EU,duty,tariff_heading,150,EUR,3.00,tariff subheading and parcel,2024-05-10,announced\n",
        encoding="utf-8",
    )
    belgian, british = ImportRules(settings).what_if(file)
    assert (belgian["crossing_count"], belgian["changed_count"]) == (3, 2)
    assert belgian["first_changed_entry_date"] == date(2024, 5, 10)
    assert belgian["last_changed_entry_date"] == date(2024, 5, 11)
    # Each 100 + 10 + 21% of 100; then of two 2 x 3.00 more.
    assert (belgian["landed_cost_amount"], belgian["landed_cost_amount_then"]) == (393, 405)
    assert (british["changed_count"], british["landed_cost_amount_then"]) == (0, 130)

"""Import rules by cases that were worked by hand from the words of their sources (`import_cases.csv`)."""

import csv
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from commands.cli import app
from warehouse.errors import WaymartError
from warehouse.import_rules import KINDS, Entry, ImportRules
from warehouse.settings import Settings

with Path(__file__).with_name("import_cases.csv").open(encoding="utf-8", newline="") as file:
    CASES = list(csv.DictReader(file))
SEEDS = Settings(home=Path()).dbt_project / "seeds"
DAY, CENT = timedelta(days=1), Decimal("0.01")

#: The columns of the list that users know, without those of ours.
LIST = (
    "destination,origin,channel,scheme,kind,basis,exempt_up_to,currency,rate_percent,fixed_fee,fee_per,"
    "valid_from,valid_to,date_precision,status,confidence,source\n"
)


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> ImportRules:
    return ImportRules(Settings(home=tmp_path_factory.mktemp("home")))


def _entry(case: dict[str, str]) -> Entry:
    return Entry(
        destination_country_code=case["to"] or None,
        origin_country_code=case["from"] or None,
        channel=case["channel"] or None,
        scheme=case["scheme"] or None,
        tariff_headings=tuple(case["headings"].split("|")) if case["headings"] else None,
        currency=case["currency"] or None,
        goods_amount=Decimal(case["value"]) if case["value"] else None,
        item_count=int(case["items"]) if case["items"] else None,
        entry_date=date.fromisoformat(case["on"]),
    )


def _told(charge: dict[str, object]) -> str:
    """Return an amount as the cases write it: ? is not known, a|b one of two."""
    if charge["charge_amount"] is not None:
        return str(charge["charge_amount"])
    bounds = (charge["least_amount"], charge["most_amount"])
    return "?" if None in bounds else "|".join(map(str, bounds))


def _rules() -> list[dict[str, str]]:
    with (SEEDS / "import_rules.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _cases_of(rule: dict[str, str]) -> list[dict[str, str]]:
    """Return the cases of the rule's place, origin, channel and scheme, on whatever day."""
    with (SEEDS / "trade_areas.csv").open(encoding="utf-8", newline="") as file:
        members = {row["country_code"] for row in csv.DictReader(file) if not row["valid_to"]}
    return [
        case
        for case in CASES
        if case["to"] in (members if rule["destination"] == "EU" else {rule["destination"]})
        and rule["origin"] in ("", case["from"])
        and rule["channel"] in ("any", case["channel"])
        and rule["scheme"] in ("", case["scheme"])
    ]


def test_there_are_cases_on_the_days_around_every_change() -> None:
    assert len(CASES) >= 60
    for rule in _rules():
        days = {date.fromisoformat(case["on"]) for case in _cases_of(rule)}
        changes = [date.fromisoformat(rule["valid_from"])]
        changes += [date.fromisoformat(rule["valid_to"]) + DAY] if rule["valid_to"] else []
        for change in changes:
            assert {change - DAY, change, change + DAY} <= days, (rule["rule_id"], change)


def test_there_are_cases_a_cent_around_every_threshold_by_post_and_express() -> None:
    for rule in _rules():
        in_force = [
            case
            for case in _cases_of(rule)
            if case["currency"] == rule["currency"]
            and rule["valid_from"] <= case["on"] <= (rule["valid_to"] or "9999")
        ]
        values = {Decimal(case["value"]) for case in in_force if case["value"]}
        for name in ("exempt_up_to", "applies_up_to", "collected_at_sale_up_to"):
            if limit := Decimal(rule[name] or 0):
                assert {limit - CENT, limit, limit + CENT} <= values, (rule["rule_id"], name)
        ways = {"post", "express"} if rule["channel"] == "any" else {rule["channel"]}
        assert ways <= {case["channel"] for case in in_force}, rule["rule_id"]
        if rule["collected_at_sale_up_to"] and not rule["scheme"]:
            assert len({bool(case["scheme"]) for case in in_force}) == 2, rule["rule_id"]


@pytest.mark.parametrize("what", ["to", "from", "value", "currency", "channel", "headings", "items"])
def test_there_are_cases_that_do_not_tell(what: str) -> None:
    assert any(not case[what] for case in CASES)


@pytest.fixture(scope="module")
def charges(rules: ImportRules) -> list[list[dict[str, object]]]:
    """What is taken of each case: duty, tax and fee."""
    every = rules.charges(*map(_entry, CASES))
    return [every[row : row + len(KINDS)] for row in range(0, len(every), len(KINDS))]


@pytest.mark.parametrize(
    "row",
    range(len(CASES)),
    ids=["-".join((case["to"], case["on"], case["value"], case["channel"])) for case in CASES],
)
def test_what_is_taken_is_what_was_worked_by_hand(charges: list[list[dict[str, object]]], row: int) -> None:
    case = CASES[row]
    assert [charge["kind"] for charge in charges[row]] == list(KINDS)
    told = [_told(charge) for charge in charges[row]]
    assert told == [case[kind] for kind in KINDS], case["worked"]
    if case["is_at_sale"]:
        at_sale = {True: "true", False: "false", None: "?"}[charges[row][1]["is_collected_at_sale"]]  # type: ignore[index]
        assert at_sale == case["is_at_sale"], case["worked"]


def test_what_is_not_known_says_what_it_lacks(charges: list[list[dict[str, object]]]) -> None:
    for case, row in zip(CASES, charges, strict=True):
        for charge in row:
            assert (charge["missing"] is None) == (charge["charge_amount"] is not None), case["worked"]


def test_an_unknown_country_or_day_is_never_free(rules: ImportRules) -> None:
    of_nowhere = Entry(destination_country_code=None, goods_amount=Decimal(1), currency="EUR")
    assert [charge["missing"] for charge in rules.charges(of_nowhere)] == ["destination"] * 3
    of_no_day = Entry(destination_country_code="BE", goods_amount=Decimal(1), currency="EUR")
    assert [charge["missing"] for charge in rules.charges(of_no_day)] == ["entry_date"] * 3


def test_a_users_rule_takes_the_place_of_ours_or_stands_beside_it(tmp_path: Path) -> None:
    (tmp_path / "import_rules.csv").write_text(
        LIST
        + "BE,,any,,tax,goods_value,0.00,EUR,6,,,2021-07-01,,day,in_force,R,the place of ours\n"
        + "JP,,any,,duty,goods_and_freight,100.00,JPY,10,5.00,parcel,2020-01-01,,day,in_force,R,beside ours\n"
        + "NL,,any,,tax,goods_value,0.00,EUR,9,,,2030-01-01,,day,announced,S,not yet\n"
        + "ES,,any,,tax,goods_value,0.00,EUR,21,,,2021-07-01,,day,withdrawn,S,not at all\n",
        encoding="utf-8",
    )
    rules = ImportRules(Settings(home=tmp_path))

    def told(country: str, currency: str, value: str, day: date, freight: str | None = None) -> list[str]:
        entry = Entry(
            destination_country_code=country,
            currency=currency,
            goods_amount=Decimal(value),
            freight_amount=Decimal(freight) if freight else None,
            entry_date=day,
        )
        return [_told(charge) for charge in rules.charges(entry)]

    assert told("BE", "EUR", "100", date(2022, 1, 1)) == ["0.00", "6.00", "?"]  # 0.06 x 100
    assert told("JP", "JPY", "60", date(2022, 1, 1), "40") == ["0.00", "?", "?"]  # 60 + 40 is at 100
    assert told("JP", "JPY", "60", date(2022, 1, 1), "41") == ["15.10", "?", "?"]  # 0.10 x 101 + 5
    assert told("JP", "JPY", "60", date(2022, 1, 1)) == ["?", "?", "?"]  # freight not told
    assert told("NL", "EUR", "100", date(2031, 1, 1)) == ["?", "21.00", "?"]  # announced is not in force
    assert told("ES", "EUR", "100", date(2022, 1, 1)) == ["0.00", "?", "?"]  # withdrawn


def test_a_rule_of_goods_comes_before_one_of_their_origin(tmp_path: Path) -> None:
    file = tmp_path / "goods.csv"
    file.write_text(
        LIST.replace("scheme,", "scheme,tariff_heading,")
        + "US,,any,,6109,duty,goods_value,0.00,USD,16.5,,,2025-05-02,,day,in_force,R,of goods\n",
        encoding="utf-8",
    )
    rules = ImportRules(Settings(home=tmp_path), file)

    def duty(*headings: str) -> str:
        entry = Entry(
            destination_country_code="US",
            origin_country_code="CN",
            channel="express",
            tariff_headings=headings or None,
            currency="USD",
            goods_amount=Decimal(200),
            entry_date=date(2025, 6, 1),
        )
        return _told(rules.charges(entry)[0])

    assert duty("6109.10") == "33.00"  # 0.165 x 200
    assert duty("640299") == "?"  # China's rule, without a rate
    assert duty("610910", "640299") == "?"  # how much of the value is which is not told
    assert duty() == "?"


def test_amounts_are_exchanged_at_a_published_rate_either_way_round(tmp_path: Path) -> None:
    rates = tmp_path / "exchange_rates.csv"
    rates.write_text(
        "from_currency,to_currency,rate,valid_from,valid_to,source\n"
        "EUR,USD,1.25,2022-01-01,2022-01-31,written for this test\n"
        "CNY,EUR,0.125,2022-01-01,,written for this test\n",
        encoding="utf-8",
    )
    rules = ImportRules(Settings(home=tmp_path))

    def told(currency: str, value: str, day: date) -> list[str]:
        entry = Entry(
            destination_country_code="BE", currency=currency, goods_amount=Decimal(value), entry_date=day
        )
        return [_told(charge) for charge in rules.charges(entry)]

    assert told("USD", "187.50", date(2022, 1, 31)) == ["0.00", "31.50", "?"]  # 150.00 euros: at the relief
    assert told("USD", "187.51", date(2022, 1, 31)) == ["?", "31.50", "?"]  # 150.008 euros; 0.21 x = 31.50168
    assert told("USD", "187.50", date(2022, 2, 1)) == ["?", "?", "?"]  # the rate was published for January
    assert told("CNY", "800", date(2022, 6, 1)) == ["0.00", "21.00", "?"]  # 100.00 euros
    assert told("CNY", "800", date(2021, 12, 31)) == ["?", "?", "?"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LIST.replace("kind", "sort"), "no column is called sort"),
        (LIST + "BE,,any,,duties,goods_value,0,EUR,6,,,2021-07-01,,day,in_force,R,x\n", "kind is 'duties'"),
        (LIST + "BE,,any,,tax,goods_value,nil,EUR,6,,,2021-07-01,,day,in_force,R,x\n", "nil"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_is_wrong(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "rules.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(WaymartError, match=said):
        ImportRules(Settings(home=tmp_path), file)


def test_the_command_tells_people_and_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    asked = [
        "rules",
        "--to",
        "be",
        "--from",
        "CN",
        "--on",
        "2026-07-01",
        "--value",
        "150",
        "--scheme",
        "IOSS",
    ]
    asked += ["--heading", "610910,620442", "--freight", "10"]
    told = json.loads(CliRunner().invoke(app, [*asked, "--json"]).stdout)
    assert (told["duty_amount"], told["tax_amount"], told["fee_amount"]) == (6.0, 31.5, None)
    assert told["landed_cost_amount"] == 197.5  # 150 + 10 + 6 + 31.50; no rule takes a fee
    assert told["landed_cost_currency"] == "EUR"
    assert [charge["rule_id"] for charge in told["charges"]] == ["eu_duty_2026", "be_tax_2021", None]
    said = CliRunner().invoke(app, asked).stdout
    assert "3.00 EUR per tariff subheading and parcel × 2" in said
    assert "Council decision" in said
    assert "from memory" in said
    assert "Landed cost: 197.50 EUR" in said


def test_a_landed_cost_names_what_it_lacks(rules: ImportRules) -> None:
    entry = Entry(
        destination_country_code="FR",
        currency="EUR",
        goods_amount=Decimal(50),
        entry_date=date(2026, 3, 1),
    )
    rules.charges(entry)
    landed = rules.landed_cost()
    assert landed["landed_cost_amount"] is None
    assert landed["missing"] == "freight, tax: rule, fee: items"

"""The commands about parcels that cross a border: ``rules`` and ``what-if rules``."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Any

import typer

from warehouse.errors import WaymartError
from warehouse.settings import Settings

group = typer.Typer()
what_if = typer.Typer(help="Tell what would have been, had something been otherwise.", no_args_is_help=True)
group.add_typer(what_if, name="what-if")


@group.command(epilog="Example: `waymart rules --to BE --from CN --on 2021-07-01 --value 22 --scheme ioss`")
def rules(
    to: Annotated[str, typer.Option(help="Country where it enters, as ISO 3166-1 (BE).")],
    on: Annotated[datetime, typer.Option(help="Day of entry there.", formats=["%Y-%m-%d"])],
    origin: Annotated[str | None, typer.Option("--from", help="Country it comes from.")] = None,
    value: Annotated[str | None, typer.Option(help="What the goods are worth.")] = None,
    currency: Annotated[
        str | None, typer.Option(help="Of value and freight; without it, the currency of the rules.")
    ] = None,
    channel: Annotated[str | None, typer.Option(help="How it enters: post or express.")] = None,
    scheme: Annotated[
        str | None, typer.Option(help="By which its seller collected the tax at sale: ioss.")
    ] = None,
    heading: Annotated[
        list[str] | None, typer.Option(help="Tariff headings of the goods; repeat it, or commas.")
    ] = None,
    freight: Annotated[str | None, typer.Option(help="What its carriage costs.")] = None,
    items: Annotated[int | None, typer.Option(min=1, help="How many items are in it.")] = None,
    rules_file: Annotated[
        Path | None, typer.Option("--rules", help="Rules beside ours; without it, import_rules.csv of home.")
    ] = None,
    rates_file: Annotated[
        Path | None, typer.Option("--rates", help="Exchange rates; without it, exchange_rates.csv of home.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell which import rules hold for a parcel, what is taken of it, why, and how sure that is.

    What is not known stays unknown: a rule that does not say its rate gives no amount, and neither does a
    parcel whose origin or way is not told where a rule asks for it.
    """
    import json

    from commands.console import print_rules
    from warehouse.import_rules import Entry, ImportRules

    known = ImportRules(Settings.from_environment(), rules_file, rates_file)
    country, day = _code(to), on.date()
    assert country is not None
    if currency is None:
        spoken = known.currencies(country, day)
        currency = spoken[0] if len(spoken) == 1 else None
    headings = tuple(code.strip() for text in heading or () for code in text.split(",") if code.strip())
    entry = Entry(
        destination_country_code=country,
        origin_country_code=_code(origin),
        channel=_way(channel, known.channels()),
        scheme=_word(scheme),
        tariff_headings=headings or None,
        currency=_code(currency),
        goods_amount=_amount("value", value),
        freight_amount=_amount("freight", freight),
        item_count=items,
        entry_date=day,
    )
    charges = [{**charge, "why": _why(charge)} for charge in known.charges(entry)]
    landed = known.landed_cost()
    told = {
        "entry": {**vars(entry), "tariff_subheadings": entry.subheadings()},
        **{f"{charge['kind']}_amount": charge["charge_amount"] for charge in charges},
        "landed_cost_amount": landed["landed_cost_amount"],
        "landed_cost_currency": landed["currency"],
        "landed_cost_missing": landed["missing"],
        "charges": charges,
        "changes": known.changes(country, day),
    }
    if as_json:
        print(json.dumps(told, ensure_ascii=False, indent=2, default=_plain))
    else:
        print_rules(told)


@what_if.command("rules", epilog="Example: `waymart what-if rules flat_duty.csv`")
def what_if_rules(
    file: Annotated[
        Path, typer.Argument(help="Rules as rows of the seed import_rules; missing columns: empty.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what the parcels of the last build would cost, were the rules of a file in force.

    Only parcels that enter on days for which the file says something else can differ.
    """
    import json

    from commands.console import out, table
    from warehouse.import_rules import ImportRules

    found = ImportRules(Settings.from_environment()).what_if(file)
    if as_json:
        print(json.dumps(found, ensure_ascii=False, indent=2, default=_plain))
        return
    columns = list(found[0]) if found else []
    words = [name.removesuffix("_code").removesuffix("_count").replace("_", " ") for name in columns]
    out.print(table("What if", words, [list(row.values()) for row in found]))


#: What is said of an amount that is not known, by what it lacks.
_MISSING = {
    "destination": "not known: the destination is not told",
    "entry_date": "not known: the day of entry is not told",
    "rule": "not known: no rule of that day is known here",
    "origin": "not known: where it comes from is not told, and a rule asks for it",
    "channel": "not known: whether by post or express is not told, and a rule asks for it",
    "tariff_heading": "not known: one heading for all goods is not told, and a rule asks for it",
    "value": "not known: the value is not told",
    "currency": "not known: the currency is not told",
    "freight": "not known: the rule looks at goods with freight, and the freight is not told",
    "exchange_rate": "not known: no exchange rate of that day is known here",
    "day_of_change": "not known: the rule changed within that month, and the day is not known",
    "rate": "due, but not known how much: the rate is not in the rules",
    "items": "due per item: how many are in it is not told",
    "tariff_headings": "due per tariff subheading: these are not told",
    "choice": "one of two amounts: which, the carrier chooses",
}


def _why(charge: dict[str, Any]) -> str:
    """Return in words how the amount came about."""
    if charge["missing"] is not None:
        return _MISSING[charge["missing"]]
    currency = charge["currency"]
    if charge["is_exempt"]:
        return f"exempt: {charge['compared_amount']:.2f} is at or below {charge['exempt_up_to']} {currency}"
    if charge["applies_up_to"] is not None and charge["compared_amount"] > charge["applies_up_to"]:
        return f"not taken above {charge['applies_up_to']} {currency}"
    parts = []
    if charge["rate_percent"] is not None:
        parts.append(f"{charge['rate_percent'].normalize():f}% of {charge['compared_amount']:.2f} {currency}")
    if charge["fixed_fee"] is not None:
        parts.append(f"{charge['fixed_fee']} {currency} per {charge['fee_per']} × {charge['fee_count']}")
    return (" or " if charge["is_either"] else " + ").join(parts)


def _code(text: str | None) -> str | None:
    return text.strip().upper() or None if text is not None else None


def _word(text: str | None) -> str | None:
    return text.strip().lower() or None if text is not None else None


def _way(text: str | None, known: list[str]) -> str | None:
    word = _word(text)
    if word in (None, "any") or word in known:
        return None if word == "any" else word
    raise WaymartError(f"--channel {text!r}: no rule knows it; it may be one of {', '.join(known)}.")


def _amount(name: str, text: str | None) -> Decimal | None:
    if text is None or not text.strip():
        return None
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise WaymartError(f"--{name} {text!r} is not a number: write it like 149.99.") from error
    if not amount.is_finite() or amount < 0 or amount != round(amount, 2):
        raise WaymartError(f"--{name} {text!r}: write an amount of at most two decimals, not below 0.")
    return amount


def _plain(value: object) -> object:
    """Return what JSON does not know as it does."""
    return float(value) if isinstance(value, Decimal) else str(value)

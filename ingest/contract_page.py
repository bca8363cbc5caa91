"""Writes the contract for people: what a file of our own format holds, straight from the code."""

from ingest.contract import CONTRACT, REASONS, Entity, Type
from ingest.providers import PROVIDERS

#: How a value of each type is written in CSV and JSON.
_WRITTEN: dict[Type, str] = {
    "text": "text",
    "texts": "list; in CSV separated by `|`",
    "masked": "text",
    "pseudonym": "text, stored keyed",
    "currency": "code in capitals, `CNY`",
    "timestamp": "time with its zone, `2018-11-11T00:00:03+08:00`",
    "date": "`2018-11-11`",
    "amount": "decimal, two places",
    "count": "whole number",
    "boolean": "`true` or `false`",
}


def _entity_section(entity: Entity) -> list[str]:
    rows = [
        f"| {'**' + c.name + '**' if c.required else c.name} | {_WRITTEN[c.type]} | {c.meaning} |"
        for c in entity.columns
    ]
    head = ["| Column | Written as | Means |", "| --- | --- | --- |"]
    return [f"## {entity.name}", "", f"One row per {entity.grain}.", "", *head, *rows, ""]


def document_contract() -> str:
    """Return the contract as Markdown: one table for each entity, required columns in bold."""
    return "\n".join(line for entity in CONTRACT for line in _entity_section(entity))


def document_reasons() -> str:
    """Return the reasons of the quarantine as a Markdown table."""
    rows = [f"| {reason} | {meaning} |" for reason, meaning in REASONS.items()]
    return "\n".join(["| Reason | Means |", "| --- | --- |", *rows, ""])


def document_page() -> str:
    """Return the page of the contract, `ingest/contract.md`; `make docs` writes it."""
    return "\n".join(
        [
            "# The contract",
            "",
            "What a file of provider `waymart` holds, and the shape to which every other one is brought.",
            "A file, or its folder, is named by the entity with which its name begins: `orders.csv`,",
            "`waybills-2019-06.jsonl.gz`, `waybill_events/part-1.parquet`. Columns in **bold** are required,",
            "the others may be left out.",
            "",
            document_contract(),
            "## Quarantine",
            "",
            "A row that does not fit goes to `raw.quarantine` with its reason, field, file and line:",
            "",
            document_reasons(),
        ]
    )


def document_providers() -> str:
    """Return the providers as a Markdown table, with what confirms each adapter."""
    rows = [
        f"| {p.provider_id} | {p.provider_name} | {p.time_zone or 'in each time'} | {p.confirmed_by} |"
        for p in PROVIDERS.values()
    ]
    return "\n".join(
        ["| Provider | Name | Time zone | Confirmed by |", "| --- | --- | --- | --- |", *rows, ""]
    )


if __name__ == "__main__":
    print(document_page(), end="")

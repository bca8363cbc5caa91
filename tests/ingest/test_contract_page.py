"""What is written about the contract comes from the contract."""

from datetime import UTC, datetime
from pathlib import Path

import ingest
from ingest.contract import CONTRACT, REASONS
from ingest.contract_page import document_contract, document_page, document_providers, document_reasons
from ingest.judging.judge import judge
from ingest.providers import PROVIDERS


def test_every_column_of_every_entity_is_documented() -> None:
    written = document_contract()
    for entity in CONTRACT:
        section = written.split(f"## {entity.name}\n")[1].split("\n## ")[0]
        cells = [line.split("|")[1].strip(" *") for line in section.splitlines() if line.startswith("|")]
        assert cells[2:] == [column.name for column in entity.columns]


def test_every_provider_is_documented_with_what_confirms_it() -> None:
    for provider in PROVIDERS.values():
        assert f"| {provider.provider_id} |" in document_providers()
        assert provider.confirmed_by in document_providers()


def test_the_reasons_are_a_closed_list_and_every_one_can_be_given() -> None:
    given = {"wrong_encoding", "record_too_long", "set_aside_by_hand"}
    for entity in CONTRACT:
        names = {column.name: column.name for column in entity.columns}
        types = dict.fromkeys(names, "VARCHAR")
        faults = judge(entity, names, types, None, loaded_at=datetime.now(UTC)).faults
        given |= {reason for reason, _ in faults}
    assert given == set(REASONS)
    assert all(f"| {reason} |" in document_reasons() for reason in REASONS)


def test_the_page_in_the_tree_is_the_one_the_code_writes() -> None:
    page = Path(ingest.__file__).with_name("contract.md").read_text(encoding="utf-8")
    assert page == document_page(), "run make docs"

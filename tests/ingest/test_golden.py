"""Each provider's samples, written for this project in the documented shape, give the whole expected rows."""

import hashlib
import hmac
import json
import re

import duckdb
import pytest
from intake import KEY, SAMPLES, contents

from ingest.contract import CONTRACT
from ingest.finding.find import find_files
from ingest.loading.load import load_file
from ingest.providers import PROVIDERS

#: What a user must say of the samples.
OPTIONS = {"lade": {"year": "2022"}}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_samples_of_a_provider_give_the_expected_rows(
    provider: str, connection: duckdb.DuckDBPyConnection
) -> None:
    folder = SAMPLES / provider
    findings = find_files(provider, [folder])
    assert {i.path.name for i in findings.ignored} <= {"expected.json"}
    for found in findings.files:
        if found.path.name != "expected.json":
            load_file(connection, provider, found.path, pseudonym_key=KEY, options=OPTIONS.get(provider))
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    text = json.dumps(expected, ensure_ascii=False)
    # A pseudonym is written as keyed(platform:code): worked out here, by the standard library.
    for message in re.findall(r"keyed\(([^)]*)\)", text):
        text = text.replace(f"keyed({message})", hmac.new(KEY, message.encode(), hashlib.sha256).hexdigest())
    found_rows = {e.name: rows for e in CONTRACT if (rows := contents(connection, e.name))}
    assert found_rows == {
        entity: sorted(rows, key=lambda row: [(v is None, str(v)) for v in row.values()])
        for entity, rows in json.loads(text).items()
    }
    assert connection.sql("from raw.quarantine").fetchall() == []

"""Payloads of trackers, spoiled at random: 5,250 of them neither stop a load nor go unaccounted for."""

import copy
import json
import random
import secrets
from pathlib import Path
from typing import Any

import duckdb
import pytest
from intake import KEY
from test_scans import TRACKERS, documents

from ingest.loading.load import load_file

MUTANTS = 350
VALUES: tuple[Any, ...] = (
    *(None, True, 7, -1, 1e300, 10**30, "", "x", "9" * 40, "\0", "\ud800", "2019-02-30 25:00:00"),
    *([], {}, [[]], [None], ["x"], {"a": 1}, [{"a": 1}], '{"a":', "[1, 2]"),
)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) in a document."""
    keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    return [(node, key) for key in keys] + [place for key in keys for place in places(node[key])]


def mutate(document: Any, draw: random.Random) -> str:
    spoiled = copy.deepcopy(document)
    for _ in range(draw.randint(1, 3)):
        if not (found := places(spoiled)):
            break
        container, key = draw.choice(found)
        match draw.choice(["value", "value", "drop", "repeat"]):
            case "value":
                container[key] = copy.deepcopy(draw.choice(VALUES))
            case "drop":
                del container[key]
            case "repeat" if isinstance(container, dict):
                container[str(key).upper()] = copy.deepcopy(container[key])
            case _:
                container.append(copy.deepcopy(container[key]))
    text = json.dumps(spoiled, ensure_ascii=draw.random() < 0.7)
    return text[: draw.randrange(len(text))] if draw.random() < 0.1 else text


@pytest.mark.parametrize("provider", TRACKERS)
def test_spoiled_payloads_never_stop_a_load_and_every_row_is_accounted_for(
    provider: str, tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    seed = secrets.randbits(32)
    print(f"seed {seed}")
    draw = random.Random(seed)
    plain = documents(provider)
    lines = [mutate(draw.choice(plain), draw) for _ in range(MUTANTS)]
    path = tmp_path / "spoiled.jsonl"
    path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    (load,) = load_file(connection, provider, path, pseudonym_key=KEY)
    query = "select (select count(*) from raw.waybill_events), (select count(*) from raw.quarantine)"
    assert connection.sql(query).fetchall() == [(load.loaded_count, load.quarantined_count)]
    assert load.read_count == load.loaded_count + load.duplicate_count + load.quarantined_count

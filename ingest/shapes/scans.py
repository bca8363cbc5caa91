"""Reads the scans of a provider that sends JSON: SQL over the envelopes that its documents describe.

A record in any other envelope goes through the search of ``ingest.shapes.history``. Both ways give the same
rows, so that an adapter says no more than its field names.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ingest.provider import Confirmation, Layout, Provider, Shape, Target
from ingest.reading.kind import split_suffix
from ingest.shapes.history import SCANS, History

_SUFFIXES = frozenset({".json", ".jsonl", ".ndjson", ".txt", ".form"})


def _nest(path: str, leaf: Any) -> Any:
    """Return the JSON structure that holds ``leaf`` at the path."""
    for step in reversed(path.split(".") if path else []):
        leaf = {step.removesuffix("[]"): [leaf] if step.endswith("[]") else leaf}
    return leaf


def _merge(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return one | {k: _merge(one[k], v) if k in one else v for k, v in other.items()}
    if isinstance(one, list) and isinstance(other, list):
        return [_merge(one[0], other[0])]
    return one if isinstance(one, dict | list) else other


def _reach(base: str, path: str) -> str:
    """Return SQL of what lies at the path; below ``[]`` it is the concatenation of the lists there."""
    steps = path.split(".") if path else []
    for place, step in enumerate(steps):
        base = f'{base}."{step.removesuffix("[]")}"'
        rest = ".".join(steps[place + 1 :])
        if step.endswith("[]") and rest:
            item = f"item{place}"
            return f"flatten(list_transform({base}, lambda {item}: {_reach(item, rest)}))"
    return base


def _documented(history: History) -> tuple[str, str]:
    """Return the JSON structure of the documented envelopes and SQL of the parcels in ``body``."""
    structure: Any = dict.fromkeys(history.outer, "VARCHAR")
    cases = []
    parcel: Any = {}
    for name in history.parcel:
        parcel = _merge(parcel, _nest(name, "VARCHAR"))
    outer = "".join(f', "{SCANS}_{name}" := [body."{name}"]' for name in history.outer)
    for path, below in history.envelopes.items():
        structure = _merge(structure, _nest(path, _merge(parcel, _nest(below, [dict(history.scan)]))))
        is_list = path.endswith("[]")
        node = "parcel" if is_list else _reach("body", path)
        scans = _reach(node, below)
        fields = "".join(f'"{name}" := {_reach(node, name)}, ' for name in history.parcel)
        made = f"struct_pack({fields}{SCANS} := {scans}{outer})"
        numbers = [f'{node}."{history.number}" is not null'] if history.number in history.parcel else []
        numbers += [f'{scans}[1]."{history.number}" is not null'] if history.number in history.scan else []
        is_whole = f"{scans} is not null and ({' or '.join(numbers)})"
        if is_list:
            found = _reach("body", path)
            every = f"list_bool_and(list_transform({found}, lambda parcel: {is_whole}))"
            cases.append(f"when {every} then list_transform({found}, lambda parcel: {made})")
        else:
            cases.append(f"when {is_whole} then [{made}]")
    return json.dumps(structure), " ".join(cases)


def _body(history: History) -> str:
    """Return SQL of the record as an object: a list of scans, or one alone, becomes ``array``."""
    if "array" not in history.envelopes.values():
        return "record"
    first_names = [
        (path or below).split(".")[0].removesuffix("[]")
        for path, below in history.envelopes.items()
        if below != "array"
    ]
    is_envelope = " or ".join(f"json_exists(record, '$.{name}')" for name in first_names) or "false"
    return (
        "case when starts_with(record, '[') then '{\"array\":' || record || '}' "
        f"when {is_envelope} then record else '{{\"array\":[' || record || ']}}' end"
    )


def parcels_of(history: History) -> str:
    """Return a select over ``source``: one row per parcel with its fields, ``scans`` and ``outer_…``.

    ``scans`` is null where a record holds no list of scans: it is malformed.
    """
    structure, cases = _documented(history)
    outer = {f"{SCANS}_{name}": ["VARCHAR"] for name in history.outer}
    result = json.dumps([{**dict.fromkeys(history.parcel, "VARCHAR"), SCANS: [dict(history.scan)], **outer}])
    names = "".join(f', parcel."{name}" as "{name}"' for name in history.parcel)
    names += "".join(f', parcel."{SCANS}_{name}" as "outer_{name}"' for name in history.outer)
    return f"""
        select _line_number, parcel.{SCANS} as scans{names} from (
            select _line_number, unnest(
                case {cases}
                else coalesce(json_transform({history.function}(record), '{result}'), [null]) end
            ) as parcel
            from (
                select
                    _line_number,
                    record,
                    try(json_transform({_body(history)}, '{structure}')) as body
                from source
            )
        )
    """


def scans_of(history: History, parcels: str = "") -> str:
    """Return a select over ``source``: one row per scan, ``scan`` beside the fields of its parcel.

    ``parcels`` is a select that changes those of ``parcels_of``.
    """
    return (
        "select * exclude (scans), scan is null as _is_malformed from (select *, unnest("
        f"case when scans is null then [null] else scans end) as scan "
        f"from ({parcels or parcels_of(history)}))"
    )


def _refuse(path: Path) -> str:
    is_json = split_suffix(path)[0] in _SUFFIXES
    return "" if is_json else "pushes and polls are JSON, JSON lines or form bodies"


def scans_provider(
    history: History,
    *,
    provider_name: str,
    time_zone: str | None,
    confirmed_by: Confirmation,
    columns: Mapping[str, str],
    rows: str = "",
) -> Provider:
    """Return the provider whose files hold such histories.

    ``columns`` maps contract columns to SQL over the fields of a parcel and the struct ``scan``; ``rows``
    is a select that changes those of ``scans_of``.
    """
    layout = Layout((Target("waybill_events", columns),), rows or scans_of(history))

    def recognise(shape: Shape) -> Layout | None:
        return None if shape.is_table else layout

    return Provider(
        provider_id=history.provider_id,
        provider_name=provider_name,
        time_zone=time_zone,
        confirmed_by=confirmed_by,
        refuse=_refuse,
        recognise=recognise,
        functions={history.function: history.find},
    )

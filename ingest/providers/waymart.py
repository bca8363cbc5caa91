"""Our own contract as files: CSV, JSON lines or Parquet whose columns are the contract's."""

import json
import re
from pathlib import Path

from ingest.contract import CONTRACT, Entity
from ingest.errors import IntakeError
from ingest.provider import Layout, Provider, Shape, Target
from ingest.reading.kind import split_suffix

_SUFFIXES = frozenset({".csv", ".jsonl", ".ndjson", ".json", ".parquet"})


def _entity_of(path: Path) -> Entity | None:
    """Return the entity with whose name the file's name, or its folder's, starts."""
    for name in (path.name, path.parent.name):
        for entity in CONTRACT:
            if name.startswith(entity.name) and not name[len(entity.name) : len(entity.name) + 1].isalpha():
                return entity
    return None


def _refuse(path: Path) -> str:
    if split_suffix(path)[0] not in _SUFFIXES:
        return "it is no CSV, JSON lines or Parquet file"
    if _entity_of(path) is None:
        return "neither its name nor its folder's begins with the name of an entity, like orders or waybills"
    return ""


def _record_rows(entity: Entity) -> str:
    """Select the fields of JSON records; a key outside the contract makes the record malformed."""
    structure = {c.name: ["VARCHAR"] if c.type == "texts" else "VARCHAR" for c in entity.columns}
    names = ", ".join(f"'{c.name}'" for c in entity.columns)
    fields = ", ".join(f"fields.{c.name}" for c in entity.columns)
    # CASE, not TRY: DuckDB moves subexpressions that occur twice out of TRY.
    keys = "case when json_valid(record) then json_keys(record) end"
    known = f"len(keys) > 0 and list_has_all([{names}], keys)"
    return (
        f"select _line_number, {fields}, fields is null as _is_malformed from (select _line_number, "
        f"case when {known} then json_transform(record, '{json.dumps(structure)}') end as fields "
        f"from (select *, {keys} as keys from source))"
    )


def _recognise(shape: Shape) -> Layout | None:
    entity = _entity_of(shape.path)
    if entity is None:
        return None
    contract = {c.name for c in entity.columns}
    unknown = sorted(set(shape.fields) - contract)
    if unknown:
        # What stands in the first line of a file without a header is data, and not repeated here.
        names = ", ".join(name for name in unknown if re.fullmatch(r"[a-z][a-z0-9_]*", name))
        raise IntakeError(
            f"{shape.path.name} has columns that {entity.name} do not have{': ' if names else ''}{names}. "
            "Its first line must name columns of the contract only."
        )
    missing = [c.name for c in entity.columns if c.required and c.name not in shape.fields]
    if shape.is_table and missing:
        raise IntakeError(f"{shape.path.name} lacks columns that {entity.name} need: {', '.join(missing)}.")
    times = [c.name for c in entity.columns if c.type == "timestamp"]
    zoneless = [t for t in times if shape.fields.get(t, "").startswith("TIMESTAMP")]
    zoneless = [t for t in zoneless if shape.fields[t] != "TIMESTAMP WITH TIME ZONE"]
    if zoneless:
        raise IntakeError(f"{shape.path.name} has no time zone in {', '.join(zoneless)}: write times in UTC.")
    kinds = {c.name: c.type for c in entity.columns}
    lists = [f for f, kind in shape.fields.items() if kind.endswith("]") and kinds[f] != "texts"]
    if lists:
        raise IntakeError(f"{shape.path.name} has lists in {', '.join(lists)}: write one value in each row.")
    present = set(shape.fields) if shape.is_table else contract
    columns = {c.name: c.name for c in entity.columns if c.name in present}
    rows = "" if shape.is_table else _record_rows(entity)
    return Layout((Target(entity.name, columns),), rows)


WAYMART = Provider(
    provider_id="waymart",
    provider_name="Waymart contract",
    time_zone=None,
    confirmed_by="our contract",
    refuse=_refuse,
    recognise=_recognise,
    functions={},
)

"""The scans of all real payloads as one push of Kuaidi100 that says of each no more than 在途."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

#: A courier of its own, so that these parcels stay apart from the real ones.
COURIER = "ttk"
_COURIER_CODE = "tiantian"


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for item in node:
            yield from _texts(item)
    elif isinstance(node, dict):
        if text := node.get("context") or node.get("AcceptStation") or node.get("acceptStation"):
            yield text
        elif "opcode" in node:
            yield node["remark"]
        for value in node.values():
            yield from _texts(value)


def real_lines(real_data: Path) -> dict[str, str]:
    """Return waybill number → text: each line is a parcel of its own."""
    documents = [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((real_data / "tracking").glob("*.json"))
    ]
    texts = [text for document in documents for text in _texts(document.get("payload"))]
    return {f"LINE{number:03}": text for number, text in enumerate(texts)}


def write_push(real_data: Path, out: Path) -> Path:
    """Write the lines as Kuaidi100 would push them."""
    results = [
        {
            "com": _COURIER_CODE,
            "nu": number,
            "data": [{"time": "2021-06-14 12:00:00", "context": text, "status": "在途"}],
        }
        for number, text in real_lines(real_data).items()
    ]
    out.write_text(
        "".join(json.dumps(result, ensure_ascii=False) + "\n" for result in results), encoding="utf-8"
    )
    return out

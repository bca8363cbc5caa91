"""However the same events are shuffled, split, repeated and overlapped, the warehouse is the same."""

import csv
import io
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake import KEY, contents

from ingest.finding.find import Found
from ingest.loading.load import create_raw, load_file, load_files

FIELDS = ("courier_code", "waybill_number", "event_code", "event_text", "occurred_at")

RECONCILED = (
    "select bool_and(read_count = loaded_count + duplicate_count + quarantined_count) "
    "and sum(loaded_count) = (select count(*) from raw.waybill_events) "
    "and sum(quarantined_count) = (select count(*) from raw.quarantine) from raw.loads"
)

events = st.tuples(
    st.sampled_from(["zto", "yto", ""]),
    st.sampled_from(["Z1", "Z2", "Z3"]),
    st.sampled_from(["picked_up", "departed", ""]),
    st.sampled_from(["已揽收", "派件人: 王小明 电话 13812345678", ""]),
    st.sampled_from(
        ["2018-11-11T00:00:00Z", "2018-11-12T08:00:00+08:00", "1999-01-01T00:00:00Z", "soon", ""]
    ),
)


def write(folder: Path, number: int, rows: list[tuple[str, ...]], *, as_json: bool) -> Path:
    if as_json:
        path = folder / f"waybill_events-{number}.jsonl"
        path.write_text("".join(json.dumps(dict(zip(FIELDS, r, strict=True))) + "\n" for r in rows))
        return path
    path = folder / f"waybill_events-{number}.csv"
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([FIELDS, *rows])
    path.write_text(text.getvalue(), encoding="utf-8")
    return path


def is_well_formed(row: tuple[str, ...]) -> bool:
    """The rule, said again by hand."""
    return row[0] != "" and row[4].startswith("2018")


@settings(
    max_examples=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=False,
)
@given(data=st.data())
def test_any_shuffle_split_repeat_and_overlap_gives_the_same_warehouse(data: st.DataObject) -> None:
    rows = data.draw(st.lists(events, min_size=1, max_size=12))
    pieces = data.draw(st.lists(st.lists(st.sampled_from(rows), max_size=6), max_size=4))
    pieces.append(data.draw(st.permutations(rows)))
    pieces = data.draw(st.permutations(pieces))
    with TemporaryDirectory() as folder, duckdb.connect() as once, duckdb.connect() as often:
        for connection in (once, often):
            connection.execute("set TimeZone = 'UTC'")
            create_raw(connection)
        path = write(Path(folder), 0, rows, as_json=False)
        load_file(once, "waymart", path, pseudonym_key=KEY)
        for number, piece in enumerate(pieces, start=1):
            path = write(Path(folder), number, piece, as_json=data.draw(st.booleans()))
            for load in load_file(often, "waymart", path, pseudonym_key=KEY):
                if load.is_repeat:
                    continue
                good = [row for row in piece if is_well_formed(row)]
                assert load.read_count == len(piece)
                assert load.quarantined_count == len(piece) - len(good)
                assert load.loaded_count + load.duplicate_count == len(good)
        assert contents(often, "waybill_events") == contents(once, "waybill_events")
        distinct = {row for row in rows if is_well_formed(row)}
        assert len(contents(once, "waybill_events")) == len(distinct)
        assert often.sql(RECONCILED).fetchall() == [(True,)]


#: A scan of a pushed history: number of the waybill, time, words; one in some has a time that is none.
scans = st.tuples(
    st.sampled_from(["N1", "N2", "N3"]),
    st.sampled_from(["2019-05-03 09:00:00", "2019-05-03 10:30:00", "2019-05-04 08:00:00", "soon"]),
    st.sampled_from(["已揽收", "已发出 下一站 【样例】", "已签收"]),
)


def write_pushes(path: Path, pushes: list[list[tuple[str, ...]]]) -> Found:
    """Write pushes, each the history of the waybill of its first scan, as JSON lines or form bodies."""
    lines = []
    for push in pushes:
        number = push[0][0]
        data = [
            {"time": time, "context": words, "status": "在途"} for of, time, words in push if of == number
        ]
        body = {"lastResult": {"com": "yuantong", "nu": number, "data": data}}
        text = json.dumps(body, ensure_ascii=False)
        lines.append(text if path.suffix == ".jsonl" else urlencode({"param": text, "sign": "0A"}))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Found(path, path.name, False)


@settings(
    max_examples=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=False,
)
@given(data=st.data())
def test_any_pushing_of_the_same_histories_gives_the_same_warehouse(data: st.DataObject) -> None:
    rows = data.draw(st.lists(scans, min_size=1, max_size=10))
    alone = [[row] for row in rows]
    # Parts of histories in any order, some of them twice, and every scan once for certain.
    parts = data.draw(st.lists(st.lists(st.sampled_from(rows), min_size=1, max_size=6), max_size=6))
    pushes = data.draw(st.permutations(parts + alone))
    with TemporaryDirectory() as folder, duckdb.connect() as once, duckdb.connect() as often:
        for connection in (once, often):
            connection.execute("set TimeZone = 'UTC'")
            create_raw(connection)
        load_file(once, "kuaidi100", write_pushes(Path(folder) / "once.jsonl", alone).path, pseudonym_key=KEY)
        files, at = [], 0
        while at < len(pushes):
            size = data.draw(st.integers(1, len(pushes) - at))
            suffix = data.draw(st.sampled_from([".jsonl", ".form"]))
            files.append(write_pushes(Path(folder) / f"{at}{suffix}", pushes[at : at + size]))
            at += size
        for _, _, error in load_files(often, "kuaidi100", files, pseudonym_key=KEY):
            assert error == ""
        assert contents(often, "waybill_events") == contents(once, "waybill_events")
        assert len(contents(once, "waybill_events")) == len({row for row in rows if row[1] != "soon"})
        assert often.sql(RECONCILED).fetchall() == [(True,)]

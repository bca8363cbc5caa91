"""Scans that were pushed are on the page before they are audited, and go once a build has them."""

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from small_line import KEY

from ingest.loading.load import create_raw
from operations.live import SCANS, live_file, show_segments
from operations.spool import Segment, load_segments, refused_count, segments
from serving.live import Worker, live_scans, read_worker, write_worker
from serving.published import Published
from warehouse.connection import open_warehouse
from warehouse.settings import Settings

AT = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
PUSH = {
    "lastResult": {
        "com": "zhongtong",
        "nu": "73100000001",
        "data": [
            {
                "time": "2019-06-30 13:00:00",
                "context": "派件员 王小明 电话13812345678 派送中",
                "statusCode": "5",
            },
            {
                "time": "2019-06-30 12:00:00",
                "context": "已揽收",
                "statusCode": "103",
                "areaName": "浙江,杭州市",
            },
        ],
    }
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A home, with a quote in its name, in which nothing is loaded."""
    monkeypatch.setenv("WAYMART_PSEUDONYM_KEY", KEY.decode())
    return Settings(home=tmp_path / "someone's home")


def spooled(home: Settings, text: str, provider: str = "kuaidi100", at: datetime = AT) -> Segment:
    path = home.spool / provider / f"pushed-{at:%Y%m%dT%H%M%S%fZ}-abc.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return Segment(at, provider, path)


def test_a_segment_is_shown_by_number_and_by_id_with_people_masked_and_codes_understood(
    home: Settings, serving: Published
) -> None:
    show_segments(home, [spooled(home, json.dumps(PUSH, ensure_ascii=False))])
    shown = live_scans(home, serving, "73100000001")
    assert shown.equals(live_scans(home, serving, "zto:73100000001"))
    assert shown["milestone"].to_list() == ["out_for_delivery", "picked_up"]
    assert shown["place_name"].to_list() == [None, "浙江 杭州市"]
    assert [at.isoformat() for at in shown["occurred_at"]] == [
        "2019-06-30T05:00:00+00:00",
        "2019-06-30T04:00:00+00:00",
    ]
    assert shown["pushed_at"].to_list() == [AT, AT]
    everything = b"".join(file.read_bytes() for file in home.live.iterdir())
    assert "13812345678" not in str(shown["event_text"].to_list())
    assert "王小明".encode() not in everything
    assert b"13812345678" not in everything
    assert live_scans(home, serving, "73100000002").is_empty()


def test_every_code_means_before_the_audit_what_it_means_after(market: Settings) -> None:
    with open_warehouse(market, read_only=True) as warehouse:
        expected = warehouse.execute(
            "select provider_id, event_code, milestone"
            " from intermediate.int_event_codes_resolved order by all"
        ).fetchall()
    assert len({provider for provider, *_ in expected}) >= 20
    with duckdb.connect() as connection:
        create_raw(connection)
        connection.executemany(
            "insert into raw.waybill_events (provider_id, event_code, waybill_number, occurred_at)"
            " values (?, ?, 'X', now())",
            [[provider, code] for provider, code, _ in expected],
        )
        seeds = market.dbt_project / "seeds"
        connection.execute(f"create table scans as {SCANS.format(seeds=seeds, came_at=AT.isoformat())}")
        found = connection.execute(
            "select provider_id, event_code, milestone from scans order by all"
        ).fetchall()
    assert found == expected


def test_the_same_history_pushed_twice_is_shown_once_as_it_first_came(
    home: Settings, serving: Published
) -> None:
    later = AT.replace(hour=13)
    text = json.dumps(PUSH, ensure_ascii=False)
    show_segments(home, [spooled(home, text), spooled(home, text + "\n", at=later)])
    assert live_scans(home, serving, "73100000001")["pushed_at"].to_list() == [AT, AT]


def test_a_scan_that_is_published_is_no_longer_live(home: Settings, serving: Published) -> None:
    scan = serving.frame(
        "select waybill_id, courier_id, event_code, event_text, occurred_at from extract_scans"
        " where provider_id = 'waymart' and event_code is not null order by all limit 1"
    ).row(0, named=True)
    number = str(scan["waybill_id"]).partition(":")[2]
    row = {
        "courier_code": scan["courier_id"],
        "waybill_number": number,
        "event_code": scan["event_code"],
        "event_text": scan["event_text"],
        "occurred_at": scan["occurred_at"].isoformat(),
    }
    another = row | {"event_text": "something else"}
    name = f"waybill_events-{AT:%Y%m%dT%H%M%S%fZ}-abc.jsonl"
    path = home.spool / "waymart" / name
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(json.dumps(one, ensure_ascii=False) for one in (row, another)))
    show_segments(home, [Segment(AT, "waymart", path)])
    assert live_scans(home, serving, number)["event_text"].to_list() == ["something else"]


def test_what_cannot_be_read_is_not_shown_and_kept_apart_by_its_load(home: Settings) -> None:
    good = spooled(home, json.dumps(PUSH))
    bad = spooled(home, "{}", provider="nobody")
    odd = home.spool / "waymart" / f"nothing-{AT:%Y%m%dT%H%M%S%fZ}-abc.jsonl"
    odd.parent.mkdir()
    odd.write_text("{}")
    waiting = segments(home)
    assert [segment.provider_id for segment in waiting] == ["kuaidi100", "nobody", "waymart"]
    show_segments(home, waiting)
    assert [*home.live.iterdir()] == [live_file(home, good.path)]
    sentences = [*load_segments(home, waiting)]
    assert len(sentences) == 2
    assert refused_count(home) == 2
    assert segments(home) == []
    assert bad.path.name in {path.name for path in home.refused.rglob("*")}
    with open_warehouse(home, read_only=True) as connection:
        assert connection.execute("select count(*) from raw.waybill_events").fetchone() == (2,)


def test_a_segment_that_was_loaded_before_it_could_be_removed_is_not_loaded_twice(home: Settings) -> None:
    for _ in range(2):
        waiting = [spooled(home, json.dumps(PUSH))]
        assert [*load_segments(home, waiting)] == []
        assert segments(home) == []
    with open_warehouse(home, read_only=True) as connection:
        assert connection.execute("select count(*) from raw.waybill_events").fetchone() == (2,)
        assert connection.execute("select sum(read_count) from raw.loads").fetchone() == (2,)


def test_what_the_worker_says_is_read_as_it_was_said(home: Settings) -> None:
    assert read_worker(home.worker) is None
    for worker in (
        Worker(1, started_at=AT, told_at=AT, is_building=False),
        Worker(2, AT, AT, True, published_at=AT, lag_seconds=4.5, waiting_since=AT, waiting_count=3),
    ):
        write_worker(home.worker, worker)
        assert read_worker(home.worker) == worker
    assert not worker.is_there()

"""What is answered for is on the disk; what is refused leaves nothing there."""

import asyncio
import hmac
import json
import os
import random
import shutil
import stat
import subprocess
import time
from collections import Counter
from pathlib import Path

import duckdb
import httpx
import pytest
from pushes import DOCUMENTS, FORM, RULES, SECRET, doors, lines, receiving, scan, signed

from ingest.loading.load import create_raw, load_file

#: What each provider waits for.
ANSWERS = {
    "kuaidi100": '{"result":true,"returnCode":"200","message":"成功"}',
    "sf": '{"return_code":"0000","return_msg":"成功"}',
    "aftership": '{"accepted":1}',
    "easypost": '{"accepted":1}',
    "17track": '{"accepted":1}',
    "waymart": '{"accepted":1}',
}


@pytest.mark.parametrize("provider", RULES)
def test_a_push_is_answered_in_the_providers_words_and_loads_as_one_scan(
    provider: str, tmp_path: Path
) -> None:
    async def push() -> httpx.Response:
        async with receiving(doors(tmp_path), tmp_path) as client:
            address, body, headers = signed(provider, DOCUMENTS[provider])
            return await client.post(address, content=body, headers=headers)

    answer = asyncio.run(push())

    assert answer.status_code == 200
    if provider == "kdniao":
        said = answer.json()
        assert (said["EBusinessID"], said["Success"], said["Reason"]) == ("1237100", True, "")
        assert len(said["UpdateTime"]) == len("2019-06-30 12:00:00")
    else:
        assert answer.text == ANSWERS[provider]
    [file] = (tmp_path / "spool" / provider).iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with duckdb.connect() as connection:
        create_raw(connection)
        [load] = load_file(connection, provider, file, pseudonym_key=b"k" * 32)
        assert (load.entity, load.read_count, load.loaded_count) == ("waybill_events", 1, 1)


@pytest.mark.parametrize("form", ["indented", "a list", "lines"])
def test_records_of_our_contract_may_come_in_each_of_three_forms(form: str, tmp_path: Path) -> None:
    rows = [DOCUMENTS["waymart"] | {"waybill_number": f"7310000000{n}"} for n in range(3)]
    texts = {
        "indented": json.dumps(rows[0], indent=2),
        "a list": json.dumps(rows),
        "lines": "\n".join(json.dumps(row) for row in rows) + "\n",
    }

    async def push() -> httpx.Response:
        async with receiving(doors(tmp_path), tmp_path) as client:
            address, body, headers = sealed(texts[form])
            return await client.post(address, content=body, headers=headers)

    answer = asyncio.run(push())
    count = 1 if form == "indented" else 3
    assert answer.json() == {"accepted": count}
    assert [json.loads(line) for line in lines(tmp_path / "spool")] == rows[:count]


@pytest.mark.parametrize("provider", RULES)
def test_a_push_that_is_not_signed_or_not_what_is_sent_leaves_nothing(provider: str, tmp_path: Path) -> None:
    address, body, headers = signed(provider, DOCUMENTS[provider])
    names = {"content-type": headers.get("content-type", "")}

    async def push() -> list[int]:
        async with receiving(doors(tmp_path), tmp_path) as client:
            tries = [
                (address if provider != "sf" else "/push/sf/another", body, names),
                (f"/push/{provider}", b"", {}),
                (f"/push/{provider}", b"\xff\xfe{", FORM),
                (f"/push/{provider}/a/b/c", body, headers),
                ("/push/nobody", body, headers),
            ]
            if provider in ("kuaidi100", "kdniao"):
                tries[0] = (address, body.replace(b"73100000001", b"73100000002"), headers)
            return [(await client.post(a, content=b, headers=h)).status_code for a, b, h in tries]

    assert asyncio.run(push()) == [401, 401, 401, 404, 404]
    assert lines(tmp_path) == []
    assert not [*(tmp_path / "receiving").glob("*/*")]


@pytest.mark.parametrize(
    ("text", "entity"),
    [
        *(("{", "waybill_events"), ("[]", "orders"), ("[1]", "orders"), ('"x"', "orders")),
        *(("{}", "nothing"), ("NaN", "orders"), ("[" * 100_000, "orders"), ('{"a": NaN}', "orders")),
    ],
)
def test_what_is_signed_and_no_record_is_refused_with_a_sentence(
    text: str, entity: str, tmp_path: Path
) -> None:
    async def push() -> httpx.Response:
        async with receiving(doors(tmp_path), tmp_path) as client:
            address, body, headers = sealed(text, entity)
            return await client.post(address, content=body, headers=headers)

    answer = asyncio.run(push())
    assert answer.status_code == 400
    assert answer.json()["error"].endswith(".")
    assert lines(tmp_path) == []


def test_ten_thousand_mutated_bodies_are_refused_and_write_nothing(tmp_path: Path) -> None:
    seed = int(os.environ.get("WAYMART_TEST_SEED", random.randrange(1 << 30)))
    print(f"seed {seed}")
    dice = random.Random(seed)

    async def push() -> Counter[int]:
        found: Counter[int] = Counter()
        async with receiving(doors(tmp_path), tmp_path) as client:
            for _ in range(10_000):
                provider = dice.choice([name for name in RULES if name != "sf"])
                address, body, headers = signed(provider, DOCUMENTS[provider])
                answer = await client.post(address, content=mutated(dice, body), headers=headers)
                found[answer.status_code] += 1
        return found

    found = asyncio.run(push())
    print(found)
    kept = found.pop(200, 0)
    assert set(found) <= {400, 401}
    # A form may be written in other bytes and hold the same, and then it is the same push.
    assert len(lines(tmp_path)) == kept < 500


def mutated(dice: random.Random, body: bytes) -> bytes:
    """The body with a byte changed, left out or put in, a piece doubled, or cut off; never the same."""
    while True:
        at, to = sorted(dice.choices(range(len(body) + 1), k=2))
        changed = dice.choice(
            [
                body[:at] + bytes([dice.randrange(256)]) + body[at + 1 :],
                body[:at] + body[to:],
                body[:at] + bytes([dice.randrange(256)]) + body[at:],
                body[:to] + body[at:],
                body[:at],
            ]
        )
        if changed != body:
            return changed


def test_more_than_agreed_is_to_come_again_later(tmp_path: Path) -> None:
    async def push() -> list[httpx.Response]:
        async with receiving(doors(tmp_path, per_second=3), tmp_path) as client:
            address, body, headers = signed("kuaidi100", scan("1"))
            return [await client.post(address, content=body, headers=headers) for _ in range(5)]

    answers = asyncio.run(push())
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].headers["retry-after"] == "1"
    assert len(lines(tmp_path / "spool")) == 3


def test_a_body_without_end_is_refused_before_it_is_read(tmp_path: Path) -> None:
    async def push() -> list[int]:
        async def endless() -> object:
            while True:
                yield b"x" * 65_536

        async with receiving(doors(tmp_path), tmp_path) as client:
            said = await client.post("/push/aftership", content=b"x", headers={"content-length": "99999999"})
            sent = await client.post("/push/aftership", content=endless())
            return [said.status_code, sent.status_code]

    assert asyncio.run(push()) == [413, 413]


def test_a_full_spool_is_said_until_the_worker_has_come_after(tmp_path: Path) -> None:
    async def push() -> list[int]:
        found = []
        async with receiving(doors(tmp_path), tmp_path, max_bytes=2_000) as client:
            address, body, headers = signed("kuaidi100", scan("1"))
            for _ in range(3):
                answer = await client.post(address, content=body, headers=headers)
                found.append(answer.status_code)
                (tmp_path / "spool" / "kuaidi100").mkdir(exist_ok=True)
                (tmp_path / "spool" / "kuaidi100" / "ballast").write_bytes(bytes(3_000))
                await asyncio.sleep(0.5)
            assert int(answer.headers["retry-after"]) > 0
            (tmp_path / "spool" / "kuaidi100" / "ballast").unlink()
            await asyncio.sleep(0.5)
            found.append((await client.post(address, content=body, headers=headers)).status_code)
        return found

    assert asyncio.run(push()) == [200, 503, 503, 200]


def test_a_full_disk_is_said_and_what_was_answered_for_is_kept(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk")

    async def push() -> tuple[list[str], int]:
        kept, refused = [], 0
        async with receiving(doors(tmp_path), disk) as client:
            for number in range(400):
                address, body, headers = signed("kuaidi100", scan(str(number), text="字" * 6_000))
                answer = await client.post(address, content=body, headers=headers)
                if answer.status_code == 200:
                    kept.append(str(number))
                    continue
                assert answer.status_code == 503
                refused += 1
                if refused == 20:  # Someone makes room.
                    for file in [*(disk / "spool").rglob("*.jsonl")]:
                        shutil.move(file, tmp_path / file.name)
                        await asyncio.sleep(0.3)
        return kept, refused

    try:
        kept, refused = asyncio.run(push())
        for file in [*(disk / "spool").rglob("*.jsonl")]:
            shutil.move(file, tmp_path / file.name)
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    text = "\n".join(file.read_text() for file in tmp_path.glob("*.jsonl"))
    assert refused >= 20
    assert len(kept) > 200
    assert [number for number in kept if text.count(f'"nu": "{number}"') != 1] == []


def test_what_the_spool_cannot_take_when_a_receiver_ends_waits_for_the_next_one(tmp_path: Path) -> None:
    blocked = tmp_path / "spool" / "kuaidi100"

    async def push() -> int:
        async with receiving(doors(tmp_path), tmp_path) as client:
            blocked.write_text("no folder")
            address, body, headers = signed("kuaidi100", scan("1"))
            return (await client.post(address, content=body, headers=headers)).status_code

    async def nothing() -> None:
        async with receiving(doors(tmp_path), tmp_path):
            pass

    assert asyncio.run(push()) == 200
    assert len(lines(tmp_path / "receiving")) == 1
    blocked.unlink()
    asyncio.run(nothing())
    assert len(lines(blocked)) == 1
    assert not any((tmp_path / "receiving").iterdir())


def sealed(text: str, entity: str = "waybill_events") -> tuple[str, bytes, dict[str, str]]:
    """A text signed as a push of our own contract."""
    at = str(int(time.time()))
    digest = hmac.digest(SECRET.encode(), f"{at}.{text}".encode(), "sha256").hex()
    return f"/push/waymart/{entity}", text.encode(), {"waymart-signature": f"t={at},v1={digest}"}

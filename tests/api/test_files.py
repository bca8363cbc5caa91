import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

import pytest
from itsdangerous import TimestampSigner
from signed_in import SECRET, SIGN_IN, cookies_of
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.testclient import TestClient

from api.files import LINK_SECONDS, Files
from api.gate import Gate
from api.sessions import Sessions
from serving.access import COMMAND_LINE
from serving.access_log import entries
from serving.extracts import write_extract
from serving.published import Published
from warehouse.settings import Settings

Ask = Callable[..., TestClient]


@pytest.fixture(scope="module")
def shops(serving: Published) -> list[str]:
    rows = serving.frame(
        "select merchant_id from extract_order_lines group by all order by count(*) desc, 1 limit 3"
    )
    return [str(shop) for shop in rows["merchant_id"]]


@pytest.fixture
def settings(market: Settings, tmp_path: Path) -> Settings:
    """A home of its own with the market's build in it."""
    made = Settings(home=tmp_path)
    made.serving.mkdir()
    file = market.current.resolve()
    (made.serving / "rows").symlink_to(market.serving / "rows")
    (made.serving / file.name).symlink_to(file)
    made.current.symlink_to(file.name)
    return made


@pytest.fixture
def ask(settings: Settings, shops: list[str]) -> Ask:
    settings.access.write_text(
        f'[users."lin@example.com"]\nrole = "merchant"\nmerchants = {shops[:2]}\n'
        f'[users."mei@example.com"]\nrole = "merchant"\nmerchants = {shops[1:]}\n'
        '[users."ole@example.com"]\nrole = "operator"\n'
    )
    sessions = Sessions(SECRET, SIGN_IN, settings.ended_sessions)
    gate = Middleware(Gate, access=settings.access, sign_in=SIGN_IN, sessions=sessions)
    app = Starlette(
        routes=Files(settings, SECRET).routes, middleware=[gate, Middleware(GZipMiddleware, minimum_size=10)]
    )

    def client(who: str | None = None) -> TestClient:
        cookies = cookies_of(f"{who}@example.com") if who else {}
        return TestClient(app, base_url=SIGN_IN.address, cookies=cookies, follow_redirects=False)

    return client


def link_of(client: TestClient, shop: str, name: str = "waybills.csv") -> str:
    answer = client.get(f"/take/{name}", params={"merchant": shop})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


@pytest.mark.parametrize("name", ["waybills.csv", "order_lines.parquet", "waybills.xlsx"])
def test_a_file_is_that_of_the_command_whole_and_as_its_manifest_says(
    name: str, ask: Ask, shops: list[str], settings: Settings, tmp_path: Path
) -> None:
    sent = ask("lin").get(link_of(ask("lin"), shops[0], name))
    assert sent.status_code == 200
    assert "content-encoding" not in sent.headers
    assert sent.headers["cache-control"] == "private, no-store"
    assert sent.headers["content-disposition"].startswith("attachment")
    about = ask("lin").get(link_of(ask("lin"), shops[0], f"{name}.manifest.json")).json()
    assert about["merchant_id"] == shops[0]
    assert about["sha256"] == sha256(sent.content).hexdigest()
    if not name.endswith(".xlsx"):  # a workbook carries the time at which it was written
        published = settings.published_file()
        assert published is not None
        what, _, form = name.partition(".")
        write_extract(published, COMMAND_LINE, shops[0], what, tmp_path / f"own.{form}")  # type: ignore[arg-type]
        assert (tmp_path / f"own.{form}").read_bytes() == sent.content


def test_a_file_is_written_once_for_a_build_and_kept(ask: Ask, shops: list[str], settings: Settings) -> None:
    links = [link_of(ask(who), shops[1]) for who in ("lin", "mei", "ole", "lin")]
    sent = {ask(who).get(link).content for who, link in zip(("lin", "mei", "ole", "lin"), links, strict=True)}
    assert len(sent) == 1
    [written] = settings.extracts.rglob("waybills.csv")
    before = written.stat()
    ask("lin").get(link_of(ask("lin"), shops[1]))
    assert written.stat().st_ino == before.st_ino
    assert written.stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize("cuts", [60, pytest.param(1_000, marks=pytest.mark.slow)])
def test_cuts_and_resumes_end_in_the_same_bytes(cuts: int, ask: Ask, shops: list[str]) -> None:
    client, draw = ask("lin"), random.Random(17)
    link = link_of(client, shops[0])
    whole = client.get(link)
    size = len(whole.content)
    for _ in range(cuts // 3):
        places = sorted(draw.sample(range(1, size), 3))
        parts = []
        for first, last in zip([0, *places], [*places, None], strict=True):
            span = f"bytes={first}-{'' if last is None else last - 1}"
            part = client.get(link, headers={"range": span, "if-range": whole.headers["etag"]})
            assert part.status_code == 206
            parts.append(part.content)
        assert b"".join(parts) == whole.content
    assert client.get(link, headers={"range": f"bytes={size}-"}).status_code == 416
    assert client.get(link, headers={"range": "bytes=5-", "if-range": '"another"'}).content == whole.content


def test_a_link_opens_nothing_without_the_session_of_the_one_it_was_given_to(
    ask: Ask, shops: list[str]
) -> None:
    link = link_of(ask("lin"), shops[1])
    assert ask().get(link).status_code == 401
    for other in ("mei", "ole"):
        answer = ask(other).get(link)
        assert (answer.status_code, answer.text[:32]) == (403, "This link was given to somebody ")
    assert ask("lin").get(link).status_code == 200


def test_a_link_lasts_ten_minutes(ask: Ask, shops: list[str]) -> None:
    for age, status in ((LINK_SECONDS - 5, 200), (LINK_SECONDS + 2, 403)):
        then = datetime.now(UTC) - timedelta(seconds=age)
        client = ask("lin")
        with patch.object(TimestampSigner, "get_timestamp", lambda self, at=then: int(at.timestamp())):
            link = link_of(client, shops[0])
        assert client.get(link).status_code == status
    assert LINK_SECONDS == 600


def test_no_changed_letter_opens_another_file(ask: Ask, shops: list[str]) -> None:
    client, draw = ask("lin"), random.Random(17)
    link = link_of(client, shops[0])
    mine = client.get(link).content
    token = link.split("/")[2]
    for _ in range(200):
        place = draw.randrange(len(token))
        changed = token[:place] + draw.choice("ABCxyz019-_.") + token[place + 1 :]
        answer = client.get(f"/files/{changed}/rows.csv")
        assert answer.status_code == 403 or answer.content == mine


def test_a_shop_taken_away_closes_links_that_were_given(
    ask: Ask, shops: list[str], settings: Settings
) -> None:
    client = ask("lin")
    link = link_of(client, shops[1])
    settings.access.write_text(settings.access.read_text().replace(f"'{shops[1]}'", "'nothing'"))
    assert client.get(link).status_code == 403
    assert client.get("/take/waybills.csv", params={"merchant": shops[1]}).status_code == 403


@pytest.mark.parametrize(
    ("name", "merchant", "status"),
    [
        ("waybills.csv", "' or '1'='1", 403),
        ("waybills.csv", "", 403),
        ("waybills.csv", "../../session.key", 403),
        ("waybills.docx", None, 404),
        ("secrets.csv", None, 404),
        ("..%2f..%2fsession.key", None, 404),
        ("waybills.csv%00.parquet", None, 404),
        (".csv", None, 404),
        ("waybills", None, 404),
    ],
)
def test_what_is_no_file_is_a_sentence_and_leaves_none(
    name: str, merchant: str | None, status: int, ask: Ask, shops: list[str], settings: Settings
) -> None:
    answer = ask("lin").get(f"/take/{name}", params={"merchant": shops[0] if merchant is None else merchant})
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("text/plain")
    assert not list(settings.extracts.rglob("*.manifest.json"))


def test_each_link_download_and_refused_try_leaves_a_line(
    ask: Ask, shops: list[str], settings: Settings
) -> None:
    link = link_of(ask("lin"), shops[0])
    ask("lin").get(link)
    ask("lin").get(link, headers={"range": "bytes=0-1"})
    ask("mei").get("/take/waybills.csv", params={"merchant": shops[0]})
    ask("mei").get(link)
    ask("lin").get("/files/forged/rows.csv")
    found = (
        entries(settings.access_log, COMMAND_LINE).select("user_name", "action", "what", "merchant_id").rows()
    )
    lin, mei, shop = "lin@example.com", "mei@example.com", shops[0]
    assert found[::-1] == [
        (lin, "link", "waybills.csv", shop),
        (lin, "download", "waybills.csv", shop),
        (lin, "download", "waybills.csv", shop),
        (mei, "refused", "/take/waybills.csv", shop),
        (mei, "refused", "/files/", shop),
        (lin, "refused", "/files/", None),
    ]
    rows = set(entries(settings.access_log, COMMAND_LINE, shop).filter(action="download")["row_count"])
    about = ask("lin").get(link_of(ask("lin"), shop, "waybills.csv.manifest.json")).json()
    assert rows == {about["row_count"]}
    assert link.split("/")[2].encode() not in settings.access_log.read_bytes()

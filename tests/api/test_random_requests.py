"""Whatever is asked over HTTP, by whom and with whose cookie or link, no row of another shop comes back."""

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from signed_in import SECRET, SIGN_IN, cookies_of
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from api.files import Files
from api.gate import Gate
from api.health import Health
from api.sessions import Sessions
from serving.extract_kinds import KINDS
from serving.published import Published
from warehouse.settings import Settings

#: `tests/serving/test_isolation.py` asks ten thousand times without HTTP.
TRIES = 2_000

#: What stands in the place of a shop's id or a file's name, beside the true ones.
WORDS = [
    "",
    "%",
    "' or '1'='1",
    "../../session.key",
    "{own},{other}",
    "{own}\x00{other}",
    " {other}",
    "{own}/..",
]
NAMES = ["waybills.csv.manifest.json", "scorecard.parquet", "session.key", "waybills.csv%00.parquet", ".csv"]


@pytest.mark.slow
def test_no_request_of_anybody_is_answered_with_a_foreign_row(
    market: Settings, serving: Published, tmp_path: Path
) -> None:
    draw = random.Random(17)
    rows = serving.frame(
        "select merchant_id from mart_late_parcels group by all order by count(*) desc, 1 limit 4"
    )
    shops: list[str] = rows["merchant_id"].to_list()
    settings = Settings(home=tmp_path)
    settings.serving.symlink_to(market.serving)
    own = {"lin": shops[:2], "mei": shops[2:3], "new": []}
    settings.access.write_text(
        "".join(
            f'[users."{who}@example.com"]\nrole = "merchant"\nmerchants = {of}\n' for who, of in own.items()
        )
    )
    gate = Middleware(
        Gate,
        access=settings.access,
        sign_in=SIGN_IN,
        sessions=Sessions(SECRET, SIGN_IN, settings.ended_sessions),
    )
    app = Starlette(routes=[*Files(settings, SECRET).routes, *Health(settings).routes], middleware=[gate])
    then = datetime.now(UTC) - timedelta(hours=13)
    cookies = {who: cookies_of(f"{who}@example.com") for who in [*own, "stranger"]}
    cookies |= {"nobody": {}, "late": cookies_of("lin@example.com", then)}
    asking = {
        who: TestClient(app, base_url=SIGN_IN.address, cookies=held, follow_redirects=False)
        for who, held in cookies.items()
    }
    links: list[str] = ["/healthz", "/metrics", "/files/x/y.csv"]
    seen: set[tuple[str, bytes]] = set()
    answered = refused = 0
    for _ in range(TRIES):
        who = draw.choice([*cookies, "lin", "lin", "mei"])
        mine = own.get(who, [])
        if draw.random() < 0.3:
            answer = asking[who].get(draw.choice(links))
        else:
            word = draw.choice(WORDS).format(own=(mine or shops)[0], other=draw.choice(shops))
            shop = draw.choice([draw.choice(shops), draw.choice(mine or shops), word])
            name = f"{draw.choice([*KINDS])}{draw.choice(['.csv', '.parquet'])}"
            name = draw.choice([name, name, name, draw.choice(NAMES)])
            answer = asking[who].get(f"/take/{name}", params={"merchant": shop})
        if answer.status_code == 303:
            assert mine, who
            links.append(answer.headers["location"])
            links = links[:3] + links[-200:]
        refused += answer.status_code >= 400
        if answer.status_code != 200:
            continue
        answered += 1
        assert mine, (who, answer.url)
        if (who, answer.content) in seen:
            continue
        seen.add((who, answer.content))
        assert not [shop for shop in shops if shop not in mine and shop.encode() in answer.content]
        if answer.content[:4] == b"PAR1":
            found = pl.read_parquet(answer.content)
            assert set(found.get_column("merchant_id", default=pl.Series(mine[:1]))) <= set(mine)
    assert answered > TRIES / 50
    assert refused > TRIES / 5

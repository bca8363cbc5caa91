import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from serving.access import COMMAND_LINE, AccessFileError, Grant, Identity, RefusedError, grant, read_access
from serving.access_log import Entry, entries, note

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

FILE = """
[users."ann@example.com"]
role = "analyst"

[users."ole@example.com"]
role = "operator"

[users."shop@example.com"]
role = "merchant"
merchants = ["jd:1", "jd:2"]

[users."new@example.com"]
role = "merchant"
merchants = []
"""


@pytest.fixture
def access(tmp_path: Path) -> Path:
    path = tmp_path / "access.toml"
    path.write_text(FILE)
    return path


def test_each_role_sees_what_is_its_own(access: Path) -> None:
    found = {user: grant(access, Identity(user, LATER), NOW) for user in read_access(access)}
    sees = {user: [one.sees(shop) for shop in ("jd:1", "jd:3", "")] for user, one in found.items()}
    assert sees == {
        "ann@example.com": [True, True, True],
        "ole@example.com": [True, True, True],
        "shop@example.com": [True, False, False],
        "new@example.com": [False, False, False],
    }
    assert [user for user, one in found.items() if one.sees_market] == ["ann@example.com", "ole@example.com"]
    assert [user for user, one in found.items() if one.sees_operations] == ["ole@example.com"]


@pytest.mark.parametrize(
    ("identity", "sentence"),
    [
        (None, "Sign in"),
        (Identity("ole@example.com", NOW), "Your session has ended"),
        (Identity("ole@example.com", NOW - timedelta(days=9)), "Your session has ended"),
        (Identity("eve@example.com", LATER), "eve@example.com is signed in, but has no access yet"),
        (Identity("OLE@example.com", LATER), "has no access yet"),
        (Identity("", LATER), "has no access yet"),
    ],
)
def test_whoever_is_not_named_or_whose_time_is_over_gets_a_sentence(
    identity: Identity | None, sentence: str, access: Path
) -> None:
    with pytest.raises(RefusedError, match=sentence):
        grant(access, identity, NOW)


@pytest.mark.parametrize("name", ["owners.csv", "owners.parquet"])
def test_a_table_says_who_owns_which_shops_and_is_read_again_when_it_changes(name: str, access: Path) -> None:
    access.write_text(f'owners = "{name}"\n{FILE}')

    def owned(rows: list[tuple[str, str]]) -> None:
        table = pl.DataFrame(rows, schema=["user", "merchant_id"], orient="row")
        place = access.with_name(name)
        (table.write_csv if name.endswith("csv") else table.write_parquet)(place)

    owned([("lin", "jd:0001"), ("lin", "jd:2"), ("mei", "jd:2")])
    assert grant(access, Identity("lin", LATER), NOW) == Grant(
        "lin", "merchant", frozenset({"jd:0001", "jd:2"})
    )
    assert grant(access, Identity("mei", LATER), NOW).merchants == {"jd:2"}
    assert grant(access, Identity("ole@example.com", LATER), NOW).sees_operations
    owned([("mei", "jd:3")])
    assert grant(access, Identity("mei", LATER), NOW).merchants == {"jd:3"}
    with pytest.raises(RefusedError, match="lin is signed in, but has no access yet"):
        grant(access, Identity("lin", LATER), NOW)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (None, "is no table of user and merchant_id"),
        ("who,shop\nlin,jd:1\n", "is no table of user and merchant_id"),
        ("user,merchant_id\nlin,\n", "each row has a user and a merchant_id"),
        ('user,merchant_id\n"",jd:1\n', "each row has a user and a merchant_id"),
        ("user,merchant_id\nlin\n", "each row has a user and a merchant_id"),
        ("user,merchant_id\nole@example.com,jd:1\n", "ole@example.com stands in .* and in"),
    ],
)
def test_a_slip_in_the_table_grants_nothing_to_anybody(
    table: str | None, sentence: str, access: Path
) -> None:
    access.write_text(f'owners = "owners.csv"\n{FILE}')
    if table is not None:
        access.with_name("owners.csv").write_text(table)
    with pytest.raises(AccessFileError, match=sentence):
        read_access(access)
    with pytest.raises(RefusedError, match="cannot be read at the moment"):
        grant(access, Identity("ole@example.com", LATER), NOW)


def test_without_the_file_nobody_who_signs_in_sees_anything(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="has no access yet"):
        grant(tmp_path / "access.toml", Identity("ole@example.com", LATER), NOW)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("users = 3", "holds tables"),
        ("[user.x]\nrole = 'analyst'", "holds tables"),
        ("owners = 3\n[users]", "owners is the name of a .csv or .parquet file"),
        ("owners = '../access'", "owners is the name of a .csv or .parquet file"),
        ("[users.x\n", "no TOML file"),
        ("[users.x]\nrole = 'admin'", "the role of x is one of analyst, merchant, operator"),
        ("[users.x]\nmerchants = ['jd:1']", "the role of x is one of"),
        ("[users.x]\nrole = 'analyst'\nmerchants = ['jd:1']", "sees every shop: leave out merchants"),
        ("[users.x]\nrole = 'merchant'", "the merchants of x are a list"),
        ("[users.x]\nrole = 'merchant'\nmerchants = 'jd:1'", "the merchants of x are a list"),
        ("[users.x]\nrole = 'merchant'\nmerchants = ['']", "the merchants of x are a list"),
        ("[users.x]\nrole = 'merchant'\nmerchant = ['jd:1']", "x has role and merchants, and nothing else"),
    ],
)
def test_a_slip_in_the_file_grants_nothing_to_anybody(content: str, sentence: str, access: Path) -> None:
    access.write_text(f"{FILE}\n{content}" if content.startswith("[users") else content)
    with pytest.raises(AccessFileError, match=sentence):
        read_access(access)
    with pytest.raises(RefusedError, match="cannot be read at the moment"):
        grant(access, Identity("ole@example.com", LATER), NOW)


def in_place(access: Path, content: str) -> None:
    access.write_text(content)


def as_editors_do(access: Path, content: str) -> None:
    fresh = access.with_name("fresh")
    fresh.write_text(content)
    fresh.replace(access)


def within_the_same_tick(access: Path, content: str) -> None:
    """A file of the same length and time: only the file itself is another one."""
    before = access.stat()
    as_editors_do(access, content)
    os.utime(access, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("write", [in_place, as_editors_do, within_the_same_tick])
def test_what_is_taken_away_is_gone_at_the_next_question(
    write: Callable[[Path, str], None], access: Path
) -> None:
    mine = Identity("shop@example.com", LATER)
    assert grant(access, mine, NOW).sees("jd:2")
    write(access, FILE.replace('"jd:2"', '"jd:9"'))
    assert not grant(access, mine, NOW).sees("jd:2")
    write(access, FILE.replace("shop@", "chop@"))
    with pytest.raises(RefusedError):
        grant(access, mine, NOW)


def test_who_took_what_is_shown_to_the_shop_and_all_of_it_to_operators(tmp_path: Path) -> None:
    log = tmp_path / "log.sqlite"
    assert entries(log, COMMAND_LINE).is_empty()
    note(log, Entry("ole", "download", "waybills.csv", "jd:1", "b1", 7))
    note(log, Entry("shop", "link", "'; drop table entries; --", "jd:2", "b1", 3))
    note(log, Entry("eve", "refused", "/files/x"))
    shop = Grant("shop", "merchant", frozenset({"jd:1", "jd:3"}))
    analyst = Grant("ann", "analyst", None)
    assert entries(log, COMMAND_LINE)["user_name"].to_list() == ["eve", "shop", "ole"]
    assert entries(log, shop, "jd:1").select("user_name", "action", "row_count").rows() == [
        ("ole", "download", 7)
    ]
    assert entries(log, shop, "jd:3").is_empty()
    assert entries(log, analyst).is_empty()
    assert entries(log, analyst, "jd:2")["what"].to_list() == ["'; drop table entries; --"]
    for asked in ("jd:2", None):
        with pytest.raises(RefusedError):
            entries(log, shop, asked)
    logged_at = entries(log, COMMAND_LINE)["logged_at"]
    assert (datetime.now(UTC) - logged_at.to_list()[0]).total_seconds() < 60

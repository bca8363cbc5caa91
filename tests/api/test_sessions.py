import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from signed_in import SECRET, SIGN_IN, claims, cookies_of, signed

from api.sessions import SESSION, USER_COOKIE, Sessions
from api.sign_in import SignIn, read_sign_in
from warehouse.errors import WaymartError


@pytest.fixture
def sessions(tmp_path: Path) -> Sessions:
    return Sessions(SECRET, SIGN_IN, tmp_path / "ended.sqlite")


def test_a_session_is_whom_the_provider_vouched_for_until_twelve_hours_later(sessions: Sessions) -> None:
    signed_at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=3)
    found = sessions.of(cookies_of("lin@example.com", signed_at))
    assert found is not None
    assert found.identity.user == "lin@example.com"
    assert found.identity.ends_at == signed_at + SESSION
    assert timedelta(hours=12) == SESSION
    assert sessions.of(cookies_of("lin@example.com", signed_at), now=signed_at + SESSION) is None


@pytest.mark.parametrize(
    ("why", "cookies"),
    [
        ("no cookie", {}),
        ("older than twelve hours", cookies_of("lin@example.com", datetime.now(UTC) - SESSION)),
        ("signed with another key", {USER_COOKIE: signed(json.dumps(claims("x")), secret="t" * 64)}),
        ("signed as another cookie", {USER_COOKIE: signed(json.dumps(claims("x")), name="_streamlit_xsrf")}),
        ("of another server", cookies_of("lin@example.com", origin="https://elsewhere.example.com")),
        ("not logged in", cookies_of("lin@example.com", is_logged_in=False)),
        ("an address that nobody verified", cookies_of("lin@example.com", email_verified=False)),
        ("an address that says it is verified", cookies_of("lin@example.com", email_verified="true")),
        ("no address", cookies_of("")),
        ("a count of parts, and no parts", {USER_COOKIE: signed("chunks-2")}),
    ],
)
def test_a_cookie_that_proves_nothing_is_no_session(
    why: str, cookies: dict[str, str], sessions: Sessions
) -> None:
    assert sessions.of(cookies) is None, why


@given(place=st.integers(0, 10_000), letter=st.sampled_from("ABCXYZabcxyz019-_.="))
def test_no_changed_letter_of_a_cookie_makes_it_somebody_else(
    place: int, letter: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    sessions = Sessions(SECRET, SIGN_IN, tmp_path_factory.getbasetemp() / "tampered.sqlite")
    text = cookies_of("lin@example.com")[USER_COOKIE]
    place %= len(text)
    tampered = text[:place] + letter + text[place + 1 :]
    found = sessions.of({USER_COOKIE: tampered})
    honest = sessions.of({USER_COOKIE: text})
    # The last letter of a signature holds bits that do not count: the same session, and the same key.
    assert found is None or found == honest


def test_an_ended_session_stays_ended_however_its_cookie_is_written(
    sessions: Sessions, tmp_path: Path
) -> None:
    text = cookies_of("lin@example.com")[USER_COOKIE]
    session = sessions.of({USER_COOKIE: text})
    assert session is not None
    sessions.end(session)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    for last in ["", *letters, "=", "=="]:
        assert sessions.of({USER_COOKIE: text[:-1] + last}) is None
    elsewhere = Sessions(SECRET, SIGN_IN, tmp_path / "ended.sqlite")
    assert elsewhere.of({USER_COOKIE: text}) is None, "another server, or this one after a restart"
    assert elsewhere.of(cookies_of("lin@example.com", nonce="another time")) is not None


def in_parts(user: str, nonce: str) -> dict[str, str]:
    content = json.dumps(claims(user, nonce=nonce, padding=nonce * 50))
    half = content.index("padding")
    parts = {f"{USER_COOKIE}_1": content[:half], f"{USER_COOKIE}_2": content[half:]}
    return {name: signed(value, name=name) for name, value in parts.items()} | {
        USER_COOKIE: signed("chunks-2")
    }


def test_a_long_cookie_is_read_and_two_ended_ones_make_no_third(sessions: Sessions) -> None:
    first, second = in_parts("lin@example.com", "1"), in_parts("lin@example.com", "22")
    for cookies in (first, second):
        session = sessions.of(cookies)
        assert session is not None
        sessions.end(session)
    mixed = first | {f"{USER_COOKIE}_2": second[f"{USER_COOKIE}_2"]}
    assert sessions.of(mixed) is None


def test_people_may_be_named_by_another_claim(tmp_path: Path) -> None:
    by_sub = SignIn(**{**SIGN_IN.__dict__, "user_claim": "sub"})
    sessions = Sessions(SECRET, by_sub, tmp_path / "ended.sqlite")
    found = sessions.of(cookies_of("lin@example.com", sub="7f3a", email_verified=False))
    assert found is not None
    assert found.identity.user == "7f3a"


WHOLE = {
    "address": "https://waymart.example.com",
    "server_metadata_url": "https://id.example.com/.well-known/openid-configuration",
    "client_id": "waymart",
    "client_secret": "given by the provider",
}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"address": "http://waymart.example.com"}, "address begins with https://"),
        ({"address": "https://waymart.example.com/pages"}, "address is without a path"),
        ({"server_metadata_url": "http://id.example.com"}, "server_metadata_url begins with https://"),
        ({"client_secret": ""}, "client_id and client_secret"),
        ({"color": "blue"}, "is no sign-in"),
        ({"client_id": None}, "is no sign-in"),
    ],
)
def test_a_sign_in_that_cannot_be_right_is_a_sentence(
    change: dict[str, str | None], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "sign_in.toml"
    said = {name: value for name, value in (WHOLE | change).items() if value is not None}
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in said.items()))
    with pytest.raises(WaymartError, match=sentence) as caught:
        read_sign_in(path)
    assert WHOLE["client_secret"] not in str(caught.value)


def test_a_whole_sign_in_is_read_and_none_is_none(tmp_path: Path) -> None:
    path = tmp_path / "sign_in.toml"
    assert read_sign_in(path) is None
    path.write_text("".join(f'{name} = "{value}"\n' for name, value in WHOLE.items()))
    assert read_sign_in(path) == SignIn(**WHOLE)

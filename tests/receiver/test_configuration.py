"""Who may push is said by the configuration alone; what is wrong with it is a sentence without a secret."""

from pathlib import Path

import pytest

from receiver.configuration import ConfigurationError, read_doors
from receiver.signing import Push


def test_without_a_secret_nobody_may_push(tmp_path: Path) -> None:
    assert read_doors(tmp_path / "receive.toml", {}) == {}


def test_a_secret_may_stand_in_the_environment(tmp_path: Path) -> None:
    found = read_doors(tmp_path / "receive.toml", {"WAYMART_PUSH_SECRET_AFTERSHIP": "s"})
    assert [*found] == ["aftership"]
    assert found["aftership"].secrets == ("s",)


@pytest.mark.parametrize("provider", ["17track", "sf"])
def test_a_provider_whose_rule_no_document_confirms_is_off_until_the_rule_is_said(
    provider: str, tmp_path: Path
) -> None:
    path = tmp_path / "receive.toml"
    path.write_text(f'["{provider}"]\nsecret = "hush"\n')
    path.chmod(0o600)
    with pytest.raises(
        ConfigurationError, match=f"{provider}.*no document confirms.*write rule = "
    ) as raised:
        read_doors(path, {})
    assert "hush" not in str(raised.value)
    path.write_text(f'["{provider}"]\nsecret = "hush"\nrule = "address"\n')
    assert read_doors(path, {})[provider].is_signed(Push(b"{}", {}, "hush"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[cainiao]\nsecret = "hush"\n', "of whom no push is known"),
        ('[aftership]\nsecret = "hush"\ncolour = 1\n', "may say"),
        ("[aftership]\nper_second = 3\n", "has no secret"),
        ("[aftership]\nsecret = [1]\n", "secret that is no text"),
        ('[aftership]\nsecret = ""\n', "secret that is no text"),
        ('[aftership]\nsecret = "hush"\nrule = "sha1"\n', "has no rule"),
        ('[aftership]\nsecret = "hush"\nper_second = 0\n', "no number above 0"),
        ("[aftership]\nsecret = hush\n", "is no TOML"),
        ('aftership = "hush"\n', "may say"),
    ],
)
def test_what_is_wrong_is_said_and_the_secret_is_not(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "receive.toml"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(ConfigurationError, match=said) as raised:
        read_doors(path, {})
    assert "hush" not in str(raised.value)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "receive.toml"
    path.write_text('[aftership]\nsecret = "hush"\n')
    path.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_doors(path, {})


def test_two_secrets_hold_while_one_takes_the_place_of_the_other(tmp_path: Path) -> None:
    path = tmp_path / "receive.toml"
    path.write_text('[sf]\nsecret = ["new", "old"]\nrule = "address"\n')
    path.chmod(0o600)
    door = read_doors(path, {})["sf"]
    assert [door.is_signed(Push(b"", {}, secret)) for secret in ("new", "old", "other", "")] == [
        *(True, True),
        *(False, False),
    ]

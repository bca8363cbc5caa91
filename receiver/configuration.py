"""Who may push here, and with which secret: ``receive.toml``, and the environment."""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from receiver.senders import SENDERS, Sender
from receiver.signing import Push, Rule

#: Before the provider's name in capitals, the variable that holds its secret.
SECRET_PREFIX = "WAYMART_PUSH_SECRET_"

#: Pushes a second from one provider, unless the configuration says otherwise.
_PER_SECOND = 20_000
_KNOWN = {"secret", "rule", "per_second"}


class ConfigurationError(Exception):
    """What is wrong with the configuration, a sentence without a secret."""


@dataclass(frozen=True)
class Door:
    """A provider that may push: its rule, its secrets (the new and the old while they change), its rate."""

    sender: Sender
    rule: Rule
    secrets: tuple[str, ...]
    per_second: float = _PER_SECOND

    def is_signed(self, push: Push) -> bool:
        """Tell whether one of the secrets signed the push; while they change, both do."""
        return any(self.rule(push, secret) for secret in self.secrets)


def read_doors(path: Path, environment: Mapping[str, str] = os.environ) -> dict[str, Door]:
    """Return the providers that have a secret and a known rule, by their ids; none without a file.

    Raises ConfigurationError where the file can be read by others than its owner or says what is not known.
    """
    said = _read(path)
    doors = {}
    for provider_id, sender in SENDERS.items():
        secret = environment.get(f"{SECRET_PREFIX}{provider_id.upper()}")
        of_file = said.pop(provider_id, {})
        if secret and isinstance(of_file, dict):
            of_file = {"secret": secret} | of_file
        if (door := _door(sender, of_file)) is not None:
            doors[provider_id] = door
    if said:
        raise ConfigurationError(
            f"{path.name} names {', '.join(sorted(said))}, of whom no push is known: known are "
            f"{', '.join(sorted(SENDERS))}."
        )
    return doors


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(f"{path} holds secrets and others can read it: chmod 600 {path}.")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # What the parser says could repeat a secret.
        raise ConfigurationError(f"{path} is no TOML.") from None


def _door(sender: Sender, said: Any) -> Door | None:
    name = sender.provider_id
    if not isinstance(said, dict) or set(said) - _KNOWN:
        raise ConfigurationError(f"[{name}] may say {', '.join(sorted(_KNOWN))}.")
    secrets = said.get("secret", [])
    secrets = [secrets] if isinstance(secrets, str) else secrets
    if not isinstance(secrets, list) or not all(isinstance(one, str) and one for one in secrets):
        raise ConfigurationError(f"[{name}] has a secret that is no text: write one, or a list of them.")
    if not secrets:
        if said:
            raise ConfigurationError(
                f"[{name}] has no secret: write it, or set {SECRET_PREFIX}{name.upper()}."
            )
        return None
    rule: str = said.get("rule", next(iter(sender.rules)) if sender.is_confirmed else "")
    if rule not in sender.rules:
        why = f"has no rule {rule!r}" if rule else "signs in a way that no document confirms"
        known = " or ".join(f'rule = "{one}"' for one in sender.rules)
        raise ConfigurationError(f"[{name}] {why}: write {known}.")
    per_second = said.get("per_second", _PER_SECOND)
    if not isinstance(per_second, int | float) or per_second <= 0:
        raise ConfigurationError(f"[{name}] has a per_second that is no number above 0.")
    return Door(sender, sender.rules[rule], tuple(secrets), float(per_second))

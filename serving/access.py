"""Who may see what: from who asks to whose rows, the one answer for page, route, file and command."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Literal, get_args

import polars as pl

#: ``analyst`` sees every page and shop; ``operator`` also who took what; ``merchant`` its own shops alone.
Role = Literal["analyst", "merchant", "operator"]


#: Why something is refused, for who says it in another language.
Reason = Literal["nobody", "session_ended", "unreadable", "no_access", "no_shop", "link"]


class RefusedError(Exception):
    """What was asked for is not for who asks; its text is one sentence for that person."""

    def __init__(self, reason: Reason, sentence: str, user: str = "") -> None:
        super().__init__(sentence)
        self.reason, self.user = reason, user


@dataclass(frozen=True)
class Identity:
    """Who asks, as the sign-in vouches for it, and the end of the session (UTC)."""

    user: str
    ends_at: datetime


@dataclass(frozen=True)
class Grant:
    """What someone may see now: ``merchants`` are the ids of its shops, None means every shop.

    A grant is asked for at each action and never kept, so that what is taken away is gone at the next one.
    """

    user: str
    role: Role
    merchants: frozenset[str] | None

    def sees(self, merchant_id: str) -> bool:
        """Tell whether the rows of a merchant are for this reader."""
        return self.merchants is None or merchant_id in self.merchants

    def require(self, merchant_id: str) -> None:
        """Raise RefusedError where the merchant's rows are not for this reader.

        The sentence is the same whether or not there is such a shop: it must not tell which there are.
        """
        if not self.sees(merchant_id):
            raise RefusedError("no_shop", f"{self.user} has no shop {merchant_id}.", self.user)

    @property
    def sees_market(self) -> bool:
        """Whether the pages of the whole market are for this reader."""
        return self.merchants is None

    @property
    def sees_operations(self) -> bool:
        """Whether who took what of every shop, and how the server does, is for this reader."""
        return self.role == "operator"


#: Whoever sits at the machine, where the pages are served to it alone and nobody signs in.
THIS_MACHINE = Grant("this machine", "analyst", None)

#: Whoever may give commands: such a person reads the files themselves anyway.
COMMAND_LINE = Grant("the command line", "operator", None)


def grant(access: Path, identity: Identity | None, now: datetime | None = None) -> Grant:
    """Return what someone may see now, as ``access.toml`` says; it is read again whenever it changed.

    Raises:
        RefusedError: nobody is signed in, the session has ended, the file does not name the user, or it
            cannot be read. There is no answer that grants more because something is missing.
    """
    if identity is None:
        raise RefusedError("nobody", "Sign in to see anything.")
    if identity.ends_at <= (now or datetime.now(UTC)):
        raise RefusedError("session_ended", "Your session has ended: sign in again.")
    try:
        users = read_access(access)
    except AccessFileError:
        raise RefusedError(
            "unreadable", "Who may see what cannot be read at the moment: ask whoever runs this server."
        ) from None
    found = users.get(identity.user)
    if found is None:
        raise RefusedError(
            "no_access",
            f"{identity.user} is signed in, but has no access yet: ask whoever runs this server.",
            identity.user,
        )
    return found


def is_loopback(host: str) -> bool:
    """Tell whether nobody but this machine reaches a host: only there may a server ask nobody to sign in."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


class AccessFileError(Exception):
    """The file of who may see what does not say it; its text is one sentence for an operator."""


def read_access(path: Path) -> dict[str, Grant]:
    """Return the grant of each user that the file names; raises AccessFileError.

    The file has a table for each user: ``role``, and for a merchant ``merchants``, the ids of its shops::

        [users."lin@example.com"]
        role = "merchant"
        merchants = ["pinduoduo:M000000000017"]

    Where shops are many, a table says who owns them: ``owners = "owners.csv"`` above the users names a CSV
    or Parquet file beside this one, a row per ``user`` and ``merchant_id``. Whoever it names is a merchant;
    nobody may stand in both. It is read again whenever it changes, too.

    One entry that cannot be right makes the whole file unreadable: a slip must not grant something else.
    """
    state = _state(path)
    if state is None:
        return {}
    users, owners = _read(path, state)
    return users if owners is None else _read_both(path, state, owners, _state(owners))


#: Times, size and number of a file: in another state it is another question.
_State = tuple[int, int, int, int]


def _state(path: Path) -> _State | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ctime_ns, found.st_mtime_ns, found.st_size, found.st_ino


@lru_cache(maxsize=4)
def _read(path: Path, state: _State) -> tuple[dict[str, Grant], Path | None]:
    """Return the users of the file as it is in this state, and where the table of owners is."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AccessFileError(f"{path} is no TOML file: {error}.") from None
    users, owners = content.get("users", {}), content.get("owners")
    if set(content) - {"users", "owners"} or not isinstance(users, dict):
        raise AccessFileError(f'{path}: it holds tables [users."NAME"], owners, and nothing else.')
    if owners is not None and not (isinstance(owners, str) and owners.endswith((".csv", ".parquet"))):
        raise AccessFileError(f"{path}: owners is the name of a .csv or .parquet file.")
    grants = {user: _grant(path, user, entry) for user, entry in users.items()}
    return grants, None if owners is None else path.parent / owners


@lru_cache(maxsize=4)
def _read_both(path: Path, state: _State, owners: Path, owners_state: _State | None) -> dict[str, Grant]:
    """Return the users of the file and of the table, as both are in these states."""
    users, _ = _read(path, state)
    try:
        table = (
            pl.read_csv(owners, infer_schema=False) if owners.suffix == ".csv" else pl.read_parquet(owners)
        )
        rows = table.select(pl.col("user", "merchant_id").cast(pl.String))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise AccessFileError(f"{owners} is no table of user and merchant_id: {error}.") from None
    if (
        rows.null_count().sum_horizontal().item()
        or (rows == "").select(pl.any_horizontal(pl.all().any())).item()
    ):
        raise AccessFileError(f"{owners}: each row has a user and a merchant_id.")
    owned = {user: frozenset(shops) for user, shops in rows.group_by("user").agg("merchant_id").rows()}
    if twice := sorted(users.keys() & owned.keys()):
        raise AccessFileError(f"{twice[0]} stands in {path} and in {owners}: leave it out of one.")
    return users | {user: Grant(user, "merchant", shops) for user, shops in owned.items()}


def _grant(path: Path, user: str, entry: Any) -> Grant:
    if not isinstance(entry, dict) or set(entry) - {"role", "merchants"}:
        raise AccessFileError(f"{path}: {user} has role and merchants, and nothing else.")
    role, merchants = entry.get("role"), entry.get("merchants")
    if role == "analyst" or role == "operator":
        if merchants is not None:
            raise AccessFileError(f"{path}: {user} is {role} and sees every shop: leave out merchants.")
        return Grant(user, role, None)
    if role != "merchant":
        raise AccessFileError(f"{path}: the role of {user} is one of {', '.join(get_args(Role))}.")
    if not isinstance(merchants, list) or not all(isinstance(one, str) and one for one in merchants):
        raise AccessFileError(f"{path}: the merchants of {user} are a list of ids.")
    return Grant(user, "merchant", frozenset(merchants))

"""What a reader chose, kept in the URL: a reload or a colleague sees the same."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Literal, get_args

Compare = Literal["previous", "year"]
TierReading = Literal["fixed", "at_date"]


@dataclass(frozen=True)
class Filters:
    """One reader's choice; a field at its default is not in the URL and has no chip.

    ``currency`` empty means the currency with the most orders; several values of a filter are joined by "or".
    """

    period: str = "6m"
    compare: Compare = "previous"
    platform: tuple[str, ...] = ()
    tier_reading: TierReading = "fixed"
    tier: tuple[str, ...] = ()
    province: tuple[str, ...] = ()
    courier: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    currency: str = ""

    @classmethod
    def from_query(cls, query: Mapping[str, list[str]]) -> "Filters":
        """Read the URL's parameters; what is not a filter of ours, or says nothing, is left alone."""
        chosen: dict[str, object] = {}
        for field in fields(cls):
            values = [value for value in query.get(field.name, []) if value]
            if values:
                chosen[field.name] = tuple(values) if field.default == () else values[-1]
        if chosen.get("compare") not in get_args(Compare):
            chosen.pop("compare", None)
        if chosen.get("tier_reading") not in get_args(TierReading):
            chosen.pop("tier_reading", None)
        return cls(**chosen)  # type: ignore[arg-type]

    def to_query(self) -> dict[str, list[str]]:
        """Write the parameters of the URL; ``from_query`` reads the same choice back."""
        query: dict[str, list[str]] = {}
        for name in self.active():
            value = getattr(self, name)
            query[name] = list(value) if isinstance(value, tuple) else [value]
        return query

    def active(self) -> list[str]:
        """Return the names of the filters that are not at their default, in the order of the sidebar."""
        return [field.name for field in fields(self) if getattr(self, field.name) != field.default]

    def without(self, name: str) -> "Filters":
        """Return the same choice with one filter back at its default."""
        default = next(field.default for field in fields(self) if field.name == name)
        return self.changed(name, default)

    def changed(self, name: str, value: object) -> "Filters":
        """Return the same choice with one filter set."""
        return replace(self, **{name: tuple(value) if isinstance(value, list) else value})  # type: ignore[arg-type]

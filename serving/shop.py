"""A merchant's own rows in the published build, and the market beside them, for who may see them."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from serving.access import Grant
from serving.benchmark import Breakdown, benchmark
from serving.extract_kinds import OF_MERCHANTS
from serving.published import Conditions, Every, Published


def shops(published: Published, grant: Grant) -> list[str]:
    """Return the ids of the merchants that have rows in this build and are for this reader, in order."""
    known = published.values("extract_order_lines", "merchant_id")
    return [merchant_id for merchant_id in known if grant.sees(merchant_id)]


@dataclass(frozen=True)
class Shop:
    """One merchant's rows, the metrics over them, and what it may be told of the market.

    No other merchant's rows can be asked for through it.

    Raises RefusedError when it is made for a merchant that is not this reader's.
    """

    published: Published
    grant: Grant
    merchant_id: str

    def __post_init__(self) -> None:
        self.grant.require(self.merchant_id)

    def rows(
        self,
        table: str,
        columns: Sequence[str],
        filters: Conditions | None = None,
        order_by: str | None = None,
        limit: int = 1_000,
    ) -> pl.DataFrame:
        """Return the merchant's rows of a table; see ``Published.rows``."""
        return self.published.rows(table, columns, self._own(table, filters), order_by, limit)

    def metrics(
        self,
        table: str,
        names: Sequence[str],
        by: Sequence[str | Every] = (),
        filters: Conditions | None = None,
    ) -> pl.DataFrame:
        """Return metrics over the merchant's rows of a table; see ``Published.metrics``."""
        return self.published.metrics(table, names, by, self._own(table, filters))

    def judged(
        self,
        table: str,
        names: Sequence[str],
        by: Sequence[str | Every] = (),
        filters: Conditions | None = None,
    ) -> pl.DataFrame:
        """Return metrics over the merchant's rows with what judges them; see ``Published.judged``."""
        return self.published.judged(table, names, by, self._own(table, filters))

    def market(self, breakdown: Breakdown) -> pl.DataFrame:
        """Return the market of the shop's platform by month; see ``serving.benchmark``."""
        return benchmark(self.published, self.grant, self.merchant_id, breakdown)

    def _own(self, table: str, filters: Conditions | None) -> Conditions:
        """Return the conditions with the merchant's own, whatever they said about merchants."""
        if table not in OF_MERCHANTS:
            raise LookupError(f"{table} holds no merchant's rows.")
        return {**(filters or {}), "merchant_id": [self.merchant_id]}

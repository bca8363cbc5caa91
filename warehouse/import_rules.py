"""Which import rules hold for parcels, and what is taken of them: the SQL of the models, asked from Python.

The rules are the seeds ``import_rules``, ``exchange_rates`` and ``trade_areas``, and a user's own files
``import_rules.csv`` and ``exchange_rates.csv`` in ``WAYMART_HOME``, or files that are named.
"""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import jinja2

from warehouse.connection import open_warehouse
from warehouse.errors import WaymartError
from warehouse.settings import Settings

KINDS = ("duty", "tax", "fee")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A parcel at the border; what is not known is None and makes what depends on it unknown.

    Amounts are in ``currency`` (ISO 4217), countries ISO 3166-1, ``entry_date`` is the destination's.
    ``tariff_headings`` are codes of the Harmonized System, a subheading being their first six digits.
    """

    destination_country_code: str | None
    origin_country_code: str | None = None
    channel: str | None = None
    scheme: str | None = None
    tariff_headings: tuple[str, ...] | None = None
    currency: str | None = None
    goods_amount: Decimal | None = None
    freight_amount: Decimal | None = None
    item_count: int | None = None
    entry_date: date | None = None

    def subheadings(self) -> tuple[str, ...] | None:
        """Return the tariff subheadings, each once."""
        if self.tariff_headings is None:
            return None
        digits = ("".join(filter(str.isdigit, code))[:6] for code in self.tariff_headings)
        return tuple(sorted({code for code in digits if code})) or None


class ImportRules:
    """The rules that hold for this line: the project's, and the user's."""

    def __init__(
        self, settings: Settings, rules_file: Path | None = None, rates_file: Path | None = None
    ) -> None:
        """Read the rules.

        Args:
            settings: where the project's seeds and the user's own files lie.
            rules_file: a user's file in the place of ``import_rules.csv`` in ``WAYMART_HOME``.
            rates_file: the same for ``exchange_rates.csv``.

        Raises:
            WaymartError: a file is not there or a row of it cannot be read.
        """
        self._macros = _macros(settings.dbt_project / "macros" / "border")
        self._connection = duckdb.connect()
        self._connection.execute("set timezone = 'UTC'")
        self._settings = settings
        self._users_rules = _users_files(rules_file, settings.home / "import_rules.csv")
        self._read("import_rules", "import_rules", self._users_rules)
        rates = _users_files(rates_file, settings.home / "exchange_rates.csv")
        self._read("exchange_rates", "exchange_rates", rates)
        areas = self._read_csv(settings.dbt_project / "seeds" / "trade_areas.csv")
        self._connection.execute(
            "create table trade_areas as select * replace (cast(valid_from as date) as valid_from, "
            f"cast(valid_to as date) as valid_to) from {areas}"
        )

    def charges(self, *entries: Entry) -> list[dict[str, Any]]:
        """Return what is taken of parcels: for each a row for duty, tax and fee, with the rule and why."""
        names = tuple(_COLUMNS)
        typed = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
        self._connection.execute(f"create or replace temp table entries ({typed})")
        self._connection.executemany(
            f"insert into entries values ({', '.join('?' * len(names))})",
            [[row[name] for name in names] for row in map(_row, range(len(entries)), entries)],
        )
        asked = self._connection.execute(
            f"with {self._charges_sql()} "
            "select charges.*, rules.* exclude (rule_id, kind, basis, currency, fee_per, exempt_up_to, "
            "applies_up_to, rate_percent, fixed_fee, fixed_fee_high) "
            "from charges left join import_rules as rules using (rule_id) "
            "order by cast(entry_id as bigint), list_position(['duty', 'tax', 'fee'], charges.kind)"
        )
        return _rows(asked)

    def landed_cost(self) -> dict[str, Any]:
        """Return what the parcel that was asked for last costs once it is there, in its own currency."""
        sql = f"with {self._charges_sql()}, {self._macros.landed_costs('entries')} from landed_costs"
        return _rows(self._connection.execute(sql))[0]

    def what_if(self, file: Path) -> list[dict[str, Any]]:
        """Return what the parcels of the warehouse would cost, were a file's rules in force beside these.

        A row of the file counts before all others of its reach, an announced one as if it were in force. One
        row per destination country and currency: parcels, of how many a charge would be another one, the
        first and last day of entry of those, and the landed cost under both sets of the parcels of which it
        is known under both.

        Raises:
            WaymartError: the file is not there or cannot be read, or the warehouse has no parcels abroad.
        """
        asked = [*_users_files(file, file), *self._users_rules]
        self._read("other_rules", "import_rules", asked, is_asked=True)
        with open_warehouse(self._settings, read_only=True) as warehouse:
            try:
                crossings = self._macros.crossing_entries("core.fct_border_crossings")
                rows = warehouse.execute(crossings).to_arrow_table()
            except duckdb.CatalogException as error:
                raise WaymartError("No parcels abroad are built yet: `waymart run`.") from error
        self._connection.register("crossings", rows)
        for name, rules in (("landed_now", "import_rules"), ("landed_then", "other_rules")):
            self._connection.execute(
                f"create or replace temp table {name} as with {self._charges_sql('crossings', rules)}, "
                f"{self._macros.landed_costs('crossings')} from landed_costs"
            )
        return _rows(self._connection.execute(_WHAT_IF))

    def currencies(self, country: str, day: date) -> list[str]:
        """Return in which currencies a country's rules speak of entries on a day; without one, its area's."""
        found = self._connection.execute(
            "select currency from import_rules where currency is not null and status = 'in_force' "
            f"and valid_from <= $2 and coalesce(valid_to >= $2, true) and {_OF_COUNTRY} "
            "group by currency, destination = $1 "
            "qualify rank() over (order by destination = $1 desc) = 1 order by currency",
            [country, day],
        )
        return [row[0] for row in found.fetchall()]

    def channels(self) -> list[str]:
        """Return the ways of entry that rules may speak of."""
        found = self._connection.execute(
            "select channel from import_rules where channel is not null union select 'post' union "
            "select 'express' order by 1"
        )
        return [row[0] for row in found.fetchall()]

    def changes(self, country: str, day: date) -> list[dict[str, Any]]:
        """Return the rules of a country that begin after a day or are announced, the next one first."""
        found = self._connection.execute(
            "select rule_id, kind, origin, channel, scheme, status, valid_from, date_precision, source "
            f"from import_rules where (valid_from > $2 or status = 'announced') and {_OF_COUNTRY} "
            "order by valid_from, rule_id",
            [country, day],
        )
        return _rows(found)

    def _charges_sql(self, entries: str = "entries", rules: str = "import_rules") -> str:
        sql: str = self._macros.import_charges(entries, rules, "exchange_rates", "trade_areas")
        return sql

    def _read(self, table: str, name: str, users: list[Path], **how: bool) -> None:
        """Read a seed and users' files of its form, the first of which counts most, into a table."""
        seed = self._read_csv(self._settings.dbt_project / "seeds" / f"{name}.csv")
        known = self._columns(seed)
        for file in users:
            if unknown := set(self._columns(self._read_csv(file))) - set(known):
                raise WaymartError(
                    f"{file}: no column is called {', '.join(sorted(unknown))}; "
                    f"these are: {', '.join(known)}."
                )
        sql = getattr(self._macros, f"{name}_of")(seed, [self._read_csv(file) for file in users], **how)
        said = " and ".join(map(str, users))
        try:
            self._connection.execute(f"create or replace table {table} as {sql}")
        except duckdb.Error as error:
            raise WaymartError(f"{said}: {str(error).splitlines()[0]}") from error
        for column, allowed in _WORDS.get(name, {}).items():
            is_told = "fixed_fee is not null" if column == "fee_per" else "true"
            wrong = self._connection.execute(
                f"select {column} from {table} where {is_told} and ({column} is null or {column} not in "
                f"({', '.join('?' * len(allowed))}))",
                list(allowed),
            ).fetchone()
            if wrong is not None:
                raise WaymartError(
                    f"{said}: {column} is {wrong[0]!r}, and may be one of {', '.join(allowed)}."
                )

    def _read_csv(self, file: Path) -> str:
        sql: str = self._macros.users_csv(str(file))
        return sql

    def _columns(self, relation: str) -> list[str]:
        return [row[0] for row in self._connection.execute(f"describe from {relation}").fetchall()]


#: The parcels that `import_charges` reads.
_COLUMNS = {
    "entry_id": "varchar",
    "destination_country_code": "varchar",
    "origin_country_code": "varchar",
    "channel": "varchar",
    "scheme": "varchar",
    "tariff_heading": "varchar",
    "currency": "varchar",
    "goods_amount": "decimal(18, 2)",
    "freight_amount": "decimal(18, 2)",
    "heading_count": "bigint",
    "item_count": "bigint",
    "entry_date": "date",
}
_CHANGED = """
    (landed_now.duty_amount, landed_now.tax_amount, landed_now.fee_amount, landed_now.missing)
    is distinct from
    (landed_then.duty_amount, landed_then.tax_amount, landed_then.fee_amount, landed_then.missing)
"""
_BOTH_KNOWN = "landed_now.landed_cost_amount is not null and landed_then.landed_cost_amount is not null"
_WHAT_IF = f"""
    select
        crossings.destination_country_code,
        crossings.currency,
        count(*) as crossing_count,
        count(*) filter ({_CHANGED}) as changed_count,
        count(*) filter ({_BOTH_KNOWN}) as compared_count,
        sum(landed_now.landed_cost_amount) filter ({_BOTH_KNOWN}) as landed_cost_amount,
        sum(landed_then.landed_cost_amount) filter ({_BOTH_KNOWN}) as landed_cost_amount_then,
        mode(landed_then.missing) as missing_most_often_then,
        min(crossings.entry_date) filter ({_CHANGED}) as first_changed_entry_date,
        max(crossings.entry_date) filter ({_CHANGED}) as last_changed_entry_date
    from crossings
    inner join landed_now using (entry_id)
    inner join landed_then using (entry_id)
    group by all
    order by all
"""
#: Of a country ($1) or of an area that it belongs to on the rule's first day or on a later one ($2).
_OF_COUNTRY = """(destination = $1 or destination in (
    select area from trade_areas where country_code = $1
    and coalesce(trade_areas.valid_from <= coalesce(import_rules.valid_to, date '9999-12-31'), true)
    and coalesce(trade_areas.valid_to >= greatest(import_rules.valid_from, $2), true)
))"""
_WORDS = {
    "import_rules": {
        "kind": KINDS,
        "status": ("in_force", "announced", "withdrawn"),
        "date_precision": ("day", "month", "year"),
        "fee_per": ("parcel", "consignment", "item", "tariff subheading and parcel"),
        "basis": ("goods_value", "goods_and_freight", "parcel", "tariff_heading", "consignment", "item"),
    }
}


def _users_files(named: Path | None, kept: Path) -> list[Path]:
    """Return the file that is named, else the one that is kept, if any."""
    if named is not None and not named.is_file():
        raise WaymartError(f"{named}: there is no such file.")
    return [named] if named is not None else [kept] if kept.is_file() else []


def _row(number: int, entry: Entry) -> dict[str, Any]:
    """Return a parcel as a row that the macro reads."""
    subheadings = entry.subheadings()
    row = {field.name: getattr(entry, field.name) for field in fields(entry)}
    return row | {
        "entry_id": str(number),
        "heading_count": None if subheadings is None else len(subheadings),
        "tariff_heading": subheadings[0] if subheadings and len(subheadings) == 1 else None,
    }


def _macros(folder: Path) -> Any:
    """Return dbt's macros of a folder as functions that return SQL."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.sql")))
    template = jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text)
    return SimpleNamespace(**template.make_module().__dict__)


def _rows(asked: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    names = [column[0] for column in asked.description or ()]
    return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]

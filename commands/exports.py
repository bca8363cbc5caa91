"""The command that makes an export of any shop system readable: ``waymart map``."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from commands.steps import mapped, rehearse_files
from warehouse.errors import WaymartError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from ingest.mapping.mapping import ColumnMapping

group = typer.Typer()


@group.command(
    name="map",
    epilog="Example: `waymart map orders.xlsx --name my_shop --platform taobao --currency CNY "
    "--time-zone Asia/Shanghai`, then `waymart ingest --mapping my_shop orders.xlsx`",
)
def map_export(
    file: Annotated[Path, typer.Argument(help="An export with a line of names: CSV, Excel or Parquet.")],
    name: Annotated[str | None, typer.Option(help="What the mapping is called; else as the file.")] = None,
    platform: Annotated[str, typer.Option(help="Where it was sold: taobao, jd, shopify, …")] = "",
    currency: Annotated[str, typer.Option(help="Of the amounts, where the file does not say: CNY.")] = "",
    time_zone: Annotated[str, typer.Option(help="Of times that carry none: Asia/Shanghai.")] = "",
    shop: Annotated[str, typer.Option(help="The shop, where the file does not say; else the name.")] = "",
) -> None:
    """Find out which column of an export is which of the contract, and show what would be read.

    The mapping is a file that you correct; it is kept, and shown when the command is given again.
    """
    from commands.console import out
    from ingest.errors import IntakeError
    from ingest.finding.exports import readable_export
    from ingest.finding.find import find_files
    from ingest.mapping.mapping import read_mapping, write_mapping
    from ingest.mapping.suggest import Known, encoding_of, suggest, unused

    settings = Settings.from_environment()
    called = name or re.sub(r"\W+", "_", file.stem).strip("_").lower() or "export"
    path = settings.mappings / f"{called}.toml"
    seeds = settings.dbt_project / "seeds"
    try:
        if not file.is_file():
            raise WaymartError(f"{file} does not exist: give an export, CSV, Excel or Parquet.")
        kept = read_mapping(path) if path.exists() else None
        encoding = kept.encoding if kept else encoding_of(file)
        with readable_export(file, encoding, settings.home) as export:
            known = Known(platform, currency, time_zone, shop)
            mapping = kept or suggest(export, called, known, encoding, seeds / "couriers.csv")
            if not kept:
                write_mapping(mapping, path)
            _show(mapping, unused(export, mapping))
            if [*mapping.entities()]:
                sender, options = mapped(settings, called)
                rehearse_files(settings, sender, find_files(sender, [export]), options)
    except IntakeError as error:
        raise WaymartError(str(error)) from error
    out.print(
        f"The mapping is {path}: correct it and give the command again to see what changes.", markup=False
    )
    if [*mapping.entities()]:
        out.print(f"Load it: waymart ingest --mapping {called} {file}", markup=False)


def _show(mapping: "ColumnMapping", unused: list[str]) -> None:
    from commands.console import out, table
    from ingest.contract import CONTRACT

    rows = [
        (said.column or f"always {said.always}", section, column, f"× {said.times}" if said.times else "")
        for section, fields in mapping.sections.items()
        for column, said in fields.items()
    ]
    out.print(table("Columns", ("of the file", "entity", "of the contract", ""), rows))
    words = [(column, *pair) for column, of_column in mapping.words.items() for pair in of_column.items()]
    if words:
        out.print(table("Words", ("column", "of the file", "code"), words))
    if unused:
        out.print(f"Not used: {', '.join(unused)}.", markup=False)
    for entity in CONTRACT:
        if entity.name in mapping.sections and (missing := mapping.missing(entity)):
            named = ", ".join(f"{column.name} ({column.meaning})" for column in missing)
            out.print(f"{entity.name} cannot be read yet, they need {named}.", markup=False)

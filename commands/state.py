"""The command that tells how things stand: ``waymart status``."""

from typing import Annotated

import typer

from warehouse.settings import Settings

group = typer.Typer()


@group.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Tell what was loaded, built and published, and how fresh it is."""
    import json

    from commands.console import print_status
    from warehouse.status import read_status

    found = read_status(Settings.from_environment())
    if as_json:
        print(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        print_status(found)

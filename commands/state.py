"""The command that tells how things stand: ``waymart status``."""

from typing import Annotated

import typer

from warehouse.settings import Settings

group = typer.Typer()


@group.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Tell what was loaded, built and published, and how fresh it is."""
    import json

    from commands.console import print_status, print_worker
    from serving.live import read_worker
    from warehouse.status import read_status

    settings = Settings.from_environment()
    worker = read_worker(settings.worker)
    if not as_json and worker is not None:
        print_worker(worker)  # first: a build of its may hold the warehouse for a while
    found = read_status(settings)
    if as_json:
        said = found.as_json() | {"worker": None if worker is None else worker.as_json()}
        print(json.dumps(said, ensure_ascii=False, indent=2))
    else:
        print_status(found)

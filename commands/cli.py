"""The entry of ``waymart``: each step of the line, for people and for cron.

Every command calls the rooms it needs from inside itself: ``--help`` must not wait for dbt, Great
Expectations or Streamlit.
"""

import os
import sys

import typer

from commands import (
    audience,
    border,
    choice,
    estimates,
    exports,
    intake,
    line,
    market,
    readers,
    receive,
    state,
    work,
)
from warehouse.errors import DiskFullError, WaymartError, is_disk_full
from warehouse.settings import Settings

app = typer.Typer(
    name="waymart",
    help="Bring shipping feeds to tested numbers, and publish them.",
    epilog="Start: waymart ingest PROVIDER PATH, then waymart run, then waymart dashboards. "
    "All state lies in WAYMART_HOME (default: data/ of the project).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
)
for module in (
    intake,
    exports,
    receive,
    line,
    work,
    market,
    readers,
    estimates,
    choice,
    audience,
    border,
    state,
):
    app.add_typer(module.group)


def main() -> None:
    """Run the command; an error is one sentence and exit code 1 (``WAYMART_DEBUG=1``: its traceback)."""
    try:
        app()
    except KeyboardInterrupt:
        _end("Stopped; what was published is unchanged.", 130)
    except WaymartError as error:
        _end(str(error), 1)
    except Exception as error:
        if is_disk_full(error):
            _end(str(DiskFullError(Settings.from_environment().home)), 1)
        if isinstance(error, OSError):
            _end(f"{error.filename or 'The system'}: {error.strerror or error}.", 1)
        first = str(error).strip().partition("\n")[0]
        _end(f"waymart met {type(error).__name__}: {first} (WAYMART_DEBUG=1 shows where).", 1)


def _end(sentence: str, code: int) -> None:
    if os.environ.get("WAYMART_DEBUG"):
        raise
    print(sentence, file=sys.stderr)
    sys.exit(code)

"""README tells the truth: what it names is there, and its tables equal the code."""

import re
import subprocess
from pathlib import Path

from typer.main import get_command

from commands.cli import app
from ingest.contract_page import document_providers

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_named_exists_with_its_options() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    named = re.findall(r"^waymart ([\w-]+)(.*?)(?:#.*)?$", README, flags=re.MULTILINE)
    assert named
    for name, arguments in named:
        assert name in commands
        options = {option for parameter in commands[name].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", arguments)) <= options


def test_every_make_target_named_exists() -> None:
    targets = set(re.findall(r"make ([a-z-]+)", README))
    assert targets
    for target in targets:
        subprocess.run(["make", "--dry-run", target], cwd=ROOT, check=True, capture_output=True)


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link


def test_the_table_of_providers_equals_the_code() -> None:
    assert document_providers() in README

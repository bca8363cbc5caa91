"""Each decision says why, what was measured and what would change it, and is found from the list."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "dbt_project" / "docs" / "decisions"
PAGES = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")


def test_the_list_names_every_page_and_no_other() -> None:
    listed = re.findall(r"\]\((\w+\.md)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    assert sorted(listed) == [page.name for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_says_what_why_what_was_measured_and_what_would_change_it(page: Path) -> None:
    parts = re.findall(r"^\*\*(.+?)\.\*\*", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert parts == ["Decision", "Why", "Measured", "What would change it"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_programs_and_tests_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:benchmarks|tests|warehouse|ingest)/[\w/.]+)`", text):
        assert (ROOT / path).exists(), path
    for name in re.findall(r"`(assert_\w+)`", text):
        assert (ROOT / "dbt_project" / "tests" / f"{name}.sql").exists(), name

"""The catalogues against the strings that stand in the pages, extracted anew."""

import ast
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import dashboards

ROOM = Path(dashboards.__file__).parent
CATALOGUES = sorted((ROOM / "languages").glob("*.po"))
MEND = "run `make languages` and write what is missing"


@pytest.fixture(scope="module")
def strings() -> set[Any]:
    """Every string of the pages; one with plural forms is a pair."""
    return {message for _, _, message, _, _ in extract_from_dir(ROOM)}


@pytest.fixture(params=CATALOGUES, ids=lambda path: path.stem)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    with request.param.open("rb") as file:
        return read_po(file, abort_invalid=True)


def messages(catalogue: Catalog) -> list[Message]:
    return [message for message in catalogue if message.id]


def forms(text: Any) -> list[str]:
    return [text] if isinstance(text, str) else [*text]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_string_of_the_pages_stands_in_each_catalogue(strings: set[Any], catalogue: Catalog) -> None:
    assert strings - {message.id for message in messages(catalogue)} == set(), MEND


def test_no_catalogue_holds_a_string_that_no_page_shows(strings: set[Any], catalogue: Catalog) -> None:
    assert {message.id for message in messages(catalogue)} - strings == set(), MEND
    assert not catalogue.obsolete, MEND


def test_every_string_is_translated_and_none_of_them_by_guessing(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        assert all(forms(message.string)), f"{message.id!r} is not translated"
        assert len(forms(message.string)) == (catalogue.num_plurals if message.pluralizable else 1)
        assert not message.fuzzy, f"{message.id!r} is marked fuzzy"


def test_a_translation_has_the_placeholders_of_its_string(catalogue: Catalog) -> None:
    for message in messages(catalogue):
        ours = set().union(*map(placeholders, forms(message.id)))
        for form in forms(message.string):
            assert placeholders(form) == ours, message.id


def test_a_placeholder_is_a_name_and_nothing_of_how_a_number_is_written(strings: set[Any]) -> None:
    for form in (form for string in strings for form in forms(string)):
        for _, name, written, conversion in Formatter().parse(form):
            assert name is None or (name.isidentifier() and not written and not conversion), form


@pytest.fixture(scope="module")
def calls() -> list[tuple[str, ast.Call]]:
    """Every call that looks a string up or marks it, and where it stands."""
    return [
        (f"{path.name}:{call.lineno}", call)
        for path in ROOM.rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and getattr(call.func, "id", None) in ("_", "N_", "ngettext")
    ]


def literals(call: ast.Call) -> list[str]:
    return [text.value for text in call.args if isinstance(text, ast.Constant)]


def test_no_string_stands_where_the_extraction_does_not_find_it(
    strings: set[Any], calls: list[tuple[str, ast.Call]]
) -> None:
    """Babel sees neither a call inside another's arguments nor one inside an f-string."""
    found = {form for string in strings for form in forms(string)}
    hidden = [(place, text) for place, call in calls for text in literals(call) if text not in found]
    assert hidden == []


def test_a_sentence_is_given_the_parts_that_it_names(calls: list[tuple[str, ast.Call]]) -> None:
    for place, call in calls:
        given = {keyword.arg for keyword in call.keywords}
        is_marked = getattr(call.func, "id", None) == "N_"
        if literals(call) and not is_marked and None not in given:  # None is a ** of parts
            assert set().union(*map(placeholders, literals(call))) == given, place

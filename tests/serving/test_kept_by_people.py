"""Notes and saved views: files that people write by hand or on a page, read the same."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.kept import KeptError, Note, read_notes, read_views, within, write_notes, write_views
from serving.period import Period

WORDS = st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=40)
DAYS = st.dates(date(2015, 1, 1), date(2030, 1, 1))
PERIODS = st.tuples(DAYS, DAYS).map(lambda days: Period(min(days), max(days)))


@given(st.lists(st.builds(Note, PERIODS, WORDS), max_size=5))
def test_notes_are_read_as_they_were_written(notes: list[Note]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "home" / "notes.toml"
        write_notes(path, notes)
        assert sorted(map(repr, read_notes(path))) == sorted(map(repr, notes))


@given(st.dictionaries(WORDS, WORDS, max_size=5))
def test_views_are_read_as_they_were_written(views: dict[str, str]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "home" / "views.toml"
        write_views(path, views)
        assert read_views(path) == views


def test_a_note_without_an_end_is_of_one_day_and_touches_the_periods_that_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "notes.toml"
    path.write_text('[[notes]]\nfrom = 2019-06-18\ntext = "sale"\n')
    (note,) = read_notes(path)
    assert note == Note(Period(date(2019, 6, 18), date(2019, 6, 18)), "sale")
    assert within([note], Period(date(2019, 6, 18), date(2019, 6, 30))) == [note]
    assert within([note], Period(date(2019, 6, 19), date(2019, 6, 30))) == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[notes]]\nfrom = 2019-06-18\n", "a note lacks 'text'"),
        ('[[notes]]\nfrom = "June"\ntext = "x"\n', "June is no date like 2019-06-18"),
        ("notes = 3\n", "is no file of notes"),
        ("[[notes]\n", "is no file of notes"),
    ],
)
def test_a_damaged_file_of_notes_says_what_is_wrong(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "notes.toml").write_text(text)
    with pytest.raises(KeptError, match=sentence):
        read_notes(tmp_path / "notes.toml")


@pytest.mark.parametrize("text", ["views = 3\n", "[views]\na = 3\n", "[views\n"])
def test_a_damaged_file_of_views_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "views.toml").write_text(text)
    with pytest.raises(KeptError, match="is no file of views"):
        read_views(tmp_path / "views.toml")

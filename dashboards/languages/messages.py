"""Sentences in the reader's language: gettext, from the catalogue of that language beside this file.

The source is English, so that it has no catalogue. A sentence stands whole, its parts as ``{name}``, and is
looked up when a page is drawn: what a module holds from its import on is marked with ``N_`` and looked up
later.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from dashboards.languages.language import language
from serving.formats import Language


def _(sentence: str, /, **parts: object) -> str:
    """Return a sentence in the reader's language, its ``{parts}`` filled in."""
    return _catalogue(language()).gettext(sentence).format(**parts)


def ngettext(one: str, many: str, number: int, /, **parts: object) -> str:
    """Return the form of a sentence that the number asks for, its ``{parts}`` filled in."""
    return _catalogue(language()).ngettext(one, many, number).format(**parts)


def N_(sentence: str) -> str:  # noqa: N802, gettext's name for it
    """Mark a sentence for the catalogues; ``_`` looks it up where it is shown."""
    return sentence


@cache
def _catalogue(of: Language) -> NullTranslations:
    path = Path(__file__).with_name(f"{of}.po")
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return GNUTranslations(compiled)

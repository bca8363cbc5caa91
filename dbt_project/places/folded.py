"""How names of places are compared: small letters without accents, punctuation as spaces.

The same as the macro ``folded`` of ``macros/places/world.sql``, letter by letter, so that a key made here is
found there; a test compares the two.
"""

import unicodedata

#: Accented Latin letters that a mark is taken off, and those that have none to take off.
_LETTERS = {
    "ß": "s",
    "ø": "o",
    "đ": "d",
    "ł": "l",
    "ı": "i",
    "æ": "a",
    "œ": "o",
    "ð": "d",
    "þ": "t",
    "ħ": "h",
}
_SPACES = "-'’‘ʼʻ`´/,\u00a0"
#: The full stop of an abbreviation, and marks that a letter before them wears.
_GONE = ".\u0300\u0301\u0302\u0303\u0304\u0307\u0308\u030c\u0327"


def letters() -> tuple[str, str]:
    """Return the characters that are changed and, place by place, what for; those beyond are left out."""
    accented = [chr(point) for point in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00))]
    pairs = dict(_LETTERS)
    for letter in accented:
        if letter == letter.lower() and letter not in pairs:
            plain = unicodedata.normalize("NFD", letter)[0]
            if plain != letter and "a" <= plain <= "z":
                pairs[letter] = plain
    pairs |= dict.fromkeys(_SPACES, " ")
    return "".join(pairs) + _GONE, "".join(pairs.values())


_FROM, _TO = letters()
_TABLE = str.maketrans(_FROM[: len(_TO)], _TO, _FROM[len(_TO) :])


def folded(name: str) -> str:
    """Return the name as it is looked up."""
    return name.lower().translate(_TABLE)

"""What readers call the values of a column: from the published dimensions, else the code as words."""

import re
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from weakref import WeakKeyDictionary

from babel import Locale

from serving.formats import Language, words
from serving.published import Published

#: Columns whose values are our own words; any other text is a provider's and stays as it came.
_VOCABULARY = {
    *("channel", "service", "waybill_system", "purpose", "status", "place_of_silence", "silence_band"),
    *("waybill_status", "milestone", "stage"),
    *("segment", "from_segment", "to_segment"),
    *("told_by", "estimate_level"),
    *("choice_reason", "saving_state", "saving_scope", "lane_level"),
    *("shift_kind", "item_kind", "basket_span", "first_order_cut", "first_order_band"),
    *("first_order_subsidy", "referrer_kind"),
    *("kind", "entity", "reason", "side_at_fault"),
    "difference_reason",
    *("charge_kind", "entry_channel", "missing_inputs", "origin_region", "border_hub"),
    *("rule_origin", "rule_channel", "rule_scheme", "rule_heading", "rule_limit", "rule_status"),
    *("fixed_charge", "charged_per", "date_precision"),
}

#: Columns of a category or a product, as its platform and its code there.
_CATEGORIES = {"category_id", "item_id", "other_item_id"}

#: Columns of countries by their ISO 3166-1 code, and of Chinese regions or else countries.
_COUNTRIES = ("country_code", "origin_region", "rule_origin")

#: How our own words are written.
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")

#: Where the names of a key stand; in Chinese beside them, as ``<name>_zh``, where there are any.
_DIMENSIONS = {
    "platform_id": ("dim_platforms", "platform_name"),
    "provider_id": ("dim_providers", "provider_name"),
    "courier_id": ("dim_couriers", "courier_name"),
    "adcode": ("dim_cities", "city_name"),
    "province_id": ("dim_provinces", "province_name"),
    "merchant_id": ("dim_merchants", "merchant_name"),
}

#: What was read of a build, for as long as anyone has it open: a page asks anew at each draw.
_known: WeakKeyDictionary[Published, dict[Language, dict[str, dict[str, str]]]] = WeakKeyDictionary()


@cache
def _key(column: str) -> str:
    """Return the key whose values a column holds: of ``destination_province_id`` it is ``province_id``."""
    if column == "waybill_system":  # Where a platform issued the label, its id.
        return "platform_id"
    return next((key for key in _DIMENSIONS if column == key or column.endswith(f"_{key}")), column)


class Names:
    """Names of values, read from one published build.

    Args:
        serving: the build.
        language: which of the published names are read; where there is none in it, the English one.
        translate: puts our own words, which come in English, in that language.
    """

    def __init__(
        self, serving: Published, language: Language = "en", translate: Callable[[str], str] = str
    ) -> None:
        self._serving = serving
        self._language = language
        self._translate = translate

    @cached_property
    def _known(self) -> dict[str, dict[str, str]]:
        of_build = _known.setdefault(self._serving, {})
        if self._language not in of_build:
            of_build[self._language] = {
                key: self._read(table, key, name) for key, (table, name) in _DIMENSIONS.items()
            }
        return of_build[self._language]

    def _read(self, table: str, key: str, name: str) -> dict[str, str]:
        names = [name]
        if self._language == "zh_CN" and self._serving.dictionary.has(table, "column", f"{name}_zh"):
            names.insert(0, f"{name}_zh")
        rows = self._serving.rows(table, [key, *names], limit=1_000_000)
        return {code: called for code, *of in rows.rows() if (called := next(filter(None, of), None))}

    @cached_property
    def _territories(self) -> Mapping[str, str]:
        return Locale.parse(self._language).territories

    def of(self, column: str, value: str | None) -> str:
        """Return the name of one value; null is "Not known"."""
        if value is None:
            return self._words(None)
        if column in _CATEGORIES:
            platform, _, category = value.rpartition(":")
            return self._category(category, platform) if platform else value
        if column == "missing_inputs":
            return self._gaps(value)
        if column.endswith(_COUNTRIES) and value in self._territories:
            return self._territories[value]
        name = self._known.get(_key(column), {}).get(value)
        return name or (self._words(value) if _is_ours(column, value) else value)

    def in_sentence(self, column: str, value: str) -> str:
        """Return the name as it stands inside a sentence: our own words small, names as they are."""
        if column.endswith(_COUNTRIES) and value in self._territories:
            return self._territories[value]
        name = self._known.get(_key(column), {}).get(value)
        return name or (self._words(value).lower() if _is_ours(column, value) else value)

    def _words(self, code: str | None) -> str:
        return self._translate(words(code))

    def _gaps(self, value: str) -> str:
        """Return what a landed cost lacks, ``duty: rate, tax: rule``, in words."""
        listed, of = ("、", "：") if self._language == "zh_CN" else (", ", ": ")
        parts = ([self._words(code) for code in part.split(": ")] for part in value.split(", "))
        # Of each gap the first word begins what is listed.
        return listed.join(of.join((first, *(word.lower() for word in rest))) for first, *rest in parts)

    def _category(self, code: str, platform: str) -> str:
        """Return a provider's code as words where it is written as ours are, and its platform."""
        category = self._words(code) if _CODE.fullmatch(code) else code
        at = self.of("platform_id", platform)
        return f"{category}（{at}）" if self._language == "zh_CN" else f"{category}, {at}"


def _is_ours(column: str, value: str) -> bool:
    is_word = (
        column in _VOCABULARY
        or column.endswith(_COUNTRIES)
        or _key(column) in _DIMENSIONS
        or column.startswith("tier")
    )
    return is_word and _CODE.fullmatch(value) is not None

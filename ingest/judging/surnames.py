"""Finds names by their surnames, in SQL: one or two characters after a common surname are taken for a name.

Left alone are the words of ``kept_words.csv`` (scans', places', couriers', shops'), what ends as places and
shops do (孙村公司, 高新区), and what no given name begins with. A place that goes with a name is no loss: the
place of a scan stands in columns of its own. A word that decides what a scan means never goes.
"""

import csv
from itertools import pairwise
from pathlib import Path

#: The characters with which the words begin that decide what a scan means, and others in no given name.
_NEVER_IN_NAMES = "派送签收揽投递取件已未往退拒寄您请的暂驿柜站裹码话代快疑异凭揽待等装到号处址员市族"
#: Nor do these stand second in one; at its end they belong to what follows.
_NEVER_SECOND = f"{_NEVER_IN_NAMES}上问发丰自在正为将先女师小电手联由与和是离来今前门同本被从并且又再给进开"
_PLACES = (
    "镇|乡|村|公司|中心|网点|营业|小区|花园|广场|大厦|超市|商店|学校|大学|医院|转运|集散|分拨|分部|便利店|门店|店|驿站|"
    "服务部|经营部|服务站|服务点"
)
_TITLES = "店长|站长|经理|主管|师傅|先生|女士|小姐|老师|同志|小哥|大哥|大姐|阿姨|老板"
_FIRST_HAN, _LAST_HAN = 0x4E00, 0x9FFF


def _read(name: str) -> list[str]:
    with Path(__file__).with_name(name).open(encoding="utf-8", newline="") as file:
        return [row[-1] for row in csv.reader(file)][1:]


def _han_without(excluded: str) -> str:
    """Return a class of the Han characters but for some."""
    gaps = sorted({ord(character) for character in excluded})
    bounds = [_FIRST_HAN - 1, *gaps, _LAST_HAN + 1]
    ranges = [(a + 1, b - 1) for a, b in pairwise(bounds) if a + 1 <= b - 1]
    return "[" + "".join(f"{chr(a)}-{chr(b)}" for a, b in ranges) + "]"


_KEPT = sorted(_read("kept_words.csv"), key=len, reverse=True)
_KEPT_WORDS = "|".join(_KEPT)
_SURNAMES = _read("surnames.csv")
_SURNAME = "(?:{}|[{}])".format(
    "|".join(name for name in _SURNAMES if len(name) > 1),
    "".join(name for name in _SURNAMES if len(name) == 1),
)
_ONE, _TWO = _han_without(_NEVER_IN_NAMES), _han_without(_NEVER_SECOND)
_NAME = rf"{_SURNAME}{_ONE}{_TWO}?"
#: A character of a name, and of no shop's.
NAME_PART = _han_without(f"{_NEVER_SECOND}店超楼园宝箱库仓房院厅室所部栈厂校")

#: What stands in most scans, begins with a surname and is no name, though kept_words.csv has many more.
_COMMON = {"成": "功", "谢": "您使", "安": "排", "方": "便"}
_NO_NAME = f"{_NEVER_IN_NAMES}】【，。,:：；（）() 0-9A-Za-z"
#: What a text needs to have to name someone by surname, found in one pass: most have not.
MAY_NAME = "|".join(
    (
        f"[{''.join(name for name in _SURNAMES if len(name) == 1 and name not in _COMMON)}][^{_NO_NAME}]",
        f"(?:{'|'.join(name for name in _SURNAMES if len(name) > 1)})[^{_NO_NAME}]",
        *(f"{name}[^{_NO_NAME}{words}]" for name, words in _COMMON.items()),
        rf"\p{{Han}}(?:{_TITLES})",
    )
)
#: What is kept, or else a name: the leftmost decides, and what is kept goes first.
_FOUND = (
    rf"({_KEPT_WORDS})|({_NAME}(?:{_TITLES})|{_SURNAME}(?:{_TITLES}))"
    rf"|({_SURNAME}(?:{_TWO}{{0,2}}?(?:{_PLACES})|{_TWO}{{1,2}}?[省市区县街路]))|({_NAME})"
)
#: A name is marked by what stands before and behind it; then all between is taken out.
STEPS = ((_FOUND, "\\1\\3\x05\\2\\4\x06"), ("\x05[^\x05\x06]+\x06", "*"))
MARKS = "\x05\x06"

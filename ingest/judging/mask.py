"""Takes people out of scan text, in SQL and before anything is stored.

Scans name riders, consumers and their phones in a few dozen turns of phrase; what stands in the place of
a name or a number becomes ``*``. Words that say what happened (已签收, 代收, 驿站 …) are kept, for the
rules that read the text see only what is stored. Where a name cannot be told from other words, the words
go too: a lost word is counted as unknown downstream, a stored name is not.
"""

_STOP = "，,。．；;：:、！!？?（）()【】\\[\\]<>《》\\s\x03"
#: People whose task puts their name into a scan.
_RIDER = (
    "派件员|派送员|配送员|投递员|揽投员|揽收员|揽件员|取件员|收件员|收派员|送货员|快递员|"
    "快递小哥|小哥|业务员|骑手|司机"
)
_PERSON = (
    f"{_RIDER}|派件人|派送人|投递人|揽收人|揽件人|取件人|签收人|收件人|收货人|寄件人|发件人|"
    "代签人|代收人|联系人|姓名|签收员"
)
#: What may follow such a word without being a name. In the steps \x03 and \x04 stand around such a word, the
#: first ends a name that stands before it, and \x02 protects what it stands before.
_KEPT = (
    "\x03|已|正在|将|为您|请|会|凭|在|本人|他人|家人|家门|同事|邻居|门卫|前台|物业|保安|收发|代收|代签|代理|签收|快递|丰巢|菜鸟|"
    "驿站|超市|自提|电话|手机|联系|每天|处|外呼|上门|拒收|退|未|不在|地址|无法|通过|其他"
)
_ENDS = f"[{_STOP}]|已|正在|将|为您|请|电话|手机|联系|签收|代收|拒收|派件|派送|投递|送达|上门|$"
_SURNAMES = (
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
    "廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷"
    "詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁]"
)

#: Names that are not Han have parts, with dots between.
_HAN_NAME = r"\p{Han}{2,4}?|\p{Han}+?·[\p{Han}·]+?"

_NUMBERS = (
    r"[0-9０-９]{7,}"
    r"|\+?(?:86[- ])?1[3-9][0-9][- ]?[0-9*]{4}[- ]?[0-9*]{4}"
    r"|0[0-9]{2,3}[- ][0-9*]{7,8}"
    r"|[48]00[- ][0-9]{3,4}[- ][0-9]{3,4}"
    r"|[0-9０-９]{0,4}\*{2,}[0-9*]+|[0-9０-９]{1,4}\*{2,}"
    r"|[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}"
)
_MASKED_IN_BRACKETS = r"[（(][^（()）]{0,10}\*"
_TITLES = "先生|女士|小姐|师傅"
_LATIN_WORDS = (
    "signed(?: for)? by|received by|collected by|recipient|courier|driver|rider|signatory|consignee|left with"
)
_LATIN = r"(?:[A-Za-z][A-Za-z.'’-]*[ ]?){1,5}"

#: Not the class of all letters: without regard to case that takes 25 ms to compile, for each file.
_LETTER = "[A-Za-zÀ-ÖØ-öø-ÿ一-龥·]"

#: What stands between such a word and a name; the steps know the words by their marks: with all of them in it
#: a pattern with groups takes RE2 three times as long.
_IS = "\x04(?:姓名|名字|是|为)?"
_GAP = "[：:\\s【\\[（(]"

#: Around people: applied in order to a text in which ``_AROUND`` is found.
_STEPS = (
    (_PERSON, "\x03\\0\x04"),
    (rf"({_IS}{_GAP}*|(?:交给|由|的|】|\])\s*)({_KEPT})", "\\1\x02\\2"),
    # 派件人: 王小明 · 签收人是【王小明】 · 快递员 王小明
    (rf"({_IS}{_GAP}+)(?:{_LATIN}|[^{_STOP}\x02]+?)({_ENDS})", "\\1*\\2"),
    # 快递员王小明（…
    (rf"(\x04[是为]?)(?:{_HAN_NAME})({_ENDS})", "\\1*\\2"),
    # 【网点】的王小明（137…）正在派件, or 快件交给王小明，正在派送途中
    (
        rf"((?:的|由|】|\])\s*)[^{_STOP}\x02]{{1,12}}(\s*{_MASKED_IN_BRACKETS})"
        rf"|(交给|由)(?:{_HAN_NAME})([，,（(]|正在|派送|派件|投递|为您|揽收)",
        "\\1\\3*\\2\\4",
    ),
)
_MARKS = "\x02\x03\x04"
_TITLED = (rf"({_SURNAMES}\p{{Han}}{{0,2}}?|\p{{Han}})({_TITLES})", "*\\2")
_ABROAD = (
    rf"(?i)((?:{_LATIN_WORDS})\s*[:：]?\s*)((?:{_LETTER}\.\s?)*{_LETTER}(?:{_LETTER}|['’ -]){{0,40}}?)"
    r"(\s*(?:[,.;:()，。；（）*]|$)|\s+(?:at|on|is|has|will|for|in)\b)",
    "\\1*\\3",
)

#: What the steps around people, those around titles, and all cannot do without: most scans name no one.
_AROUND = rf"{_PERSON}|交给|由|[（(]"
_CALLED = rf"{_TITLES}|(?i:{_LATIN_WORDS})"
_PERSONAL = rf"{_NUMBERS}|{_PERSON}|交给|由|{_MASKED_IN_BRACKETS}|{_CALLED}"


def _literal(pattern: str) -> str:
    return "'" + pattern.replace("'", "''") + "'"


def _replace(text: str, *steps: tuple[str, str]) -> str:
    for pattern, by in steps:
        text = f"regexp_replace({text}, {_literal(pattern)}, {_literal(by)}, 'g')"
    return text


def _clear(text: str) -> str:
    return f"translate({text}, {_literal(_MARKS)}, '')"


def _has(text: str, pattern: str) -> str:
    return f"regexp_matches({text}, {_literal(pattern)})"


def mask_sql(text: str) -> str:
    """Return SQL of the text without names and numbers of people."""
    numbers, called = (_NUMBERS, "*"), (_TITLED, _ABROAD)
    return (
        f"case when not {_has(text, _PERSONAL)} then {text} "
        f"when not {_has(text, _AROUND)} then {_replace(text, numbers, *called)} "
        f"when not {_has(text, _CALLED)} then {_clear(_replace(text, numbers, *_STEPS))} "
        f"else {_replace(_clear(_replace(text, numbers, *_STEPS)), *called)} end"
    )

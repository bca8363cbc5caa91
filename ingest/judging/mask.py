"""Takes people out of scan text, in SQL and before anything is stored.

Scans name riders, consumers and their phones in a few dozen turns of phrase; what stands in the place of
a name or a number becomes ``*``. Words that say what happened (已签收, 代收, 驿站 …) are kept, for the
rules that read the text see only what is stored. Where a name cannot be told from other words, the words
go too: a lost word is counted as unknown downstream, a stored name is not.
"""

from ingest.judging.surnames import MARKS as NAME_MARKS
from ingest.judging.surnames import MAY_NAME, NAME_PART
from ingest.judging.surnames import STEPS as NAMES

_STOP = "，,。．；;：:、！!？?（）()【】\\[\\]<>《》\\s\x03"
#: People whose task puts their name into a scan.
_RIDER = (
    "派件员|派送员|配送员|投递员|揽投员|揽收员|揽件员|取件员|收件员|收派员|送货员|快递员|"
    "快递小哥|小哥|业务员|骑手|骑士|闪送员|司机|小件员|装车员|扫描员|操作员|客服员|开单员|装车人|"
    "管家|店主|店长|站长|经理|老板|负责人|经办人"
)
_PERSON = (
    f"{_RIDER}|派件人|派送人|投递人|揽收人|揽件人|取件人|签收人|收件人|收货人|寄件人|发件人|"
    "代签人|代收人|联系人|姓名|签收员"
)
#: What may follow such a word without being a name. In the steps \x03 and \x04 stand around such a word, the
#: first ends a name that stands before it, and \x02 protects what it stands before.
_KEPT = (
    "\x03|已|正在|将|为您|请|会|凭|在|本人|他人|家人|家门|同事|邻居|门卫|前台|物业|保安|收发|代收|代签|代理|签收|快递|丰巢|菜鸟|"
    "驿站|超市|自提|电话|手机|联系|每天|处|外呼|上门|拒收|退|未|不在|地址|无法|通过|其他|客户|顾客|商家|卖家|买家|寄方|收方"
)
#: What is done by someone: before it, or after it and a colon, stands who.
_DONE = (
    "签收|代签|代收|收取|领取|取走|取出|取件|揽收|揽件|收件|装车|派件|派送|配送|投递|妥投|拒收|送达|揽投|自提|核销|提供|负责|"
    "从|在|到|于|开始|出发"
)
_ENDS = f"[{_STOP}/]|已|正在|将|为您|请|电话|手机|联系|上门|{_DONE}|$"

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
_CAPITAL = "[A-ZÀ-ÖØ-ÞŁŚŽŠČ]"
#: Before a name in western scans, in the languages of the couriers that we know; an article may follow.
_LATIN_WORDS = (
    "(?:signatory|recipient|receiver|consignee|driver|courier|contact|signee|signature)(?:'s)? name|"
    "sign(?:ed|ature)(?: for)?(?: and)?(?: (?:by|of|proof of delivery))|signature|signatory|signee|"
    "(?:received|collected|accepted|picked up|taken|retrieved)(?: [a-z]+){0,4}? by|"
    "(?:delivered|handed|released|given|handed over|delivery)(?: [a-z]+){0,2}? to|left with|"
    "recipient|receiver|consignee|addressee|resident|neighbou?r|courier|driver|rider|postman|contact|attn|"
    "mrs?|ms|miss|dr|herr|frau|mme|monsieur|madame|señora?|sra?|senhora?|"
    "wurde von|(?:entgegen|an)genommen von|zugestellt an|übergeben an|wurde an|empfangen von|"
    "unterschrieben von|empfänger(?:in)?|nachbar(?:n|in)?|"
    "fahrer|zusteller(?:in)?|distribuée? à|retirée? par|"
    "sign[ée]e? par|remise? à|livrée? à|reçue? par|destinataire|livreur|"
    "firmado por|recib(?:e|ió)|retirado por|entregad[oa] a|recibid[oa] por|destinatario|repartidor|"
    "assinado por|entregue a[o]?|recebid[oa] por|destinatário|entregador|"
    "firmat[oa] da|consegnat[oa] a|ricevut[oa] da|ritirat[oa] da|corriere|"
    "getekend door|afgeleverd bij|ontvangen door|bezorger|buren|"
    "odebrała?|odbiorca|doręczono do|kvitter(?:ad|et) a[vf]|mottagen av|modtaget af|levere(?:rad|t) till?|"
    "mottaker|mottagare"
)
#: What may follow such a word without being a name.
_LATIN_KEPT = (
    "the|a|an|your|our|his|her|their|and|or|in|at|on|for|by|to|of|from|has|have|is|was|will|who|that|with|as|not|no|"
    "front|back|side|rear|door|porch|garage|garden|reception|locker|parcel|package|mail|letter|po|post|safe|"
    "agent|agency|carrier|courier|driver|facility|local|destination|origin|customs|depot|hub|station|shop|store|"
    "pick|office|resident|recipient|customer|consignee|individual|household|family|neighbou?r|warehouse|sort|"
    "usps|ups|fedex|dhl|dpd|gls|partner|third|access|collection|service|concierge|building|delivery|delivered|"
    "picked|signed|received|out|shipment|item|order|address|unknown|self|himself|herself|transport|airline|line|"
    "arrived|departed|phone|nachbarn?|frau|herr|den|die|der|das|dem|einen?|eine[mr]?|"
    "ao|het|destinat[aá]rio|destinataire|empfänger|paketshop|packstation|filiale|briefkasten|"
    "gardien|voisin|vecino|portero|vizinho|portaria|vicino|buren"
)
_LATIN = r"(?:[A-Za-z][A-Za-z.'’-]*[ ]?){1,5}"

#: Not the class of all letters: without regard to case that takes 25 ms to compile, for each file.
_LETTER = "[A-Za-zÀ-ÖØ-öø-ſ一-龥·]"

#: What stands between such a word and a name; the steps know the words by their marks: with all of them in it
#: a pattern with groups takes RE2 three times as long.
_IS = "\x04(?:姓名|名字|是|为)?"
_GAP = "[：:\\s【\\[（(]"
#: Before who did it.
_BY = "由|被|交给|交付给?|转交给?|送交给?"

#: Around people: applied in order to a text in which ``_AROUND`` is found.
_STEPS = (
    (_PERSON, "\x03\\0\x04"),
    (rf"({_IS}{_GAP}*|(?:{_BY}|的|】|\])\s*|(?:{_DONE}|联系)[：:]\s*)({_KEPT})", "\\1\x02\\2"),
    # 派件人: 王小明 · 签收人是【王小明】 · 快递员 王小明
    (rf"({_IS}{_GAP}+)(?:{_LATIN}|[^{_STOP}\x02]+?)({_ENDS})", "\\1*\\2"),
    # 快递员王小明（…
    (rf"(\x04[是为]?)(?:{_HAN_NAME}|{_LATIN})({_ENDS})", "\\1*\\2"),
    # 由王小明签收 · 被【王小明】取走 · 代签收：王小明
    (
        rf"((?:{_BY})\s*[【\[（(]?\s*)(?:{NAME_PART}{{2,4}}|{_LATIN})(\s*[】\]）)]?\s*(?:在[^{_STOP}]{{1,6}})?(?:{_DONE}))",
        "\\1*\\2",
    ),
    (rf"((?:{_DONE}|联系)[：:]\s*)(?:{NAME_PART}{{2,4}}|{_LATIN})({_ENDS})", "\\1*\\2"),
    # 【网点】的王小明（137…）正在派件, or 快件交给王小明，正在派送途中
    (
        rf"((?:的|由|】|\])\s*)[^{_STOP}\x02]{{1,12}}(\s*{_MASKED_IN_BRACKETS})"
        rf"|(交给)(?:{_HAN_NAME})([，,（(]|正在|派送|派件|投递|为您|揽收)",
        "\\1\\3*\\2\\4",
    ),
    # 阿依古丽·买买提
    (rf"{NAME_PART}{{2,8}}(?:·{NAME_PART}{{1,8}})+", "*"),
)
_MARKS = f"\x02\x03\x04{NAME_MARKS}"
#: Words in capitals amid Chinese, Wang Xiaoming; what is shorter stands for a courier.
_SPELT = (
    rf"{_CAPITAL}[A-Za-zÀ-ſ'’.-]*(?: {_CAPITAL}[A-Za-zÀ-ſ'’.-]*){{1,3}}|{_CAPITAL}[A-Za-zÀ-ſ'’-]{{3,}}",
    "*",
)
_TITLED = (rf"\p{{Han}}({_TITLES})", "*\\1")
_CUE = (
    rf"(?i)((?:^|[^A-Za-zÀ-ſ])(?:{_LATIN_WORDS})(?:[.]?\s*[:：-]\s*|[.]?\s+)"
    r"(?:(?:mrs?|ms|dr|frau|herrn?|mme|sra?|señora?)[.]?\s+)?)"
)
_ABROAD = (
    (rf"{_CUE}((?:{_LATIN_KEPT})(?:[^A-Za-zÀ-ſ'’]|$))", "\\1\x02\\2"),
    (
        rf"{_CUE}((?:{_LETTER}\.\s?)*{_LETTER}(?:{_LETTER}|['’ -]|\.{_LETTER}){{0,40}}?)"
        r"(\s*(?:[,.;:()，。；（）*]|$)|\s+(?:at|on|is|has|will|for|in|and|übergeben|zugestellt|"
        r"(?:entgegen|an)genommen|phone)\b)",
        "\\1*\\3",
    ),
    # JOHN SMITH signed for the package
    (
        rf"(?:{_CAPITAL}{_LETTER}*[.'’-]*\s*{_LETTER}*\s*){{1,4}}"
        r"(\s(?:has )?(?:signed for|accepted the|received the|took the))\b",
        "*\\1",
    ),
)

#: What the steps around people, those around titles, and all cannot do without: most scans name no one.
_AROUND = rf"{_PERSON}|{_BY}|[（(·]|(?:{_DONE}|联系)[：:]"
_CALLED = rf"(?i:{_LATIN_WORDS}|signed for|accepted the|received the|took the)"
#: What stands in scans that may name people by surname alone.
_NAMING = (
    "派|签|揽|取|投递|配送|员|人|由|交|被|联系|电话|手机|师傅|先生|女士|客户|姓名|拒收|妥投|收件|代收|装车|送达|退件|办理|"
    "骑手|骑士|经理|站长|店长|店主|老板|管家"
)
_LATIN_IN_HAN = "[A-Za-z]{2}"
_HAN = r"\p{Han}"
#: What a text needs to have that names someone; one in Latin letters always has it.
_SUSPECT = f"{_NUMBERS}|{_AROUND}|{_LATIN_IN_HAN}|{MAY_NAME}"
_PERSONAL = rf"{_NUMBERS}|{_NAMING}|{_MASKED_IN_BRACKETS}|·|{_CALLED}"


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


def _after_city(text: str) -> str:
    """Return SQL of what follows the city in which many scans begin, 【温州市】: called like people are."""
    end = f"strpos({text}, '】')"
    is_city = f"starts_with({text}, '【') and {end} between 3 and 9 and substr({text}, {end} - 1, 1) = '市'"
    return f"case when {is_city} then substr({text}, {end}) else {text} end"


def mask_sql(text: str) -> str:
    """Return SQL of the text without names and numbers of people."""
    plain = _replace(text, (_NUMBERS, "*"))
    around = _clear(_replace(plain, *_STEPS))

    def named(masked: str) -> str:
        return _clear(_replace(masked, *NAMES, _TITLED))

    return (
        # Most scans end at the first of these, each one pass; to find a name costs as much as all of them.
        f"case when not {_has(text, _SUSPECT)} then {text} "
        f"when not {_has(text, _PERSONAL)} then {text} "
        f"when not {_has(text, _HAN)} then {_clear(_replace(plain, *_ABROAD))} "
        f"when not {_has(_after_city(text), _SUSPECT)} then {text} "
        f"when {_has(text, _LATIN_IN_HAN)} then {_clear(_replace(named(around), *_ABROAD, _SPELT))} "
        f"when {_has(text, _AROUND)} then {named(around)} "
        f"else {named(plain)} end"
    )

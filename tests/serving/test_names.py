from serving.names import Names
from serving.published import Published


def test_a_code_that_a_dimension_names_is_called_by_that_name(serving: Published) -> None:
    names = Names(serving)
    assert names.of("courier_id", "zto") == "ZTO Express"
    assert names.of("destination_province_id", "440000") == "Guangdong"
    assert names.of("waybill_system", "jd") == names.of("platform_id", "jd") == "JD.com"
    assert names.of("waybill_system", "cainiao") == "Cainiao"


def test_a_category_is_called_by_its_word_and_its_platform(serving: Published) -> None:
    names = Names(serving)
    assert names.of("category_id", "jd:women_clothing") == "Women clothing, JD.com"
    assert names.of("category_id", "taobao:50011740") == f"50011740, {names.of('platform_id', 'taobao')}"


def test_our_own_words_are_written_out_and_others_stay_as_they_came(serving: Published) -> None:
    names = Names(serving)
    assert names.of("tier_fixed", "new_tier_1") == "New tier 1"
    assert names.of("channel", None) == "Not known"
    assert names.of("code", "out_for_delivery") == "out_for_delivery"
    assert names.of("province_id", "BR-XX") == "BR-XX"


def test_inside_a_sentence_only_our_own_words_are_small(serving: Published) -> None:
    names = Names(serving)
    assert names.in_sentence("tier", "new_tier_1") == "new tier 1"
    assert names.in_sentence("channel", "flash_sale") == "flash sale"
    assert names.in_sentence("courier_id", "jt") == "J&T Express"
    assert names.in_sentence("courier_id", "Tier X") == "Tier X"


def test_in_chinese_a_name_is_the_published_chinese_one_and_our_words_are_translated(
    serving: Published,
) -> None:
    names = Names(serving, "zh_CN", {"New tier 1": "新一线", "Women clothing": "女装"}.get)  # type: ignore[arg-type]
    assert names.of("courier_id", "zto") == "中通快递"
    assert names.of("destination_province_id", "440000") == "广东省"
    assert names.of("platform_id", "shopify") == "Shopify"
    assert names.of("tier_fixed", "new_tier_1") == "新一线"
    assert names.of("category_id", "jd:women_clothing") == "女装（京东）"


def test_a_country_is_called_by_its_name_in_either_language(serving: Published) -> None:
    assert Names(serving).of("destination_country_code", "BE") == "Belgium"
    assert Names(serving, "zh_CN").of("destination_country_code", "BE") == "比利时"
    assert Names(serving).of("origin_region", "TR") == Names(serving).in_sentence("origin_region", "TR")
    assert Names(serving).of("origin_region", "east") == "East"
    assert Names(serving).of("destination_country_code", "unknown") == "Unknown"


def test_what_a_landed_cost_lacks_is_said_in_words(serving: Published) -> None:
    gaps = "freight, duty: exchange_rate, tax: rule"
    assert Names(serving).of("missing_inputs", gaps) == "Freight, Duty: exchange rate, Tax: rule"
    chinese = Names(serving, "zh_CN", {"Freight": "运费", "Duty": "关税", "Rule": "规则"}.get)  # type: ignore[arg-type]
    assert chinese.of("missing_inputs", "freight, duty: rule") == "运费、关税：规则"
    assert Names(serving).of("missing_inputs", "none") == "None"

"""What a name means is found once, and a metric with parts in its name is found for each of their values."""

from typing import Any

import pytest

from warehouse.dictionary import Dictionary, Entry, in_chinese, without_head
from warehouse.errors import WaymartError


def dictionary(**blocks: str) -> Dictionary:
    return Dictionary(
        {
            "docs": {
                f"doc.small.{name}": {"name": name, "block_contents": text} for name, text in blocks.items()
            }
        }
    )


WORDS = {
    "percentile_time_hours": "#### {percentile.label} {time.words} · {time.label_zh}{percentile.label_zh}"
    " · hours\n{time.definition}: hours within which {percentile.definition} arrived.",
    "percentile_median": "#### Median · 中位数 · share\nhalf",
    "percentile_p90": "#### P90 · P90 · share\n90%",
    "time_handling": "#### Handling · 发货时长 · hours\nPaid to picked up",
}
EACH: dict[str, Any] = {"time": ["handling"], "percentile": {"median": 0.5, "p90": 0.9}}


def test_a_headed_block_is_an_entry_and_a_block_without_a_head_is_none() -> None:
    found = dictionary(
        waybill_count="#### Waybills · 运单数 · count\nWaybills of\nthe cohort.",
        place="Where it is · or was.",
    )
    assert found.names() == {"waybill_count"}
    assert found.find("waybill_count") == Entry("Waybills", "运单数", "count", "Waybills of the cohort.")
    assert found.find("place") is None


def test_a_description_is_read_without_its_head() -> None:
    assert (
        without_head("#### Waybills · 运单数 · count\n\nWaybills of\nthe cohort.")
        == "Waybills of the cohort."
    )
    assert without_head("#### Waybills · 运单数 · count") is None
    assert without_head("Waybills.") == "Waybills."
    assert without_head(None) is None


def test_a_definition_is_read_in_each_of_its_languages() -> None:
    text = "#### Waybills · 运单数 · count\nWaybills of\nthe cohort.\n\n中文：该日期的运单。"
    assert (without_head(text), in_chinese(text)) == ("Waybills of the cohort.", "该日期的运单。")
    assert in_chinese("Waybills.") is None
    assert in_chinese(None) is None
    words = {
        "mean_time_hours": "#### Mean · 均值 · hours\n{time.definition}.\n\n"
        "中文：{time.definition_zh}的均值。",
        "time_handling": "#### Handling · 发货时长 · hours\nPaid to picked up\n\n中文：支付到揽收",
    }
    [mean] = dictionary(**words).formulas({"mean_{time}_hours": "1"}, {"time": ["handling"]})
    assert mean.entry is not None
    assert (mean.entry.definition, mean.entry.definition_zh) == ("Paid to picked up.", "支付到揽收的均值。")


def test_a_name_with_parts_stands_for_every_combination_of_their_values() -> None:
    found = list(
        dictionary(**WORDS).formulas(
            {"{percentile}_{time}_hours": "hours_of({time}_histogram,\n {percentile.sql})"}, EACH
        )
    )
    assert [(one.name, one.sql) for one in found] == [
        ("median_handling_hours", "hours_of(handling_histogram, 0.5)"),
        ("p90_handling_hours", "hours_of(handling_histogram, 0.9)"),
    ]
    assert [one.entry for one in found] == [
        Entry(
            "Median handling",
            "发货时长中位数",
            "hours",
            "Paid to picked up: hours within which half arrived.",
        ),
        Entry("P90 handling", "发货时长P90", "hours", "Paid to picked up: hours within which 90% arrived."),
    ]


def test_an_entry_of_the_name_itself_goes_before_the_patterns() -> None:
    found = dictionary(**WORDS, p90_handling_hours="#### Slow · 慢 · hours\nNearly all.")
    [_, last] = found.formulas({"{percentile}_{time}_hours": "1"}, EACH)
    assert last.entry == Entry("Slow", "慢", "hours", "Nearly all.")


def test_braces_in_the_formula_of_a_plain_name_stay() -> None:
    [one] = dictionary().formulas({"parts": "list({'a': max(a)})"}, {})
    assert (one.name, one.sql, one.entry) == ("parts", "list({'a': max(a)})", None)


@pytest.mark.parametrize(
    ("metric", "formula", "said"),
    [
        ("{side}_share", "1", r"metric {side}_share has no values for {side}: list them in `each`"),
        ("{time}_hours", "{time.sql}", r"metric {time}_hours or its entry says what is unknown"),
        ("{time}_hours", "{percentile}", r"metric {time}_hours or its entry says what is unknown"),
    ],
)
def test_a_metric_that_speaks_of_what_is_not_there_is_said(metric: str, formula: str, said: str) -> None:
    with pytest.raises(WaymartError, match=said):
        list(dictionary(**WORDS).formulas({metric: formula}, EACH))

"""`waymart map`: from an export as a shop's spreadsheet writes it to rows in the warehouse."""

from pathlib import Path

import openpyxl
import pytest
from small_line import SmallLine

SAMPLES = Path(__file__).parents[1] / "ingest" / "mapping" / "samples"


@pytest.fixture
def line(tmp_path: Path) -> SmallLine:
    """A line with all seeds, by which couriers are known."""
    return SmallLine(tmp_path / "line", is_whole=True)


def test_an_export_in_another_encoding_is_shown_corrected_and_loaded(line: SmallLine, tmp_path: Path) -> None:
    export = tmp_path / "六月.csv"
    export.write_text((SAMPLES / "pinduoduo.csv").read_text(encoding="utf-8"), encoding="gb18030")
    first = line.waymart("map", str(export), "--name", "my_shop", "--platform", "pinduoduo")
    assert first.returncode == 0, first.stderr
    assert "orders cannot be read yet, they need currency" in first.stdout
    assert "Not used: 备注." in first.stdout
    mapping = line.settings.mappings / "my_shop.toml"
    every = "\n[every]\n"
    corrected = mapping.read_text(encoding="utf-8").replace(
        every, f'{every}currency = {{ always = "CNY" }}\n'
    )
    # A setting, so above the first section.
    mapping.write_text('time_zone = "Asia/Shanghai"\n' + corrected, encoding="utf-8")
    second = line.waymart("map", str(export), "--name", "my_shop")
    assert "cannot be read yet" not in second.stdout
    assert f"waymart ingest --mapping my_shop {export.name}" in second.stdout.replace(f"{tmp_path}/", "")
    loaded = line.waymart("ingest", "--mapping", "my_shop", str(export))
    assert loaded.returncode == 0, loaded.stderr
    assert line.rows("select count(*), min(provider_id) from raw.orders") == [(3, "waymart")]
    assert b"13800138000" not in line.settings.warehouse.read_bytes()
    assert not list(line.settings.home.glob("incoming-*"))


def test_a_workbook_is_mapped_like_a_file_of_text(line: SmallLine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (SAMPLES / "shopify.csv").read_text(encoding="utf-8").splitlines():
        book.active.append(row.split(","))
    book.save(tmp_path / "orders.xlsx")
    shown = line.waymart("map", str(tmp_path / "orders.xlsx"), "--platform", "shopify")
    assert shown.returncode == 0, shown.stderr
    assert "waymart ingest --mapping orders" in shown.stdout
    loaded = line.waymart("ingest", "--mapping", "orders", str(tmp_path / "orders.xlsx"))
    assert loaded.returncode == 0, loaded.stderr
    assert line.rows("select count(*) from raw.order_lines") == [(3,)]


def test_a_mapping_that_is_not_there_is_said_in_a_sentence(line: SmallLine, tmp_path: Path) -> None:
    asked = line.waymart("ingest", "--mapping", "nobody", str(tmp_path))
    assert asked.returncode == 1
    assert asked.stderr == "There is no mapping nobody: make one with `waymart map FILE`.\n"

from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from commands.cli import app
from serving.access import COMMAND_LINE
from serving.access_log import entries
from serving.published import Published
from warehouse.settings import Settings


def test_an_extract_by_the_command_leaves_a_line_that_its_shop_sees(
    market: Settings, serving: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "serving").symlink_to(market.serving)
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    shop = serving.values("extract_waybills", "merchant_id")[0]
    out = tmp_path / "rows.parquet"
    done = CliRunner().invoke(app, ["extract", shop, "--what", "waybills", "--out", str(out)])
    assert done.exit_code == 0, done.output
    count = len(pl.read_parquet(out))
    found = entries(Settings(home=tmp_path).access_log, COMMAND_LINE, shop).drop("logged_at").rows()
    taken = ("download", "waybills.parquet", shop, serving.path.stem, count)
    assert found == [(COMMAND_LINE.user, *taken)]

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from commands.cli import app
from serving.published import Published
from warehouse.settings import Settings


@pytest.fixture
def home(market: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "serving").symlink_to(market.serving)
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["estimate", *arguments])


def told(*arguments: str) -> list[dict[str, Any]]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    estimates: list[dict[str, Any]] = json.loads(done.output)["estimates"]
    return estimates


@pytest.mark.usefixtures("home")
def test_an_estimate_is_days_by_share_with_what_they_are_known_from(serving: Published) -> None:
    estimates = told("--from", "Hangzhou", "--to", "北京", "--at", "2019-06-20T10:00")
    assert estimates
    for one in estimates:
        assert one["arrived_count"] >= 30
        days = [one["days"][share] for share in ("50", "80", "90", "95") if one["days"][share]]
        assert days == sorted(days)
        began = datetime.fromisoformat("2019-06-20T10:00+08:00")
        assert date.fromisoformat(days[0]) == (began + timedelta(hours=one["hours"]["50"])).date()
    words = run("--from", "Hangzhou", "--to", "北京", "--at", "2019-06-20T10:00").output
    assert "90 of 100 by" in words


@pytest.mark.usefixtures("home")
def test_of_one_courier_the_finest_level_with_thirty_parcels_answers(serving: Published) -> None:
    known = serving.frame("select * from mart_delivery_estimates where estimate_target = 'pickup'")
    most = known.filter(estimate_level="courier").sort("arrived_count")["courier_id"].to_list()
    asked = ("--from", "Hangzhou", "--to", "Beijing", "--since", "pickup", "--at", "2019-06-20T10:00")
    (one,) = told(*asked, "--courier", most[-1])
    rows = known.filter(courier_id=most[-1])
    lanes = rows.filter(origin_province_id="330000", destination_province_id="110000").sort("arrived_count")
    far = lanes.filter(estimate_level="lane_distance")["learnt_distance"].tail(1)
    learnt = known.filter(pl.col("learnt_distance").is_in(far.implode()), estimate_level="learnt")
    between = rows.filter(estimate_level="region_pair", origin_region="east", destination_region="east")
    lane, all_ = lanes.filter(estimate_level="lane"), rows.filter(estimate_level="courier")
    finest = next(level for level in (learnt, lane, between, all_) if len(level))
    row = finest.row(-1, named=True)
    assert (one["level"], one["arrived_count"]) == (row["estimate_level"], row["arrived_count"])
    # The 20th of June 2019 was a Thursday.
    changed = known.filter((pl.col("hour_of_day") == 10) | (pl.col("weekday") == 4))["correction_hours"].sum()
    assert one["hours"]["90"] == pytest.approx(row["p90_estimate_hours"] + changed)


@pytest.mark.usefixtures("home")
def test_a_city_that_is_not_known_or_is_several_is_said(serving: Published) -> None:
    assert "No city Atlantis is known" in str(run("--from", "Atlantis", "--to", "Beijing").exception)
    twice = serving.frame("select city_name from dim_cities group by 1 having count(*) > 1 limit 1")
    (name,) = twice["city_name"]
    assert "is several cities" in str(run("--from", name, "--to", "Beijing").exception)

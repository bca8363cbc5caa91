from pathlib import Path

import duckdb
import polars as pl
import pytest
from click.testing import Result
from typer.testing import CliRunner

from commands.choice import ANSWERS
from commands.cli import app
from warehouse.settings import Settings


@pytest.fixture(autouse=True)
def _home(market: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(market.home))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["recommend", *arguments])


@pytest.fixture
def sent(market: Settings) -> str:
    """What a merchant sent that two couriers would bring in time: merchant, from, to, kilograms."""
    with duckdb.connect(str(market.warehouse), read_only=True) as connection:
        row = connection.execute(
            "select merchant_id, origin_province_id, destination_province_id, split_part(weight_band, '-', 2)"
            " from reports.mart_courier_choice where next_courier_id is not null and weight_band <> '20+'"
            " order by all limit 1"
        ).fetchone()
    assert row is not None
    return ",".join(row)


def test_every_row_is_answered_in_its_place_and_a_bad_one_says_what_is_wrong(
    sent: str, tmp_path: Path
) -> None:
    file = tmp_path / "tomorrow.csv"
    file.write_text(
        "order,merchant_id,from,to,kilograms,promised_hours\n"
        f"a,{sent},400\n"
        f"b,{sent},\n"
        "c,m,Atlantis,440100,0.8,\n"
        "d,m,Hangzhou,广东省,minus one,\n"
        "e,m,杭州,Guangzhou,1,soon\n"
        "f,nobody:1,Hangzhou,440100,1,72\n"
        ",,Hangzhou,440100,1,72\n"
    )
    done = run(str(file), "--out", str(tmp_path / "chosen.csv"))
    assert done.exit_code == 0, done.output
    found = pl.read_csv(tmp_path / "chosen.csv", infer_schema=False)
    assert found["order"].to_list() == ["a", "b", "c", "d", "e", "f", None]
    assert found["row_problem"].to_list() == [
        None,
        None,
        "Atlantis is no place that is known",
        "kilograms is no weight",
        "promised_hours is no time",
        None,
        "merchant_id is empty",
    ]
    reasons = found["choice_reason"].to_list()
    assert reasons[0] == "cheapest_in_time"
    assert reasons[2:] == [None, None, None, "not_known", None]
    first = found.row(0, named=True)
    assert float(first["recommended_parcel_cost"]) <= float(first["next_parcel_cost"])
    assert 0.9 <= float(first["in_time_probability"]) <= 1
    assert first["price_from"] in ("rate_card", "bills")


def test_an_answer_can_be_asked_again_and_a_column_of_ones_own_stays(sent: str, tmp_path: Path) -> None:
    file = tmp_path / "tomorrow.csv"
    file.write_text(f"merchant_id,from,to,kilograms,promised_hours,line,currency\n{sent},400,l,mine\n")
    once, twice = tmp_path / "once.csv", tmp_path / "twice.csv"
    run(str(file), "--out", str(once))
    run(str(once), "--out", str(twice))
    assert once.read_text() == twice.read_text()
    found = pl.read_csv(once, infer_schema=False)
    assert found.select("line", "currency").rows() == [("l", "mine")]
    assert set(ANSWERS) <= set(found.columns)


def test_a_courier_without_room_is_given_nothing(sent: str, tmp_path: Path) -> None:
    file, full = tmp_path / "tomorrow.csv", tmp_path / "room.csv"
    file.write_text(f"merchant_id,from,to,kilograms,promised_hours\n{sent},400\n")
    run(str(file), "--out", str(tmp_path / "first.csv"))
    first = pl.read_csv(tmp_path / "first.csv")["recommended_courier_id"][0]
    full.write_text(f"courier_id,parcel_count\n{first},0\n")
    done = run(str(file), "--capacity", str(full), "--out", str(tmp_path / "then.csv"))
    assert done.exit_code == 0, done.output
    then = pl.read_csv(tmp_path / "then.csv").row(0, named=True)
    assert then["recommended_courier_id"] != first
    assert then["choice_reason"] == "next_with_room"


def test_a_file_without_its_columns_is_refused_in_one_sentence(tmp_path: Path) -> None:
    file = tmp_path / "tomorrow.csv"
    file.write_text("merchant_id,from\nx,y\n")
    assert "lacks the columns to, kilograms" in str(run(str(file)).exception)
    room = tmp_path / "room.csv"
    room.write_text("courier_id,parcel_count\nzto,many\n")
    file.write_text("merchant_id,from,to,kilograms\nx,y,z,1\n")
    assert "parcel_count of zto is no number" in str(run(str(file), "--capacity", str(room)).exception)

import csv
import json
import math
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import duckdb
import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest

from serving.access import COMMAND_LINE
from serving.extract_kinds import KINDS, Kind, What
from serving.extracts import ExtractError, write_extract
from serving.published import Published
from warehouse.row_files import search_in

#: The kinds that are whole tables.
WHOLE: list[What] = ["order_lines", "waybills"]
KEYS = {"order_lines": "order_line_id", "waybills": "waybill_id"}
LANE = ["origin_province_id", "destination_province_id"]
LISTS: list[What] = ["late_dispatch", "no_first_scan", "late_delivery", "stalled", "billing_differences"]


@pytest.fixture(scope="module")
def merchant(serving: Published) -> str:
    """The merchant with the most order lines."""
    rows = serving.frame(
        "select merchant_id from extract_order_lines group by 1 order by count(*) desc limit 1"
    )
    return str(rows.item())


def read_back(path: Path) -> pl.DataFrame:
    if path.suffix == ".parquet":
        return pl.read_parquet(path)
    if path.suffix == ".csv":
        return pl.read_csv(path, infer_schema=False)
    sheet = openpyxl.load_workbook(path, read_only=True).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    return pl.DataFrame(rows, schema=list(map(str, header)), orient="row", infer_schema_length=None)


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
@pytest.mark.parametrize("what", WHOLE)
def test_an_extract_has_all_of_the_merchants_rows_and_nobody_elses(
    what: What, suffix: str, merchant: str, serving: Published, tmp_path: Path
) -> None:
    out = tmp_path / f"rows{suffix}"
    count = write_extract(serving.path, COMMAND_LINE, merchant, what, out)
    with duckdb.connect(str(serving.path), read_only=True) as connection:
        search_in(connection, serving.path.parent)
        everyone = connection.table(f"extract_{what}").pl()
    mine = everyone.filter(merchant_id=merchant)
    taken = read_back(out)
    assert count == len(mine) == len(taken) > 0
    assert set(taken["merchant_id"]) == {merchant}
    assert sorted(taken[KEYS[what]]) == sorted(mine[KEYS[what]])
    assert taken.columns == mine.columns


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
@pytest.mark.parametrize("what", LISTS)
def test_a_list_has_the_merchants_parcels_of_its_kind_most_hours_or_money_first(
    what: What, suffix: str, serving: Published, tmp_path: Path
) -> None:
    kind = KINDS[what]
    [(merchant,), *_], parcels = most_late(serving, kind)
    out = tmp_path / f"rows{suffix}"
    assert write_extract(serving.path, COMMAND_LINE, merchant, what, out) == len(parcels) > 0
    taken = read_back(out)
    assert set(taken["merchant_id"]) == {merchant}
    assert sorted(taken["waybill_id"]) == sorted(parcels)
    order = taken[str(kind.order_by)].cast(pl.Float64).fill_null(-math.inf).to_list()
    assert order == sorted(order, reverse=True)
    about = json.loads(out.with_name(f"{out.name}.manifest.json").read_text())
    assert about["filters"] == {"merchant_id": merchant} | {name: of for name, [of] in kind.filters.items()}


def most_late(serving: Published, kind: Kind) -> tuple[list[tuple[str]], list[str]]:
    """Return the merchants of a list, the one with the most parcels first, and that one's parcels."""
    where = " and ".join(f"{name} = '{of}'" for name, [of] in kind.filters.items()) or "true"
    merchants = serving.frame(
        f"select merchant_id from {kind.table} where {where} and merchant_id is not null"
        " group by all order by count(*) desc, merchant_id"
    ).rows()
    parcels = serving.frame(
        f"select waybill_id from {kind.table} where {where} and merchant_id = ?", list(merchants[0])
    )
    return merchants, parcels["waybill_id"].to_list()


def hours_of(parcels: pl.DataFrame) -> float | None:
    """The median, by plain counting: the bucket of an hour in which half have arrived, evenly inside it."""
    hours = sorted(seconds / 3600 for seconds in parcels["end_to_end_seconds"].drop_nulls())
    under_way = parcels.filter(end_to_end_seconds=None, handed_over_at=None).filter(
        pl.col("picked_up_at").is_not_null()
    )
    rank = max(1, -(-(len(hours) + len(under_way)) // 2))
    if rank > len(hours):
        return None
    edges = [
        *range(97),
        *range(102, 169, 6),
        *range(180, 337, 12),
        *range(360, 721, 24),
        *range(792, 1441, 72),
    ]
    upper = min(edge for edge in edges[1:] if hours[rank - 1] <= edge)
    lower = edges[edges.index(upper) - 1]
    before = sum(one <= lower for one in hours)
    return lower + (upper - lower) * (rank - before) / sum(lower < one <= upper for one in hours)


@pytest.mark.parametrize(("what", "keys"), [("scorecard", ["courier_id"]), ("lanes", LANE)])
def test_a_scorecard_counts_the_merchants_own_parcels_and_no_others(
    what: What, keys: list[str], merchant: str, serving: Published, tmp_path: Path
) -> None:
    write_extract(serving.path, COMMAND_LINE, merchant, "waybills", tmp_path / "parcels.parquet")
    write_extract(serving.path, COMMAND_LINE, merchant, what, tmp_path / "scores.parquet")
    parcels = pl.read_parquet(tmp_path / "parcels.parquet").filter("is_timed")
    scores = {row[: len(keys)]: row for row in pl.read_parquet(tmp_path / "scores.parquet").rows()}
    columns = pl.read_parquet(tmp_path / "scores.parquet").columns
    for key, own in parcels.group_by(keys):
        said = dict(zip(columns, scores[key], strict=True))
        assert said["waybill_count"] == len(own)
        assert said["median_end_to_end_hours"] == pytest.approx(hours_of(own))
        tried = own.filter(pl.col("first_attempt_at").is_not_null())
        first = tried["is_first_attempt_successful"].mean()
        assert said["first_attempt_success_share"] == pytest.approx(first)


def shown(value: object, suffix: str) -> object:
    """Return a published value as a file of text, or a sheet, must show it."""
    if isinstance(value, list):
        return "|".join(value)
    if suffix == ".csv":
        return value.isoformat() if isinstance(value, date) else None if value is None else str(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None, microsecond=0)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    return float(value) if isinstance(value, Decimal) else value


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("what", WHOLE)
def test_every_cell_shows_what_is_published(
    what: What, suffix: str, merchant: str, serving: Published, tmp_path: Path
) -> None:
    out = tmp_path / f"rows{suffix}"
    write_extract(serving.path, COMMAND_LINE, merchant, what, out)
    sql = f"select * from extract_{what} where merchant_id = ? order by {KEYS[what]}"
    batches = serving.arrow_batches(sql, [merchant], "Asia/Shanghai", 10_000)
    published = [[shown(value, suffix) for value in row.values()] for row in batches.read_all().to_pylist()]
    taken = sorted(read_back(out).rows(), key=lambda row: row[1])
    assert [list(row) for row in taken] == sorted(published, key=lambda row: row[1])


def test_a_sheet_has_its_manifest_beside_it(merchant: str, serving: Published, tmp_path: Path) -> None:
    write_extract(serving.path, COMMAND_LINE, merchant, "waybills", tmp_path / "rows.xlsx")
    rows, manifest = openpyxl.load_workbook(tmp_path / "rows.xlsx").worksheets
    said = {str(row[0]): row[1:] for row in manifest.iter_rows(values_only=True)}
    about = json.loads((tmp_path / "rows.xlsx.manifest.json").read_text())
    assert said["build_id"][0] == about["build_id"]
    assert {one["name"]: one["meaning"] for one in about["columns"]}.items() <= {
        name: cells[-1] for name, cells in said.items()
    }.items()
    assert rows.freeze_panes == "A2"
    assert all(cell.font.bold for cell in rows[1])


def test_a_manifest_says_whose_rows_from_which_build_and_what_each_column_means(
    merchant: str, serving: Published, tmp_path: Path
) -> None:
    count = write_extract(serving.path, COMMAND_LINE, merchant, "waybills", tmp_path / "rows.parquet")
    about = json.loads((tmp_path / "rows.parquet.manifest.json").read_text())
    assert (about["merchant_id"], about["row_count"], about["build_id"]) == (
        merchant,
        count,
        serving.path.stem,
    )
    assert about["is_simulated"] is True
    assert set(about["as_of"]) == {"waymart"}
    meanings = {column["name"]: column["meaning"] for column in about["columns"]}
    assert list(meanings) == pl.read_parquet(tmp_path / "rows.parquet").columns
    assert all(meanings.values())
    content = (tmp_path / "rows.parquet").read_bytes()
    assert about["sha256"] == sha256(content).hexdigest()
    assert about["file_bytes"] == len(content)
    assert about["filters"] == {"merchant_id": merchant}
    within = json.loads(pq.read_schema(tmp_path / "rows.parquet").metadata[b"manifest"])
    assert within == {name: value for name, value in about.items() if name not in ("sha256", "file_bytes")}


@pytest.fixture
def awkward(serving: Published, tmp_path: Path) -> Path:
    """A published file whose words are as awkward as providers send them."""
    path = tmp_path / "awkward.duckdb"
    path.write_bytes(serving.path.read_bytes())
    with duckdb.connect(str(path)) as connection:
        search_in(connection, serving.path.parent)
        names = [row[0] for row in connection.execute("describe extract_waybills").fetchall()]
        connection.execute(
            "create temporary table awkward_rows as select * replace ("
            "'t:1' as merchant_id, 'w' || n as waybill_id, words[n] as waybill_number, "
            "timestamptz '2019-06-18 23:30:00+08' as picked_up_at) "
            "from (from extract_waybills limit 1), "
            "(select ['00012345678901234567', '=cmd()', '+1', '-1', '@x', '\t=1', '中通'] as words), "
            "range(1, 8) as numbers(n)",
        )
        connection.execute("drop view extract_waybills")
        connection.execute(f"create table extract_waybills as select {', '.join(names)} from awkward_rows")
        connection.execute(
            "insert into dim_merchants by name select 't:1' as merchant_id, 'pinduoduo' as platform_id"
        )
    return path


WORDS = ["00012345678901234567", "=cmd()", "+1", "-1", "@x", "\t=1", "中通"]


def test_no_cell_of_a_csv_can_become_a_formula(awkward: Path, tmp_path: Path) -> None:
    write_extract(awkward, COMMAND_LINE, "t:1", "waybills", tmp_path / "rows.csv")
    text = (tmp_path / "rows.csv").read_text(encoding="utf-8-sig")
    numbers = [row["waybill_number"] for row in csv.DictReader(text.splitlines())]
    assert numbers == ["00012345678901234567", "'=cmd()", "'+1", "'-1", "'@x", "'\t=1", "中通"]


def test_a_sheet_keeps_text_as_text_and_leading_zeros(awkward: Path, tmp_path: Path) -> None:
    write_extract(awkward, COMMAND_LINE, "t:1", "waybills", tmp_path / "rows.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "rows.xlsx").worksheets[0]
    header = [cell.value for cell in sheet[1]]
    cells = [row[header.index("waybill_number")] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == WORDS
    assert {cell.data_type for cell in cells} == {"s"}


def test_times_are_in_the_zone_that_the_manifest_names(awkward: Path, tmp_path: Path) -> None:
    write_extract(awkward, COMMAND_LINE, "t:1", "waybills", tmp_path / "rows.xlsx")
    write_extract(awkward, COMMAND_LINE, "t:1", "waybills", tmp_path / "rows.csv")
    sheet = openpyxl.load_workbook(tmp_path / "rows.xlsx").worksheets[0]
    place = [cell.value for cell in sheet[1]].index("picked_up_at")
    about = json.loads((tmp_path / "rows.xlsx.manifest.json").read_text())
    assert sheet.cell(2, place + 1).value == datetime(2019, 6, 18, 23, 30)
    assert about["time_zone"] == "Asia/Shanghai"
    assert read_back(tmp_path / "rows.csv")["picked_up_at"][0] == "2019-06-18T23:30:00+08:00"


@pytest.mark.parametrize(
    ("merchant_id", "what", "name", "sentence"),
    [
        ("nobody", "waybills", "rows.csv", "Merchant 'nobody' has no waybills"),
        ("nobody", "secrets", "rows.csv", "'secrets' cannot be extracted"),
        ("nobody", "waybills", "rows.docx", "must end in one of .csv, .parquet, .xlsx"),
        ("' or 1=1 --", "waybills", "rows.csv", "has no waybills"),
    ],
)
def test_an_extract_that_cannot_be_is_one_sentence_and_no_file(
    merchant_id: str, what: What, name: str, sentence: str, serving: Published, tmp_path: Path
) -> None:
    with pytest.raises(ExtractError, match=sentence):
        write_extract(serving.path, COMMAND_LINE, merchant_id, what, tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_too_many_rows_for_a_sheet_are_refused_before_writing(
    merchant: str, serving: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.extracts.SHEET_ROWS_MAX", 3)
    with pytest.raises(ExtractError, match=r"take \.csv or \.parquet"):
        write_extract(serving.path, COMMAND_LINE, merchant, "order_lines", tmp_path / "rows.xlsx")
    assert list(tmp_path.iterdir()) == []

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small_line import ROOT, SmallLine

from commands import cli

COMMANDS = [
    "ingest",
    "build",
    "audit",
    "publish",
    "run",
    "simulate",
    "extract",
    "dashboards",
    "rules",
    "status",
]


def _waymart(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> tuple[int, str, str]:
    """Give the command in this process; returns its exit code, output and errors."""
    monkeypatch.setattr(sys, "argv", ["waymart", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    written = capsys.readouterr()
    return int(ended.value.code or 0), written.out, written.err


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("WAYMART_DEBUG", raising=False)
    return tmp_path / "home"


def test_help_does_not_wait_for_heavy_libraries() -> None:
    heavy = ["dbt", "great_expectations", "streamlit", "polars", "pandas", "pyarrow", "duckdb", "numpy"]
    program = f"import sys, commands.cli; print(sorted(set({heavy}) & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert found.stdout == "[]\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = _waymart(capsys, monkeypatch, "--help")
    assert code == 0
    assert re.search(rf"│ {command} +\w", out)
    code, out, _ = _waymart(capsys, monkeypatch, command, "--help")
    assert code == 0
    assert "Usage" in out


@pytest.mark.parametrize("command", ["ingest", "publish", "simulate", "extract"])
def test_commands_with_arguments_show_an_example(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        f"waymart {command} " in _waymart(capsys, monkeypatch, command, "--help")[1].partition("Example")[2]
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["build"], "The warehouse is empty: load something first with `waymart ingest PROVIDER PATH`."),
        (["audit"], "The warehouse is empty: load something first with `waymart ingest PROVIDER PATH`."),
        (["publish"], "The warehouse is empty: load something first with `waymart ingest PROVIDER PATH`."),
        (["run"], "The warehouse is empty: load something first with `waymart ingest PROVIDER PATH`."),
        (["dashboards"], "Nothing is published yet: load files, then `waymart run`."),
        (
            ["extract", "taobao:1", "--out", "rows.csv"],
            "Nothing is published yet: load files, then `waymart run`.",
        ),
        (["ingest", "nobody", "."], "There is no provider nobody: known are "),
        (
            ["ingest", "waymart", "no/such/file.csv"],
            "no/such/file.csv does not exist: give a file or a folder.",
        ),
        (
            ["simulate", "--orders", "1", "--from", "2018-02-01", "--to", "2018-01-01", "--out", "market"],
            "--to 2018-01-01 lies before --from 2018-02-01: swap them.",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_an_error_is_one_sentence_with_what_to_do(
    arguments: list[str],
    sentence: str,
    home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, out, error = _waymart(capsys, monkeypatch, *arguments)
    assert code == 1
    assert error.startswith(sentence)
    assert error.endswith(".\n")
    assert "Traceback" not in error
    assert len(error.splitlines()) == 1
    assert out == ""
    assert not home.exists(), "an error left something behind"


def test_a_wrong_option_is_code_2_with_the_usage(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, error = _waymart(capsys, monkeypatch, "build", "--full")
    assert code == 2
    assert "No such option: --full" in error


def test_a_fault_of_ours_is_a_sentence_too_and_can_be_seen_whole(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault() -> None:
        raise ZeroDivisionError("by nothing\nat all")

    monkeypatch.setattr(cli, "app", fault)
    assert _waymart(capsys, monkeypatch, "status") == (
        1,
        "",
        "waymart met ZeroDivisionError: by nothing (WAYMART_DEBUG=1 shows where).\n",
    )
    monkeypatch.setenv("WAYMART_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_a_file_that_may_not_be_read_is_named(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    home.write_text("in the way")
    (tmp_path / "orders.csv").write_text("platform_id\n")
    code, _, error = _waymart(capsys, monkeypatch, "ingest", "waymart", str(tmp_path / "orders.csv"))
    assert code == 1
    assert error.endswith(": File exists.\n") or error.endswith(": Not a directory.\n")


def test_the_line_from_a_file_to_a_published_build(line: SmallLine) -> None:
    """One process per command, as a person or cron would."""
    orders = line.orders("first", {"2019-06-18": [10, 20]})
    (line.folder / "notes.txt").write_text("not for us")
    outside = {name: line.folder / name for name in ("cwd", "user", "tmp")}
    for folder in outside.values():
        folder.mkdir()
    environment = os.environ | {
        "HOME": str(outside["user"]),
        "TMPDIR": str(outside["tmp"]),
        "PYTHONPATH": str(ROOT),
    }

    def waymart(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return line.waymart(*arguments, cwd=outside["cwd"], env=environment)

    project = {path: path.stat().st_mtime_ns for path in line.project.rglob("*")}
    loaded = waymart("ingest", "waymart", str(orders))
    assert loaded.returncode == 0, loaded.stderr
    assert re.search(r"waymart +orders +line/orders-first\.csv +2 +2 +0 +0", loaded.stdout)
    again = waymart("ingest", "waymart", str(orders))
    assert again.returncode == 0
    assert again.stdout == "Loaded before, so nothing to do: 1 file.\n"
    wrong = waymart("ingest", "waymart", str(line.folder / "notes.txt"))
    assert wrong.returncode == 1
    assert wrong.stderr.splitlines()[-1].startswith("Not loaded: ")

    ran = waymart("run")
    assert ran.returncode == 0, ran.stderr
    assert "5 of 5 expectations hold" in ran.stdout
    build = re.search(r"Published is build (\w+)\.", ran.stdout)
    assert build is not None
    idle = waymart("run")
    assert (idle.returncode, idle.stdout) == (
        0,
        f"Nothing to do: build {build[1]} has all that is loaded, and no model changed.\n",
    )

    status = waymart("status", "--json")
    found = json.loads(status.stdout)
    assert list(found) == [
        *(
            "home",
            "warehouse_bytes",
            "published",
            "is_up_to_date",
            "builds",
            "kept_build_ids",
            "loads",
            "freshness",
            "worker",
        )
    ]
    assert found["is_up_to_date"] is True
    assert found["published"] == found["builds"][0]
    assert found["published"]["build_id"] == build[1]
    assert found["kept_build_ids"] == [build[1]]
    [load] = found["loads"]
    assert {name: load[name] for name in ("provider_id", "entity", "load_count", "loaded_count")} == {
        "provider_id": "waymart",
        "entity": "orders",
        "load_count": 1,
        "loaded_count": 2,
    }
    assert found["freshness"] == [{"provider_id": "waymart", "as_of_at": "2019-06-18T04:00:00+00:00"}]
    assert build[1] in waymart("status").stdout

    line.settings.bounds.write_text(line.settings.bounds.read_text().replace("max = 1\n", "max = 0.4\n"))
    failed = waymart("run")
    assert failed.returncode == 1
    assert "shares_lie_between_nothing_and_all" in failed.stdout
    assert re.search(
        r"is not published: mend what is wrong and run again, set rows aside .+, or `waymart publish",
        failed.stderr,
    )
    assert json.loads(waymart("status", "--json").stdout)["published"]["build_id"] == build[1]
    accepted = waymart("publish", "--accept", "half is enough here")
    assert accepted.returncode == 0
    assert "accepted because: half is enough here" in accepted.stdout

    for name, folder in outside.items():
        assert list(folder.rglob("*")) == [], f"something was written to {name}"
    assert {p: p.stat().st_mtime_ns for p in line.project.rglob("*") if p != line.settings.bounds} == {
        path: time for path, time in project.items() if path != line.settings.bounds
    }


def test_the_status_of_an_empty_home_is_empty(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = _waymart(capsys, monkeypatch, "status", "--json")
    assert code == 0
    assert json.loads(out) == {
        "home": str(home),
        "warehouse_bytes": None,
        "published": None,
        "is_up_to_date": None,
        "builds": [],
        "kept_build_ids": [],
        "loads": [],
        "freshness": [],
        "worker": None,
    }
    assert not home.exists()


def test_going_back_holds_until_something_changes(published_line: SmallLine) -> None:
    first = published_line.settings.published_file()
    published_line.load_orders("second", {"2019-06-19": [9]})
    published_line.run()
    assert first is not None
    published_line.publish(first.stem)
    assert "Nothing to do" in published_line.waymart("run").stdout
    assert published_line.settings.published_file() == first


def test_a_warehouse_of_an_older_version_gets_what_is_new_in_the_contract_before_it_is_built(
    line: SmallLine,
) -> None:
    line.load_orders("first", {"2019-06-18": [10]})
    line.execute("alter table raw.waybills drop column hub_code; drop table raw.claims")
    built = line.waymart("build")
    assert built.returncode == 0, built.stderr
    there = "select count(*) from duckdb_columns() where schema_name = 'raw' and column_name in "
    assert line.rows(there + "('hub_code', 'claimed_amount')") == [(2,)]

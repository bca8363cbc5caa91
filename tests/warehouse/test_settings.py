import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from warehouse.connection import open_warehouse
from warehouse.errors import WaymartError
from warehouse.settings import STORAGE_VERSION, Settings


def test_the_home_moves_with_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path / "elsewhere"))
    settings = Settings.from_environment()
    for path in (
        settings.warehouse,
        settings.current,
        settings.dbt_logs,
    ):
        assert path.is_relative_to(tmp_path / "elsewhere")


def test_without_a_home_state_lies_in_data_of_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYMART_HOME", raising=False)
    settings = Settings.from_environment()
    assert settings.home == settings.dbt_project.parent / "data"


def test_the_key_is_made_once_and_only_its_owner_reads_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("WAYMART_PSEUDONYM_KEY", raising=False)
    settings = Settings(home=tmp_path / "home")
    first = settings.pseudonym_key()
    assert settings.pseudonym_key() == first
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "home" / "pseudonym.key").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["pseudonym.key"]


def test_commands_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from warehouse.settings import Settings; "
        f"print(Settings(home=Path({str(tmp_path)!r})).pseudonym_key().decode())"
    )
    environment = {name: value for name, value in os.environ.items() if name != "WAYMART_PSEUDONYM_KEY"}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=Settings(home=tmp_path).dbt_project.parent,
        )
        for _ in range(4)
    ]
    keys = {process.communicate()[0].strip() for process in started}
    assert len(keys) == 1
    assert len(keys.pop()) == 64


def test_a_key_from_the_environment_leaves_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WAYMART_PSEUDONYM_KEY", "a key from a vault, long enough")
    assert Settings(home=tmp_path).pseudonym_key() == b"a key from a vault, long enough"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("key", ["", "short"])
def test_a_key_that_can_be_guessed_is_refused(
    key: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAYMART_PSEUDONYM_KEY", key)
    with pytest.raises(WaymartError, match="WAYMART_PSEUDONYM_KEY is shorter than 16"):
        Settings(home=tmp_path).pseudonym_key()


def test_a_damaged_key_file_is_refused_and_not_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("WAYMART_PSEUDONYM_KEY", raising=False)
    (tmp_path / "pseudonym.key").write_text("")
    with pytest.raises(WaymartError, match=r"pseudonym\.key is shorter"):
        Settings(home=tmp_path).pseudonym_key()
    assert (tmp_path / "pseudonym.key").read_text() == ""


def test_memory_and_temporary_files_are_bounded_by_what_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WAYMART_HOME", str(tmp_path))
    monkeypatch.setenv("WAYMART_MEMORY_LIMIT", "512MiB")
    monkeypatch.setenv("WAYMART_TEMP", str(tmp_path / "other disk"))
    with open_warehouse(Settings.from_environment(), create=True) as connection:
        assert connection.execute(
            "select current_setting('memory_limit'), current_setting('temp_directory')"
        ).fetchone() == ("512.0 MiB", str(tmp_path / "other disk" / f"waymart-{os.getpid()}"))


def test_without_a_limit_part_of_the_machines_memory_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAYMART_MEMORY_LIMIT", raising=False)
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    assert 0 < int(Settings.from_environment().memory_limit.removesuffix("MiB")) < machine


@pytest.mark.parametrize("limit", ["4", "lots", "-1", "4 gigs"])
def test_a_memory_limit_that_is_no_size_is_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYMART_MEMORY_LIMIT", limit)
    with pytest.raises(WaymartError, match="write it like 4GiB"):
        Settings.from_environment()


def test_dbt_writes_the_warehouse_in_the_form_that_every_other_step_writes() -> None:
    profile = yaml.safe_load((Settings(home=Path()).dbt_project / "profiles.yml").read_text())
    options = profile["waymart"]["outputs"]["duckdb"]["config_options"]
    assert options["storage_compatibility_version"] == STORAGE_VERSION

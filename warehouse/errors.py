"""What may go wrong at the console, each said in one plain sentence with what to do."""

from pathlib import Path


class WaymartError(Exception):
    """A condition that the person at the console can change; its text is one sentence for them."""


class WarehouseLockedError(WaymartError):
    """Another process holds the warehouse file."""


class KilledError(WaymartError):
    """A signal ended dbt: nothing is wrong with what it was to build."""


class DiskFullError(WaymartError):
    """The disk could not take what a command wrote; raw rows and the published file are whole."""

    def __init__(self, home: Path) -> None:
        super().__init__(
            f"The disk is full: what was loaded and published is whole; free space for {home} "
            "(or set WAYMART_TEMP to a folder on another disk), then give the command again."
        )


def is_disk_full(error: BaseException | str) -> bool:
    """Whether an error, what it came from, or the text of one, says that no space is left."""
    if isinstance(error, str):
        return "No space left on device" in error or "max_temp_directory_size" in error
    earlier = error.__cause__ or error.__context__
    return is_disk_full(str(error)) or (earlier is not None and is_disk_full(earlier))

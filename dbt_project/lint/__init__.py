"""What sqlfluff renders for the parts of dbt that it does not bring: the names in here, as dbt has them."""

from pathlib import Path
from typing import Any

import yaml

from lint import adapter, dbt

__all__ = ["adapter", "dbt", "var"]

_VARIABLES = yaml.safe_load((Path(__file__).parents[1] / "dbt_project.yml").read_text())["vars"]


#: A histogram of few buckets reads as one of many, and is checked sooner.
_VARIABLES["histogram_steps"] = [[0, 3, 1]]


def var(name: str) -> Any:
    """Return a variable of the project."""
    return _VARIABLES[name]

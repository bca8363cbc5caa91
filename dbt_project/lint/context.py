"""What sqlfluff renders for dbt's ``context``: nothing was put into it."""


def get(name: str) -> None:
    """Return what a materialization put there before it rendered the model's text again."""

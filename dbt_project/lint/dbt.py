"""What sqlfluff renders for dbt's own macros (``dbt.date_trunc`` …): a call of a function of that name."""

from collections.abc import Callable


def __getattr__(name: str) -> Callable[..., str]:
    """Return a function that writes the macro as SQL; types read as ``varchar``."""

    def write(*arguments: object, **named: object) -> str:
        if name.startswith("type_"):
            return "varchar"
        return f"{name}({', '.join(str(argument) for argument in (*arguments, *named.values()))})"

    return write

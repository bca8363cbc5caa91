"""What sqlfluff renders for dbt's ``adapter``: a dispatched macro reads as a call of a function."""

from collections.abc import Callable


def dispatch(macro_name: str, macro_namespace: str) -> Callable[..., str]:
    """Return a function that writes the macro's name and arguments as SQL.

    Types have no arguments and read as the type ``timestamptz``.
    """

    def write(*arguments: object) -> str:
        if macro_name.startswith("type_"):
            return "timestamptz"
        return f"{macro_name}({', '.join(str(argument) for argument in arguments)})"

    return write

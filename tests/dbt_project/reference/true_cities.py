"""Columns to compare with a truth that names the cities of China alone."""


def of_china(column: str) -> str:
    """Return the column in SQL; a city elsewhere is null, as the truth has it."""
    is_city = column == "adcode" or column.endswith("_adcode")
    return f"case when {column} ~ '^[0-9]{{6}}$' then {column} end as {column}" if is_city else column

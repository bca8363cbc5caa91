"""SQL of times in the forms that providers send them; each gives text that the judge reads."""

#: 2000-01-01 in China, in milliseconds and seconds: what several Chinese systems write for "no value".
_NO_VALUE = "('946656000000', '946656000', '0')"


def has_zone(time: str) -> str:
    """Return SQL that tells whether a time's text carries its zone."""
    return rf"regexp_matches({time}, ':\d{{2}}([.]\d+)?\s*(Z|z|[+-]\d{{2}})')"


def epoch_or_clock(time: str) -> str:
    """Return SQL of a time sent as epoch seconds, as epoch milliseconds or as text."""
    instant = "strftime(make_timestamp(try_cast({} as bigint) * {}), '%Y-%m-%dT%H:%M:%S.%fZ')"
    return (
        f"case when {time} in {_NO_VALUE} then null "
        rf"when regexp_full_match({time}, '\d{{13}}') then {instant.format(time, 1000)} "
        rf"when regexp_full_match({time}, '\d{{9,10}}') then {instant.format(time, 1_000_000)} "
        f"else {time} end"
    )


def is_epoch(time: str) -> str:
    """Return SQL that tells whether a time was sent as epoch seconds or milliseconds: an instant."""
    return rf"regexp_full_match({time}, '\d{{9,10}}|\d{{13}}')"


def at_offset(time: str, zone: str) -> str:
    """Return SQL of a clock time with the offset that stands beside it as GMT+8, UTC-03:30 or +08:00."""
    pattern = r"^(?:GMT|UTC)?([+-])(\d{1,2})(?::?(\d{2}))?$"
    sign, hours, minutes = (f"regexp_extract({zone}, '{pattern}', {group})" for group in (1, 2, 3))
    offset = f"{sign} || lpad({hours}, 2, '0') || ':' || coalesce(nullif({minutes}, ''), '00')"
    return f"case when {sign} <> '' then {time} || {offset} else {time} end"

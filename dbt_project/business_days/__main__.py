"""``make business-days``: on which days people work, in every country but China, as Parquet.

From the library holidays: weekends, public holidays of the whole country and days worked in their place.
China's days, with those the State Council has made up, are the seed business_days.
"""

from datetime import date, timedelta
from pathlib import Path

import holidays
import polars as pl

#: The years of China's seed.
_FIRST, _LAST = date(2015, 1, 1), date(2026, 12, 31)
_FILE = Path(__file__).with_name("business_days.parquet")


def make_business_days() -> None:
    """Write one row per country and day beside this file."""
    days = [_FIRST + timedelta(days=number) for number in range((_LAST - _FIRST).days + 1)]
    codes = sorted(code for code in holidays.list_supported_countries() if len(code) == 2 and code != "CN")
    countries = [
        pl.DataFrame(
            {
                "country_code": code,
                "calendar_date": days,
                "is_business_day": [calendar.is_working_day(day) for day in days],
            }
        )
        for code in codes
        for calendar in [holidays.country_holidays(code, years=range(_FIRST.year, _LAST.year + 1))]
    ]
    pl.concat(countries).write_parquet(_FILE, compression="zstd", compression_level=19)
    print(f"{_FILE.name}: {len(codes)} countries")


if __name__ == "__main__":
    make_business_days()

-- All countries but China, whose days are a seed.
select
    country_code,
    is_business_day,
    calendar_date
from {{ parquet('business_days/business_days') }}

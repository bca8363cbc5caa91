with business_days as (
    select
        country_code,
        is_business_day,
        calendar_date
    from {{ ref('business_days') }}
    union all
    select
        country_code,
        is_business_day,
        calendar_date
    from {{ ref('stg_world_business_days') }}
)

select
    business_days.country_code,
    cast(sum(case when business_days.is_business_day then 1 else 0 end) over (
        partition by business_days.country_code
        order by business_days.calendar_date
        rows between unbounded preceding and current row
    ) as {{ dbt.type_bigint() }}) as business_day_number,
    business_days.is_business_day,
    business_days.calendar_date
from business_days

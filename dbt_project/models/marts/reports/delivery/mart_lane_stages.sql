{{ config(
    materialized='cells',
    meta={'cell_date': 'month_date', 'cell_keys': ['origin_province_id', 'destination_province_id', 'stage']}
) }}
{%- set stages = ['handling', 'origin', 'linehaul', 'destination', 'last_mile', 'pickup_wait'] %}
-- What is usual on a lane. Of parcels that have come all the way, so that the stages are of the same parcels.
with waybills as (
    select
        *,
        {{ dbt.date_trunc('month', 'picked_up_date') }} as month_date
    from {{ rows_of('fct_waybills') }}
    where purpose = 'sale' and picked_up_date is not null and has_all_stages and {{ is_in_delivery_cohort() }}
),

stages as (
    {%- for stage in stages %}
    select
        origin_province_id,
        destination_province_id,
        '{{ stage }}' as stage,
        {{ stage }}_seconds as stage_seconds,
        {{ hour_bucket(stage ~ '_seconds') }} as stage_bucket,
        month_date
    from waybills
    where {{ stage }}_seconds is not null
    {%- if not loop.last %}

    union all
    {% endif -%}
    {%- endfor %}
),

cells as (
    select
        origin_province_id,
        destination_province_id,
        stage,
        month_date,
        count(*) as waybill_count,
        sum(stage_seconds) as stage_seconds,
        {{ bucket_counts('stage_bucket') }} as stage_counts
    from stages
    group by origin_province_id, destination_province_id, stage, month_date
)

select
    origin_province_id,
    destination_province_id,
    stage,
    waybill_count,
    {{ total_count('coalesce(stage_seconds, 0)') }} as stage_seconds,
    {{ hour_histogram('stage_counts') }} as stage_histogram,
    cast(month_date as date) as month_date
from cells

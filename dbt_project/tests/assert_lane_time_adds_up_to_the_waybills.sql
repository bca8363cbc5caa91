with cohort as (
    select * from {{ changed('fct_waybills') }} as changed
    where purpose = 'sale' and picked_up_date is not null and {{ is_in_delivery_cohort() }}
),

lanes as (
    select * from {{ changed('mart_lane_time') }} as changed
)

{{ sums_that_differ('cohort', 'lanes', [
    ('waybill_count', '1', 'waybill_count'),
    ('finished_count', 'case when is_handed_over then 1 else 0 end', 'finished_count'),
    ('within_72h_count', 'case when end_to_end_seconds <= 72 * 3600 then 1 else 0 end', 'within_72h_count'),
    ('end_to_end_count', 'case when end_to_end_seconds >= 0 then 1 else 0 end', 'end_to_end_count'),
    'end_to_end_seconds',
]) }}

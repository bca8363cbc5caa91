{% set stages = ['handling', 'origin', 'linehaul', 'destination', 'last_mile', 'pickup_wait'] %}
{% set in_buckets -%}
stage_histogram.above{% for edge in histogram_edges() %} + stage_histogram.h{{ edge }}{% endfor %}
{%- endset %}
with complete as (
    select * from {{ changed('fct_waybills') }} as changed
    where
        purpose = 'sale' and picked_up_date is not null and has_all_stages and {{ is_in_delivery_cohort() }}
),

stages as (
    select
        *,
        {{ in_buckets }} as in_buckets
    from {{ changed('mart_lane_stages') }} as changed
)

{% for stage in stages -%}
{{ sums_that_differ('complete', 'stages', [
    (stage ~ '_count', 'case when ' ~ stage ~ '_seconds >= 0 then 1 else 0 end', "case when stage = '" ~ stage ~ "' then waybill_count else 0 end"),
    (stage ~ '_in_buckets', 'case when ' ~ stage ~ '_seconds >= 0 then 1 else 0 end', "case when stage = '" ~ stage ~ "' then in_buckets else 0 end"),
    (stage ~ '_seconds', stage ~ '_seconds', "case when stage = '" ~ stage ~ "' then stage_seconds else 0 end"),
]) }}
{% if not loop.last %}union all{% endif %}
{% endfor %}

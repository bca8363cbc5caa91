-- The buckets hold each duration once, and split where the rates do: 24, 48 and 72 hours are edges.
{% set tables = {
    'mart_delivery_time': ['end_to_end', 'order_to_delivery', 'handling'],
    'mart_lane_time': ['end_to_end'],
} %}
{% set within = {'mart_delivery_time': [24, 48, 72], 'mart_lane_time': [72]} %}

{% for table, durations in tables.items() %}
{% for duration in durations %}
select
    '{{ table }}.{{ duration }}' as histogram,
    {{ duration }}_count as expected_count
from {{ cells_of_changed_dates(table) }}
where
    {{ duration }}_count <> {{ duration }}_histogram.above
    {%- for edge in histogram_edges() %} + {{ duration }}_histogram.h{{ edge }}{% endfor %}
    or {{ duration }}_count > {{ duration }}_started_count
union all
{% endfor %}
{% for hours in within[table] %}
select
    '{{ table }} within {{ hours }} h' as histogram,
    within_{{ hours }}h_count as expected_count
from {{ cells_of_changed_dates(table) }}
where
    within_{{ hours }}h_count <> 0
    {%- for edge in histogram_edges() if edge <= hours %} + end_to_end_histogram.h{{ edge }}{% endfor %}
union all
{% endfor %}
{% endfor %}
select
    'none' as histogram,
    0 as expected_count
where false

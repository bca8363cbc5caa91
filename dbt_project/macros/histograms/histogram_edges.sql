{#- Upper edges, in hours, of the histograms' buckets: whole hours to 96, then coarser to 60 days (1440 h).
    A bucket is (a, b]: 24.0 h falls into 24, a second more into 25. One more bucket, `above`, has no upper
    edge. -#}
{% macro histogram_edges() %}
    {%- set edges = [] -%}
    {%- for first, last, step in var('histogram_steps') -%}
        {%- do edges.extend(range(first + step, last + 1, step)) -%}
    {%- endfor -%}
    {{ return(edges) }}
{% endmacro %}

{#- The key under which the bucket above the last edge is counted before it becomes the field `above`. -#}
{% macro histogram_above() %}
    {{ return(1441) }}
{% endmacro %}

{#- Upper edge, in hours, of the bucket (a, b] into which a duration falls; null for no duration.
    Whole hours divide exactly in doubles, so an edge never falls into the next bucket. -#}
{% macro hour_bucket(seconds) %}
    case
        when {{ seconds }} <= 0 then 1
        {%- for first, last, step in var('histogram_steps') %}
        when {{ seconds }} <= {{ last * 3600 }}
            then {{ step }} * cast(ceil(cast({{ seconds }} as double) / {{ step * 3600 }}) as integer)
        {%- endfor %}
        when {{ seconds }} is not null then {{ histogram_above() }}
    end
{% endmacro %}

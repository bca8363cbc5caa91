{#- A stage between two milestones, given the signed seconds of it and of the stage before: void when it, or the
    one before, runs backwards. -#}
{% macro stage_seconds(seconds, previous_seconds) -%}
    case when {{ seconds }} >= 0 and coalesce({{ previous_seconds }}, 0) >= 0 then {{ seconds }} end
{%- endmacro %}

{#- Whether a row's time lies at least so many seconds before the as-of time of its provider. A mart that counts by this
    declares it: `ages` of its `meta`, by fact, a list of (time, seconds). -#}
{% macro is_of_age(time, seconds) -%}
    {%- if seconds == 0 -%}
        {{ time }} <= providers.as_of_at
    {%- else -%}
        {{ seconds_between(time, 'providers.as_of_at') }} >= {{ seconds }}
    {%- endif -%}
{%- endmacro %}

{#- The ages at which any mart counts a fact's rows for something else. -#}
{% macro ages_of(fact) %}
    {%- set ages = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' -%}
        {%- for time, seconds in node.config.get('meta', {}).get('ages', {}).get(fact, []) -%}
            {%- do ages.append((time, seconds)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(ages | unique | sort) }}
{% endmacro %}

{#- Conditions on rows one of whose times came of an age between the as-of time of the last build and that of this one.
    Bounded by literals, so that the engine skips whatever lies outside; a second more on both sides, since ages are whole. -#}
{% macro times_come_of_age() %}
    {%- set text = dbt.type_string() -%}
    {%- set conditions = [] -%}
    {%- for provider, former, as_of in run_query(
        'select provider_id, cast(former_as_of_at as ' ~ text ~ '), cast(as_of_at as ' ~ text ~ ') from '
        ~ last_built('arrivals', 'dated_providers') ~ ' where as_of_at is not null'
    ).rows -%}
        {%- for time, seconds in ages_of(this.identifier) -%}
            {%- set instant = time ~ ' {} ' ~ type_instant() ~ " '{}' - interval '{} seconds'" -%}
            {%- set until = instant.format('<=', as_of, seconds - 1) -%}
            {%- set since = ' and ' ~ instant.format('>=', former, seconds + 1) if former else '' -%}
            {%- do conditions.append("provider_id = '" ~ provider ~ "' and " ~ until ~ since) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(conditions) }}
{% endmacro %}

{#- The measures whose sum over the facts is not their sum over the cells; no row where all agree. Both are relations
    of `changed` rows. A measure is a column of both, or (name, expression over the facts, expression over the cells). -#}
{% macro sums_that_differ(facts, cells, measures) %}
    {%- for measure in measures -%}
        {%- set name, in_facts, in_cells = (measure, measure, measure) if measure is string else measure %}
    select
        '{{ name }}' as measure,
        fact.total as in_facts,
        cell.total as in_cells
    from (select coalesce(cast(sum(_sign * ({{ in_facts }})) as decimal(38, 2)), 0) as total from {{ facts }}) as fact
    cross join (select coalesce(cast(sum(_sign * ({{ in_cells }})) as decimal(38, 2)), 0) as total from {{ cells }}) as cell
    where fact.total <> cell.total
        {%- if not loop.last %}
    union all
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

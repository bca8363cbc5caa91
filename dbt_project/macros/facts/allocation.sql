{#- Allocation of an amount in fen over the rows of a group, exact to the fen. -#}

{#- The row's share by weight, cut towards zero; 0 where nothing weighs. -#}
{% macro share_of(fen, weight, total_weight) -%}
    case when {{ total_weight }} > 0 then cast({{ divide_whole(wide_whole(fen) ~ ' * ' ~ wide_whole(weight), wide_whole(total_weight)) }} as bigint) else 0 end
{%- endmacro %}

{#- The share, and on the group's first row what the cut shares leave over. -#}
{% macro with_remainder(fen, share, group_key, position) -%}
    {{ share }} + case
        when {{ position }} = 1 then {{ fen }} - sum({{ share }}) over (partition by {{ group_key }})
        else 0
    end
{%- endmacro %}

{% macro amount_of_fen(fen) -%}
    cast(cast({{ fen }} as decimal(18, 0)) * cast(0.01 as decimal(3, 2)) as decimal(18, 2))
{%- endmacro %}

{#- One of `count` equal parts of an amount; the first takes what the cut parts leave over. -#}
{% macro equal_part(amount, count, position) -%}
    {%- set fen = 'cast(' ~ amount ~ ' * 100 as bigint)' -%}
    {{ amount_of_fen(
        divide_whole(fen, count)
        ~ ' + case when ' ~ position ~ ' = 1 then ' ~ fen ~ ' - ' ~ count ~ ' * ' ~ divide_whole(fen, count) ~ ' else 0 end'
    ) }}
{%- endmacro %}

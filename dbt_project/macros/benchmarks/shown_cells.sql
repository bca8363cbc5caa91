{#- What of the market one merchant may be told: the one place of that rule.

    `parcels` names a relation of one row per parcel and figure that counts it (merchant_id, consumer_id), `table` the
    columns that make a table whose cells add up (a figure of a platform's month), `cell` those of a cell in it; a
    parcel of which one of these is null is in no cell, and yet in the table's total.
    Returned is one row per cell that may be shown.

    A cell is shown where, whoever of its merchants asks and takes away its own parcels, there are left
    - at least five merchants, none with more than half of the parcels, and
    - at least ten consumers;
    and where it has 30 parcels, as everywhere. Who asks may be any merchant, so the rule is tried against the one whose
    leaving is worst: the largest, or the second largest while the largest stays.

    What a table hides is its total less what it shows, so it is as good as told and must keep the same rule: the
    smallest cells are hidden too, one by one, until it does, and all of them where it never does. Of what is hidden
    no merchant may have more than a third: then none has more than half of it, whoever takes its own away. Written
    so, it can be followed while cells are added: a largest part only grows, a second largest changes hands. -#}
{% macro shown_cells(parcels, table, cell) %}
    {%- set tables = table | join(', ') -%}
    {%- set keys = (table + cell) | join(', ') -%}
    select {{ keys }}, waybill_count, merchant_count
    from (
        {{ hiding_cells(parcels, table, cell) | indent(8) }}
    ) as with_hidden
    where place > hidden_to_place
{% endmacro %}

{#- All cells: how many they are to be hidden before (`place`; 0 is what may not be told), and up to which they are. -#}
{% macro hiding_cells(parcels, table, cell) %}
    {%- set tables = table | join(', ') -%}
    {%- set keys = (table + cell) | join(', ') -%}
    with counted as (
        select
            {{ tables }},
            {% for key in cell -%}
            coalesce({{ key }}, '') as {{ key }},
            {% endfor -%}
            {% for key in cell -%}
            {{ key }} is not null {{ 'and ' if not loop.last }}
            {%- endfor %} as is_keyed,
            merchant_id,
            consumer_id,
            count(*) as waybill_count
        from {{ parcels }}
        group by {{ keys }}, merchant_id, consumer_id
    ),

    merchants as (
        select
            {{ keys }},
            is_keyed,
            merchant_id,
            sum(waybill_count) as waybill_count,
            count(distinct consumer_id) as consumer_count
        from counted
        group by {{ keys }}, is_keyed, merchant_id
    ),

    consumers as (
        select
            {{ keys }},
            is_keyed,
            count(distinct consumer_id) as cell_consumer_count
        from counted
        group by {{ keys }}, is_keyed
    ),

    by_size as (
        select
            *,
            row_number() over (
                partition by {{ keys }}, is_keyed
                order by waybill_count desc, merchant_id
            ) as place
        from merchants
    ),

    largest as (
        select
            {{ keys }},
            is_keyed,
            sum(waybill_count) as waybill_count,
            count(*) as merchant_count,
            max(consumer_count) as largest_consumer_count,
            max(case when place = 1 then waybill_count end) as largest_count,
            max(case when place = 2 then waybill_count end) as second_count
        from by_size
        group by {{ keys }}, is_keyed
    ),

    judged as (
        select
            largest.*,
            largest.is_keyed
            and merchant_count >= {{ 5 + 1 }}
            and waybill_count >= 30
            and largest_count * 2 <= waybill_count - second_count
            and second_count * 2 <= waybill_count - largest_count
            and cell_consumer_count - largest_consumer_count >= 10 as is_safe
        from largest
        inner join consumers
            on
                {% for key in table + cell + ['is_keyed'] -%}
                largest.{{ key }} = consumers.{{ key }}{{ '\n                and ' if not loop.last }}
                {%- endfor %}
    ),

    -- From the smallest on; of equal ones, any order that stays.
    placed as (
        select
            *,
            case when is_safe then row_number() over (
                partition by {{ tables }}, is_safe
                order by waybill_count, {{ cell | join(', ') }}
            ) else 0 end as place
        from judged
    ),

    -- Whoever is met the first time, on the way up from what is hidden anyhow.
    met as (
        select
            {% for key in table -%}
            counted.{{ key }},
            {% endfor -%}
            counted.merchant_id,
            counted.waybill_count,
            placed.place,
            case
                when counted.consumer_id is not null and row_number() over (
                    partition by {% for key in table %}counted.{{ key }}, {% endfor %}counted.consumer_id
                    order by placed.place
                ) = 1 then 1 else 0
            end as new_consumer_count,
            case
                when counted.consumer_id is not null and row_number() over (
                    partition by
                        {% for key in table %}counted.{{ key }}, {% endfor %}counted.merchant_id, counted.consumer_id
                    order by placed.place
                ) = 1 then 1 else 0
            end as new_own_consumer_count,
            case when row_number() over (
                partition by {% for key in table %}counted.{{ key }}, {% endfor %}counted.merchant_id
                order by placed.place
            ) = 1 then 1 else 0 end as new_merchant_count
        from counted
        inner join placed
            on
                {% for key in table + cell + ['is_keyed'] -%}
                counted.{{ key }} = placed.{{ key }}{{ '\n                and ' if not loop.last }}
                {%- endfor %}
    ),

    -- The parts of each merchant in all that is hidden up to a place.
    parts as (
        select
            {{ tables }},
            place,
            waybill_count,
            new_consumer_count,
            new_merchant_count,
            sum(waybill_count) over (partition by {{ tables }}, merchant_id order by place) as own_count,
            sum(new_own_consumer_count) over (partition by {{ tables }}, merchant_id order by place)
                as own_consumer_count
        from met
    ),

    steps as (
        select
            {{ tables }},
            place,
            sum(waybill_count) as waybill_count,
            sum(new_consumer_count) as consumer_count,
            sum(new_merchant_count) as merchant_count,
            max(own_count) as own_count,
            max(own_consumer_count) as own_consumer_count
        from parts
        group by {{ tables }}, place
    ),

    hidden as (
        select
            {{ tables }},
            place,
            min(place) over (partition by {{ tables }}) as first_place,
            sum(merchant_count) over (partition by {{ tables }} order by place) >= {{ 5 + 1 }}
            and sum(waybill_count) over (partition by {{ tables }} order by place) >= 30
            and max(own_count) over (partition by {{ tables }} order by place) * 3
            <= sum(waybill_count) over (partition by {{ tables }} order by place)
            and sum(consumer_count) over (partition by {{ tables }} order by place)
            - max(own_consumer_count) over (partition by {{ tables }} order by place) >= 10 as is_safe
        from steps
    ),

    hidden_to as (
        select
            {{ tables }},
            case
                when min(first_place) > 0 then 0
                else coalesce(min(case when is_safe then place end), max(place))
            end as hidden_to_place
        from hidden
        group by {{ tables }}
    )

    select
        placed.*,
        hidden_to.hidden_to_place
    from placed
    inner join hidden_to
        on
            {% for key in table -%}
            placed.{{ key }} = hidden_to.{{ key }}{{ '\n            and ' if not loop.last }}
            {%- endfor %}
{% endmacro %}

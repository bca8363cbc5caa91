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
    with keyed as (
        select
            {{ tables }},
            {% for key in cell -%}
            coalesce({{ key }}, '') as {{ key }},
            {% endfor -%}
            {% for key in cell -%}
            {{ key }} is not null {{ 'and ' if not loop.last }}
            {%- endfor %} as is_keyed,
            merchant_id,
            consumer_id
        from {{ parcels }}
    ),

    -- Numbered: parcels are many, and to group them by texts is slow.
    cells as (
        select
            {{ keys }},
            is_keyed,
            dense_rank() over (order by {{ tables }}) as table_number,
            row_number() over (order by {{ keys }}, is_keyed) as cell_number
        from keyed
        group by {{ keys }}, is_keyed
    ),

    counted as (
        select
            cells.cell_number,
            keyed.merchant_id,
            keyed.consumer_id,
            count(*) as waybill_count
        from keyed
        inner join cells
            on
                {% for key in table + cell + ['is_keyed'] -%}
                keyed.{{ key }} = cells.{{ key }}{{ '\n                and ' if not loop.last }}
                {%- endfor %}
        group by cells.cell_number, keyed.merchant_id, keyed.consumer_id
    ),

    merchants as (
        select
            cell_number,
            merchant_id,
            sum(waybill_count) as waybill_count,
            count(consumer_id) as consumer_count
        from counted
        group by cell_number, merchant_id
    ),

    consumers as (
        select
            cell_number,
            count(distinct consumer_id) as cell_consumer_count
        from counted
        group by cell_number
    ),

    by_size as (
        select
            *,
            row_number() over (partition by cell_number order by waybill_count desc, merchant_id) as place
        from merchants
    ),

    largest as (
        select
            cell_number,
            sum(waybill_count) as waybill_count,
            count(*) as merchant_count,
            max(consumer_count) as largest_consumer_count,
            max(case when place = 1 then waybill_count end) as largest_count,
            max(case when place = 2 then waybill_count end) as second_count
        from by_size
        group by cell_number
    ),

    judged as (
        select
            cells.*,
            largest.waybill_count,
            largest.merchant_count,
            cells.is_keyed
            and largest.merchant_count >= {{ 5 + 1 }}
            and largest.waybill_count >= 30
            and largest.largest_count * 2 <= largest.waybill_count - largest.second_count
            and largest.second_count * 2 <= largest.waybill_count - largest.largest_count
            and consumers.cell_consumer_count - largest.largest_consumer_count >= 10 as is_safe
        from cells
        inner join largest
            on cells.cell_number = largest.cell_number
        inner join consumers
            on cells.cell_number = consumers.cell_number
    ),

    -- From the smallest on; of equal ones, any order that stays.
    placed as (
        select
            *,
            case when is_safe then row_number() over (
                partition by table_number, is_safe
                order by waybill_count, {{ cell | join(', ') }}
            ) else 0 end as place
        from judged
    ),

    placed_merchants as (
        select
            placed.table_number,
            placed.place,
            merchants.merchant_id,
            merchants.waybill_count
        from merchants
        inner join placed
            on merchants.cell_number = placed.cell_number
    ),

    -- Where whoever counts is met first, on the way up from what is hidden anyhow.
    own_consumers_met as (
        select
            placed.table_number,
            counted.merchant_id,
            counted.consumer_id,
            min(placed.place) as place
        from counted
        inner join placed
            on counted.cell_number = placed.cell_number
        where counted.consumer_id is not null
        group by placed.table_number, counted.merchant_id, counted.consumer_id
    ),

    consumers_met as (
        select
            table_number,
            consumer_id,
            min(place) as place
        from own_consumers_met
        group by table_number, consumer_id
    ),

    merchants_met as (
        select
            table_number,
            merchant_id,
            min(place) as place
        from placed_merchants
        group by table_number, merchant_id
    ),

    -- What each place adds: of a merchant its parcels and its consumers, of all else who is new.
    added as (
        select
            table_number,
            place,
            merchant_id,
            waybill_count,
            0 as new_own_consumer_count,
            0 as new_consumer_count,
            0 as new_merchant_count
        from placed_merchants
        union all
        select
            table_number,
            place,
            merchant_id,
            0,
            count(*),
            0,
            0
        from own_consumers_met
        group by table_number, place, merchant_id
        union all
        select
            table_number,
            place,
            merchant_id,
            0,
            0,
            0,
            1
        from merchants_met
        union all
        select
            table_number,
            place,
            null,
            0,
            0,
            count(*),
            0
        from consumers_met
        group by table_number, place
    ),

    met as (
        select
            table_number,
            place,
            merchant_id,
            sum(waybill_count) as waybill_count,
            sum(new_own_consumer_count) as new_own_consumer_count,
            sum(new_consumer_count) as new_consumer_count,
            sum(new_merchant_count) as new_merchant_count
        from added
        group by table_number, place, merchant_id
    ),

    -- The parts of each merchant in all that is hidden up to a place.
    parts as (
        select
            table_number,
            place,
            waybill_count,
            new_consumer_count,
            new_merchant_count,
            sum(waybill_count) over (partition by table_number, merchant_id order by place) as own_count,
            sum(new_own_consumer_count) over (partition by table_number, merchant_id order by place)
                as own_consumer_count
        from met
    ),

    steps as (
        select
            table_number,
            place,
            sum(waybill_count) as waybill_count,
            sum(new_consumer_count) as consumer_count,
            sum(new_merchant_count) as merchant_count,
            max(own_count) as own_count,
            max(own_consumer_count) as own_consumer_count
        from parts
        group by table_number, place
    ),

    hidden as (
        select
            table_number,
            place,
            min(place) over (partition by table_number) as first_place,
            sum(merchant_count) over (partition by table_number order by place) >= {{ 5 + 1 }}
            and sum(waybill_count) over (partition by table_number order by place) >= 30
            and max(own_count) over (partition by table_number order by place) * 3
            <= sum(waybill_count) over (partition by table_number order by place)
            and sum(consumer_count) over (partition by table_number order by place)
            - max(own_consumer_count) over (partition by table_number order by place) >= 10 as is_safe
        from steps
    ),

    hidden_to as (
        select
            table_number,
            case
                when min(first_place) > 0 then 0
                else coalesce(min(case when is_safe then place end), max(place))
            end as hidden_to_place
        from hidden
        group by table_number
    )

    select
        placed.*,
        hidden_to.hidden_to_place
    from placed
    inner join hidden_to
        on placed.table_number = hidden_to.table_number
{% endmacro %}

{#- What of the market one merchant may be told: the one place of that rule.

    `parcels` names a relation of one row per parcel and figure that counts it (merchant_id, consumer_id), `table` the
    columns that make a table whose cells add up (a figure of a platform's month), `cell` those of a cell in it.
    Returned is one row per cell that may be shown.

    A cell is shown where, whoever of its merchants asks and takes away its own parcels, there are left
    - at least five merchants, none with more than half of the parcels, and
    - at least ten consumers;
    and where it has 30 parcels, as everywhere. Who asks may be any merchant, so the rule is tried against the one whose
    leaving is worst: the largest, or the second largest while the largest stays.

    A table in which a cell is hidden hides its smallest other cell with it: nothing is the whole less what is shown. -#}
{% macro shown_cells(parcels, table, cell) %}
    {%- set keys = (table + cell) | join(', ') %}
    select {{ keys }}, waybill_count, merchant_count
    from (
        select
            *,
            min(case when is_safe then 1 else 0 end) over (partition by {{ table | join(', ') }}) as is_whole,
            row_number() over (
                partition by {{ table | join(', ') }}, is_safe
                order by waybill_count{% for key in cell %}, {{ key }}{% endfor %}
            ) as place
        from (
            select
                {{ keys }},
                sum(waybill_count) as waybill_count,
                count(*) as merchant_count,
                count(*) >= {{ 5 + 1 }}
                and sum(waybill_count) >= 30
                and max(case when place = 1 then waybill_count end) * 2
                <= sum(waybill_count) - max(case when place = 2 then waybill_count end)
                and max(case when place = 2 then waybill_count end) * 2
                <= sum(waybill_count) - max(case when place = 1 then waybill_count end)
                and max(cell_consumer_count) - max(consumer_count) >= 10 as is_safe
            from (
                select
                    merchants.*,
                    consumers.cell_consumer_count,
                    row_number() over (
                        partition by {% for key in table + cell %}merchants.{{ key }}, {% endfor -%}
                        'all'
                        order by merchants.waybill_count desc, merchants.merchant_id
                    ) as place
                from (
                    select
                        {{ keys }},
                        merchant_id,
                        count(*) as waybill_count,
                        count(distinct consumer_id) as consumer_count
                    from {{ parcels }}
                    group by {{ keys }}, merchant_id
                ) as merchants
                inner join (
                    select
                        {{ keys }},
                        count(distinct consumer_id) as cell_consumer_count
                    from {{ parcels }}
                    group by {{ keys }}
                ) as consumers
                    on
                        {% for key in table + cell -%}
                        merchants.{{ key }} = consumers.{{ key }}{{ '\n                        and ' if not loop.last }}
                        {%- endfor %}
            ) as placed
            group by {{ keys }}
        ) as judged
    ) as beside
    where is_safe and (is_whole = 1 or place > 1)
{% endmacro %}

{#- Read are the accounts' orders of a year: who bought what long ago says little of what is bought together now. -#}
{% set days_read = 365 %}
{#- How many days after an order a later one still belongs to it. -#}
{% set days_together = 30 %}
{% set spans = {'order': 'is_same', '30_days': 'not is_same'} %}
with lines as (
    select * from {{ ref('fct_order_lines') }}
    where is_paid and consumer_id is not null
),

last_days as (
    select
        platform_id,
        max(order_date) as last_date
    from lines
    group by platform_id
),

dated as (
    select
        lines.platform_id,
        lines.consumer_id,
        lines.order_id,
        lines.category_id,
        lines.product_id,
        lines.order_date,
        -- An order's later ones are known once so many days have passed.
        {{ dbt.datediff('lines.order_date', 'last_days.last_date', 'day') }} >= {{ days_together }} as is_mature
    from lines
    inner join last_days
        on lines.platform_id = last_days.platform_id
    where {{ dbt.datediff('lines.order_date', 'last_days.last_date', 'day') }} < {{ days_read }}
),

items as (
    select distinct
        platform_id,
        consumer_id,
        order_id,
        'category' as item_kind,
        category_id as item_id,
        order_date,
        is_mature
    from dated
    where category_id is not null
    union all
    select distinct
        platform_id,
        consumer_id,
        order_id,
        'product' as item_kind,
        product_id as item_id,
        order_date,
        is_mature
    from dated
    where product_id is not null
),

-- What stands in the same order, and what the account's later orders hold.
pairs as (
    select
        items.platform_id,
        items.item_kind,
        items.item_id,
        others.item_id as other_item_id,
        items.order_id,
        items.order_id = others.order_id as is_same
    from items
    inner join items as others
        on
            items.consumer_id = others.consumer_id
            and items.item_kind = others.item_kind
    where
        (items.order_id = others.order_id and items.item_id <> others.item_id)
        or (
            items.is_mature
            and items.order_id <> others.order_id
            and others.order_date > items.order_date
            and {{ dbt.datediff('items.order_date', 'others.order_date', 'day') }} <= {{ days_together }}
        )
),

counted_pairs as (
    {% for span, is_of_span in spans.items() %}
    select
        platform_id,
        item_kind,
        '{{ span }}' as basket_span,
        item_id,
        other_item_id,
        count(distinct order_id) as pair_order_count
    from pairs
    where {{ is_of_span }}
    group by platform_id, item_kind, item_id, other_item_id
    having count(distinct order_id) >= {{ var('least_basket_orders') }}
    {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

orders as (
    select
        platform_id,
        count(distinct order_id) as order_count,
        count(distinct case when is_mature then order_id end) as mature_order_count
    from dated
    group by platform_id
),

items_counted as (
    select
        platform_id,
        item_kind,
        item_id,
        count(*) as order_count,
        count(case when is_mature then 1 end) as mature_order_count
    from items
    group by platform_id, item_kind, item_id
),

-- Orders after which the other item was bought, whatever they held.
followed as (
    select
        platform_id,
        item_kind,
        other_item_id,
        count(distinct order_id) as order_count
    from pairs
    where not is_same
    group by platform_id, item_kind, other_item_id
)

select
    counted_pairs.platform_id,
    counted_pairs.item_kind,
    counted_pairs.basket_span,
    counted_pairs.item_id,
    counted_pairs.other_item_id,
    counted_pairs.pair_order_count,
    case
        when counted_pairs.basket_span = 'order' then bought.order_count
        else bought.mature_order_count
    end as item_order_count,
    case
        when counted_pairs.basket_span = 'order' then others.order_count
        else followed.order_count
    end as other_item_order_count,
    case
        when counted_pairs.basket_span = 'order' then orders.order_count
        else orders.mature_order_count
    end as basket_order_count
from counted_pairs
inner join orders
    on counted_pairs.platform_id = orders.platform_id
inner join items_counted as bought
    on
        counted_pairs.platform_id = bought.platform_id
        and counted_pairs.item_kind = bought.item_kind
        and counted_pairs.item_id = bought.item_id
inner join items_counted as others
    on
        counted_pairs.platform_id = others.platform_id
        and counted_pairs.item_kind = others.item_kind
        and counted_pairs.other_item_id = others.item_id
left join followed
    on
        counted_pairs.platform_id = followed.platform_id
        and counted_pairs.item_kind = followed.item_kind
        and counted_pairs.other_item_id = followed.other_item_id

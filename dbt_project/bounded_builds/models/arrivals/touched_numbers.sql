{{ config(materialized='table', post_hook="{{ show_touched_rows() }}") }}
-- The numbers that a bounded build makes anew (`is_changed`), and those it must read to do so. By number as the
-- provider says it, whatever the platform or courier: too many are touched, never too few. A parcel and its orders
-- change together, since an order's money is shared among its parcels and a parcel's clock is its orders'.
{{ after('loaded_orders') }}{{ after('loaded_waybills') }}{{ after('linked_numbers') }}{{ after('dated_providers') }}
{{- after('platforms') -}}
{% if is_bounded() -%}
with loaded_orders as (
    select * from {{ ref('loaded_orders') }}
),

loaded_waybills as (
    select * from {{ ref('loaded_waybills') }}
),

links as (
    select * from {{ ref('linked_numbers') }}
),

providers as (
    select * from {{ ref('dated_providers') }}
),

consumers as (
    select * from {{ source('raw', 'consumers') }}
),

merchants as (
    select
        *,
        platform_id || ':' || merchant_code as merchant_id
    from {{ source('raw', 'merchants') }}
),

platforms as (
    select * from {{ ref('platforms') }}
),

products as (
    select
        platform_id || ':' || product_code as product_id,
        concat_ws('/', platform_id || ':' || category_code, brand_name) as description
    from {{ source('raw', 'products') }}
    where {{ has_arrived() }}
),

-- Numbers under which parcels went on.
followed as (
    select distinct
        waybill_number,
        next_waybill_number
    from {{ source('raw', 'waybill_events') }}
    where next_waybill_number is not null
),

arrived_waybills as (
    select waybill_number from loaded_waybills
    where last_load_id > {{ after_load_id() }}
),

-- Late since the as-of time is past the promise: no attempt was made. What else has aged stays the same row.
overdue_waybills as (
    select waybills.waybill_number
    from {{ last_built('core', 'fct_waybills') }} as waybills
    inner join providers
        on waybills.provider_id = providers.provider_id
    where
        waybills.first_attempt_at is null
        and waybills.promised_delivery_at <= providers.as_of_at
        and coalesce(waybills.promised_delivery_at >= providers.former_as_of_at, true)
),

-- A merchant's place is its parcels' origin.
moved_merchants as (
    select merchant_id
    from merchants
    group by merchant_id
    having
        max(_load_id) > {{ after_load_id() }}
        and (
            min(_load_id) > {{ after_load_id() }}
            or count(distinct concat_ws('/', country_code, province_name, city_name, district_name, city_code)) > 1
        )
),

known_movers as (
    select former.merchant_id
    from {{ last_built('core', 'dim_merchants') }} as former
    inner join moved_merchants
        on former.merchant_id = moved_merchants.merchant_id
),

moved_waybills as (
    select waybill_number from {{ last_built('core', 'fct_waybills') }}
    where merchant_id in (select merchant_id from known_movers)
),

-- On a platform of no one country a merchant's country is its orders' home, too.
moved_orders as (
    select former.order_number
    from {{ last_built('core', 'fct_order_lines') }} as former
    left join platforms
        on former.platform_id = platforms.platform_id
    where
        platforms.country_code is null
        and former.merchant_id in (select merchant_id from known_movers)
),

first_waybills as (
    select waybill_number from arrived_waybills
    union
    select next_waybill_number from followed
    where waybill_number in (select waybill_number from arrived_waybills)
    union
    select waybill_number from followed
    where next_waybill_number in (select waybill_number from arrived_waybills)
    union
    select waybill_number from overdue_waybills
    union
    select waybill_number from moved_waybills
),

-- An account's place stands in for that of its orders.
arrived_consumers as (
    select consumer_code from consumers
    where {{ has_arrived() }}
),

known_consumers as (
    select former.consumer_id
    from {{ last_built('core', 'dim_consumers') }} as former
    where
        former.order_count > 0
        and former.consumer_id in (
            select platform_id || ':' || consumer_code from consumers
            where consumer_code in (select consumer_code from arrived_consumers)
            union
            select platform_id || ':' || account_code from consumers
            where consumer_code in (select consumer_code from arrived_consumers)
        )
),

redescribed_products as (
    select products.product_id
    from products
    inner join {{ last_built('core', 'dim_products') }} as former
        on products.product_id = former.product_id
    where products.description <> concat_ws('/', former.category_id, former.brand_name)
),

-- What comes back, and who pays its way, changes what its order is worth.
arrived_returns as (
    select order_number from {{ source('raw', 'returns') }}
    where {{ has_arrived() }}
),

changed_orders as (
    select order_number from loaded_orders
    where last_load_id > {{ after_load_id() }}
    union
    select order_number from arrived_returns
    union
    select order_number from moved_orders
    union
    select order_number from links
    where waybill_number in (select waybill_number from first_waybills)
    union
    select order_number from {{ last_built('core', 'fct_orders') }}
    where consumer_id in (select consumer_id from known_consumers)
    union
    select order_number from {{ last_built('core', 'fct_order_lines') }}
    where product_id in (select product_id from redescribed_products)
),

changed_waybills as (
    select waybill_number from first_waybills
    union
    select waybill_number from links
    where order_number in (select order_number from changed_orders)
),

read_orders as (
    select order_number from changed_orders
    union
    select order_number from links
    where waybill_number in (select waybill_number from changed_waybills)
),

read_waybills as (
    select waybill_number from changed_waybills
    union
    select waybill_number from followed
    where next_waybill_number in (select waybill_number from changed_waybills)
    union
    select next_waybill_number from followed
    where waybill_number in (select waybill_number from changed_waybills)
),

consumer_codes as (
    select consumer_code from arrived_consumers
    union
    select consumer_code from {{ source('raw', 'orders') }}
    where order_number in (select order_number from read_orders)
),

-- An account is known by its own code, and by every code that ever named it: all of them make its row.
changed_accounts as (
    select consumer_code as account_code from consumer_codes
    union
    select account_code from consumers
    where
        account_code is not null
        and consumer_code in (select consumer_code from consumer_codes)
),

read_consumers as (
    select account_code as consumer_code from changed_accounts
    union
    select consumer_code from consumers
    where account_code in (select account_code from changed_accounts)
)

select
    'order' as kind,
    read_orders.order_number as number,
    changed_orders.order_number is not null as is_changed,
    loaded_orders.first_load_id,
    loaded_orders.last_load_id
from read_orders
left join changed_orders
    on read_orders.order_number = changed_orders.order_number
left join loaded_orders
    on read_orders.order_number = loaded_orders.order_number

union all

select
    'waybill' as kind,
    read_waybills.waybill_number as number,
    changed_waybills.waybill_number is not null as is_changed,
    loaded_waybills.first_load_id,
    loaded_waybills.last_load_id
from read_waybills
left join changed_waybills
    on read_waybills.waybill_number = changed_waybills.waybill_number
left join loaded_waybills
    on read_waybills.waybill_number = loaded_waybills.waybill_number

union all

select
    'consumer' as kind,
    consumer_code as number,
    true as is_changed,
    null as first_load_id,
    null as last_load_id
from read_consumers
where consumer_code is not null

union all

select
    'account' as kind,
    account_code as number,
    true as is_changed,
    null as first_load_id,
    null as last_load_id
from changed_accounts
where account_code is not null
{%- else -%}
select
    cast(null as {{ dbt.type_string() }}) as kind,
    cast(null as {{ dbt.type_string() }}) as number,
    cast(null as boolean) as is_changed,
    cast(null as {{ dbt.type_bigint() }}) as first_load_id,
    cast(null as {{ dbt.type_bigint() }}) as last_load_id
from {{ source('raw', 'loads') }}
where false
{%- endif %}

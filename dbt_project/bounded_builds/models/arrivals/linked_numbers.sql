-- Which orders share a fate with which waybills, as numbers: every registration ever loaded, not only the winning one.
-- A parcel that the provider does not send is known by its order and merchant.
{{ config(materialized='incremental', incremental_strategy='append') }}
with waybills as (
    select * from {{ source('raw', 'waybills') }}
    where {{ has_arrived() }}
),

order_lines as (
    select * from {{ source('raw', 'order_lines') }}
    where {{ has_arrived() }}
),

providers as (
    select * from {{ ref('providers') }}
    where not has_waybills
)

select
    waybill_number,
    {{ explode(list_distinct(list_concat(
        'order_numbers',
        list_of('order_line_numbers', "split_part(item, ':', 1)"),
    ))) }} as order_number
from waybills

union all

select distinct
    order_lines.platform_id || ':' || order_lines.order_number || ':' || order_lines.merchant_code as waybill_number,
    order_lines.order_number
from order_lines
inner join providers
    on order_lines.provider_id = providers.provider_id

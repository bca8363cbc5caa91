{{ config(materialized='incremental', unique_key='order_id') }}

select
    platform_id || ':' || order_number as order_id,
    platform_id,
    provider_id,
    goods_amount as gmv_paid,
    placed_at::date as order_date,
    _load_id
from {{ source('raw', 'orders') }}
{% if is_incremental() %}
    where _load_id > (select max(_load_id) from {{ this }})
{% endif %}

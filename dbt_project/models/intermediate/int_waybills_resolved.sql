with waybills as (
    select * from {{ ref('stg_waybills') }}
),

ranked as (
    select
        *,
        row_number() over (
            partition by waybill_id
            order by updated_at desc nulls last, registered_at desc, _row_key desc
        ) as snapshot_rank
    from waybills
)

select
    waybill_id,
    provider_id,
    platform_id,
    courier_id,
    merchant_id,
    origin_adcode,
    origin_province_id,
    destination_adcode,
    destination_province_id,
    destination_country_code,
    currency,
    waybill_number,
    service,
    waybill_system,
    purpose,
    order_numbers,
    order_line_numbers,
    weight_grams,
    freight_cost_amount,
    promised_delivery_date,
    registered_at,
    promised_ship_at,
    promised_delivery_at,
    _load_id
from ranked
where snapshot_rank = 1

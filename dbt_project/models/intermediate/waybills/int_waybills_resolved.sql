with waybills as (
    select * from {{ ref('stg_waybills') }}
),

recycled as (
    select * from {{ ref('int_waybill_numbers_recycled') }}
),

ranked as (
    select
        waybills.*,
        coalesce(recycled.waybill_id, waybills.waybill_id) as waybill_id_in_use,
        row_number() over (
            partition by coalesce(recycled.waybill_id, waybills.waybill_id)
            order by
                waybills.updated_at desc nulls last,
                waybills.registered_at desc nulls last,
                waybills._row_key desc
        ) as snapshot_rank
    from waybills
    left join recycled
        on {{ is_in_use('waybills', 'recycled', 'registered_at') }}
)

select
    waybill_id_in_use as waybill_id,
    provider_id,
    platform_id,
    courier_id,
    merchant_id,
    origin_adcode,
    origin_province_id,
    origin_place_id,
    origin_country_code,
    destination_adcode,
    destination_province_id,
    destination_place_id,
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
    declared_amount,
    declared_currency,
    tariff_headings,
    entry_channel_code,
    seller_scheme_code,
    hub_code,
    duty_amount,
    import_tax_amount,
    import_fee_amount,
    promised_day_count,
    promised_day_kind_code,
    promised_delivery_date,
    registered_at,
    promised_ship_at,
    promised_delivery_at,
    _load_id
from ranked
where snapshot_rank = 1

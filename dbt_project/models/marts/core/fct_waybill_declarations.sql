{{ config(
    materialized='incremental', incremental_strategy='replace_touched',
    meta={
        'number': 'waybill_number', 'kind': 'waybill',
        'date': (
            '(select max(coalesce(waybills.registered_date, waybills.first_event_date))'
            ~ ' from core.fct_waybills as waybills where waybills.waybill_id = made.waybill_id)'
        ),
    }
) }}
{{ after('fct_waybills') -}}
with waybills as (
    select * from {{ ref('int_waybills_resolved') }}
)

select
    waybill_id,
    waybill_number,
    hub_code,
    entry_channel_code,
    seller_scheme_code,
    tariff_headings,
    declared_currency,
    currency,
    declared_amount,
    duty_amount,
    import_tax_amount,
    import_fee_amount,
    promised_day_count,
    promised_day_kind_code
from waybills
where
    coalesce(hub_code, entry_channel_code, seller_scheme_code, declared_currency, promised_day_kind_code) is not null
    or coalesce(declared_amount, duty_amount, import_tax_amount, import_fee_amount) is not null
    or tariff_headings is not null
    or promised_day_count is not null

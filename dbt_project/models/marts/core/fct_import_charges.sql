-- Made whole by every build: rules change without a parcel having changed.
with crossings as (
    select * from {{ ref('fct_border_crossings') }}
),

rules as (
    select * from {{ ref('stg_import_rules') }}
),

rates as (
    select * from {{ ref('stg_exchange_rates') }}
),

areas as (
    select * from {{ ref('trade_areas') }}
),

entries as (
    {{ crossing_entries('crossings') }}
),

{{ import_charges('entries', 'rules', 'rates', 'areas') }}

select
    entry_id as waybill_id,
    kind as charge_kind,
    rule_id,
    basis as rule_basis,
    currency,
    missing,
    compared_amount,
    exempt_up_to as exempt_up_to_amount,
    charge_amount,
    least_amount as least_charge_amount,
    most_amount as most_charge_amount,
    exchange_rate,
    is_exempt,
    is_collected_at_sale,
    is_exchange_rate_inverse
from charges

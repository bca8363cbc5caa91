{#- What would be taken, were the rules of the user's what_if_rules.csv in WAYMART_HOME in force beside those that hold,
    its announced ones among them. Without such a file nothing is asked, and there is no row. Made whole by every
    build. -#}
{% set asked = users_files('what_if_rules') -%}
with crossings as (
    select * from {{ ref('fct_border_crossings') }}
    {% if not asked %}where false{% endif %}

),

rates as (
    select * from {{ ref('stg_exchange_rates') }}
),

areas as (
    select * from {{ ref('trade_areas') }}
),

other_rules as (
    {{ import_rules_of(ref('import_rules'), asked + users_files('import_rules'), is_asked=true) }}
),

entries as (
    {{ crossing_entries('crossings') }}
),

{{ import_charges('entries', 'other_rules', 'rates', 'areas') }}

select
    entry_id as waybill_id,
    kind as charge_kind,
    rule_id,
    currency,
    missing,
    charge_amount,
    exchange_rate,
    is_exchange_rate_inverse
from charges

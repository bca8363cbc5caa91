with facts as (
    select merchant_id from {{ ref('fct_order_lines') }}
    union all
    select merchant_id from {{ ref('fct_waybills') }}
    where merchant_id is not null
),

extracts as (
    select merchant_id from {{ ref('extract_order_lines') }}
    union all
    select merchant_id from {{ ref('extract_waybills') }}
),

facts_by_merchant as (
    select
        merchant_id,
        count(*) as row_count
    from facts
    group by merchant_id
),

extracts_by_merchant as (
    select
        merchant_id,
        count(*) as row_count
    from extracts
    group by merchant_id
)

select
    facts_by_merchant.merchant_id,
    facts_by_merchant.row_count,
    extracts_by_merchant.row_count as extracted_row_count
from facts_by_merchant
full join extracts_by_merchant
    on facts_by_merchant.merchant_id = extracts_by_merchant.merchant_id
where coalesce(facts_by_merchant.row_count, 0) <> coalesce(extracts_by_merchant.row_count, 0)

with facts as (
    select
        merchant_id,
        _sign
    from {{ changed('fct_order_lines') }} as changed
    union all
    select
        merchant_id,
        _sign
    from {{ changed('fct_waybills') }} as changed
    where merchant_id is not null
),

extracts as (
    select
        merchant_id,
        _sign
    from {{ changed('extract_order_lines') }} as changed
    union all
    select
        merchant_id,
        _sign
    from {{ changed('extract_waybills') }} as changed
),

facts_by_merchant as (
    select
        merchant_id,
        sum(_sign) as row_count
    from facts
    group by merchant_id
),

extracts_by_merchant as (
    select
        merchant_id,
        sum(_sign) as row_count
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

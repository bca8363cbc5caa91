with codes as (
    select * from {{ ref('int_codes_unmapped') }}
    {%- if is_bounded() %}
    union all
    select * from {{ last_built('core', 'fct_unmapped_codes') }}
    {%- endif %}
)

select
    codes.provider_id,
    codes.kind,
    codes.code,
    {{ total_count('sum(codes.row_count)') }} as row_count,
    min(codes.first_seen_at) as first_seen_at,
    max(codes.last_seen_at) as last_seen_at
from codes
group by codes.provider_id, codes.kind, codes.code

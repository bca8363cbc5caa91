-- What this build is about: the loads after the last whole build's newest, or all.
{{ config(materialized='table', post_hook="drop table if exists {{ built_loads() }}") }}
with loads as (
    select * from {{ source('raw', 'loads') }}
)

select
    cast({{ built_load_id() or 'null' }} as {{ dbt.type_bigint() }}) as after_load_id,
    max(loads.load_id) as until_load_id
from loads

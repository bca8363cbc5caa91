-- Two snapshots of one band that are equally new both stay: which is right is not known.
with rate_cards as (
    select * from {{ ref('stg_rate_cards') }}
    where courier_id is not null
),

places as (
    select distinct
        _row_key,
        side,
        place_id,
        fineness
    from {{ ref('int_rate_card_places_resolved') }}
    where place_id is not null
),

ranked as (
    select
        *,
        rank() over (
            partition by
                courier_id, merchant_id, currency, origin_places, destination_places, from_grams, valid_from_date
            order by updated_at desc nulls last
        ) as snapshot_rank
    from rate_cards
),

latest as (
    select * from ranked
    where snapshot_rank = 1
),

sided as (
    select * from places
    union all
    select
        _row_key,
        'origin' as side,
        '' as place_id,
        0 as fineness
    from latest
    where origin_places is null
    union all
    select
        _row_key,
        'destination' as side,
        '' as place_id,
        0 as fineness
    from latest
    where destination_places is null
)

select
    latest._row_key,
    latest.courier_id,
    latest.merchant_id,
    origins.place_id as origin_place_id,
    destinations.place_id as destination_place_id,
    latest.currency,
    concat_ws(
        ' ',
        coalesce(latest.merchant_id, 'list'),
        coalesce(nullif(origins.place_id, ''), '*') || '>'
        || coalesce(nullif(destinations.place_id, ''), '*'),
        cast(latest.from_grams as {{ dbt.type_string() }}) || '-'
        || coalesce(cast(latest.to_grams as {{ dbt.type_string() }}), '') || 'g',
        cast(latest.valid_from_date as {{ dbt.type_string() }})
    ) as rate_card,
    origins.fineness as origin_fineness,
    destinations.fineness as destination_fineness,
    latest.from_grams,
    latest.to_grams,
    latest.base_grams,
    latest.base_amount,
    coalesce(latest.further_kilogram_amount, 0) as further_kilogram_amount,
    latest.valid_from_date,
    latest.valid_to_date
from latest
inner join sided as origins
    on
        latest._row_key = origins._row_key
        and origins.side = 'origin'
inner join sided as destinations
    on
        latest._row_key = destinations._row_key
        and destinations.side = 'destination'

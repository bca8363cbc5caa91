-- A name that a province and a city share is the province's.
with rate_cards as (
    select * from {{ ref('stg_rate_cards') }}
),

provinces as (
    {{ province_keys() }}
),

cities as (
    {{ city_keys(is_city_enough=true) }}
),

named as (
    select
        _row_key,
        'origin' as side,
        {{ explode('origin_places') }} as place
    from rate_cards
    union
    select
        _row_key,
        'destination' as side,
        {{ explode('destination_places') }} as place
    from rate_cards
),

split as (
    select
        *,
        split_part(place, '/', 1) as province_name,
        nullif(split_part(place, '/', 2), '') as city_name
    from named
),

resolved as (
    select
        split._row_key,
        split.side,
        split.place,
        case
            when split.city_name is null
                then coalesce(provinces.province_id, case when split.place like '__-%' then split.place end)
        end as province_id,
        cities.adcode
    from split
    left join provinces
        on
            split.province_name = provinces.province_key
            and provinces.country_key = ''
    left join cities
        on case
            when split.city_name is not null then provinces.province_id || '/' || split.city_name
            when split.place between '100000' and '999999' then split.place
            else '/' || split.place
        end = cities.city_key
)

select
    resolved._row_key,
    rate_cards.provider_id,
    resolved.side,
    resolved.place,
    coalesce(resolved.province_id, resolved.adcode) as place_id,
    -- A municipality is a province, whichever of its districts was named.
    case
        when resolved.province_id is not null or resolved.adcode = substr(resolved.adcode, 1, 2) || '0000' then 1
        when resolved.adcode is not null then 2
    end as fineness,
    rate_cards.updated_at,
    rate_cards._load_id
from resolved
inner join rate_cards
    on resolved._row_key = rate_cards._row_key

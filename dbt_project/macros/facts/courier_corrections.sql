{#- Relation: former_waybill_id, waybill_id, courier_id. The numbers whose courier a provider corrected after it
    was named wrongly: by whoever registered the parcel or asked for its scans. The last correction counts. -#}
{% macro courier_corrections() %}
    with corrected as (
        select
            coalesce(former_codes.courier_id, events.provider_id || '/' || events.former_courier_code)
            || ':' || events.waybill_number as former_waybill_id,
            {{ waybill_id('events', 'courier_codes') }} as waybill_id,
            coalesce(courier_codes.courier_id, 'unknown') as courier_id,
            events._load_id
        from {{ source('touched', 'waybill_events') }} as events
        left join {{ ref('courier_codes') }} as courier_codes
            on
                events.provider_id = courier_codes.provider_id
                and events.courier_code = courier_codes.code
        left join {{ ref('courier_codes') }} as former_codes
            on
                events.provider_id = former_codes.provider_id
                and events.former_courier_code = former_codes.code
        where events.former_courier_code is not null
    )

    select
        former_waybill_id,
        max_by(waybill_id, _load_id) as waybill_id,
        max_by(courier_id, _load_id) as courier_id
    from corrected
    where former_waybill_id <> waybill_id
    group by former_waybill_id
{% endmacro %}

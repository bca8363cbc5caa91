{#- Relation: _event_key, round. Scans of a number in its second and later uses. EasyPost keeps a number apart for
    three months (docs.easypost.com/docs/trackers): a scan more than 90 days after the one before is of another
    parcel. -#}
{% macro recycled_numbers() %}
    with scans as (
        select
            _event_key,
            courier_code,
            waybill_number,
            occurred_at,
            lag(occurred_at) over (
                partition by courier_code, waybill_number
                order by occurred_at, _event_key
            ) as previous_at
        from {{ source('raw', 'waybill_events') }}
        where provider_id = 'easypost'
    ),

    counted as (
        select
            _event_key,
            1 + sum(case when {{ seconds_between('previous_at', 'occurred_at') }} > 90 * 86400 then 1 else 0 end) over (
                partition by courier_code, waybill_number
                order by occurred_at, _event_key
                rows between unbounded preceding and current row
            ) as round
        from scans
    )

    select
        _event_key,
        cast(round as varchar) as round
    from counted
    where round > 1
{% endmacro %}

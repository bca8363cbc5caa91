{#- Type of an instant (UTC). -#}
{% macro type_instant() %}{{ adapter.dispatch('type_instant', 'waymart')() }}{% endmacro %}
{% macro default__type_instant() %}timestamptz{% endmacro %}
{% macro spark__type_instant() %}timestamp{% endmacro %}

{#- Whole seconds from one instant to another, signed; seconds begun are cut, so durations add up exactly. -#}
{% macro seconds_between(from_at, to_at) %}{{ adapter.dispatch('seconds_between', 'waymart')(from_at, to_at) }}{% endmacro %}
{#- date_diff on instants goes through the calendar: 35 times slower. -#}
{% macro default__seconds_between(from_at, to_at) %}(epoch_us({{ to_at }}) // 1000000 - epoch_us({{ from_at }}) // 1000000){% endmacro %}
{% macro spark__seconds_between(from_at, to_at) %}(unix_timestamp({{ to_at }}) - unix_timestamp({{ from_at }})){% endmacro %}

{#- Calendar date of an instant in an IANA zone. -#}
{% macro local_date(at, zone) %}{{ adapter.dispatch('local_date', 'waymart')(at, zone) }}{% endmacro %}
{#- China's clocks have not changed since 1991, so its days are counted: 60 times faster than by the calendar. -#}
{% macro default__local_date(at, zone) -%}
    case {{ zone }}
        when 'Asia/Shanghai' then date '1970-01-01' + cast((epoch_us({{ at }}) // 1000000 + 28800) // 86400 as integer)
        else cast(timezone({{ zone }}, {{ at }}) as date)
    end
{%- endmacro %}
{% macro spark__local_date(at, zone) %}to_date(from_utc_timestamp({{ at }}, {{ zone }})){% endmacro %}

{#- Seconds since midnight of an instant in an IANA zone. -#}
{% macro local_second_of_day(at, zone) %}{{ adapter.dispatch('local_second_of_day', 'waymart')(at, zone) }}{% endmacro %}
{% macro default__local_second_of_day(at, zone) -%}
    case {{ zone }}
        when 'Asia/Shanghai' then (epoch_us({{ at }}) // 1000000 + 28800) % 86400
        else cast(epoch(cast(timezone({{ zone }}, {{ at }}) as time)) as bigint)
    end
{%- endmacro %}
{% macro spark__local_second_of_day(at, zone) -%}
    (unix_timestamp(from_utc_timestamp({{ at }}, {{ zone }})) - unix_timestamp(date_trunc('day', from_utc_timestamp({{ at }}, {{ zone }}))))
{%- endmacro %}

{#- Last instant (to the microsecond) of a calendar date in an IANA zone. -#}
{% macro end_of_local_day(day, zone) %}{{ adapter.dispatch('end_of_local_day', 'waymart')(day, zone) }}{% endmacro %}
{% macro default__end_of_local_day(day, zone) -%}
    case {{ zone }}
        when 'Asia/Shanghai' then make_timestamptz(epoch_us(cast({{ day }} + 1 as timestamp)) - 28800000000 - 1)
        else timezone({{ zone }}, cast({{ day }} + 1 as timestamp)) - interval 1 microsecond
    end
{%- endmacro %}
{% macro spark__end_of_local_day(day, zone) %}(to_utc_timestamp(cast(date_add({{ day }}, 1) as timestamp), {{ zone }}) - interval 1 microsecond){% endmacro %}

{#- Type of an instant (UTC). -#}
{% macro type_instant() %}{{ adapter.dispatch('type_instant', 'waymart')() }}{% endmacro %}
{% macro default__type_instant() %}timestamptz{% endmacro %}
{% macro spark__type_instant() %}timestamp{% endmacro %}

{#- Whole seconds from one instant to another, signed; seconds begun are cut, so durations add up exactly. -#}
{% macro seconds_between(from_at, to_at) %}{{ adapter.dispatch('seconds_between', 'waymart')(from_at, to_at) }}{% endmacro %}
{% macro default__seconds_between(from_at, to_at) %}date_diff('second', {{ from_at }}, {{ to_at }}){% endmacro %}
{% macro spark__seconds_between(from_at, to_at) %}(unix_timestamp({{ to_at }}) - unix_timestamp({{ from_at }})){% endmacro %}

{#- Calendar date of an instant in an IANA zone. -#}
{% macro local_date(at, zone) %}{{ adapter.dispatch('local_date', 'waymart')(at, zone) }}{% endmacro %}
{% macro default__local_date(at, zone) %}cast(timezone({{ zone }}, {{ at }}) as date){% endmacro %}
{% macro spark__local_date(at, zone) %}to_date(from_utc_timestamp({{ at }}, {{ zone }})){% endmacro %}

{#- Last instant (to the microsecond) of a calendar date in an IANA zone. -#}
{% macro end_of_local_day(day, zone) %}{{ adapter.dispatch('end_of_local_day', 'waymart')(day, zone) }}{% endmacro %}
{% macro default__end_of_local_day(day, zone) %}(timezone({{ zone }}, cast({{ day }} + 1 as timestamp)) - interval 1 microsecond){% endmacro %}
{% macro spark__end_of_local_day(day, zone) %}(to_utc_timestamp(cast(date_add({{ day }}, 1) as timestamp), {{ zone }}) - interval 1 microsecond){% endmacro %}

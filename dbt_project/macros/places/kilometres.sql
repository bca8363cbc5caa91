{#- Great-circle distance in whole kilometres between two places with `longitude` and `latitude` in degrees
    (haversine on a sphere of 6,371 km), null where one is not known; rounded, so that engines agree and sums are
    exact. The outer `case` is for `least`, which passes over a null. -#}
{% macro kilometres_between(origin, destination) -%}
    case
        when {{ origin }}.latitude is not null and {{ destination }}.latitude is not null
            then cast(round(
                2 * 6371 * asin(least(1, sqrt(
                    power(sin(radians({{ destination }}.latitude - {{ origin }}.latitude) / 2), 2)
                    + cos(radians({{ origin }}.latitude)) * cos(radians({{ destination }}.latitude))
                    * power(sin(radians({{ destination }}.longitude - {{ origin }}.longitude) / 2), 2)
                )))
            ) as {{ dbt.type_bigint() }})
    end
{%- endmacro %}

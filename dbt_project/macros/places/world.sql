{#- The places outside China, in Parquet that `make places` writes: too many for seeds. dbt_project/places/README.md
    says what stands in each. -#}
{% macro world_places(name) %}{{ parquet('places/' ~ name) }}{% endmacro %}

{#- A place outside China, whose names are looked up folded. -#}
{% macro is_foreign(place, prefix='') -%}
    {{ place }}.{{ prefix }}country_code not in ('CN', 'HK', 'MO', 'TW')
{%- endmacro %}

{#- Relation: place_key, adcode, province_id, of the countries that these places are in: where all are in China, the
    file is not read. -#}
{% macro world_city_keys(places, prefix='') %}
    select
        place_key,
        adcode,
        province_id
    from {{ world_places('city_names') }}
    where substr(place_key, 1, 2) in (
        select {{ prefix }}country_code from {{ places }}
        where {{ is_foreign(places, prefix) }}
    )
{% endmacro %}

{#- Join condition of world_city_keys(): within the division, or by country alone where no division was sent. -#}
{% macro is_in_world_city(place, provinces, world_cities, prefix='') -%}
    case
        when {{ is_foreign(place, prefix) }}
            then coalesce(
                {{ provinces }}.province_id,
                case
                    when {{ place }}.{{ prefix }}province_name is null then {{ place }}.{{ prefix }}country_code || '/'
                end
            ) || '/' || {{ folded(place ~ '.' ~ prefix ~ 'city_name') }}
    end = {{ world_cities }}.place_key
{%- endmacro %}

{#- Relation: adcode, time_zone of the cities outside China in which a day was promised: where there are none, the file
    is not read. `promised` has their adcode and promised_delivery_date. -#}
{% macro promised_city_zones(promised) %}
    select
        adcode,
        time_zone
    from {{ ref('stg_world_cities') }}
    where adcode in (
        select destination_adcode from {{ promised }}
        where promised_delivery_date is not null and destination_adcode like '%-%'
    )
{% endmacro %}

{#- The end of the day promised: a day where the parcel arrives, so by the clocks of that city, and where the city is not
    known by those of `else_zone`. China's adcodes are digits alone. -#}
{% macro end_of_promised_day(promised, city_zones, else_zone) -%}
    {%- set zone -%}
        case
            when {{ promised }}.destination_adcode not like '%-%' then 'Asia/Shanghai'
            else coalesce({{ city_zones }}.time_zone, {{ else_zone }})
        end
    {%- endset -%}
    {{ end_of_local_day(promised ~ '.promised_delivery_date', '(' ~ zone ~ ')') }}
{%- endmacro %}

{#- A name as it is looked up: small letters without accents, hyphens and apostrophes as spaces. Letter by letter the
    same as dbt_project/places/folded.py, which makes the keys; a test compares. -#}
{% macro folded(name) -%}
    translate(
        replace(lower({{ name }}), chr(39), ' '),
        'ßøđłıæœðþħàáâãäåçèéêëìíîïñòóôõöùúûüýÿāăąćĉċčďēĕėęěĝğġģĥĩīĭįĵķĺļľńņňōŏőŕŗřśŝşšţťũūŭůűųŵŷźżžơưǎǐǒǔǖǘǚǜǟǡǧǩǫǭǰǵǹǻȁȃȅȇȉȋȍȏȑȓȕȗșțȟȧȩȫȭȯȱȳḁḃḅḇḉḋḍḏḑḓḕḗḙḛḝḟḡḣḥḧḩḫḭḯḱḳḵḷḹḻḽḿṁṃṅṇṉṋṍṏṑṓṕṗṙṛṝṟṡṣṥṧṩṫṭṯṱṳṵṷṹṻṽṿẁẃẅẇẉẋẍẏẑẓẕẖẗẘẙạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ-’‘ʼʻ`´/, .̧̀́̂̃̄̇̈̌',
        'sodliaodthaaaaaaceeeeiiiinooooouuuuyyaaaccccdeeeeegggghiiiijklllnnnooorrrssssttuuuuuuwyzzzouaiouuuuuaagkoojgnaaaeeiioorruusthaeooooyabbbcdddddeeeeefghhhhhiikkkllllmmmnnnnoooopprrrrsssssttttuuuuuvvwwwwwxxyzzzhtwyaaaaaaaaaaaaeeeeeeeeiioooooooooooouuuuuuuyyyy          '
    )
{%- endmacro %}

{#-
    Rows of a seed and of users' files of its form, all as the seed's columns, by their precedence: the first file's is 0. A
    column that a file does not have is empty.
-#}
{% macro rows_of_files(ours, users) -%}
    {%- for file in users %}
    select *, {{ loop.index0 }} as precedence from (
        select * from {{ ours }} where false
        union all by name
        select * from {{ file }}
    )
    union all by name
    {%- endfor %}
    select *, {{ users | length }} as precedence from {{ ours }}
{%- endmacro %}

{#- Import rules of the seed and of users' files: a user's row takes the place of ours with the same place, reach, kind and
    first day; other rows are added. Where it is asked what the first file's rules would do, its announced ones are in force. -#}
{% macro import_rules_of(ours, users, is_asked=false) -%}
    {%- set keys = ['destination', 'origin', 'channel', 'scheme', 'tariff_heading', 'kind', 'first_date'] -%}
    with written as (
        {{ rows_of_files(ours, users) }}
    ),

    worded as (
        select
            rule_id,
            upper(destination) as destination,
            nullif(upper(origin), '') as origin,
            nullif(nullif(lower(channel), 'any'), '') as channel,
            nullif(lower(scheme), '') as scheme,
            nullif(replace(tariff_heading, '.', ''), '') as tariff_heading,
            lower(kind) as kind,
            lower(basis) as basis,
            upper(currency) as currency,
            fee_per,
            coalesce(date_precision, 'day') as date_precision,
            coalesce(status, 'in_force') as status,
            confidence,
            caveat,
            source,
            cast(precedence as integer) as precedence,
            cast(exempt_up_to as decimal(18, 2)) as exempt_up_to,
            cast(applies_up_to as decimal(18, 2)) as applies_up_to,
            cast(rate_percent as decimal(7, 3)) as rate_percent,
            cast(fixed_fee as decimal(18, 2)) as fixed_fee,
            cast(fixed_fee_high as decimal(18, 2)) as fixed_fee_high,
            cast(collected_at_sale_up_to as decimal(18, 2)) as collected_at_sale_up_to,
            coalesce(cast(is_either as boolean), false) as is_either,
            cast(valid_from as date) as valid_from,
            cast(valid_to as date) as valid_to
        from written
    ),

    -- Of a month or a year whose day is not known, all days are a rule's to begin and to end on.
    read as (
        select
            *,
            case date_precision
                when 'month' then make_date(year(valid_from), month(valid_from), 1)
                when 'year' then make_date(year(valid_from), 1, 1)
                else valid_from
            end as first_date,
            case date_precision
                when 'month' then last_day(valid_to)
                when 'year' then make_date(year(valid_to), 12, 31)
                else valid_to
            end as last_date
        from worded
    ),

    ranked as (
        select
            *,
            row_number() over (partition by {{ keys | join(', ') }} order by precedence, rule_id) as key_rank,
            coalesce(
                rule_id,
                concat(
                    'yours: ',
                    concat_ws(' ', destination, origin, channel, scheme, tariff_heading, kind, cast(first_date as varchar(10)))
                )
            ) as named
        from read
    ),

    kept as (
        select
            *,
            row_number() over (partition by named order by precedence desc, first_date) as name_rank
        from ranked
        where key_rank = 1
    )

    select
        -- A user may give a row the name of another; each is told apart.
        case when name_rank = 1 then named else concat(named, ' (', cast(name_rank as varchar(20)), ')') end as rule_id,
        destination,
        origin,
        channel,
        scheme,
        tariff_heading,
        kind,
        basis,
        currency,
        fee_per,
        date_precision,
        {% if is_asked %}case when precedence = 0 and status = 'announced' then 'in_force' else status end as status{% else %}status{% endif %},
        confidence,
        caveat,
        source,
        precedence,
        exempt_up_to,
        applies_up_to,
        rate_percent,
        fixed_fee,
        fixed_fee_high,
        collected_at_sale_up_to,
        is_either,
        first_date as valid_from,
        last_date as valid_to
    from kept
{%- endmacro %}

{#- Exchange rates of the seed and of users' files: a user's row takes the place of ours with the same pair and first day. -#}
{% macro exchange_rates_of(ours, users) -%}
    with written as (
        {{ rows_of_files(ours, users) }}
    ),

    read as (
        select
            upper(from_currency) as from_currency,
            upper(to_currency) as to_currency,
            source,
            cast(precedence as integer) as precedence,
            cast(rate as decimal(18, 8)) as rate,
            cast(valid_from as date) as valid_from,
            cast(valid_to as date) as valid_to
        from written
    ),

    ranked as (
        select
            *,
            row_number() over (partition by from_currency, to_currency, valid_from order by precedence, rate) as key_rank
        from read
    )

    select
        from_currency,
        to_currency,
        source,
        precedence,
        rate,
        valid_from,
        valid_to
    from ranked
    -- A row without a rate says that none is known.
    where key_rank = 1 and rate > 0
{%- endmacro %}

{#- How SQL reads a user's CSV file. -#}
{% macro users_csv(file) %}read_csv('{{ file | replace("'", "''") }}', header = true, all_varchar = true, delim = ','){% endmacro %}

{#- The user's own files of a name in WAYMART_HOME: one or none. Spark builds with what the project has. -#}
{% macro users_files(name) -%}
    {%- if execute and target.type == 'duckdb' -%}
        {%- set file = env_var('WAYMART_HOME', '../data') ~ '/' ~ name ~ '.csv' -%}
        {%- set found = run_query("select count(*) from glob('" ~ file | replace("'", "''") ~ "')").columns[0].values()[0] -%}
        {%- if found > 0 -%}{{ return([users_csv(file)]) }}{%- endif -%}
    {%- endif -%}
    {{ return([]) }}
{%- endmacro %}

{#- The types of the contracts and seeds in Spark's words. Structs keep their fields. -#}
{% macro spark_type(data_type) %}
    {%- set words = {
        'varchar': 'string', 'timestamptz': 'timestamp', 'ubigint': 'decimal(20,0)', 'integer': 'int',
    } -%}
    {%- set wanted = data_type | trim | lower -%}
    {%- if wanted.endswith('[]') -%}
        {{ return('array<' ~ spark_type(wanted[:-2]) ~ '>') }}
    {%- endif -%}
    {%- if wanted.startswith('struct(') -%}
        {%- set fields = [] -%}
        {%- for field in wanted[7:-1].split(',') -%}
            {%- set name, type = field.split() -%}
            {%- do fields.append(name ~ ':' ~ words.get(type, type)) -%}
        {%- endfor -%}
        {{ return('struct<' ~ fields | join(',') ~ '>') }}
    {%- endif -%}
    {{ return(words.get(wanted, wanted)) }}
{% endmacro %}

{#- What a contract is compared with. -#}
{% macro spark__get_empty_schema_sql(columns) %}
    select
        {%- for name in columns %}
        cast(null as {{ spark_type(columns[name]['data_type']) }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    where false
{% endmacro %}

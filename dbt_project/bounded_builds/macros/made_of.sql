{#- What a node is made of, as a hash: its own text and that of all above it. A parent that this invocation does not make
    stands as it was made; of a seed, the rows of its file count when it is loaded. -#}
{% macro hash_of_node(id, made, known, hashes) %}
    {%- if id not in hashes -%}
        {%- set node = graph.nodes.get(id) -%}
        {%- if node is none -%}
            {%- do hashes.update({id: id}) -%}
        {%- elif id not in made -%}
            {%- do hashes.update({id: known[id].made_of if id in known else 'unknown'}) -%}
        {%- elif node.resource_type == 'seed' -%}
            {%- do hashes.update({id: node.checksum.checksum}) -%}
        {%- else -%}
            {%- set texts = [text_of_node(node)] -%}
            {%- for parent in parents_of(node) -%}
                {%- do texts.append(hash_of_node(parent, made, known, hashes)) -%}
            {%- endfor -%}
            {%- do hashes.update({id: local_md5(texts | join('|'))}) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(hashes[id]) }}
{% endmacro %}

{#- All that a model's SQL comes from, but for other nodes: its text, the macros and variables that it uses, the types of
    its columns, and the ways in which tables are made. -#}
{% macro text_of_node(node) %}
    {%- set macros = {} -%}
    {%- for id in node.depends_on.macros -%}
        {%- do add_macro(id.split('.') | last, macros) -%}
    {%- endfor -%}
    {%- for name in ['materialization_cells_' ~ target.type, 'materialization_incremental_' ~ target.type] -%}
        {%- do add_macro(name, macros) -%}
    {%- endfor -%}
    {%- set texts = [dbt_version, target.type, node.raw_code, node.config.materialized] + macros.values() | list -%}
    {%- for name in modules.re.findall("var\\(\\s*['\"](\\w+)", texts | join(' ')) | unique -%}
        {%- do texts.append(name ~ '=' ~ var(name, none)) -%}
    {%- endfor -%}
    {%- for name, column in node.columns.items() -%}
        {%- do texts.append(name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {{ return(texts | join('|')) }}
{% endmacro %}

{#- A macro of ours and all that it calls, with what it is dispatched to; dbt's own are as its version says. -#}
{% macro add_macro(name, macros) %}
    {%- for found in [context.get(name), context.get('default__' ~ name), context.get(target.type ~ '__' ~ name)] -%}
        {%- set text = found.macro if found is defined and found is not none else none -%}
        {%- if text and text.package_name == project_name and text.unique_id not in macros -%}
            {%- do macros.update({text.unique_id: text.macro_sql}) -%}
            {%- for called in text.depends_on.macros -%}
                {%- do add_macro(called.split('.') | last, macros) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

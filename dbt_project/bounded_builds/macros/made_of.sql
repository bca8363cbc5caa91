{#- What a node is made of, as a hash: its own text and that of all above it. A parent that this invocation does not make
    stands as it was made; of a seed, the rows of its file count when it is loaded. -#}
{% macro hash_of_node(id, made, known, hashes, macros) %}
    {%- if id not in hashes -%}
        {%- set node = graph.nodes.get(id) -%}
        {%- if node is none -%}
            {%- do hashes.update({id: id}) -%}
        {%- elif id not in made -%}
            {%- do hashes.update({id: known[id].made_of if id in known else 'unknown'}) -%}
        {%- elif node.resource_type == 'seed' -%}
            {%- do hashes.update({id: node.checksum.checksum}) -%}
        {%- else -%}
            {%- set texts = [text_of_node(node, macros)] -%}
            {%- for parent in parents_of(node) -%}
                {%- do texts.append(hash_of_node(parent, made, known, hashes, macros)) -%}
            {%- endfor -%}
            {%- do hashes.update({id: local_md5(texts | join('|'))}) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(hashes[id]) }}
{% endmacro %}

{#- All that a model's SQL comes from, but for other nodes: its text, the macros and variables that it uses, the types of
    its columns, and the ways in which tables are made. `macros` remembers what was found of each macro. -#}
{% macro text_of_node(node, macros) %}
    {%- set used = {} -%}
    {%- for id in node.depends_on.macros -%}
        {%- do used.update(texts_of_macro(id.split('.') | last, macros)) -%}
    {%- endfor -%}
    {%- for way in ['cells', 'incremental', 'table', 'view'] -%}
        {%- do used.update(texts_of_macro('materialization_' ~ way ~ '_' ~ target.type, macros)) -%}
    {%- endfor -%}
    {%- set texts = [dbt_version, target.type, with_variables(node.raw_code), node.config.materialized] -%}
    {%- for id in used | sort -%}
        {%- do texts.append(used[id]) -%}
    {%- endfor -%}
    {%- for name, column in node.columns.items() -%}
        {%- do texts.append(name ~ ' ' ~ column.data_type) -%}
    {%- endfor -%}
    {{ return(texts | join('|')) }}
{% endmacro %}

{#- The texts of a macro of ours and of all that it calls, with what it is dispatched to, by their ids; dbt's own are as its
    version says. -#}
{% macro texts_of_macro(name, macros) %}
    {%- if name not in macros -%}
        {%- do macros.update({name: {}}) -%}
        {%- do add_macro(name, macros[name]) -%}
    {%- endif -%}
    {{ return(macros[name]) }}
{% endmacro %}

{% macro add_macro(name, texts) %}
    {%- for found in [context.get(name), context.get('default__' ~ name), context.get(target.type ~ '__' ~ name)] -%}
        {%- set one = found.macro if found is defined and found is not none else none -%}
        {%- if one and one.package_name == project_name and one.unique_id not in texts -%}
            {%- do texts.update({one.unique_id: with_variables(one.macro_sql)}) -%}
            {%- for called in one.depends_on.macros -%}
                {%- do add_macro(called.split('.') | last, texts) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#- A text and the values of the variables that it names. -#}
{% macro with_variables(text) %}
    {%- set texts = [text] -%}
    {%- for name in modules.re.findall("var\\(\\s*['\"](\\w+)", text) | unique -%}
        {%- do texts.append(name ~ '=' ~ var(name, none)) -%}
    {%- endfor -%}
    {{ return(texts | join('|')) }}
{% endmacro %}

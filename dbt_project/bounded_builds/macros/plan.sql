{#- What an invocation of dbt makes, decided once at its start and written down in `arrivals.builds`, a row per node:

    - `made_of`: a hash of the node's SQL, macros, variables and column types, and of all that it was made from;
    - `project`: which files `waymart` made it from; empty where dbt was called by itself. Only where all rows say today's may
      a build leave out what no load reaches;
    - `until_load_id` and `raw_row_count`: the raw rows that it holds, null where its parents hold different ones;
    - `after_load_id`: the load after which rows were taken up; null where the table was made anew;
    - `is_built`: false from here until the node is made, so that a killed or failed one is not taken for whole.

    Nothing here is remembered from an earlier invocation but what these rows say of the tables that stand. -#}
{% macro plan_build() %}
    {%- if execute and flags.WHICH in ['build', 'run', 'seed', 'retry'] -%}
        {%- set made = made_nodes() -%}
        {%- if made -%}
            {%- set known, kept = {}, [] -%}
            {%- for row in (read_builds() if load_relation(builds()) else []) -%}
                {%- if row.is_built -%}{%- do known.update({row.node: row}) -%}{%- endif -%}
                {%- if row.node in graph.nodes and row.node not in made -%}{%- do kept.append(row) -%}{%- endif -%}
            {%- endfor -%}
            {%- do refuse_parts(made, known) -%}
            {%- set planned = planned_rows(made, known) -%}
            {%- do write_builds(kept + planned) -%}
            {%- do graph.update({'planned': planned}) -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{#- Models and seeds that this invocation was asked to make, by their id. -#}
{% macro made_nodes() %}
    {%- set made = {} -%}
    {%- for id, node in graph.nodes.items() if node.resource_type in ['model', 'seed'] and id in selected_resources -%}
        {%- do made.update({id: node}) -%}
    {%- endfor -%}
    {{ return(made) }}
{% endmacro %}

{#- Whether this invocation was asked for every model that a load reaches; what comes from seeds alone may stay. -#}
{% macro makes_everything() %}
    {%- set reached, missing = {}, [] -%}
    {%- for id, node in graph.nodes.items() if node.resource_type == 'model' and id not in selected_resources -%}
        {%- if is_reached(id, reached) -%}{%- do missing.append(id) -%}{%- endif -%}
    {%- endfor -%}
    {{ return(missing | length == 0) }}
{% endmacro %}

{% macro is_reached(id, reached) %}
    {%- if id not in reached -%}
        {%- do reached.update({id: id not in graph.nodes}) -%}
        {%- for parent in (parents_of(graph.nodes[id]) if id in graph.nodes else []) if is_reached(parent, reached) -%}
            {%- do reached.update({id: true}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(reached[id]) }}
{% endmacro %}

{% macro planned_rows(made, known) %}
    {%- set raw = raw_state() -%}
    {%- set hashes, macros, states, reached, rows = {}, {}, {}, {}, [] -%}
    {%- for id in made -%}
        {%- do hash_of_node(id, made, known, hashes, macros) -%}
        {%- do states_of_node(id, made, known, raw, states, reached) -%}
    {%- endfor -%}
    {%- set former = former_state(made, known, hashes, raw, reached) -%}
    {%- set retracted = retracted_since(former) if former else none -%}
    {%- if retracted == 'newest' -%}
        {%- set former = none -%}
    {%- endif -%}
    {%- for id, node in made.items() -%}
        {%- set is_bounded = former is not none and takes_up_arrivals(node, known.get(id), hashes[id], former)
            and not (retracted and node.config.get('meta', {}).get('counts_scans')) -%}
        {%- set state = (states[id] or [raw])[0] if states[id] | length < 2 else none -%}
        {%- do rows.append({
            'node': id,
            'project': env_var('WAYMART_PROJECT', ''),
            'invocation_id': invocation_id,
            'made_of': hashes[id],
            'after_load_id': former.until_load_id if is_bounded else none,
            'until_load_id': state.until_load_id if state else none,
            'raw_row_count': state.raw_row_count if state else none,
            'is_built': false,
        }) -%}
    {%- endfor -%}
    {{ return(rows) }}
{% endmacro %}

{#- The raw rows that every table holds, if this invocation may take up what arrived since: it makes every model, none
    that others build upon was changed, all of them that a load reaches hold the same rows, and none of those was erased. -#}
{% macro former_state(made, known, hashes, raw, reached) %}
    {%- set states = [] -%}
    {%- if flags.FULL_REFRESH or flags.EMPTY or not makes_everything() -%}
        {{ return(none) }}
    {%- endif -%}
    {%- for id, node in made.items() if node.resource_type == 'model' and is_ground(node) -%}
        {%- set row = known.get(id) -%}
        {%- if row is none or row.made_of != hashes[id] -%}
            {{ return(none) }}
        {%- endif -%}
        {%- if is_reached(id, reached) and state_of_row(row) not in states -%}
            {%- do states.append(state_of_row(row)) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if states | length != 1 or states[0] is none -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set loaded = run_query(
        'select coalesce(sum(loaded_count), 0) from ' ~ last_built('raw', 'loads')
        ~ ' where load_id > ' ~ states[0].until_load_id
    ).columns[0].values()[0] -%}
    {{ return(states[0] if raw.raw_row_count == states[0].raw_row_count + loaded else none) }}
{% endmacro %}

{#- What was retracted of scans that tables hold: 'newest' where one made the as-of time of its provider, 'some', or none.
    Facts take a retraction up like any row of its parcel; what counts scans when they come (`counts_scans` of its `meta`)
    is made anew, and when time itself goes back everything is. -#}
{% macro retracted_since(former) %}
    {%- set found = run_query(
        'select count(*), max(case when events.occurred_at >= providers.as_of_at then 1 else 0 end) from '
        ~ last_built('raw', 'waybill_events') ~ ' as events left join ' ~ last_built('core', 'dim_providers')
        ~ ' as providers on events.provider_id = providers.provider_id'
        ~ ' where events.retracted_at is not null and events._load_id > ' ~ former.until_load_id
    ).rows[0] -%}
    {{ return('newest' if found[1] == 1 else 'some' if found[0] else none) }}
{% endmacro %}

{#- Tables that stay and are added to, and upon which others build. -#}
{% macro is_ground(node) %}
    {{ return(
        node.config.materialized != 'view'
        and not decides_itself(node)
        and (node.schema in ['arrivals', 'core'] or node.config.materialized == 'incremental')
    ) }}
{% endmacro %}

{#- Tables that can be made anew from whole facts while everything else takes up what arrived. -#}
{% macro decides_itself(node) %}
    {{ return(node.config.materialized == 'cells' or node.schema in ['reports', 'extracts']) }}
{% endmacro %}

{% macro takes_up_arrivals(node, row, hash_now, former) %}
    {{ return(node.resource_type == 'model' and (
        not decides_itself(node)
        or (row is not none and row.made_of == hash_now and state_of_row(row) == former)
    )) }}
{% endmacro %}

{#- A table that holds only what a bounded build touched is no ground for one that is made anew. -#}
{% macro refuse_parts(made, known) %}
    {%- for id, node in made.items() if node.resource_type == 'model' and node.config.materialized != 'view' -%}
        {%- set parts = [] -%}
        {%- do add_parts(node, made, known, parts) -%}
        {%- if parts -%}
            {%- do exceptions.raise_compiler_error(
                node.name ~ ' is made from ' ~ parts[0]
                ~ ', of which only the rows that the last build touched are kept: select what it is made from, too'
                ~ ' (`--select +' ~ node.name ~ '`), or everything (`dbt build`).'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{#- What an invocation reads but does not make, also through views, and of which not all rows may be there. -#}
{% macro add_parts(node, made, known, parts) %}
    {%- for id in parents_of(node) -%}
        {%- set parent = graph.nodes.get(id) -%}
        {%- if parent and parent.resource_type == 'model' and parent.config.materialized == 'view' -%}
            {%- do add_parts(parent, made, known, parts) -%}
        {%- elif parent and id not in made and is_part(parent) -%}
            {%- if id not in known or known[id].after_load_id is not none -%}
                {%- do parts.append(parent.name) -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
{% endmacro %}

{% macro is_part(node) %}
    {{ return(node.schema == 'intermediate' and node.config.materialized == 'table') }}
{% endmacro %}

{% macro parents_of(node) %}{{ return(node.depends_on.nodes | unique | sort) }}{% endmacro %}

{#- The raw rows that a node holds or will hold: every distinct state among its parents; a source's is what is loaded now,
    and what no load reaches, as places are, has none. -#}
{% macro states_of_node(id, made, known, raw, states, reached) %}
    {%- if id not in states -%}
        {%- set node = graph.nodes.get(id) -%}
        {%- set found = [] -%}
        {%- if node is none -%}
            {%- do found.append(raw) -%}
        {%- elif node.resource_type == 'model' and (id in made or node.config.materialized == 'view') -%}
            {%- for parent in parents_of(node) -%}
                {%- set held = states_of_node(parent, made, known, raw, states, reached) -%}
                {%- for state in held if state not in found -%}
                    {%- do found.append(state) -%}
                {%- endfor -%}
            {%- endfor -%}
        {%- elif node.resource_type == 'model' and is_reached(id, reached) -%}
            {%- do found.append(state_of_row(known.get(id))) -%}
        {%- endif -%}
        {%- do states.update({id: found}) -%}
    {%- endif -%}
    {{ return(states[id]) }}
{% endmacro %}

{#- None where it is not known. -#}
{% macro state_of_row(row) %}
    {%- if row is none or row.until_load_id is none -%}
        {{ return(none) }}
    {%- endif -%}
    {{ return({'until_load_id': row.until_load_id, 'raw_row_count': row.raw_row_count}) }}
{% endmacro %}

{#- The load after which this invocation takes rows up for a model, or for every table that a test judges; none where it
    makes one of them anew, or makes none. -#}
{% macro after_load_id() %}
    {%- if not execute or model.resource_type == 'unit_test' -%}
        {{ return(none) }}
    {%- endif -%}
    {%- set judged = [model.unique_id] if model.resource_type == 'model' else kept_parents() -%}
    {%- set loads = [] -%}
    {%- for row in planned_builds() if row.node in judged and row.after_load_id is not none -%}
        {%- do loads.append(row.after_load_id) -%}
    {%- endfor -%}
    {{ return(loads | max if judged and loads | length == judged | length else none) }}
{% endmacro %}

{#- The rows that this invocation wrote at its start. They stay in the graph, which all its nodes share; were it another, they
    are read again. -#}
{% macro planned_builds() %}
    {%- if 'planned' not in graph -%}
        {%- set rows = read_builds() if load_relation(builds()) is not none else [] -%}
        {%- do graph.update({'planned': rows | selectattr('invocation_id', 'equalto', invocation_id) | list}) -%}
    {%- endif -%}
    {{ return(graph.planned) }}
{% endmacro %}

{#- Of what a test reads, the tables that stay from build to build. -#}
{% macro kept_parents() %}
    {%- set kept = [] -%}
    {%- for id in parents_of(model) -%}
        {%- set node = graph.nodes.get(id) -%}
        {%- if node and node.resource_type == 'model' and node.config.materialized != 'view' and not is_part(node) -%}
            {%- do kept.append(id) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(kept) }}
{% endmacro %}

{% macro is_bounded() %}{{ return(after_load_id() is not none) }}{% endmacro %}

{#- dbt's own macro, asked by its incremental models: a table that does not take up what arrived is made anew. So is a
    seed: into its old table a new column would not fit. -#}
{% macro should_full_refresh() %}
    {{ return(model.resource_type == 'seed' or not is_bounded()) }}
{% endmacro %}

{#- At the end: what was made stands as it was planned. Of an invocation with --empty nothing does. -#}
{% macro finish_build(results) %}
    {%- if execute and made_nodes() and not flags.EMPTY -%}
        {%- set made = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
        {%- set rows = read_builds() -%}
        {%- for row in rows if row.invocation_id == invocation_id and row.node in made -%}
            {%- do row.update({'is_built': true}) -%}
        {%- endfor -%}
        {%- do write_builds(rows) -%}
        {%- if makes_everything() -%}
            {%- do drop_removed_tables() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}

{{ config(materialized='incremental', unique_key='order_number', incremental_strategy='delete+insert') }}
{{ loaded_numbers('order_number', ['orders', 'order_lines', 'payments', 'refunds']) }}

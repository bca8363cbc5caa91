{{ config(materialized='incremental', unique_key='waybill_number', incremental_strategy='delete+insert') }}
{{ loaded_numbers('waybill_number', ['waybills', 'waybill_events']) }}

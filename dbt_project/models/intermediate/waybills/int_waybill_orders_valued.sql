-- Paid GMV by parcel: by the lines in it; equally only where no line of the order is assigned to any parcel.
with waybill_orders as (
    select * from {{ ref('int_waybill_orders_exploded') }}
),

waybill_lines as (
    select * from {{ ref('int_waybill_lines_exploded') }}
),

sale_lines as (
    select * from {{ ref('int_waybill_lines_exploded') }}
    where purpose = 'sale'
),

order_lines as (
    select
        order_line_id,
        gmv_paid
    from {{ ref('int_order_lines_valued') }}
),

orders as (
    select
        order_id,
        gmv_paid
    from {{ ref('int_orders_valued') }}
),

lines_in_several_parcels as (
    select
        order_line_id,
        count(*) as parcel_count
    from {{ ref('int_waybill_lines_exploded') }}
    where purpose = 'sale'
    group by order_line_id
    having count(*) > 1
),

line_positions as (
    select
        sale_lines.waybill_id,
        sale_lines.order_line_id,
        lines_in_several_parcels.parcel_count,
        row_number() over (
            partition by sale_lines.order_line_id
            order by sale_lines.waybill_id
        ) as parcel_position
    from sale_lines
    inner join lines_in_several_parcels
        on sale_lines.order_line_id = lines_in_several_parcels.order_line_id
),

assigned as (
    select
        waybill_lines.waybill_id,
        waybill_lines.order_id,
        count(*) as line_count,
        sum(
            case
                when waybill_lines.purpose <> 'sale' then 0
                when line_positions.waybill_id is null then order_lines.gmv_paid
                else {{ equal_part(
                    'order_lines.gmv_paid', 'line_positions.parcel_count', 'line_positions.parcel_position'
                ) }}
            end
        ) as gmv_paid
    from waybill_lines
    inner join order_lines
        on waybill_lines.order_line_id = order_lines.order_line_id
    left join line_positions
        on
            waybill_lines.waybill_id = line_positions.waybill_id
            and waybill_lines.order_line_id = line_positions.order_line_id
    group by waybill_lines.waybill_id, waybill_lines.order_id
),

assigned_orders as (
    select distinct sale_lines.order_id
    from sale_lines
    inner join order_lines
        on sale_lines.order_line_id = order_lines.order_line_id
),

unassigned as (
    select
        waybill_orders.waybill_id,
        waybill_orders.order_id,
        count(*) over (partition by waybill_orders.order_id) as parcel_count,
        row_number() over (
            partition by waybill_orders.order_id
            order by waybill_orders.waybill_id
        ) as parcel_position
    from waybill_orders
    left join assigned_orders
        on waybill_orders.order_id = assigned_orders.order_id
    where
        waybill_orders.purpose = 'sale'
        and assigned_orders.order_id is null
),

parts as (
    select
        unassigned.waybill_id,
        unassigned.order_id,
        {{ equal_part('orders.gmv_paid', 'unassigned.parcel_count', 'unassigned.parcel_position') }} as gmv_paid
    from unassigned
    left join orders
        on unassigned.order_id = orders.order_id
)

select
    waybill_orders.waybill_id,
    waybill_orders.order_id,
    coalesce(assigned.line_count, 0) as line_count,
    cast(
        case
            when assigned.waybill_id is not null then assigned.gmv_paid
            when parts.waybill_id is null then 0
            else parts.gmv_paid
        end as decimal(18, 2)
    ) as gmv_paid,
    assigned.waybill_id is not null as is_line_known
from waybill_orders
left join assigned
    on
        waybill_orders.waybill_id = assigned.waybill_id
        and waybill_orders.order_id = assigned.order_id
left join parts
    on
        waybill_orders.waybill_id = parts.waybill_id
        and waybill_orders.order_id = parts.order_id
